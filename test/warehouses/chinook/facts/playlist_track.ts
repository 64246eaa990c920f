import { transaction } from 'starline'
import { playlist, track } from '../dimensions/index.ts'
import { playlist_track as source } from '../sources/playlist_track.ts'
import { playlist_track as create } from '../creates/playlist_track.ts'

/** One row is one track in one playlist: a fact without a measure, and the bridge between the two. */
export const playlist_track = transaction({
  source,
  create,
  keys: {
    playlist_key: { of: playlist, by: 'playlist_id', onMissing: 'fail' },
    track_key: { of: track, by: 'track_id', onMissing: 'fail' },
  },
})
