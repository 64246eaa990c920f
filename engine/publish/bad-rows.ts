import type { Connection } from '../db/connection.ts'
import type { Knex } from '../db/dialect.ts'
import { redact } from '../redact.ts'

/** A row that was set aside, as the ledger keeps it. */
export interface BadRowEntry {
  readonly row: number
  readonly column: string
  readonly reason: string
  readonly values: string
}

const BATCH = 100

/** Enters the rows that a run has set aside, in a transaction. */
export async function enterBadRows(connection: Connection, target: string, run: string, rows: readonly BadRowEntry[]): Promise<void> {
  for (let from = 0; from < rows.length; from += BATCH) {
    await connection.execute(connection.dialect.knex('etl_bad_row').insert(rows.slice(from, from + BATCH).map(({ row, column, reason, values }) => ({
      run, row_no: row, target, column_name: column, reason: redact(reason), row_values: redact(values),
    }))))
  }
}

/**
 * Clears away the rows that runs of some targets have set aside, but for those of the runs to keep.
 *
 * What is there is looked up first: where nothing is, nobody waits for a lock, and nobody needs the right to delete.
 */
export async function clearBadRows(connection: Connection, targets: readonly string[], keep: readonly string[] | Knex.QueryBuilder = []): Promise<void> {
  const { knex } = connection.dialect
  const set = knex('etl_bad_row').whereIn('target', targets)
  const runs = await connection.query<{ run: string }>((Array.isArray(keep) ? set.whereNotIn('run', keep) : set.whereNotIn('run', keep as Knex.QueryBuilder)).distinct('run'))
  if (runs.length > 0) await connection.execute(knex('etl_bad_row').whereIn('run', runs.map(({ run }) => run)).delete())
}

/** What came to nothing, or was taken back: nobody looks for its rows once a later load says its own. */
const ended = ['failed', 'abandoned', 'rolled_back']

/** Clears away the rows of runs that came to nothing; those of the published run stay until the next one is published, and those of one that waits for its publish. */
export async function clearFailedRows(connection: Connection, target: string): Promise<void> {
  await clearBadRows(connection, [target], connection.dialect.knex('etl_run').where({ target }).whereNotIn('status', ended).select('run_id'))
}
