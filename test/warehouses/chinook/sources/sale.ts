import { source } from 'starline'

// A file's numbers are texts until they are cast.
export const sale = source({
  mysql: `
  SELECT l.InvoiceLineId           AS invoice_line_id,
         l.InvoiceId               AS invoice_id,
         i.InvoiceDate             AS invoiced_at,
         i.CustomerId              AS customer_id,
         c.SupportRepId            AS support_rep_id,
         l.TrackId                 AS track_id,
         a.ArtistId                AS artist_id,
         l.UnitPrice               AS unit_price,
         l.Quantity                AS quantity,
         l.UnitPrice * l.Quantity  AS amount
  FROM   InvoiceLine AS l
  JOIN   Invoice AS i ON i.InvoiceId = l.InvoiceId
  JOIN   Customer AS c ON c.CustomerId = i.CustomerId
  JOIN   Track AS t ON t.TrackId = l.TrackId
  LEFT JOIN Album AS a ON a.AlbumId = t.AlbumId
`,
  postgres: `
  SELECT l.invoice_line_id          AS invoice_line_id,
         l.invoice_id               AS invoice_id,
         i.invoice_date             AS invoiced_at,
         i.customer_id              AS customer_id,
         c.support_rep_id           AS support_rep_id,
         l.track_id                 AS track_id,
         a.artist_id                AS artist_id,
         l.unit_price               AS unit_price,
         l.quantity                 AS quantity,
         l.unit_price * l.quantity  AS amount
  FROM   invoice_line AS l
  JOIN   invoice AS i ON i.invoice_id = l.invoice_id
  JOIN   customer AS c ON c.customer_id = i.customer_id
  JOIN   track AS t ON t.track_id = l.track_id
  LEFT JOIN album AS a ON a.album_id = t.album_id
`,
  duckdb: `
  SELECT l.InvoiceLineId                                               AS invoice_line_id,
         l.InvoiceId                                                   AS invoice_id,
         i.InvoiceDate                                                 AS invoiced_at,
         i.CustomerId                                                  AS customer_id,
         c.SupportRepId                                                AS support_rep_id,
         l.TrackId                                                     AS track_id,
         a.ArtistId                                                    AS artist_id,
         l.UnitPrice                                                   AS unit_price,
         l.Quantity                                                    AS quantity,
         CAST(l.UnitPrice AS DECIMAL(10,2)) * CAST(l.Quantity AS INT)  AS amount
  FROM   InvoiceLine AS l
  JOIN   Invoice AS i ON i.InvoiceId = l.InvoiceId
  JOIN   Customer AS c ON c.CustomerId = i.CustomerId
  JOIN   Track AS t ON t.TrackId = l.TrackId
  LEFT JOIN Album AS a ON a.AlbumId = t.AlbumId
`,
})
