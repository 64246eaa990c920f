import { isDeepStrictEqual } from 'node:util'
import { StarlineError } from '../errors.ts'
import type { Result } from '../etl/etl.ts'
import { isPublishedAlone, publishOne } from '../etl/go-live.ts'
import { findEntry } from '../etl/registry.ts'
import { runEtl } from '../etl/run-etl.ts'
import type { EtlMessage } from './message.ts'
import { takePart } from './room.ts'
import type { Asked, Room } from './room.ts'

/** Seconds that the reservation of a single ETL outlives a worker that died. Its redelivered job has the same refresh and need not wait. */
const singleLease = 60
/** The same for a whole refresh, whose next ETL may wait long for a free worker. */
export const refreshLease = 900

/**
 * Runs one ETL as a job: the very same `runEtl` that the command line calls.
 *
 * An ETL that was added by itself is published by itself. One that belongs to a refresh stays staged: the refresh
 * publishes it together with the others, unless the configuration says `publish: 'each'`. Which of the two it is, the
 * ledger says, not the job.
 *
 * @throws {StarlineError} as `runEtl` and `publishOne` do
 */
export async function processEtl({ type, name, refresh }: EtlMessage, room: Room, ofRefresh: boolean): Promise<Result> {
  const entry = findEntry(room.config, type, name)
  const own: Asked = { task: 'processEtl', type, name }
  const part = await takePart(room, refresh, own, ofRefresh ? refreshLease : singleLease)
  const alone = isDeepStrictEqual(part.asked, own)
  try {
    if (!alone && !isOfRefresh(part.asked)) throw foreign(refresh)
    const { result } = await runEtl(entry, part.context)
    if (alone || isPublishedAlone(part.context)) await publishOne(entry, part.context)
    await (alone ? part.end('succeeded') : part.leave())
    return result
  } catch (error) {
    await part.giveUp(alone && room.isFinal(error))
    throw error
  }
}

/** Whether a refresh was asked for as a whole, through the queue. */
export const isOfRefresh = (asked: unknown): boolean => typeof asked === 'object' && asked !== null && 'task' in asked && asked.task === 'refreshDataWarehouse'

export const foreign = (refresh: string): StarlineError => new StarlineError('the job is refused', {
  where: `refresh ${refresh}`, why: 'this refresh was not asked for through the queue', wayOut: 'add jobs through the tasks',
})
