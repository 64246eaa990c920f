import { source } from 'starline'

export const film_actor = source(`
  SELECT fa.film_id   AS film_id,
         fa.actor_id  AS actor_id
  FROM   film_actor AS fa
`)
