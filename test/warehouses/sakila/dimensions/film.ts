import { scd1 } from 'starline'
import { film as source } from '../sources/film.ts'
import { film as create } from '../creates/film.ts'

/** One member is one film, on however many discs. */
export const film = scd1({ source, create, key: 'film_key', lookup: ['film_id'] })
