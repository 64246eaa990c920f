import { transaction } from 'starline'
import { actor, film } from '../dimensions/index.ts'
import { film_actor as source } from '../sources/film_actor.ts'
import { film_actor as create } from '../creates/film_actor.ts'

/** One row is one actor in one film: a fact without a measure, and the bridge between the two. */
export const film_actor = transaction({
  source,
  create,
  keys: {
    film_key: { of: film, by: 'film_id', onMissing: 'fail' },
    actor_key: { of: actor, by: 'actor_id', onMissing: 'fail' },
  },
})
