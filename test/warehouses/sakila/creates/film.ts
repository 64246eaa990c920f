import { create } from 'starline'

export const film = create(`
  CREATE TABLE film_dim (
    film_key           KEY,
    film_id            INT           NOT NULL,
    title              VARCHAR(255)  NOT NULL,
    description        TEXT,
    release_year       INT,
    category           VARCHAR(25)   NOT NULL,
    language           VARCHAR(20)   NOT NULL,
    original_language  VARCHAR(20),
    rating             VARCHAR(5),
    special_features   VARCHAR(60),
    minutes            INT,
    rental_days        INT,
    rental_rate        DECIMAL(4,2),
    replacement_cost   DECIMAL(5,2),
    UNIQUE (film_id)
  )
`)
