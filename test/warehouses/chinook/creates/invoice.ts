import { create } from 'starline'

export const invoice = create(`
  CREATE TABLE invoice_fact (
    date_key             INT            NOT NULL,
    customer_key         INT            NOT NULL,
    employee_key         INT            NOT NULL,
    invoice_id           INT            NOT NULL,
    invoiced_at          TIMESTAMP      NOT NULL,
    billing_address      VARCHAR(70),
    billing_city         VARCHAR(40),
    billing_state        VARCHAR(40),
    billing_country      VARCHAR(40),
    billing_postal_code  VARCHAR(10),
    total                DECIMAL(10,2)  NOT NULL,
    UNIQUE (invoice_id)
  )
`)
