import type { Connection } from '../db/connection.ts'
import { liveOf } from './live-run.ts'
import { stagedRuns } from './staged-runs.ts'
import type { StagedRun } from './staged-runs.ts'

/**
 * The runs of a refresh whose publish was begun and not ended, where readers see a part of that publish and not all of it:
 * what was entered already counts, be it merged or swapped. A swap that was not entered is whole: its tables say so
 * themselves. None where nothing of it is live, and never any where a publish is one commit.
 */
export async function halfLiveRuns(connection: Connection, refresh: string): Promise<readonly StagedRun[]> {
  if (connection.dialect.transactionalDdl) return []
  const begun = await stagedRuns(connection, refresh, ['publishing'])
  const found: StagedRun[] = []
  for (const publish of new Set(begun.map((run) => run.publish))) {
    const runs = begun.filter((run) => run.publish === publish)
    if (await isHalfLive(connection, refresh, publish, runs)) found.push(...runs)
  }
  return found
}

/** Another publish of the same refresh says nothing: each ETL may have one of its own, and one that is tried again does. */
async function isHalfLive(connection: Connection, refresh: string, publish: string | null, runs: readonly StagedRun[]): Promise<boolean> {
  const live = await liveOf(connection, runs)
  if (live.length > 0) return live.length < runs.length
  const entered = await connection.query<Pick<StagedRun, 'runId' | 'target'>>(
    connection.dialect.knex('etl_run').where({ refresh, status: 'succeeded', publish }).select({ runId: 'run_id', target: 'target' }))
  return (await liveOf(connection, entered)).length > 0
}

/** The same for every refresh that loaded a table: whoever takes that over would leave the others half live. */
export async function halfLiveAt(connection: Connection, table: string): Promise<readonly (readonly StagedRun[])[]> {
  if (connection.dialect.transactionalDdl) return []
  const { knex } = connection.dialect
  const mine = knex('etl_run').where({ target: table }).whereIn('status', ['publishing', 'succeeded']).select('refresh')
  const rows = await connection.query<{ refresh: string }>(knex('etl_run').where({ status: 'publishing' }).whereIn('refresh', mine).distinct('refresh'))
  const found: (readonly StagedRun[])[] = []
  for (const { refresh } of rows) {
    const runs = await halfLiveRuns(connection, refresh)
    if (runs.length > 0) found.push(runs)
  }
  return found
}
