import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, Database } from '../db/connection.ts'
import { isOneProcess, openDatabase } from '../db/open.ts'
import { entriesOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { reportOf } from '../etl/report-of.ts'
import type { RefreshReport } from '../etl/run-all.ts'
import { onBorrowed } from '../etl/sessions.ts'
import { StarlineError } from '../errors.ts'
import type { EndStatus } from '../publish/refresh.ts'
import { requestsOf } from '../publish/requests.ts'

/**
 * What a job is doing. `delayed`: it waits to be tried again. `unknown`: the ledger does not know it.
 */
export type JobStatus = 'waiting' | 'active' | 'delayed' | 'succeeded' | 'failed' | 'cancelled' | 'unknown'

/** How long a result is waited for. */
export interface ResultOptions {
  /** Seconds after which waiting ends with an error; the job itself goes on. Without it, as long as it takes. */
  readonly timeoutSeconds?: number
}

/** A job that was added. */
export interface QueuedJob<R> {
  readonly id: string
  /** The refresh that it belongs to, as the ledger names it. */
  readonly refresh: string
  /** Another refresh was waiting or at work, which does the same: this is its job, and nothing was added. */
  readonly joined: boolean
  /** What it is doing now. @throws {DatabaseError} where the warehouse can't be reached */
  status(): Promise<JobStatus>
  /**
   * Waits until it has ended and gives its result. What became of it is read from the ledger in the warehouse.
   *
   * @throws {StarlineError} with the ETL's own words where it failed, was cancelled, or did not end in time
   * @example await job.result({ timeoutSeconds: 600 })
   */
  result(options?: ResultOptions): Promise<R>
}

/** A refresh as the ledger knows it. */
interface Standing {
  readonly status: 'waiting' | 'running' | 'rolled_back' | EndStatus
  /** None of its ETLs is at work: each that is left waits to be tried again. */
  readonly idle: boolean
}

/** How a job is found again, and what its result is made of. */
export interface JobFacts<R> {
  readonly id: string
  readonly refresh: string
  readonly joined: boolean
  /** @throws {StarlineError} why it failed */
  readonly read: (report: RefreshReport, ended: EndStatus) => R
}

/** Milliseconds between two looks: soon at first, and then less and less often. */
const looks = { first: 25, most: 1_000 }

/** The handle of a job that was asked for. */
export function jobHandle<R>(config: Config, { id, refresh, joined, read }: JobFacts<R>): QueuedJob<R> {
  return {
    id, refresh, joined,
    status: () => onWarehouse(config, async (session) => statusOf(await standingOf(session, refresh))),
    result: ({ timeoutSeconds = Infinity } = {}) => onWarehouse(config, async (session) => {
      const ended = await untilEnded(session, id, refresh, timeoutSeconds)
      return read(await reportOf(session, refresh, entriesOf(config)), ended)
    }),
  }
}

/** The warehouses that this process asks, each opened once. */
const warehouses = new WeakMap<Config, Database>()

/** Does a piece of work on a session of its own, which keeps nobody's process alive afterwards, and no database that one process alone can open. */
export async function onWarehouse<T>(config: Config, work: (session: Connection, database: Database) => Promise<T>): Promise<T> {
  const database = warehouses.get(config) ?? await openDatabase(config.warehouse, { connectSeconds: config.deadlines.connectSeconds, idleSeconds: config.deadlines.idleSeconds })
  const isKept = !isOneProcess(config.warehouse)
  if (isKept) warehouses.set(config, database)
  try {
    return await onBorrowed(database, (session) => work(session, database))
  } finally {
    if (!isKept) await database.close()
  }
}

/** @returns undefined for a refresh that the ledger does not know */
async function standingOf(session: Connection, refresh: string): Promise<Standing | undefined> {
  const [row] = await session.query<{ status: Standing['status'] }>(session.dialect.knex('etl_refresh').where({ id: refresh }).select('status'))
  if (row === undefined) return undefined
  const requests = row.status === 'running' ? await requestsOf(session, refresh) : []
  const open = requests.filter(({ status }) => status === 'waiting' || status === 'running')
  return { status: row.status, idle: open.length > 0 && open.length === requests.length && open.every(({ status }) => status === 'waiting') }
}

function statusOf(standing: Standing | undefined): JobStatus {
  if (standing === undefined) return 'unknown'
  if (standing.status === 'running') return standing.idle ? 'delayed' : 'active'
  return standing.status === 'stopped' || standing.status === 'rolled_back' ? 'failed' : standing.status
}

/** Waits until a refresh has ended; a warehouse that goes away meanwhile is an error. */
async function untilEnded(session: Connection, id: string, refresh: string, seconds: number): Promise<EndStatus> {
  const end = performance.now() + seconds * 1000
  for (let wait = looks.first; ; wait = Math.min(looks.most, wait * 1.5)) {
    const standing = await standingOf(session, refresh)
    if (standing === undefined) throw forgotten(id, refresh)
    if (standing.status === 'rolled_back') throw new StarlineError('it was rolled back', { where: `refresh ${refresh}`, wayOut: 'ask for a new one' })
    if (standing.status !== 'waiting' && standing.status !== 'running') return standing.status
    const left = end - performance.now()
    if (left <= 0) throw tooLate(id, seconds)
    await sleep(Math.min(left, wait))
  }
}

const forgotten = (id: string, refresh: string): StarlineError => new StarlineError('the ledger does not know this job any more', {
  where: `job ${id}`, why: `there is no refresh ${refresh} in it`, wayOut: 'look whether the ledger was emptied, and ask for a new one',
})

const tooLate = (id: string, seconds: number): StarlineError => new StarlineError(`the job did not end within ${seconds} s`, {
  where: `job ${id}`, wayOut: 'wait longer, or look whether a worker is at work: npm run worker',
})
