import { source } from 'starline'

const camel = `
  SELECT t.TrackId       AS track_id,
         t.Name          AS name,
         t.AlbumId       AS album_id,
         a.Title         AS album,
         a.ArtistId      AS artist_id,
         t.MediaTypeId   AS media_type_id,
         m.Name          AS media_type,
         t.GenreId       AS genre_id,
         g.Name          AS genre,
         t.Composer      AS composer,
         t.Milliseconds  AS milliseconds,
         t.Bytes         AS bytes,
         t.UnitPrice     AS unit_price
  FROM   Track AS t
  JOIN   MediaType AS m ON m.MediaTypeId = t.MediaTypeId
  LEFT JOIN Album AS a ON a.AlbumId = t.AlbumId
  LEFT JOIN Genre AS g ON g.GenreId = t.GenreId
`

export const track = source({ mysql: camel, duckdb: camel, postgres: `
  SELECT t.track_id       AS track_id,
         t.name           AS name,
         t.album_id       AS album_id,
         a.title          AS album,
         a.artist_id      AS artist_id,
         t.media_type_id  AS media_type_id,
         m.name           AS media_type,
         t.genre_id       AS genre_id,
         g.name           AS genre,
         t.composer       AS composer,
         t.milliseconds   AS milliseconds,
         t.bytes          AS bytes,
         t.unit_price     AS unit_price
  FROM   track AS t
  JOIN   media_type AS m ON m.media_type_id = t.media_type_id
  LEFT JOIN album AS a ON a.album_id = t.album_id
  LEFT JOIN genre AS g ON g.genre_id = t.genre_id
` })
