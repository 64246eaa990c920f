import type { Connection } from '../db/connection.ts'
import { describeLive } from './live-run.ts'
import { runOf } from './names.ts'

/**
 * Enters of runs that are about to be published what each takes the place of, for a rollback: the run whose table it is, ''
 * where nobody here made that one, NULL where there is none.
 */
export async function enterReplaced(connection: Connection, runs: readonly { readonly runId: string; readonly target: string }[]): Promise<void> {
  for (const { runId, target } of runs) {
    const live = await describeLive(connection, target)
    const replaced = live === undefined ? null : runOf(live.comment) ?? ''
    await connection.execute(connection.dialect.knex('etl_run').where({ run_id: runId }).update({ replaced }))
  }
}
