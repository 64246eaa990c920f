import { create } from 'starline'

export const artist = create(`
  CREATE TABLE artist_dim (
    artist_key  KEY,
    artist_id   INT           NOT NULL,
    name        VARCHAR(120),
    UNIQUE (artist_id)
  )
`)
