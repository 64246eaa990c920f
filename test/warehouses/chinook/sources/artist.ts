import { source } from 'starline'

const camel = `
  SELECT a.ArtistId  AS artist_id,
         a.Name      AS name
  FROM   Artist AS a
`

export const artist = source({ mysql: camel, duckdb: camel, postgres: `
  SELECT a.artist_id  AS artist_id,
         a.name       AS name
  FROM   artist AS a
` })
