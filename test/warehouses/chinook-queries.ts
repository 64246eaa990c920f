/** Questions to the Chinook star, in SQL that MariaDB (with ANSI quotes), PostgreSQL and DuckDB take alike. */

/** Each table of the source as the star still holds it: the table's own columns in their order. */
export const tableQueries: Readonly<Record<string, string>> = {
  Album: 'SELECT DISTINCT album_id, album, artist_id FROM track_dim WHERE track_key <> -1',
  Artist: 'SELECT artist_id, name FROM artist_dim WHERE artist_key <> -1',
  Customer: `
    SELECT customer_id, first_name, last_name, company, address, city, state, country, postal_code, phone, fax, email, support_rep_id
    FROM   customer_dim
    WHERE  customer_key <> -1`,
  Employee: `
    SELECT employee_id, last_name, first_name, title, reports_to, birth_date, hire_date, address, city, state, country, postal_code, phone, fax, email
    FROM   employee_dim
    WHERE  employee_key <> -1`,
  Genre: 'SELECT DISTINCT genre_id, genre FROM track_dim WHERE track_key <> -1',
  Invoice: `
    SELECT i.invoice_id, c.customer_id, i.invoiced_at, i.billing_address, i.billing_city, i.billing_state, i.billing_country, i.billing_postal_code, i.total
    FROM   invoice_fact AS i
    JOIN   customer_dim AS c ON c.customer_key = i.customer_key`,
  InvoiceLine: `
    SELECT s.invoice_line_id, s.invoice_id, t.track_id, s.unit_price, s.quantity
    FROM   sale_fact AS s
    JOIN   track_dim AS t ON t.track_key = s.track_key`,
  MediaType: 'SELECT DISTINCT media_type_id, media_type FROM track_dim WHERE track_key <> -1',
  Playlist: 'SELECT playlist_id, name FROM playlist_dim WHERE playlist_key <> -1',
  PlaylistTrack: `
    SELECT p.playlist_id, t.track_id
    FROM   playlist_track_fact AS f
    JOIN   playlist_dim AS p ON p.playlist_key = f.playlist_key
    JOIN   track_dim AS t ON t.track_key = f.track_key`,
  Track: `
    SELECT track_id, name, album_id, media_type_id, genre_id, composer, milliseconds, bytes, unit_price
    FROM   track_dim
    WHERE  track_key <> -1`,
}

/** One for each check of expected.json, by its name. */
export const starQueries: Readonly<Record<string, string>> = {
  sales_by_year: `
    SELECT d.year_number, COUNT(*), SUM(s.amount)
    FROM   sale_fact AS s
    JOIN   date_dim AS d ON d.date_key = s.date_key
    GROUP BY 1`,
  sales_by_country: `
    SELECT i.billing_country, COUNT(DISTINCT s.invoice_id), COUNT(*), SUM(s.amount)
    FROM   sale_fact AS s
    JOIN   invoice_fact AS i ON i.invoice_id = s.invoice_id
    GROUP BY 1`,
  sales_by_genre: `
    SELECT t.genre, SUM(s.quantity), SUM(s.amount)
    FROM   sale_fact AS s
    JOIN   track_dim AS t ON t.track_key = s.track_key
    GROUP BY 1`,
  sales_by_support_rep: `
    SELECT e.employee_id, e.last_name, SUM(i.total)
    FROM   invoice_fact AS i
    JOIN   employee_dim AS e ON e.employee_key = i.employee_key
    GROUP BY 1, 2`,
  invoice_header_vs_lines_mismatch: `
    SELECT COUNT(*)
    FROM   invoice_fact AS i
    JOIN   (SELECT invoice_id, SUM(amount) AS amount FROM sale_fact GROUP BY invoice_id) AS s ON s.invoice_id = i.invoice_id
    WHERE  s.amount <> i.total`,
  billing_country_differs_from_customer_country: `
    SELECT COUNT(*)
    FROM   invoice_fact AS i
    JOIN   customer_dim AS c ON c.customer_key = i.customer_key
    WHERE  COALESCE(i.billing_country, '') <> COALESCE(c.country, '')`,
  customer_with_billing_address_change: `
    SELECT COUNT(*) FROM (
      SELECT customer_key FROM (SELECT DISTINCT customer_key, billing_address, billing_city FROM invoice_fact) AS addresses
      GROUP BY customer_key HAVING COUNT(*) > 1
    ) AS moved`,
  playlist_bridge: `
    SELECT p.playlist_id, p.name, COUNT(f.track_key)
    FROM   playlist_dim AS p
    LEFT JOIN playlist_track_fact AS f ON f.playlist_key = p.playlist_key
    WHERE  p.playlist_key <> -1
    GROUP BY 1, 2`,
  tracks_in_n_playlists: `
    SELECT playlists, COUNT(*)
    FROM   (SELECT track_key, COUNT(*) AS playlists FROM playlist_track_fact GROUP BY track_key) AS counted
    GROUP BY 1`,
  tracks_never_sold: `
    SELECT COUNT(*) FROM track_dim AS t
    WHERE  t.track_key <> -1 AND NOT EXISTS (SELECT 1 FROM sale_fact AS s WHERE s.track_key = t.track_key)`,
  employee_hierarchy_depth: `
    WITH RECURSIVE ranked (employee_id, depth) AS (
      SELECT employee_id, 0 FROM employee_dim WHERE reports_to IS NULL AND employee_key <> -1
      UNION ALL
      SELECT e.employee_id, r.depth + 1 FROM employee_dim AS e JOIN ranked AS r ON r.employee_id = e.reports_to
    )
    SELECT depth, COUNT(*) FROM ranked GROUP BY 1`,
  nulls_to_unknown_member: `
    SELECT SUM(CASE WHEN state IS NULL THEN 1 ELSE 0 END), SUM(CASE WHEN postal_code IS NULL THEN 1 ELSE 0 END), SUM(CASE WHEN company IS NULL THEN 1 ELSE 0 END)
    FROM   customer_dim
    WHERE  customer_key <> -1`,
}
