import { source } from 'starline'

const plain = `
  SELECT s.staff_id    AS staff_id,
         s.username    AS username,
         s.first_name  AS first_name,
         s.last_name   AS last_name,
         s.email       AS email,
         s.active      AS is_active,
         s.picture     AS picture
  FROM   staff AS s
`

// A file holds bytes as hexadecimal digits.
export const staff = source({ mysql: plain, postgres: plain, duckdb: `
  SELECT s.staff_id        AS staff_id,
         s.username        AS username,
         s.first_name      AS first_name,
         s.last_name       AS last_name,
         s.email           AS email,
         s.active          AS is_active,
         unhex(s.picture)  AS picture
  FROM   staff AS s
` })
