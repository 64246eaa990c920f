import { source } from 'starline'

const camel = `
  SELECT i.InvoiceId          AS invoice_id,
         i.CustomerId         AS customer_id,
         c.SupportRepId       AS support_rep_id,
         i.InvoiceDate        AS invoiced_at,
         i.BillingAddress     AS billing_address,
         i.BillingCity        AS billing_city,
         i.BillingState       AS billing_state,
         i.BillingCountry     AS billing_country,
         i.BillingPostalCode  AS billing_postal_code,
         i.Total              AS total
  FROM   Invoice AS i
  JOIN   Customer AS c ON c.CustomerId = i.CustomerId
`

export const invoice = source({ mysql: camel, duckdb: camel, postgres: `
  SELECT i.invoice_id           AS invoice_id,
         i.customer_id          AS customer_id,
         c.support_rep_id       AS support_rep_id,
         i.invoice_date         AS invoiced_at,
         i.billing_address      AS billing_address,
         i.billing_city         AS billing_city,
         i.billing_state        AS billing_state,
         i.billing_country      AS billing_country,
         i.billing_postal_code  AS billing_postal_code,
         i.total                AS total
  FROM   invoice AS i
  JOIN   customer AS c ON c.customer_id = i.customer_id
` })
