import type { Connection } from '../db/connection.ts'
import { liveOf } from './live-run.ts'

/** A run that a refresh has published, and what it took the place of. */
export interface PublishedRun {
  readonly runId: string
  readonly refresh: string
  readonly type: string
  readonly name: string
  readonly target: string
  readonly fence: number
  readonly rows: number
  readonly status: string
  /** The run that had made the table before; '' where nobody here had, null where there was none. */
  readonly replaced: string | null
}

const columns = {
  runId: 'run_id', refresh: 'refresh', type: 'etl_type', name: 'etl_name', target: 'target', fence: 'fence', rows: 'rows_loaded', status: 'status', replaced: 'replaced',
}

/** The runs that a refresh has published, sorted by target; those too whose rollback was begun and not ended, or that are live and were not entered. */
export async function publishedRuns(connection: Connection, refresh: string): Promise<readonly PublishedRun[]> {
  const runs = await connection.query<PublishedRun>(
    connection.dialect.knex('etl_run').where({ refresh }).whereIn('status', ['succeeded', 'rolling_back', 'publishing']).orderBy('target').select(columns))
  const live = await liveOf(connection, runs.filter(isPublishing))
  return runs.filter((run) => !isPublishing(run) || live.includes(run))
}

const isPublishing = ({ status }: PublishedRun): boolean => status === 'publishing'

/** Whose publish was interrupted between its swap and the ledger, the newest one: since when it is live is not known better than when it began. */
export async function notEntered(connection: Connection): Promise<{ readonly refresh: string; readonly publishedAt: string } | undefined> {
  const runs = await connection.query<PublishedRun & { readonly publishedAt: string }>(
    connection.dialect.knex('etl_run').where({ status: 'publishing' }).orderBy('heartbeat_at', 'desc').select({ ...columns, publishedAt: 'heartbeat_at' }))
  const [newest] = await liveOf(connection, runs)
  return newest
}

/**
 * Enters that the tables of a refresh were put back: its runs and their requests never succeed again, and each target's last
 * rows are those of the run that is live now. Keys that were given stay given. In a transaction.
 */
export async function enterRolledBack(connection: Connection, runs: readonly PublishedRun[]): Promise<void> {
  const { knex } = connection.dialect
  const ids = runs.map(({ runId }) => runId)
  await connection.execute(knex('etl_run').whereIn('run_id', ids).update({ status: 'rolled_back' }))
  await connection.execute(knex('etl_request').whereIn('request_key', knex('etl_run').whereIn('run_id', ids).select('request_key')).update({ status: 'rolled_back' }))
  await connection.execute(knex('etl_refresh').whereIn('id', runs.map(({ refresh }) => refresh)).update({ status: 'rolled_back' }))
  for (const { target, replaced } of runs) {
    const [before] = replaced === null ? [] : await connection.query<{ rows: number | null }>(knex('etl_run').where({ run_id: replaced }).select({ rows: 'rows_loaded' }))
    await connection.execute(knex('etl_target').where({ target }).update({ last_rows: before?.rows ?? null }))
  }
}

/**
 * A rollback that died between its swap and the ledger: the live table names another run than the one that was to go. All
 * of its tables were put back in that one step, so all of it is entered.
 */
export async function finishRollbacks(connection: Connection, refreshes: readonly string[]): Promise<void> {
  for (const refresh of new Set(refreshes)) {
    const runs = (await publishedRuns(connection, refresh)).filter(({ status }) => status === 'rolling_back')
    await connection.transaction(() => enterRolledBack(connection, runs))
  }
}
