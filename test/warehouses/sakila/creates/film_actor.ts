import { create } from 'starline'

export const film_actor = create(`
  CREATE TABLE film_actor_fact (
    film_key   INT  NOT NULL,
    actor_key  INT  NOT NULL,
    UNIQUE (film_key, actor_key)
  )
`)
