import type { Connection } from '../db/connection.ts'
import { readJson } from './read-json.ts'
import type { EndStatus } from './refresh.ts'
import type { RefreshOutcome } from './refresh-outcome.ts'
import { requestsOf } from './requests.ts'
import type { KnownRequest } from './requests.ts'

/** How far a refresh is, as the ledger says. */
export interface RefreshStanding {
  readonly id: string
  readonly status: 'waiting' | 'running' | 'rolled_back' | EndStatus
  /** One process drives it: it was not asked for through the queue. */
  readonly held: boolean
  /** Somebody has cancelled it. */
  readonly cancel: boolean
  /** What was asked for. */
  readonly asked: unknown
  /** When it began, or where nobody has begun it, when it was asked for; and when it ended: UTC. */
  readonly startedAt: string
  readonly finishedAt: string | null
  /** Seconds from its beginning until its end, or until now. */
  readonly seconds: number
  readonly outcome: RefreshOutcome
}

/** How far one ETL of a refresh is. */
export interface EtlStanding extends KnownRequest {
  /** Its last attempt; undefined where nobody has begun it. */
  readonly run: RunStanding | undefined
}

interface RunStanding {
  readonly target: string
  readonly fence: number
  readonly status: string
  readonly worker: string
  /** Rows read: so far, while it runs. */
  readonly rowsRead: number | null
  readonly rows: number | null
  readonly seconds: number
}

interface Row {
  readonly id: string
  readonly status: RefreshStanding['status']
  readonly held: boolean | number
  readonly cancel: boolean | number
  readonly options: string
  readonly started: string
  readonly finished: string | null
  readonly now: string
  readonly outcome: string | null
}

/** Sessions that have seen a ledger: who looks again and again asks once. */
const seen = new WeakSet<Connection>()

/** Whether anything was ever asked for here. */
async function hasLedger(session: Connection): Promise<boolean> {
  if (!seen.has(session) && await session.describe('etl_refresh') !== undefined) seen.add(session)
  return seen.has(session)
}

/** All refreshes that wait or are at work, and so many of those that ended last: the newest first. */
export async function refreshesIn(session: Connection, ended: number): Promise<readonly RefreshStanding[]> {
  if (!(await hasLedger(session))) return []
  const open = await read(session, (rows) => rows.whereIn('status', ['waiting', 'running']).orderBy('started_at', 'desc'))
  const over = await read(session, (rows) => rows.whereNotIn('status', ['waiting', 'running']).orderBy('started_at', 'desc').limit(ended))
  return [...open, ...over]
}

/** One refresh. */
export async function refreshIn(session: Connection, id: string): Promise<RefreshStanding | undefined> {
  return (await hasLedger(session)) ? (await read(session, (rows) => rows.where({ id })))[0] : undefined
}

type Rows = ReturnType<ReturnType<Connection['dialect']['knex']>['select']>

async function read(session: Connection, which: (rows: Rows) => Rows): Promise<readonly RefreshStanding[]> {
  const { knex, now } = session.dialect
  const rows = await session.query<Row>(which(knex('etl_refresh').select('id', 'status', 'held', 'cancel', 'options', 'outcome', { started: 'started_at', finished: 'finished_at', now: knex.raw(now) })))
  return rows.map((row) => ({
    id: row.id, status: row.status, held: Boolean(row.held), cancel: Boolean(row.cancel), asked: readJson(row.options),
    startedAt: row.started, finishedAt: row.finished, seconds: secondsBetween(row.started, row.finished ?? row.now), outcome: (readJson(row.outcome) as RefreshOutcome | undefined) ?? {},
  }))
}

interface RunRow {
  readonly type: string
  readonly name: string
  readonly target: string
  readonly fence: number
  readonly status: string
  readonly worker: string
  readonly read: number | null
  readonly rows: number | null
  readonly begun: string
  readonly ended: string
}

/** Each ETL of a refresh, in the order it was asked for as far as the ledger keeps one: by name. */
export async function etlsIn(session: Connection, refresh: string): Promise<readonly EtlStanding[]> {
  const { knex, now } = session.dialect
  const requests = await requestsOf(session, refresh)
  const runs = new Map((await session.query<RunRow>(knex('etl_run').where({ refresh }).orderBy('fence').select('target', 'fence', 'status', 'worker', {
    type: 'etl_type', name: 'etl_name', read: 'rows_read', rows: 'rows_loaded', begun: 'started_at',
    ended: knex.raw(`CASE WHEN status = 'running' THEN ${now} ELSE ${runEnd} END`),
  }))).map((run) => [`${run.type} ${run.name}`, run]))
  return requests.map((request) => {
    const run = runs.get(`${request.type} ${request.name}`)
    return { ...request, run: run && { ...run, rowsRead: run.read, seconds: secondsBetween(run.begun, run.ended) } }
  })
}

/** What the last run of each ETL wrote down of what it did, by `dimension product`: the journey's own text. */
export async function detailsIn(session: Connection, refresh: string): Promise<ReadonlyMap<string, string>> {
  const { knex } = session.dialect
  const runs = await session.query<{ type: string; name: string; detail: string | null }>(
    knex('etl_run').where({ refresh }).orderBy('fence').select('detail', { type: 'etl_type', name: 'etl_name' }))
  return new Map(runs.map(({ type, name, detail }) => [`${type} ${name}`, detail ?? '']))
}

/** Rows of the newest run of an ETL that went live before the one of this refresh, where there was one. */
export async function previousRows(session: Connection, { type, name, run }: EtlStanding): Promise<number | undefined> {
  const { knex } = session.dialect
  const before = knex('etl_run').where({ etl_type: type, etl_name: name, status: 'succeeded' }).orderBy('fence', 'desc').limit(1).select({ rows: 'rows_loaded' })
  const [row] = await session.query<{ rows: number | null }>(run === undefined ? before : before.where({ target: run.target }).where('fence', '<', run.fence))
  return row?.rows ?? undefined
}

/** SQL: when a run had done its work. One that was cleared away later ended with its last sign of life. */
export const runEnd = "COALESCE(staged_at, CASE WHEN status = 'failed' THEN finished_at END, heartbeat_at)"

/** Seconds from one instant of the ledger until another, never below nought. */
export const secondsBetween = (begun: string, ended: string): number => Math.max(0, (instantOf(ended) - instantOf(begun)) / 1000)
const instantOf = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`)
