import { create } from 'starline'

export const playlist_track = create(`
  CREATE TABLE playlist_track_fact (
    playlist_key  INT  NOT NULL,
    track_key     INT  NOT NULL,
    UNIQUE (playlist_key, track_key)
  )
`)
