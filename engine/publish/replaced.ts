import type { Connection } from '../db/connection.ts'
import { lookAtLive } from './live-run.ts'
import { runOf } from './names.ts'
import { inLots } from './lots.ts'

/**
 * Enters of runs that are about to be published what each takes the place of, for a rollback: the run whose table it is, ''
 * where nobody here made that one, NULL where there is none.
 */
export async function enterReplaced(connection: Connection, runs: readonly { readonly runId: string; readonly target: string }[]): Promise<void> {
  const { live } = await lookAtLive(connection, runs.map(({ target }) => target))
  const { knex } = connection.dialect
  await inLots(runs, async (lot) => {
    const replaced = lot.map(({ runId, target }) => {
      const table = live.get(target)
      return [runId, table === undefined ? null : runOf(table.comment) ?? '']
    })
    await connection.execute(knex('etl_run').whereIn('run_id', lot.map(({ runId }) => runId))
      .update({ replaced: knex.raw(`CASE run_id ${lot.map(() => 'WHEN ? THEN ?').join(' ')} END`, replaced.flat()) }))
  })
}
