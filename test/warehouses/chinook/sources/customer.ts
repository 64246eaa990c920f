import { source } from 'starline'

// The same shop was written down twice: with CamelCase names for MySQL (and in the files), with snake_case ones for PostgreSQL.
const camel = `
  SELECT c.CustomerId    AS customer_id,
         c.FirstName     AS first_name,
         c.LastName      AS last_name,
         c.Company       AS company,
         c.Address       AS address,
         c.City          AS city,
         c.State         AS state,
         c.Country       AS country,
         c.PostalCode    AS postal_code,
         c.Phone         AS phone,
         c.Fax           AS fax,
         c.Email         AS email,
         c.SupportRepId  AS support_rep_id
  FROM   Customer AS c
`

export const customer = source({ mysql: camel, duckdb: camel, postgres: `
  SELECT c.customer_id     AS customer_id,
         c.first_name      AS first_name,
         c.last_name       AS last_name,
         c.company         AS company,
         c.address         AS address,
         c.city            AS city,
         c.state           AS state,
         c.country         AS country,
         c.postal_code     AS postal_code,
         c.phone           AS phone,
         c.fax             AS fax,
         c.email           AS email,
         c.support_rep_id  AS support_rep_id
  FROM   customer AS c
` })
