import { isMainThread } from 'node:worker_threads'
import { env } from '../../../engine/env.ts'
import type { PublishMode } from '../../../engine/etl/registry.ts'
import { starOf } from './star.ts'

// What a project does when it is imported may keep a thread from ending by itself.
if (!isMainThread) setInterval(() => undefined, 1_000)
// One that goes by the flags of its process finds them in a thread as well.
if (!isMainThread && process.argv.slice(2).join(' ') !== env('STAR_FLAGS', '')) throw new Error(`a thread is told ${process.argv.slice(2).join(' ')}`)

export default starOf({
  source: env('STAR_SOURCE'), warehouse: env('STAR_WAREHOUSE'), queue: env('STAR_QUEUE'), folder: env('STAR_FOLDER'),
  publish: env('STAR_PUBLISH', 'together') as PublishMode, factsQueue: env('STAR_FACTS_QUEUE', ''), limit: Number(env('STAR_LIMIT', '0')), slow: Number(env('STAR_SLOW', '0')),
  ranged: env('STAR_RANGED', '') !== '', rejects: env('STAR_REJECTS', '') !== '', inThread: env('STAR_IN_THREAD', ''), etlSeconds: Number(env('STAR_ETL_SECONDS', '0')),
})
