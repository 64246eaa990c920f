import { create } from 'starline'

export const store = create(`
  CREATE TABLE store_dim (
    store_key  KEY,
    store_id   INT          NOT NULL,
    manager    VARCHAR(91)  NOT NULL,
    address    VARCHAR(50)  NOT NULL,
    district   VARCHAR(20)  NOT NULL,
    city       VARCHAR(50)  NOT NULL,
    country    VARCHAR(50)  NOT NULL,
    UNIQUE (store_id)
  )
`)
