import { ErrorCode } from 'bullmq'
import type { Queue } from 'bullmq'
import type { Connection } from '../db/connection.ts'
import { BusyError, ConfigurationError, messageOf, StarlineError } from '../errors.ts'
import { nextSteps } from '../etl/graph.ts'
import type { Stage } from '../etl/graph.ts'
import type { Etl } from '../etl/etl.ts'
import { labelOf } from '../etl/registry.ts'
import type { Entry } from '../etl/registry.ts'
import type { Log } from '../log.ts'
import { blockedWords } from '../etl/run-all.ts'
import { overOf } from '../publish/heart.ts'
import { endedBadly, endRequest, requestsOf } from '../publish/requests.ts'
import type { KnownRequest, RequestStatus } from '../publish/requests.ts'
import { redact } from '../redact.ts'
import { etlJobId } from './message.ts'

/** A refresh whose ETLs are spread over the queue. */
export interface Spread {
  readonly refresh: string
  /** The ETLs that it was asked for. */
  readonly wanted: readonly Entry[]
  readonly session: Connection
  /** The queue of an ETL's job. */
  readonly queueOf: (entry: Entry) => Queue
  /** The job of the refresh, which is woken when all that was added has ended. */
  readonly parent: { readonly id: string; readonly queue: string }
  readonly log: Log
  /** Told of jobs that were put off, by who looks after them. */
  readonly onPutOff?: (queue: Queue, id: string) => Promise<void>
}

/**
 * Adds the jobs of the ETLs that may begin now, and enters which can't begin any more: as the ledger says, not the queue.
 *
 * Safe to repeat, and to do at several places at once: a job's id follows from its refresh and its ETL, so it is added once.
 *
 * @param known what the ledger says, where it was asked just now
 * @returns how many ETLs have not ended
 */
export async function advance(spread: Spread, known?: readonly KnownRequest[]): Promise<number> {
  const { refresh, session } = spread
  const requests = known ?? await requestsOf(session, refresh)
  const over = await overOf(session, refresh)
  if (over !== undefined) {
    for (const request of requests.filter(isOpen)) await endRequest(session, refresh, request, over.status, over.error)
    await forgetJobs(spread, requests.filter(isOpen))
    return 0
  }
  const byLabel = new Map(requests.map((request) => [labelOf(request), request]))
  const { ready, blocked } = nextSteps(spread.wanted, (entry) => stageOf(byLabel.get(labelOf(entry))), tableOf(session))
  for (const one of blocked) {
    const { entry, by } = one
    const why = blockedWords(one, find(requests, by)?.status !== 'skipped' && !blocked.some((other) => other.entry === by))
    await endRequest(session, refresh, entry, 'skipped', new StarlineError('skipped', { where: labelOf(entry), why }))
    spread.log.warn(`Skipped ${labelOf(entry)}: ${why}`, { event: 'skipped', refresh, type: entry.type, name: entry.name, attempt: undefined })
  }
  await addJobs(spread, ready)
  return requests.filter(isOpen).length - blocked.length
}

/** Jobs that nobody has begun wake their refresh when they go. One that is at work ends by itself. */
async function forgetJobs({ refresh, wanted, queueOf }: Spread, requests: readonly KnownRequest[]): Promise<void> {
  for (const entry of wanted) {
    if (find(requests, entry) !== undefined) await queueOf(entry).remove(etlJobId({ ...entry, refresh })).catch(() => 0)
  }
}

/** The same for the job of the refresh itself: what the queue has lost comes back, and what it gave up is entered. */
export async function advanceAll(spread: Spread): Promise<number> {
  const { refresh, session } = spread
  const open = (await requestsOf(session, refresh)).filter(isOpen)
  for (const request of open.filter((one) => !spread.wanted.some((entry) => labelOf(entry) === labelOf(one)))) {
    await endRequest(session, refresh, request, 'failed', new ConfigurationError(`no active ${request.type} is called ${JSON.stringify(request.name)}`, { where: labelOf(request), wayOut: 'list it in the configuration, or ask for a new refresh' }))
  }
  for (const entry of spread.wanted.filter((one) => find(open, one) !== undefined)) await mendJob(spread, entry, find(open, entry)?.status ?? 'waiting')
  return advance(spread)
}

/** The ledger knows of no end of this ETL: its job must be there, and not have ended. */
async function mendJob({ refresh, session, queueOf, onPutOff, ...rest }: Spread, entry: Entry, status: RequestStatus): Promise<void> {
  const queue = queueOf(entry)
  const id = etlJobId({ ...entry, refresh })
  const state = await asked(refresh, () => queue.getJobState(id))
  if (state === 'failed') {
    const why = (await asked(refresh, () => queue.getJob(id)))?.failedReason ?? 'its job failed'
    await endRequest(session, refresh, entry, 'failed', new StarlineError(why))
  } else if (state === 'completed') {
    await asked(refresh, () => queue.remove(id))
  } else if (state === 'delayed') {
    await onPutOff?.(queue, id)
  }
  if (status === 'running' && (state === 'unknown' || state === 'completed')) await addJobs({ refresh, session, queueOf, ...rest }, [entry])
}

/** The failure option is written down since without one a failed job leaves its parent waiting for ever. */
async function addJobs({ refresh, queueOf, parent }: Spread, entries: readonly Entry[]): Promise<void> {
  for (const entry of entries) {
    const data = { type: entry.type, name: entry.name, refresh }
    const isAdded = await asked(refresh, () => queueOf(entry).add('processEtl', data, { jobId: etlJobId(data), parent, ignoreDependencyOnFailure: true }).then(() => true, refuseAllButOrphans))
    if (!isAdded) return
  }
}

/** A queue that refuses (it is full, is read-only for a while, was ended) is no failure of an ETL: its job is put off. @throws {BusyError} */
async function asked<T>(refresh: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw new BusyError('the queue did not answer', { where: `refresh ${refresh}`, why: redact(messageOf(error)), wayOut: 'look whether its server is well', cause: error })
  }
}

function refuseAllButOrphans(error: unknown): false {
  if (isOrphan(error)) return false
  throw error
}

/** The queue has lost the refresh's own job. That is no failure of an ETL: whoever looks after the queue adds it again, and it adds these. */
const isOrphan = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === ErrorCode.ParentJobNotExist

const isOpen = ({ status }: KnownRequest): boolean => status === 'waiting' || status === 'running'
const find = (requests: readonly KnownRequest[], entry: Entry): KnownRequest | undefined => requests.find((one) => labelOf(one) === labelOf(entry))
const tableOf = ({ dialect }: Connection) => (etl: Etl): string => etl.create.definition(dialect.name).table

function stageOf(request: KnownRequest | undefined): Stage {
  const status = request?.status ?? 'waiting'
  if (status === 'waiting' || status === 'running') return status
  return endedBadly.includes(status) ? 'broken' : 'loaded'
}

/** The job that a refresh's ETLs wake, as they name it. */
export const parentOf = (queue: Queue, id: string): Spread['parent'] => ({ id, queue: queue.qualifiedName })
