import { create } from 'starline'

export const track = create(`
  CREATE TABLE track_dim (
    track_key      KEY,
    track_id       INT            NOT NULL,
    name           VARCHAR(200)   NOT NULL,
    album_id       INT,
    album          VARCHAR(160),
    artist_id      INT,
    media_type_id  INT            NOT NULL,
    media_type     VARCHAR(120),
    genre_id       INT,
    genre          VARCHAR(120),
    composer       VARCHAR(220),
    milliseconds   INT            NOT NULL,
    bytes          INT,
    unit_price     DECIMAL(10,2)  NOT NULL,
    UNIQUE (track_id)
  )
`)
