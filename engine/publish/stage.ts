import type { Connection } from '../db/connection.ts'
import { messageOf } from '../errors.ts'
import { redact } from '../redact.ts'
import { clearFailedRows, enterBadRows } from './bad-rows.ts'
import type { BadRowEntry } from './bad-rows.ts'
import type { Claim } from './claim.ts'
import { whyFenced } from './fenced.ts'
import { isPublished } from './outcome.ts'
import { dropPrivateTables } from './private-tables.ts'
import { forgetRangesOf } from './ranges.ts'
import { errorText } from './requests.ts'

/** What the ledger keeps of a load. */
export interface Staged {
  readonly read: number
  readonly loaded: number
  readonly rejected: number
  /** The highest key given; never lowers what the ledger has. */
  readonly lastKey: number | undefined
  /** The counts, as JSON. */
  readonly detail: string
  /** The rows that were set aside. */
  readonly badRows: readonly BadRowEntry[]
}

/**
 * The fence check at the end of a load: the run is staged only if no newer run has taken the target over.
 *
 * @throws {FencedError} where one has; its staging table is the newer run's to drop
 */
export async function markStaged(connection: Connection, table: string, run: Claim, staged: Staged): Promise<void> {
  await clearFailedRows(connection, table)
  await connection.transaction(() => enterStaged(connection, table, run, staged))
}

/** The same in the caller's transaction, once the rows of failed runs that were set aside are cleared away. @throws {FencedError} */
export async function enterStaged(connection: Connection, table: string, run: Claim, staged: Staged): Promise<void> {
  const { knex, now } = connection.dialect
  const current = knex('etl_target').where({ target: table, fence: run.fence }).select(knex.raw('1'))
  const touched = await connection.execute(knex('etl_run').where({ run_id: run.runId, status: 'running' }).whereExists(current).update({
    status: 'staged', rows_read: staged.read, rows_loaded: staged.loaded, rows_rejected: staged.rejected,
    detail: staged.detail, heartbeat_at: knex.raw(now), staged_at: knex.raw(now),
  }))
  if (touched !== 1) throw await whyFenced(connection, [{ ...run, target: table }])
  await connection.execute(knex('etl_request').whereIn('request_key', knex('etl_run').where({ run_id: run.runId }).select('request_key')).where({ status: 'running' }).update({ status: 'loaded' }))
  await enterBadRows(connection, table, run.runId, staged.badRows)
  if (staged.lastKey !== undefined) {
    await connection.execute(knex('etl_target').where({ target: table }).where('last_key', '<', staged.lastKey).update({ last_key: staged.lastKey }))
  }
}

/** How a run ended that came to nothing. */
export interface Failure {
  readonly error: unknown
  /** Another attempt follows by itself: the request waits for it. */
  readonly comesAgain: boolean
  readonly badRows: readonly BadRowEntry[]
}

/** Enters a run's failure with the rows that were set aside until then, drops its private tables and gives the reservation back. Safe to repeat. */
export async function markFailed(
  connection: Connection, table: string, refresh: string, run: Claim, { error, comesAgain, badRows }: Failure,
): Promise<void> {
  const { knex, now } = connection.dialect
  const text = redact(messageOf(error)).slice(0, 4000)
  // Both or neither: what is tried again finds by the run whether its request was dealt with.
  await connection.transaction(async () => {
    const failed = await connection.execute(knex('etl_run').where({ run_id: run.runId }).whereIn('status', ['running', 'staged', 'publishing'])
      .update({ status: 'failed', finished_at: knex.raw(now), error: text })) === 1
    // A newer run may be at work for the same request.
    const request = knex('etl_request').whereIn('request_key', knex('etl_run').where({ run_id: run.runId }).select('request_key')).whereNotIn('status', ['succeeded', 'cancelled'])
    if (failed) await connection.execute(request.update(comesAgain ? { status: 'waiting' } : { status: 'failed', error: errorText(error) }))
  })
  await connection.execute(knex('etl_target').where({ target: table, reserved_by: refresh, fence: run.fence }).update({ reserved_by: null }))
  // One that changes its live table in place goes live as it ends, and may not have heard of it: what a rollback needs stays.
  if (await isPublished(connection, run.runId)) return
  await dropPrivateTables(connection, table, ({ letter, fence }) => letter !== 'o' && fence === run.fence)
  // Whoever was at one has let go of the tables by now.
  await forgetRangesOf(connection, run.runId)
  await clearFailedRows(connection, table)
  await connection.transaction(() => enterBadRows(connection, table, run.runId, badRows))
}

/** Whether a newer run has raised the target's fence since. */
export async function isOvertaken(connection: Connection, table: string, { fence }: Claim): Promise<boolean> {
  const newer = await connection.query(connection.dialect.knex('etl_target').where({ target: table }).where('fence', '>', fence).select('fence'))
  return newer.length > 0
}
