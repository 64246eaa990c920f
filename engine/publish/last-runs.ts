import type { Connection } from '../db/connection.ts'
import type { RunStatus } from './ledger.ts'
import { readJson } from './read-json.ts'

/** How a table was loaded last. */
export interface LastRun {
  /** What became of the newest run. */
  readonly status: RunStatus
  /** Rows of the last run that succeeded, and when it ended (UTC). */
  readonly rows?: number
  readonly at?: string
}

interface Row {
  readonly target: string
  readonly status: RunStatus
  readonly rows: number | null
  readonly at: string | null
  /** Of the refresh that it was a part of: what was asked for, and what came of it. */
  readonly options: string | null
  readonly ended: string | null
}

/** What the ledger says of each of these tables; nothing, where there is no ledger or it knows none of them. */
export async function lastRuns(session: Connection, tables: readonly string[]): Promise<ReadonlyMap<string, LastRun>> {
  if (await session.describe('etl_run') === undefined) return new Map()
  const newest = await runsOf(session, tables, false)
  const succeeded = await runsOf(session, tables, true)
  return new Map(newest.map((run) => {
    const { target } = run
    const status = isRollback(run) ? 'rolled_back' : run.status
    const last = succeeded.find((row) => row.target === target)
    return [target, { status, ...last !== undefined && { rows: last.rows ?? 0, ...last.at !== null && { at: last.at } } }]
  }))
}

/** A rollback claims a table as a load does, and its own run loads nothing. */
const isRollback = ({ status, options, ended }: Row): boolean =>
  status === 'abandoned' && ended === 'succeeded' && (readJson(options) as { readonly rollback?: unknown } | undefined)?.rollback === true

/** The newest run of each table, or the newest that succeeded. */
async function runsOf(session: Connection, tables: readonly string[], onlySucceeded: boolean): Promise<readonly Row[]> {
  const { knex } = session.dialect
  const highest = knex('etl_run').whereIn('target', tables).groupBy('target').select('target').max({ fence: 'fence' }).as('n')
  if (onlySucceeded) highest.where('status', 'succeeded')
  return session.query<Row>(knex('etl_run as r').join(highest, (join) => { join.on('n.target', 'r.target').andOn('n.fence', 'r.fence') })
    .leftJoin('etl_refresh as f', 'f.id', 'r.refresh').select('r.target', 'r.status', { rows: 'r.rows_loaded', at: 'r.finished_at', options: 'f.options', ended: 'f.status' }))
}
