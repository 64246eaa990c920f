import { source } from 'starline'

const camel = `
  SELECT p.PlaylistId  AS playlist_id,
         p.Name        AS name
  FROM   Playlist AS p
`

export const playlist = source({ mysql: camel, duckdb: camel, postgres: `
  SELECT p.playlist_id  AS playlist_id,
         p.name         AS name
  FROM   playlist AS p
` })
