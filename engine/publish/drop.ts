import type { Connection, Swap } from '../db/connection.ts'
import { clearBadRows } from './bad-rows.ts'
import { claim, isDone } from './claim.ts'
import type { Request } from './claim.ts'
import { finishInterrupted } from './forward.ts'
import { leaveSession } from './holders.ts'
import { targetLock } from './ledger.ts'
import { whilePublishing } from './locks.ts'
import { refuseChildren } from './merge.ts'
import { workingName } from './names.ts'
import { dropPrivateTables } from './private-tables.ts'
import { waiting } from './publish.ts'

/**
 * Drops a table and everything private around it; the ledger keeps its fence and its last key, which only ever grow,
 * so an old worker that wakes up later finds itself fenced and no key is given twice.
 *
 * @returns whether there was a table
 * @throws {BusyError} where somebody is loading it, or goes on holding a lock on it
 * @throws {ConfigurationError} where the table is not ours, or others point at it by foreign keys
 */
export async function dropTable(connection: Connection, request: Request): Promise<boolean> {
  const { table } = request
  try {
    await refuseChildren(connection, table)
    const unfinished = await finishInterrupted(connection, table, request.refresh)
    const run = await claim(connection, { ...request, evenHalfLive: unfinished !== undefined })
    if (isDone(run)) return false
    // A fact that is being published at this moment relies on its dimension.
    if (run.live !== undefined) await whilePublishing(connection, request.refresh, [table], () => dropWhenFree(connection, table, workingName(table, 'b', run.fence)))
    await dropPrivateTables(connection, table, () => true)
    await clearBadRows(connection, [table])
    const { knex, now } = connection.dialect
    await connection.execute(knex('etl_run').where({ run_id: run.runId }).update({ status: 'abandoned', finished_at: knex.raw(now) }))
    await enterUntouched(connection, run.runId)
    await connection.execute(knex('etl_target').where({ target: table }).update({ reserved_by: null, last_rows: null, merged_run: null }))
    return run.live !== undefined
  } finally {
    await connection.unlock(targetLock(table)).catch(() => undefined)
    await leaveSession(connection)
  }
}

/**
 * Takes the table away by the short tries of a swap, behind which other readers never stall for long, and drops it when nobody
 * can read it any more. Readers' locks end by themselves.
 *
 * @throws {BusyError} where one doesn't
 */
async function dropWhenFree(connection: Connection, table: string, aside: string): Promise<void> {
  const { dialect } = connection
  const away: Swap = { live: table, staging: undefined, old: aside, definition: undefined }
  const drop = async (): Promise<void> => { await connection.execute(dialect.dropTable(aside)) }
  const patiently = (work: () => Promise<void>): Promise<void> => waiting(connection, [{ target: table }], work, undefined, "the table can't be dropped: somebody holds a lock on it")
  if (dialect.transactionalDdl) {
    return patiently(() => connection.transaction(async () => {
      await connection.swap([away])
      await drop()
    }))
  }
  // A swap that was ended in the moment after its commit was done.
  await patiently(async () => { if (await connection.describe(table) !== undefined) await connection.swap([away]) })
  try {
    await patiently(drop)
  } catch (error) {
    await connection.swap([{ ...away, staging: aside, old: undefined }]).catch(() => undefined)
    throw error
  }
}

/** A drop is no attempt at a load, and a table that is only dropped is not asked to be loaded. */
async function enterUntouched(connection: Connection, runId: string): Promise<void> {
  const { knex } = connection.dialect
  const key = { request_key: (await connection.query<{ key: string }>(knex('etl_run').where({ run_id: runId }).select({ key: 'request_key' })))[0]?.key ?? '', status: 'running' }
  await connection.execute(knex('etl_request').where(key).whereNull('depends_on').delete())
  await connection.execute(knex('etl_request').where(key).update({ status: 'waiting', attempts: knex.raw('attempts - 1') }))
}
