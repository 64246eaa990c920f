import { source } from 'starline'

// What was rented, and where, is known by the rental; a payment may have none.
export const payment = source(`
  SELECT p.payment_id    AS payment_id,
         p.rental_id     AS rental_id,
         p.payment_date  AS paid_at,
         p.amount        AS amount,
         p.customer_id   AS customer_id,
         p.staff_id      AS staff_id,
         i.film_id       AS film_id,
         i.store_id      AS store_id
  FROM   payment AS p
  LEFT JOIN rental AS r ON r.rental_id = p.rental_id
  LEFT JOIN inventory AS i ON i.inventory_id = r.inventory_id
`)
