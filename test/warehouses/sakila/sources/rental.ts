import { source } from 'starline'

// The days between two dates: each database has a word of its own for them, and a file's times are texts until they are cast.
export const rental = source({
  mysql: `
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
`,
  postgres: `
  SELECT r.rental_id                                AS rental_id,
         r.rental_date                              AS rented_at,
         r.return_date                              AS returned_at,
         r.return_date::date - r.rental_date::date  AS days_out,
         r.customer_id                              AS customer_id,
         r.staff_id                                 AS staff_id,
         i.film_id                                  AS film_id,
         i.store_id                                 AS store_id
  FROM   rental AS r
  JOIN   inventory AS i ON i.inventory_id = r.inventory_id
`,
  duckdb: `
  SELECT r.rental_id                                                                AS rental_id,
         r.rental_date                                                              AS rented_at,
         r.return_date                                                              AS returned_at,
         datediff('day', CAST(r.rental_date AS DATE), CAST(r.return_date AS DATE))  AS days_out,
         r.customer_id                                                              AS customer_id,
         r.staff_id                                                                 AS staff_id,
         i.film_id                                                                  AS film_id,
         i.store_id                                                                 AS store_id
  FROM   rental AS r
  JOIN   inventory AS i ON i.inventory_id = r.inventory_id
`,
})
