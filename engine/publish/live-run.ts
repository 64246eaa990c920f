import type { Connection, TableDescription } from '../db/connection.ts'
import { DatabaseError } from '../errors.ts'
import { commentWith, runOf, withoutRun } from './names.ts'

/**
 * A live table whose comment names the run that made it: by the comment itself after a swap, by the ledger after a merge,
 * where a database can't change both in one transaction and the comment may lag behind. The later of the two counts.
 */
export async function describeLive(connection: Connection, table: string): Promise<TableDescription | undefined> {
  const live = await connection.describe(table)
  const named = runOf(live?.comment ?? '')
  // Whatever was merged here before: a table that names no run is somebody's own, made where ours was dropped.
  if (live === undefined || named === undefined) return live
  const { knex } = connection.dialect
  const runs = await connection.query<{ run_id: string; fence: number; merged: string | null }>(knex('etl_run as r').join('etl_target as t', 't.target', 'r.target')
    .where('r.target', table).whereRaw('(r.run_id = ? OR r.run_id = t.merged_run)', [named])
    .select('r.run_id', 'r.fence', { merged: 't.merged_run' }))
  const merged = runs.find((run) => run.run_id === run.merged)
  const fence = runs.find((run) => run.run_id === named)?.fence ?? 0
  if (merged === undefined || merged.fence <= fence) return live
  return { ...live, comment: commentWith(withoutRun(live.comment), merged.run_id) }
}

/** The run that made a live table what it is; undefined where there is none, or nobody here made it. */
export async function liveRun(connection: Connection, table: string): Promise<string | undefined> {
  return runOf((await describeLive(connection, table))?.comment ?? '')
}

/** Those of some runs that are live. */
export async function liveOf<R extends { readonly runId: string; readonly target: string }>(connection: Connection, runs: readonly R[]): Promise<readonly R[]> {
  const live: R[] = []
  for (const run of runs) if (await liveRun(connection, run.target) === run.runId) live.push(run)
  return live
}

/** Brings a merged table's comment up to date. Where readers are in the way it waits for its next turn: the ledger knows. */
export async function tidyComment(connection: Connection, live: TableDescription | undefined): Promise<void> {
  if (live === undefined || live.comment === (await connection.describe(live.table))?.comment) return
  try {
    await connection.execute(connection.dialect.commentOn(live.table, live.comment))
  } catch (error) {
    if (!(error instanceof DatabaseError) || !error.transient || !connection.isOpen) throw error
  }
}

/** The run that was merged into a table last, if it has this fence. */
export async function wasMerged(connection: Connection, table: string, fence: number): Promise<boolean> {
  const { knex } = connection.dialect
  const rows = await connection.query(knex('etl_run as r').join('etl_target as t', 't.merged_run', 'r.run_id').where({ 'r.target': table, 'r.fence': fence }).select('r.run_id'))
  return rows.length > 0
}

/** The tables of a refresh whose rows were merged into the live ones: no old table is kept of those, and they can't be rolled back. */
export async function mergedTables(connection: Connection, refresh: string): Promise<readonly string[]> {
  const { knex } = connection.dialect
  const rows = await connection.query<{ target: string }>(knex('etl_run as r').join('etl_target as t', 't.merged_run', 'r.run_id')
    .where({ 'r.refresh': refresh }).orderBy('r.target').select('r.target'))
  return rows.map(({ target }) => target)
}
