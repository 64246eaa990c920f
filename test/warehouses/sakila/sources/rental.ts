import { source } from 'starline'

export const rental = source(`
  SELECT r.rental_id                             AS rental_id,
         r.rental_date                           AS rented_at,
         r.return_date                           AS returned_at,
         DATEDIFF(r.return_date, r.rental_date)  AS days_out,
         r.customer_id                           AS customer_id,
         r.staff_id                              AS staff_id,
         i.film_id                               AS film_id,
         i.store_id                              AS store_id
  FROM   rental AS r
  JOIN   inventory AS i ON i.inventory_id = r.inventory_id
`)
