import { source } from 'starline'

export const customer = source(`
  SELECT c.customer_id   AS customer_id,
         c.first_name    AS first_name,
         c.last_name     AS last_name,
         c.email         AS email,
         c.store_id      AS home_store_id,
         c.active        AS is_active,
         c.create_date   AS created_at,
         a.address       AS address,
         a.address2      AS address2,
         a.district      AS district,
         a.postal_code   AS postal_code,
         a.phone         AS phone,
         t.city          AS city,
         n.country       AS country
  FROM   customer AS c
  JOIN   address AS a ON a.address_id = c.address_id
  JOIN   city AS t ON t.city_id = a.city_id
  JOIN   country AS n ON n.country_id = t.country_id
`)
