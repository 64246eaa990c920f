import { create } from 'starline'

export const customer = create(`
  CREATE TABLE customer_dim (
    customer_key    KEY,
    customer_id     INT          NOT NULL,
    first_name      VARCHAR(40)  NOT NULL,
    last_name       VARCHAR(20)  NOT NULL,
    company         VARCHAR(80),
    address         VARCHAR(70),
    city            VARCHAR(40),
    state           VARCHAR(40),
    country         VARCHAR(40),
    postal_code     VARCHAR(10),
    phone           VARCHAR(24),
    fax             VARCHAR(24),
    email           VARCHAR(60)  NOT NULL,
    support_rep_id  INT,
    valid_from      TIMESTAMP    NOT NULL,
    valid_to        TIMESTAMP,
    is_current      BOOLEAN      NOT NULL,
    UNIQUE (customer_id, valid_from)
  )
`)
