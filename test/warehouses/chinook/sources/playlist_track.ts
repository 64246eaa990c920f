import { source } from 'starline'

const camel = `
  SELECT p.PlaylistId  AS playlist_id,
         p.TrackId     AS track_id
  FROM   PlaylistTrack AS p
`

export const playlist_track = source({ mysql: camel, duckdb: camel, postgres: `
  SELECT p.playlist_id  AS playlist_id,
         p.track_id     AS track_id
  FROM   playlist_track AS p
` })
