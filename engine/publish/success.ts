import type { Connection } from '../db/connection.ts'
import { clearBadRows } from './bad-rows.ts'

/** A run whose table is live. */
export interface LiveRun {
  readonly runId: string
  readonly target: string
  readonly fence: number
  readonly rows: number
}

/**
 * Enters the success of runs that are live: of the run, of its request, and of its target while no newer run has it. In a transaction.
 * One that was rolled back since its swap, while this session stood still, stays so.
 */
export async function enterSuccess(connection: Connection, runs: readonly LiveRun[]): Promise<void> {
  if (runs.length === 0) return
  const { knex, now } = connection.dialect
  const ids = runs.map(({ runId }) => runId)
  await connection.execute(knex('etl_run').whereIn('run_id', ids).whereNot({ status: 'rolled_back' }).update({ status: 'succeeded', finished_at: knex.raw(now), error: null }))
  await connection.execute(knex('etl_request').whereIn('request_key', knex('etl_run').whereIn('run_id', ids).where({ status: 'succeeded' }).select('request_key')).update({ status: 'succeeded' }))
  for (const { runId, target, rows, fence } of runs) {
    await clearBadRows(connection, target, [runId])
    await connection.execute(knex('etl_target').where({ target, fence }).update({ last_rows: rows, reserved_by: null }))
  }
}
