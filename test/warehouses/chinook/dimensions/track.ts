import { scd1 } from 'starline'
import { track as source } from '../sources/track.ts'
import { track as create } from '../creates/track.ts'

/** One member is one piece of music or film, with its album, genre and medium. */
export const track = scd1({ source, create, key: 'track_key', lookup: ['track_id'] })
