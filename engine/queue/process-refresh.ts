import { WaitingChildrenError } from 'bullmq'
import type { Job } from 'bullmq'
import type { Connection } from '../db/connection.ts'
import { BusyError, CancelledError, ConfigurationError, messageOf, StarlineError } from '../errors.ts'
import type { RunContext } from '../etl/context.ts'
import { publishRefresh } from '../etl/go-live.ts'
import type { GoneLive } from '../etl/go-live.ts'
import { labelOf } from '../etl/registry.ts'
import type { Entry } from '../etl/registry.ts'
import { reportOf } from '../etl/report-of.ts'
import { refuseStanding } from '../etl/standing.ts'
import { dropTable } from '../publish/drop.ts'
import { fenced } from '../publish/fenced.ts'
import { overOf } from '../publish/heart.ts'
import { keptDocument } from '../publish/kept-error.ts'
import type { EndStatus } from '../publish/refresh.ts'
import { enterDropped } from '../publish/refresh-outcome.ts'
import type { RefreshOutcome } from '../publish/refresh-outcome.ts'
import { earlierOf, endRequest, requestsOf } from '../publish/requests.ts'
import { stagedRuns } from '../publish/staged-runs.ts'
import { onBorrowed, withSession } from '../etl/sessions.ts'
import { advanceAll, parentOf } from './advance.ts'
import { TakenOver } from './failures.ts'
import { refuseLoneFacts } from './lone-facts.ts'
import { readAsked } from './message.ts'
import type { RefreshAsked, RefreshMessage } from './message.ts'
import { refreshLease } from './leases.ts'
import type { Queues } from './queues.ts'
import { failureOf } from './refresh-result.ts'
import { takePart } from './room.ts'
import type { Part, Room } from './room.ts'
import { entriesAsked, pickedOf, wantedOf } from './wanted.ts'

/** How often in a row the queue may have nothing to wait for while the ledger knows of open ETLs: each time what is missing is added. */
const mostRounds = 20

/**
 * Runs a refresh as a job: adds the jobs of the ETLs that may begin, and sleeps until all have ended, while each of them
 * adds those that it was waited for by; then publishes what was staged, as the configuration's `publish` says.
 *
 * It holds no worker while it sleeps and starts from the top each time it is woken, or was delivered again: what there
 * is to do follows from the ledger, so every step may happen twice.
 *
 * @returns how many tables are live
 * @throws {StarlineError} that names each failure, after the rest was published
 */
export async function processRefresh({ refresh }: RefreshMessage, job: Job, token: string, queues: Queues, room: Room): Promise<{ published: number }> {
  const part = await takePart(room, refresh, refreshLease)
  const asked = readAsked(part.asked)
  if (asked?.task !== 'refreshDataWarehouse') {
    // Somebody else drives it: its tables are not to be published before their time, and it is not to be ended.
    await part.leave()
    throw foreign(refresh)
  }
  try {
    refuseLoneFacts(room.config, asked)
    if (part.ended === undefined) await loadAll(asked, job, token, queues, part, room)
    const ended = part.ended ?? await publishAndEnd(part, asked)
    room.step?.('ended')
    const wanted = await inLedger(part, (session) => wantedOf(session, refresh, room.config))
    const report = await inLedger(part, (session) => reportOf(session, refresh, wanted))
    const failure = failureOf(refresh, report, ended)
    await part.leave()
    if (failure !== undefined) throw failure
    return { published: report.etls.length }
  } catch (error) {
    await part.giveUp(!(error instanceof WaitingChildrenError) && room.isFinal(error), { error: keptDocument(error) })
    throw error
  }
}

/** Returns when every ETL has ended, well or badly. @throws {WaitingChildrenError} as long as some are under way */
async function loadAll(asked: RefreshAsked, job: Job, token: string, queues: Queues, part: Part, room: Room): Promise<void> {
  const { config, refresh: { id } } = part.context
  await makeWay(asked, part)
  const wanted = await inLedger(part, (session) => wantedOf(session, id, config))
  for (let round = 1; ; round += 1) {
    const open = await inLedger(part, (session) => advanceAll({ refresh: id, session, wanted, queueOf: (entry) => queues.of(entry), parent: parentOf(queues.main, id), log: part.context.log }))
    part.context.signal.throwIfAborted()
    room.step?.('jobs-added')
    if (await sleeps(job, token, room)) throw new WaitingChildrenError()
    if (open === 0) return
    if (round === mostRounds) throw new StarlineError('the queue and the ledger do not agree', { where: `refresh ${id}`, why: `${open} ETLs have no job that could be waited for` })
  }
}

/** Whether there is anything that it must be woken by. A job that the queue has lost meanwhile is no failure of the refresh: it is added again, and begins anew. */
async function sleeps(job: Job, token: string, room: Room): Promise<boolean> {
  try {
    return await job.moveToWaitingChildren(token)
  } catch (error) {
    room.abort(new TakenOver('the queue does not know this job any more', { where: `job ${job.id}`, why: messageOf(error) }))
    throw error
  }
}

/** What comes before the first ETL. A refresh that was cancelled by then, or is late, waits for nobody and drops nothing. */
async function makeWay(asked: RefreshAsked, part: Part): Promise<void> {
  const { config, refresh: { id } } = part.context
  if (await inLedger(part, (session) => overOf(session, id)) !== undefined) return
  const requests = await inLedger(part, (session) => requestsOf(session, id))
  // One that is tried again may have tables that are live already: only what it holds could make it wait in a ring.
  if (!requests.some(({ status }) => status === 'running' || status === 'loaded')) await waitForEarlier(part)
  // A drop that was interrupted leaves all of them waiting, too.
  if (asked.dropTables && requests.every(({ status }) => status === 'waiting')) await dropTables(pickedOf(config, asked), part.context)
}

/** Two that were told to run side by side and load the same tables do so one after the other. @throws {BusyError} where it is another one's turn */
async function waitForEarlier(part: Part): Promise<void> {
  const { id } = part.context.refresh
  const earlier = await inLedger(part, (session) => earlierOf(session, id))
  if (earlier === undefined) return
  throw new BusyError('another refresh loads some of the same tables', { where: `refresh ${id}`, why: `refresh ${earlier} began before it and is at work`, wayOut: 'it is put off until that one has ended' })
}

/** Publishes what was staged, and enters how the refresh ended: for good. */
async function publishAndEnd(part: Part, asked: RefreshAsked): Promise<EndStatus> {
  const { context } = part
  const { id } = context.refresh
  const over = await inLedger(part, (session) => overOf(session, id))
  if (over?.status === 'cancelled') {
    await part.end('cancelled', { error: keptDocument(over.error) })
    return 'cancelled'
  }
  const published = await publishAll(context, over !== undefined)
  const wanted = await inLedger(part, (session) => wantedOf(session, id, context.config))
  if (published.heldBack === undefined && published.error === undefined) await inLedger(part, (session) => enterOvertaken(session, id, wanted, []))
  const { etls } = await inLedger(part, (session) => reportOf(session, id, wanted))
  const requests = (await inLedger(part, (session) => requestsOf(session, id))).map(labelOf)
  const gone = requests.filter((label) => !wanted.some((entry) => labelOf(entry) === label))
  const error = gone.length > 0 ? notActive(id, gone) : requests.length === 0 && entriesAsked(context.config, asked).length > 0 ? forgotten(id) : undefined
  const outcome = error === undefined || published.error !== undefined ? published : { ...published, error: keptDocument(error) }
  const ended = outcome.error === undefined && etls.every(({ status }) => status === 'published') ? 'succeeded' : 'failed'
  await part.end(ended, outcome)
  return ended
}

/** What was asked for, and is not listed any more: no report has a row of its own for it. */
const notActive = (refresh: string, gone: readonly string[]): ConfigurationError => new ConfigurationError(`${gone.join(', ')} ${gone.length === 1 ? 'is' : 'are'} not active any more`, {
  where: `refresh ${refresh}`, wayOut: 'list it in the configuration, or take it out of what is asked for',
})

/** A refresh that has loaded nothing must not look like one that had nothing to load. */
const forgotten = (refresh: string): StarlineError => new StarlineError('the ledger does not know any more what this refresh was asked for', {
  where: `refresh ${refresh}`, why: 'its rows in etl_request were deleted', wayOut: 'ask for a new one',
})

/** A publish that may be tried again is, as long as the refresh has time: everything is staged still. */
async function publishAll(context: RunContext, isLate: boolean): Promise<RefreshOutcome> {
  const { refresh: { id }, config, warehouse, signal } = context
  try {
    // What is not active any more was asked for as well: without it, it is not all.
    const asked = await onBorrowed(warehouse, (session) => requestsOf(session, id), signal)
    const { heldBack, missing = [] }: GoneLive = await publishRefresh(asked, context)
    if (heldBack === undefined) return {}
    await onBorrowed(warehouse, async (session) => enterOvertaken(session, id, await wantedOf(session, id, config), missing), signal)
    return { heldBack }
  } catch (error) {
    if ((!isLate && context.comesAgain?.(error) === true) || error instanceof CancelledError) throw error
    context.log.error(`Could not publish: ${messageOf(error)}`, { event: 'publish-failed', refresh: id })
    return { error: keptDocument(error) }
  }
}

/** What had loaded, and is neither live nor staged any more: a newer run took its table over. */
async function enterOvertaken(session: Connection, refresh: string, wanted: readonly Entry[], missing: readonly string[]): Promise<void> {
  const requests = await requestsOf(session, refresh)
  const staged = (await stagedRuns(session, refresh)).map(labelOf)
  for (const entry of wanted) {
    const isLoaded = requests.some((one) => labelOf(one) === labelOf(entry) && one.status === 'loaded')
    const isGone = missing.length > 0 ? missing.includes(labelOf(entry)) : !staged.includes(labelOf(entry))
    if (isLoaded && isGone) await endRequest(session, refresh, entry, 'failed', fenced(entry.etl.create.definition(session.dialect.name).table))
  }
}

/** Facts first, then dimensions, as the command line does. The ledger keeps fences and keys, so that no key is given twice, and what was dropped. */
async function dropTables(picked: readonly Entry[], context: RunContext): Promise<void> {
  const { config, refresh, warehouse, worker, log, signal } = context
  await withSession(warehouse, signal, async (session) => {
    await refuseStanding(session, config, picked)
    for (const { type, name, etl } of inDropOrder(picked)) {
      const { table } = etl.create.definition(warehouse.dialectName)
      const dropped = await dropTable(session, { refresh: refresh.id, type, name, table, worker, adopt: false, step() {} })
      if (!dropped) continue
      await enterDropped(session, refresh.id, table)
      log.info(`Dropped table ${table}`, { event: 'dropped', table, refresh: refresh.id })
    }
  })
}

const inDropOrder = (picked: readonly Entry[]): readonly Entry[] => [...picked.filter(({ type }) => type === 'fact'), ...picked.filter(({ type }) => type === 'dimension')]

const inLedger = <T>({ context }: Part, work: (session: Connection) => Promise<T>): Promise<T> => onBorrowed(context.warehouse, work, context.signal)

const foreign = (refresh: string): StarlineError => new StarlineError('the job is refused', {
  where: `refresh ${refresh}`, why: 'this refresh was not asked for through the queue, or not as a whole', wayOut: 'add jobs through the tasks',
})
