import type { Connection } from '../db/connection.ts'
import { FencedError } from '../errors.ts'

/** What a run is told whose target a newer one has taken over. */
export const fenced = (table: string, cause?: unknown): FencedError => new FencedError('a newer run has taken this table over', {
  where: `table ${table}`, why: 'its fence was raised while this run was loading', wayOut: 'nothing to do: the newer run publishes', cause,
})

/** Why runs may not go on that were not found as they were left: one of them was overtaken, given up, or deleted. */
export async function whyFenced(connection: Connection, runs: readonly { readonly runId: string; readonly target: string; readonly fence: number }[]): Promise<FencedError> {
  const { knex } = connection.dialect
  const targets = await connection.query<{ target: string; fence: number }>(knex('etl_target').whereIn('target', runs.map(({ target }) => target)).select('target', 'fence'))
  const overtaken = runs.filter((run) => targets.some(({ target, fence }) => target === run.target && fence > run.fence))
  if (overtaken.length > 0) return fenced(overtaken.map(({ target }) => target).join(', '))
  const known = await connection.query<{ run: string }>(knex('etl_run').whereIn('run_id', runs.map(({ runId }) => runId)).select({ run: 'run_id' }))
  const isKnown = ({ runId, target }: typeof runs[number]): boolean => known.some(({ run }) => run === runId) && targets.some((one) => one.target === target)
  const where = `table ${runs.map(({ target }) => target).join(', ')}`
  if (!runs.every(isKnown)) return new FencedError('the ledger does not know this run any more', { where, why: 'its rows were deleted while it was at work', wayOut: 'leave the ledger to the loads, and run again' })
  return new FencedError('this run was given up', { where, why: 'its refresh has ended, or was taken for dead, while it was at work', wayOut: 'run again' })
}
