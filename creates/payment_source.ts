import { create } from 'starline'

export const payment_source = create(`
  CREATE TABLE payment_source_dim (
    payment_source_key  KEY,
    payment_source_id   INT          NOT NULL,
    code                VARCHAR(20)  NOT NULL,
    name                VARCHAR(60)  NOT NULL,
    UNIQUE (payment_source_id)
  )
`)
