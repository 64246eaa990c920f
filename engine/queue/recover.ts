import type { Queue } from 'bullmq'
import type { Connection, Database } from '../db/connection.ts'
import { ConfigurationError, messageOf, StarlineError } from '../errors.ts'
import { entriesOf, labelOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { onBorrowed } from '../etl/sessions.ts'
import { untakenQueues } from '../etl/untaken.ts'
import type { Log } from '../log.ts'
import { plural } from '../plural.ts'
import { enterAgain, letGo, lockBriefly } from '../publish/holders.ts'
import type { Held } from '../publish/holders.ts'
import { overOf } from '../publish/heart.ts'
import { keptDocument } from '../publish/kept-error.ts'
import { readJson } from '../publish/read-json.ts'
import { openRefresh } from '../publish/refresh.ts'
import { endRequest, requestsOf } from '../publish/requests.ts'
import { advanceAll, parentOf } from './advance.ts'
import { jobIdOf, readAsked } from './message.ts'
import type { Asked } from './message.ts'
import { hurry } from './put-off.ts'
import type { PutOff } from './put-off.ts'
import { addJob } from './queues.ts'
import type { Queues } from './queues.ts'
import { wantedOf } from './wanted.ts'

/** What a round looks after. */
export interface Ward {
  readonly config: Config
  readonly warehouse: Database
  readonly queues: Queues
  readonly log: Log
  /** Refreshes whose jobs the last round found asleep with nothing left to wait for. */
  readonly stuck: Set<string>
  /** What was said of queues that nobody takes. */
  readonly untaken: Set<string>
  /** Jobs that were put off. */
  readonly putOff: PutOff
}

interface OpenRefresh { readonly id: string; readonly asked: Asked; readonly isNew: boolean; readonly isOver: boolean }

/** Seconds within which whoever asks adds the job himself: from the ledger to the queue takes a moment. */
const adding = 5

/** The lock under which one worker at a time looks after the queue. */
const looking: Held = { lock: 'recover', held: 'the lock under which one worker looks after the queue', why: 'another one does' }

/** Milliseconds after which it is entered anew that this session is alive. */
const aliveFor = 10_000

/**
 * Sees that every refresh that the ledger knows to be unfinished has its jobs: what the queue has lost is added again, and
 * what was cancelled or is late is ended.
 *
 * One worker at a time does it; where another one is at it there is nothing to do.
 */
export async function recover(session: Connection, ward: Ward): Promise<void> {
  // Nobody has asked for anything yet.
  if (!(await session.tablesLike('etl_')).includes('etl_refresh')) return
  if (!(await lockBriefly(session, looking, 0))) return
  try {
    const open = await openRefreshes(session)
    for (const id of ward.stuck) if (!open.some((one) => one.id === id)) ward.stuck.delete(id)
    if (open.length === 0) return
    const again: string[] = []
    let told = performance.now()
    for (const refresh of open) {
      if (performance.now() - told > aliveFor) {
        await enterAgain(session)
        told = performance.now()
      }
      try {
        if (await mend(session, ward, refresh) && !refresh.isNew) again.push(refresh.id)
      } catch (error) {
        if (!session.isOpen) throw error
        ward.log.warn(`Could not look after refresh ${refresh.id}: ${messageOf(error)}`, { event: 'recover-failed', refresh: refresh.id })
      }
    }
    await tellOfUntaken(session, ward, open)
    if (again.length > 0) ward.log.warn(`Queued ${plural(again.length, 'refresh')} again that the queue had lost: ${again.slice(0, 3).join(', ')}${again.length > 3 ? ', …' : ''}`, { event: 'queued-again', refreshes: again.slice(0, 100) })
  } finally {
    await letGo(session, looking)
  }
}

/** Those that were asked for through the queue. */
async function openRefreshes(session: Connection): Promise<readonly OpenRefresh[]> {
  const { knex, after, now } = session.dialect
  const rows = await session.query<{ id: string; options: string; is_new: number; cancel: boolean | number; late: number }>(
    knex('etl_refresh').where({ held: false }).whereIn('status', ['waiting', 'running']).orderBy('started_at')
      .select('id', 'options', 'cancel', { late: knex.raw(`CASE WHEN deadline <= ${now} THEN 1 ELSE 0 END`), is_new: knex.raw(`CASE WHEN status = 'waiting' AND started_at > ${after(-adding)} THEN 1 ELSE 0 END`) }))
  return rows.flatMap(({ id, options, is_new: isNew, cancel, late }) => {
    const asked = readAsked(readJson(options))
    return asked === undefined ? [] : [{ id, asked, isNew: isNew === 1, isOver: Boolean(cancel) || late === 1 }]
  })
}

/** @returns whether its job had to be added again */
async function mend(session: Connection, ward: Ward, { id, asked, isOver }: OpenRefresh): Promise<boolean> {
  const { config, queues } = ward
  const entry = asked.task === 'processEtl' ? entriesOf(config).find(({ type, name }) => type === asked.type && name === asked.name) : undefined
  if (asked.task === 'processEtl' && entry === undefined) {
    await endNow(ward, id, 'failed', new ConfigurationError(`no active ${asked.type} is called ${JSON.stringify(asked.name)}`, { wayOut: 'list it in the configuration, or ask for another' }))
    return false
  }
  const queue = entry === undefined ? queues.main : queues.of(entry)
  const jobId = jobIdOf(id, asked)
  const state = await queue.getJobState(jobId)
  if (state === 'failed') {
    const why = (await queue.getJob(jobId))?.failedReason ?? 'it failed'
    await endNow(ward, id, 'failed', new StarlineError(why))
    return false
  }
  if (state === 'unknown' || state === 'completed') {
    await queue.remove(jobId)
    await addJob(queue, id, asked)
    return true
  }
  if (state === 'delayed') await hurry(queue, jobId, ward.putOff, ward.log)
  if (asked.task === 'processEtl') {
    // Not asked of each again: there may be thousands.
    const over = isOver ? await overOf(session, id) : undefined
    // One that is at work finds it out by itself.
    if (over !== undefined && state !== 'active' && await queue.remove(jobId) === 1) await endNow(ward, id, over.status, over.error)
    return false
  }
  // One that is not asleep begins from the top by itself: with the tables that it is to drop first.
  if (state === 'waiting-children') await mendWhole(session, ward, id, queue)
  return false
}

/** So many refreshes are looked at for queues that nobody takes: who reads of those needs no more. */
const mostTold = 100

/** What waits in a queue that no live worker takes would wait for ever, and nobody would know why. */
async function tellOfUntaken(session: Connection, { config, log, untaken }: Ward, open: readonly OpenRefresh[]): Promise<void> {
  const said: string[] = []
  const lacking = await untakenQueues(session, entriesOf(config))
  for (const { id } of lacking.size === 0 ? [] : open.slice(0, mostTold)) {
    const waiting = (await requestsOf(session, id)).filter(({ status }) => status === 'waiting').map(labelOf)
    for (const [queue, entries] of lacking) {
      const its = entries.map(labelOf).filter((label) => waiting.includes(label))
      const what = `${id} ${queue}`
      if (its.length === 0) continue
      said.push(what)
      if (untaken.has(what)) continue
      log.warn(`No worker takes queue ${queue}: ${its.join(', ')} of refresh ${id} will wait until one does: npm run worker -- --queues ${queue}`, { event: 'queue-untaken', refresh: id, queue })
    }
  }
  untaken.clear()
  for (const what of said) untaken.add(what)
}

async function mendWhole(session: Connection, { config, queues, stuck, putOff, log }: Ward, id: string, queue: Queue): Promise<void> {
  const wanted = await wantedOf(session, id, config)
  const open = await advanceAll({ refresh: id, session, wanted, queueOf: (entry) => queues.of(entry), parent: parentOf(queues.main, id), log, onPutOff: (of, job) => hurry(of, job, putOff, log) })
  const isStuck = open === 0
  // The last of its ETLs may have ended just now, and wakes it.
  if (!isStuck || !stuck.has(id)) {
    if (isStuck) stuck.add(id)
    else stuck.delete(id)
    return
  }
  stuck.delete(id)
  log.warn(`Woke refresh ${id}, which had nothing left to wait for`, { event: 'woken', refresh: id })
  await queue.remove(id)
  await queue.add('refreshDataWarehouse', { refresh: id }, { jobId: id })
}

/** Nobody is at work on it, and nobody will be. */
async function endNow({ warehouse }: Ward, id: string, status: 'failed' | 'cancelled', error: Error): Promise<void> {
  const refresh = await openRefresh(warehouse, { id, held: false, onLost() {} })
  if (refresh.ended !== undefined) {
    await refresh.leave()
    return
  }
  try {
    await onBorrowed(warehouse, async (session) => {
      for (const request of await requestsOf(session, id)) if (request.status === 'waiting' || request.status === 'running') await endRequest(session, id, request, status, error)
    })
  } finally {
    await refresh.end(status, { error: keptDocument(error) })
  }
}
