import { FencedError, messageOf, StarlineError } from '../errors.ts'
import { entriesOf, findEntry, labelOf } from '../etl/registry.ts'
import type { Entry } from '../etl/registry.ts'
import type { RunContext } from '../etl/context.ts'
import type { Result } from '../etl/etl.ts'
import { isPublishedAlone, publishOne } from '../etl/go-live.ts'
import { isWaitedFor } from '../etl/graph.ts'
import { runEtl } from '../etl/run-etl.ts'
import { onBorrowed } from '../etl/sessions.ts'
import { threadsOf } from '../etl/threads.ts'
import { overOf } from '../publish/heart.ts'
import { endedBadly, endRequest, isElsewhere, requestOf, requestsOf } from '../publish/requests.ts'
import { advance, parentOf } from './advance.ts'
import { isCancelled, TakenOver } from './failures.ts'
import { singleLease } from './leases.ts'
import { readAsked } from './message.ts'
import type { EtlMessage } from './message.ts'
import type { Queues } from './queues.ts'
import { helpersOf } from './helpers.ts'
import { takePart } from './room.ts'
import type { Room } from './room.ts'
import { wantedAmong } from './wanted.ts'

/**
 * Runs one ETL as a job: the very same `runEtl` that the command line calls.
 *
 * An ETL that was added by itself is published by itself. One that belongs to a refresh stays staged: the refresh
 * publishes it together with the others, unless the configuration says `publish: 'each'`; here the jobs are added that may
 * begin now. Which of the two it is, and whether it is to be done at all, the ledger says, not the job.
 *
 * @throws {StarlineError} as `runEtl` and `publishOne` do
 */
export async function processEtl({ type, name, refresh }: EtlMessage, room: Room, queues: Queues): Promise<Result> {
  const entry = findEntry(room.config, type, name)
  const part = await takePart(room, refresh, singleLease, entry)
  const asked = readAsked(part.asked)
  const alone = asked?.task === 'processEtl'
  if (asked === undefined || (alone && (asked.type !== type || asked.name !== name))) {
    // Somebody else drives it: nothing of it is touched.
    await part.leave()
    throw foreign(refresh)
  }
  try {
    await refuseEnded(part.context, entry)
    const { result, counts } = await runEtl(entry, { ...part.context, helpers: [helpersOf(refresh, queues), threadsOf(refresh, room.config, room.log)] })
    // What was changed in place is live.
    if (counts.inPlace === undefined && (alone || isPublishedAlone(part.context))) await publishOne(entry, part.context)
    if (!alone) await goOn(part.context, entry, queues)
    room.step?.('next-added')
    await (alone ? part.end('succeeded') : part.leave())
    return result
  } catch (error) {
    if (error instanceof FencedError && await isTakenOver(part.context, entry)) room.abort(new TakenOver('another worker has taken this job over', { where: labelOf(entry), cause: error }))
    const final = room.isFinal(error)
    if (final) await enterEnd(part.context, entry, error, alone ? undefined : queues)
    if (final && alone && isCancelled(room.signal)) await part.end('cancelled')
    await part.giveUp(alone && final)
    throw error
  }
}

/** A request that has come to nothing is not begun again by an old job of it. @throws the error that it ended with */
async function refuseEnded(context: RunContext, entry: Entry): Promise<void> {
  const request = await onBorrowed(context.warehouse, (session) => requestOf(session, context.refresh.id, entry))
  if (request === undefined) throw foreign(context.refresh.id)
  if (endedBadly.includes(request.status)) throw request.error ?? new StarlineError('this request has ended', { where: labelOf(entry), why: `it is ${request.status}` })
}

/** The queue may not have told yet: whoever was overtaken by the same job ends nothing of it. */
const isTakenOver = (context: RunContext, entry: Entry): Promise<boolean> =>
  onBorrowed(context.warehouse, (session) => isElsewhere(session, context.refresh.id, entry, context.worker)).catch(() => false)

/** What could not be entered is entered by the refresh's own job, when it is woken. */
async function enterEnd(context: RunContext, entry: Entry, error: unknown, queues: Queues | undefined): Promise<void> {
  try {
    await onBorrowed(context.warehouse, (session) => endRequest(session, context.refresh.id, entry, isCancelled(context.signal) ? 'cancelled' : 'failed', error))
    if (queues !== undefined) await goOn(context, entry, queues)
  } catch (second) {
    context.log.warn(`Could not enter the failure of ${labelOf(entry)}: ${messageOf(second)}`, { event: 'ledger-unreachable', refresh: context.refresh.id })
  }
}

/** Adds what may begin since this ETL has ended: nothing, where nothing waits for it. What has not begun when the refresh is over is ended in any case. */
async function goOn(context: RunContext, entry: Entry, queues: Queues): Promise<void> {
  const { config, refresh: { id }, warehouse, log } = context
  const waitedFor = isWaitedFor(entry, entriesOf(config), (etl) => etl.create.definition(warehouse.dialectName).table)
  await onBorrowed(context.warehouse, async (session) => {
    // Not all requests are read: each of many ETLs would read those of all.
    if (!waitedFor && await overOf(session, id) === undefined) return
    const requests = await requestsOf(session, id)
    await advance({ refresh: id, session, wanted: wantedAmong(requests, config), queueOf: (one) => queues.of(one), parent: parentOf(queues.main, id), log }, requests)
  })
}

const foreign = (refresh: string): StarlineError => new StarlineError('the job is refused', {
  where: `refresh ${refresh}`, why: 'this refresh was not asked for through the queue, or not for this ETL', wayOut: 'add jobs through the tasks',
})
