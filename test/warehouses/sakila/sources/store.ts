import { source } from 'starline'

export const store = source(`
  SELECT s.store_id                               AS store_id,
         CONCAT(m.first_name, ' ', m.last_name)   AS manager,
         a.address                                AS address,
         a.district                               AS district,
         t.city                                   AS city,
         n.country                                AS country
  FROM   store AS s
  JOIN   staff AS m ON m.staff_id = s.manager_staff_id
  JOIN   address AS a ON a.address_id = s.address_id
  JOIN   city AS t ON t.city_id = a.city_id
  JOIN   country AS n ON n.country_id = t.country_id
`)
