import { source } from 'starline'

export const staff = source(`
  SELECT s.staff_id    AS staff_id,
         s.username    AS username,
         s.first_name  AS first_name,
         s.last_name   AS last_name,
         s.email       AS email,
         s.active      AS is_active,
         s.picture     AS picture
  FROM   staff AS s
`)
