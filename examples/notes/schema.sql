-- The marketplace's own database, as its web site would have it.
-- The types are MySQL's and DuckDB's alike; every DATETIME is UTC.
-- Nothing refers to anything by a foreign key: rows that point nowhere are part of the example.

CREATE TABLE site (
  id           INT           NOT NULL,
  domain_name  VARCHAR(80)   NOT NULL,
  name         VARCHAR(80)   NOT NULL,
  launched_on  DATE          NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE us_state (
  code  VARCHAR(2)   NOT NULL,
  name  VARCHAR(40)  NOT NULL,
  PRIMARY KEY (code)
);

CREATE TABLE school (
  id          INT           NOT NULL,
  name        VARCHAR(120)  NOT NULL,
  city        VARCHAR(60),
  state_code  VARCHAR(2),
  is_public   BOOLEAN,
  PRIMARY KEY (id)
);

CREATE TABLE subject (
  id    INT          NOT NULL,
  code  VARCHAR(8)   NOT NULL,
  name  VARCHAR(60)  NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE course (
  id            INT           NOT NULL,
  school_id     INT,
  subject_id    INT           NOT NULL,
  number        VARCHAR(8)    NOT NULL,
  title         VARCHAR(120),
  credits       DECIMAL(3,1),
  first_taught  DATE,
  PRIMARY KEY (id)
);

CREATE TABLE auth_user (
  id          INT           NOT NULL,
  username    VARCHAR(40)   NOT NULL,
  first_name  VARCHAR(40)   NOT NULL,
  last_name   VARCHAR(40),
  email       VARCHAR(120),
  is_active   BOOLEAN       NOT NULL,
  is_staff    BOOLEAN       NOT NULL,
  joined_at   DATETIME      NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE user_profile (
  user_id    INT           NOT NULL,
  school_id  INT,
  standing   VARCHAR(20),
  about      VARCHAR(500),
  PRIMARY KEY (user_id)
);

CREATE TABLE product_kind (
  id    INT          NOT NULL,
  name  VARCHAR(40)  NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE catalogue_product (
  id           INT            NOT NULL,
  seller_id    INT            NOT NULL,
  course_id    INT,
  kind_id      INT            NOT NULL,
  title        VARCHAR(120)   NOT NULL,
  description  VARCHAR(1000),
  list_price   DECIMAL(8,2)   NOT NULL,
  page_count   INT,
  is_draft     BOOLEAN        NOT NULL,
  created_at   DATETIME       NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE note_upload (
  id                     INT           NOT NULL,
  product_id             INT           NOT NULL,
  uploader_id            INT,
  course_id              INT,
  disability_program_id  INT,
  file_name              VARCHAR(160)  NOT NULL,
  page_count             INT           NOT NULL,
  byte_count             BIGINT        NOT NULL,
  uploaded_at            DATETIME,
  PRIMARY KEY (id)
);

CREATE TABLE product_review (
  id           INT           NOT NULL,
  product_id   INT           NOT NULL,
  reviewer_id  INT,
  stars        INT           NOT NULL,
  body         VARCHAR(500),
  reviewed_at  DATETIME      NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE payment_source (
  id      INT          NOT NULL,
  code    VARCHAR(20)  NOT NULL,
  name    VARCHAR(60)  NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE affiliate (
  id          INT           NOT NULL,
  code        VARCHAR(20)   NOT NULL,
  name        VARCHAR(60)   NOT NULL,
  commission  DECIMAL(5,4),
  is_active   BOOLEAN       NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE shop_order (
  id                 BIGINT       NOT NULL,
  number             VARCHAR(20)  NOT NULL,
  site_id            INT          NOT NULL,
  buyer_id           INT,
  payment_source_id  INT,
  affiliate_id       INT,
  placed_at          DATETIME     NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE order_line (
  order_id     BIGINT        NOT NULL,
  line_number  INT           NOT NULL,
  product_id   INT           NOT NULL,
  seller_id    INT,
  quantity     INT           NOT NULL,
  unit_price   DECIMAL(8,2)  NOT NULL,
  discount     DECIMAL(8,2),
  PRIMARY KEY (order_id, line_number)
);
