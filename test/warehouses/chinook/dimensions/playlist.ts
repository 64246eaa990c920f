import { scd1 } from 'starline'
import { playlist as source } from '../sources/playlist.ts'
import { playlist as create } from '../creates/playlist.ts'

/** One member is one playlist; several have the same name, and some hold no track. */
export const playlist = scd1({ source, create, key: 'playlist_key', lookup: ['playlist_id'] })
