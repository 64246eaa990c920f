import type { Connection } from '../db/connection.ts'
import type { RunStatus } from './ledger.ts'

/** What became of one ETL of a refresh, by the ledger. */
export interface LedgerOutcome {
  readonly type: string
  readonly name: string
  readonly status: RunStatus
  readonly rows: number
  readonly error: string | undefined
}

/** What became of each ETL of a refresh: its success where there is one, else its newest run. */
export async function outcomesOf(connection: Connection, refresh: string): Promise<readonly LedgerOutcome[]> {
  const { knex } = connection.dialect
  const runs = await connection.query<{ type: string; name: string; status: RunStatus; rows: number | null; error: string | null }>(
    knex('etl_run').where({ refresh }).orderBy('fence')
      .select({ type: 'etl_type', name: 'etl_name', status: 'status', rows: 'rows_loaded', error: 'error' }))
  const found = new Map<string, LedgerOutcome>()
  for (const { rows, error, ...run } of runs) {
    const key = `${run.type} ${run.name}`
    if (found.get(key)?.status !== 'succeeded') found.set(key, { ...run, rows: rows ?? 0, error: error ?? undefined })
  }
  return [...found.values()]
}

/** Whether a run has gone live, as the ledger says. Where another session is about to enter that, its end is waited for. @throws {DatabaseError} where that takes longer than a lock is waited for */
export async function isPublished(connection: Connection, runId: string): Promise<boolean> {
  const { knex, rowLocks } = connection.dialect
  const read = knex('etl_run').where({ run_id: runId }).select('status')
  const [run] = await connection.query<{ status: RunStatus }>(rowLocks ? read.forUpdate() : read)
  return run?.status === 'succeeded'
}
