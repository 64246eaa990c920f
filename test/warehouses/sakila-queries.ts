/** Questions to the Sakila star, in SQL that MariaDB (with ANSI quotes), PostgreSQL and DuckDB take alike. */

const feature = (name: string): string =>
  `SELECT '${name}' AS feature, COUNT(*) AS films FROM film_dim WHERE special_features LIKE '%${name}%'`

/** One for each check of expected.json that this star can answer, by its name. */
export const starQueries: Readonly<Record<string, string>> = {
  rentals_by_month_store: `
    SELECT d."year_month", s.store_id, COUNT(*), SUM(CASE WHEN r.return_date_key = -1 THEN 1 ELSE 0 END)
    FROM   rental_fact AS r
    JOIN   date_dim AS d ON d.date_key = r.rental_date_key
    JOIN   store_dim AS s ON s.store_key = r.store_key
    GROUP BY 1, 2 ORDER BY 1, 2`,
  payments_by_month: `
    SELECT d."year_month", COUNT(*), SUM(p.amount)
    FROM   payment_fact AS p
    JOIN   date_dim AS d ON d.date_key = p.payment_date_key
    GROUP BY 1 ORDER BY 1`,
  payments_by_customer_country_top20: `
    SELECT c.country, COUNT(*), SUM(p.amount)
    FROM   payment_fact AS p
    JOIN   customer_dim AS c ON c.customer_key = p.customer_key
    GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT 20`,
  payments_by_film_category: `
    SELECT f.category, COUNT(*), SUM(p.amount)
    FROM   payment_fact AS p
    JOIN   film_dim AS f ON f.film_key = p.film_key
    WHERE  f.film_key <> -1
    GROUP BY 1 ORDER BY 1`,
  payments_without_rental: `
    SELECT COUNT(*), SUM(amount) FROM payment_fact WHERE rental_id IS NULL`,
  payments_by_rating_including_unknown: `
    SELECT COALESCE(f.rating, '(unknown)'), COUNT(*), SUM(p.amount)
    FROM   payment_fact AS p
    JOIN   film_dim AS f ON f.film_key = p.film_key
    GROUP BY 1 ORDER BY 1`,
  rental_duration_days: `
    SELECT days_out, COUNT(*) FROM rental_fact GROUP BY days_out ORDER BY days_out IS NOT NULL, days_out`,
  late_rentals: `
    SELECT COUNT(*)
    FROM   rental_fact AS r
    JOIN   film_dim AS f ON f.film_key = r.film_key
    WHERE  r.days_out > f.rental_days`,
  films_by_special_feature: ['Trailers', 'Commentaries', 'Deleted Scenes', 'Behind the Scenes'].map(feature).join(' UNION ALL '),
  films_by_rating: `
    SELECT rating, COUNT(*), SUM(replacement_cost)
    FROM   film_dim
    WHERE  film_key <> -1
    GROUP BY rating ORDER BY CASE WHEN rating = 'NC-17' THEN 1 ELSE 0 END, rating`,
  never_rented_films: `
    SELECT COUNT(*) FROM film_dim AS f
    WHERE  f.film_key <> -1 AND NOT EXISTS (SELECT 1 FROM rental_fact AS r WHERE r.film_key = f.film_key)`,
  payment_before_rental: `
    SELECT COUNT(*)
    FROM   payment_fact AS p
    JOIN   rental_fact AS r ON r.rental_id = p.rental_id
    WHERE  p.paid_at < r.rented_at`,
  rentals_by_hour: `
    SELECT EXTRACT(HOUR FROM rented_at), COUNT(*) FROM rental_fact GROUP BY 1 ORDER BY 1`,
  duplicate_actor_names: `
    SELECT first_name, last_name, COUNT(*) FROM actor_dim GROUP BY 1, 2 HAVING COUNT(*) > 1`,
  film_actor_bridge: `
    SELECT actors, COUNT(*)
    FROM   (SELECT f.film_id, COUNT(a.actor_key) AS actors FROM film_dim AS f LEFT JOIN film_actor_fact AS a ON a.film_key = f.film_key
            WHERE f.film_key <> -1 GROUP BY f.film_id) AS counted
    GROUP BY 1 ORDER BY 1`,
}

/** Columns of the source's tables as the star still holds them: the table, then a SELECT whose columns bear the table's names. */
export const columnQueries: Readonly<Record<string, string>> = {
  actor: 'SELECT actor_id, first_name, last_name FROM actor_dim WHERE actor_key <> -1',
  customer: `
    SELECT customer_id, home_store_id AS store_id, first_name, last_name, email, is_active AS active, created_at AS create_date
    FROM   customer_dim WHERE customer_key <> -1`,
  film: `
    SELECT film_id, title, description, release_year, rental_days AS rental_duration, rental_rate, minutes AS length, replacement_cost, rating, special_features
    FROM   film_dim WHERE film_key <> -1`,
  film_actor: `
    SELECT a.actor_id, f.film_id FROM film_actor_fact AS x
    JOIN   actor_dim AS a ON a.actor_key = x.actor_key JOIN film_dim AS f ON f.film_key = x.film_key`,
  film_category: 'SELECT film_id FROM film_dim WHERE film_key <> -1',
  film_text: 'SELECT film_id, title, description FROM film_dim WHERE film_key <> -1',
  category: 'SELECT DISTINCT category AS name FROM film_dim WHERE film_key <> -1',
  payment: `
    SELECT p.payment_id, c.customer_id, s.staff_id, p.rental_id, p.amount, p.paid_at AS payment_date FROM payment_fact AS p
    JOIN   customer_dim AS c ON c.customer_key = p.customer_key JOIN staff_dim AS s ON s.staff_key = p.staff_key`,
  rental: `
    SELECT r.rental_id, r.rented_at AS rental_date, c.customer_id, r.returned_at AS return_date, s.staff_id FROM rental_fact AS r
    JOIN   customer_dim AS c ON c.customer_key = r.customer_key JOIN staff_dim AS s ON s.staff_key = r.staff_key`,
  staff: 'SELECT staff_id, first_name, last_name, email, is_active AS active, username FROM staff_dim WHERE staff_key <> -1',
  store: 'SELECT store_id FROM store_dim WHERE store_key <> -1',
}

/** Tables of expected.json that this star can't count, and why. */
export const tablesNotInThisStar: Readonly<Record<string, string>> = {
  address: 'the star knows the addresses of customers and stores, not those of the staff, and nowhere the number of one',
  city: 'a city is a word of an address, and one of them is nobody\'s',
  country: 'a country is a word of an address',
  inventory: 'a disc that nobody rented has no row: a rental knows its film and store',
  language: 'five of the six languages have no film',
}

/** The like for columns: numbers that join tables, or that no star has a use for. The checksums of whole rows go over them too. */
export const columnsNotInThisStar: readonly string[] = [
  'last_update', 'password', 'address_id', 'language_id', 'original_language_id', 'category_id', 'inventory_id', 'manager_staff_id',
  'staff.store_id', 'staff.picture',
]

/** What the PostgreSQL port of Sakila holds that is not as in the original: the star from there has it as the port does. */
export const otherInPort: Readonly<Record<string, readonly string[]>> = {
  // A day without the time of day
  customer: ['create_date'],
}

/** What expected.json doesn't ask: the same question to the source and to the star. */
export const sameInBoth: Readonly<Record<string, { readonly source: string, readonly star: string }>> = {
  'payments by staff': {
    source: 'SELECT s.username, COUNT(*), SUM(p.amount) FROM payment AS p JOIN staff AS s ON s.staff_id = p.staff_id GROUP BY 1 ORDER BY 1',
    star: 'SELECT s.username, COUNT(*), SUM(p.amount) FROM payment_fact AS p JOIN staff_dim AS s ON s.staff_key = p.staff_key GROUP BY 1 ORDER BY 1',
  },
  'payments by month and store': {
    source: `
      SELECT DATE_FORMAT(p.payment_date, '%Y-%m'), COALESCE(i.store_id, 0), COUNT(*), SUM(p.amount)
      FROM   payment AS p
      LEFT JOIN rental AS r ON r.rental_id = p.rental_id
      LEFT JOIN inventory AS i ON i.inventory_id = r.inventory_id
      GROUP BY 1, 2 ORDER BY 1, 2`,
    star: `
      SELECT d."year_month", s.store_id, COUNT(*), SUM(p.amount)
      FROM   payment_fact AS p
      JOIN   date_dim AS d ON d.date_key = p.payment_date_key
      JOIN   store_dim AS s ON s.store_key = p.store_key
      GROUP BY 1, 2 ORDER BY 1, 2`,
  },
  'every rental, with whom it belongs to': {
    source: `
      SELECT r.rental_id, DATE(r.rental_date), DATE(r.return_date), r.customer_id, i.film_id, i.store_id, r.staff_id
      FROM   rental AS r
      JOIN   inventory AS i ON i.inventory_id = r.inventory_id
      ORDER BY 1`,
    star: `
      SELECT r.rental_id, d.full_date, e.full_date, c.customer_id, f.film_id, s.store_id, w.staff_id
      FROM   rental_fact AS r
      JOIN   date_dim AS d ON d.date_key = r.rental_date_key
      JOIN   date_dim AS e ON e.date_key = r.return_date_key
      JOIN   customer_dim AS c ON c.customer_key = r.customer_key
      JOIN   film_dim AS f ON f.film_key = r.film_key
      JOIN   store_dim AS s ON s.store_key = r.store_key
      JOIN   staff_dim AS w ON w.staff_key = r.staff_key
      ORDER BY 1`,
  },
  'every payment, with whom it belongs to': {
    source: `
      SELECT p.payment_id, p.rental_id, p.amount, DATE(p.payment_date), p.customer_id, COALESCE(i.film_id, 0), COALESCE(i.store_id, 0), p.staff_id
      FROM   payment AS p
      LEFT JOIN rental AS r ON r.rental_id = p.rental_id
      LEFT JOIN inventory AS i ON i.inventory_id = r.inventory_id
      ORDER BY 1`,
    star: `
      SELECT p.payment_id, p.rental_id, p.amount, d.full_date, c.customer_id, f.film_id, s.store_id, w.staff_id
      FROM   payment_fact AS p
      JOIN   date_dim AS d ON d.date_key = p.payment_date_key
      JOIN   customer_dim AS c ON c.customer_key = p.customer_key
      JOIN   film_dim AS f ON f.film_key = p.film_key
      JOIN   store_dim AS s ON s.store_key = p.store_key
      JOIN   staff_dim AS w ON w.staff_key = p.staff_key
      ORDER BY 1`,
  },
}
