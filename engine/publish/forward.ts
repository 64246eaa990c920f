import type { Connection } from '../db/connection.ts'
import { StarlineError } from '../errors.ts'
import { liveOf } from './live-run.ts'
import { publish } from './publish.ts'
import type { StagedRun } from './publish.ts'

/**
 * Goes on with a publish that was interrupted between its steps, where a database commits each of them by itself: some of
 * its tables are live already, and the others belong to them.
 *
 * Asked before a table is claimed: the newer run would take over one of the others' tables.
 * @param refresh the one that asks, and goes on with it; null for the janitor
 * @returns why it could not be finished, and never will be: the newer run takes over
 * @throws {BusyError} where somebody is at work on one of them
 */
export async function finishInterrupted(connection: Connection, table: string, refresh: string | null): Promise<Error | undefined> {
  if (connection.dialect.transactionalDdl) return undefined
  try {
    for (const interrupted of await interruptedAt(connection, table)) {
      const runs = await publishingRuns(connection, interrupted)
      if (await isHalfLive(connection, interrupted, runs)) await publish(connection, refresh, runs, () => undefined, () => {})
    }
    return undefined
  } catch (error) {
    if (error instanceof StarlineError && !error.transient) return error
    throw error
  }
}

/** The refreshes that loaded this table and have runs whose publish was begun and not ended. */
async function interruptedAt(connection: Connection, table: string): Promise<readonly string[]> {
  const { knex } = connection.dialect
  const mine = knex('etl_run').where({ target: table }).whereIn('status', ['publishing', 'succeeded']).select('refresh')
  const rows = await connection.query<{ refresh: string }>(knex('etl_run').where({ status: 'publishing' }).whereIn('refresh', mine).distinct('refresh'))
  return rows.map(({ refresh }) => refresh)
}

async function publishingRuns(connection: Connection, refresh: string): Promise<readonly StagedRun[]> {
  const { knex } = connection.dialect
  return connection.query<StagedRun>(knex('etl_run as r').join('etl_target as t', (on) => on.on('t.target', 'r.target').andOn('t.fence', 'r.fence'))
    .where({ 'r.refresh': refresh, 'r.status': 'publishing' })
    .select({ runId: 'r.run_id', type: 'r.etl_type', name: 'r.etl_name', target: 'r.target', fence: 'r.fence', rows: 'r.rows_loaded' }))
}

/**
 * Whether readers see a part of the refresh, and not all of it: what was entered already counts, be it merged or swapped. A swap
 * that was not entered is whole: its tables say so themselves.
 */
async function isHalfLive(connection: Connection, refresh: string, runs: readonly StagedRun[]): Promise<boolean> {
  const live = await liveOf(connection, runs)
  if (live.length > 0 || runs.length === 0) return live.length < runs.length
  const entered = await connection.query<Pick<StagedRun, 'runId' | 'target'>>(
    connection.dialect.knex('etl_run').where({ refresh, status: 'succeeded' }).select({ runId: 'run_id', target: 'target' }))
  return (await liveOf(connection, entered)).length > 0
}
