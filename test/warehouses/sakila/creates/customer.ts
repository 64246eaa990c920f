import { create } from 'starline'

export const customer = create(`
  CREATE TABLE customer_dim (
    customer_key   KEY,
    customer_id    INT          NOT NULL,
    first_name     VARCHAR(45)  NOT NULL,
    last_name      VARCHAR(45)  NOT NULL,
    email          VARCHAR(50),
    home_store_id  INT,
    is_active      BOOLEAN      NOT NULL,
    created_at     TIMESTAMP,
    address        VARCHAR(50)  NOT NULL,
    address2       VARCHAR(50),
    district       VARCHAR(20)  NOT NULL,
    postal_code    VARCHAR(10),
    phone          VARCHAR(20)  NOT NULL,
    city           VARCHAR(50)  NOT NULL,
    country        VARCHAR(50)  NOT NULL,
    valid_from     TIMESTAMP    NOT NULL,
    valid_to       TIMESTAMP,
    is_current     BOOLEAN      NOT NULL,
    UNIQUE (customer_id, valid_from)
  )
`)
