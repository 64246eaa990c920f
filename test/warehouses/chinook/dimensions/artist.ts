import { scd1 } from 'starline'
import { artist as source } from '../sources/artist.ts'
import { artist as create } from '../creates/artist.ts'

/** One member is one artist, also one without an album. */
export const artist = scd1({ source, create, key: 'artist_key', lookup: ['artist_id'] })
