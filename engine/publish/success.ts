import type { Connection } from '../db/connection.ts'
import { clearBadRows } from './bad-rows.ts'
import { inLots } from './lots.ts'

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
  await clearBadRows(connection, runs.map(({ target }) => target), ids)
  await inLots(runs, async (lot) => {
    // Their names as well: by those alone a database finds their rows without a look at others', which may be locked.
    await connection.execute(knex('etl_target').whereIn('target', lot.map(({ target }) => target)).whereIn(['target', 'fence'], lot.map(({ target, fence }) => [target, fence]))
      .update({ last_rows: knex.raw(`CASE target ${lot.map(({ rows }) => `WHEN ? THEN ${rows}`).join(' ')} END`, lot.map(({ target }) => target)), reserved_by: null }))
  })
}
