export { sale } from './sale.ts'
export { invoice } from './invoice.ts'
export { playlist_track } from './playlist_track.ts'
