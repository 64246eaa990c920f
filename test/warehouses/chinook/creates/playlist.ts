import { create } from 'starline'

export const playlist = create(`
  CREATE TABLE playlist_dim (
    playlist_key  KEY,
    playlist_id   INT           NOT NULL,
    name          VARCHAR(120),
    UNIQUE (playlist_id)
  )
`)
