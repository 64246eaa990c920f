import type { Connection } from '../db/connection.ts'

/** A run that its refresh has staged. */
export interface StagedRun {
  readonly runId: string
  readonly type: string
  readonly name: string
  readonly target: string
  readonly fence: number
  readonly rows: number
  readonly status: 'staged' | 'publishing'
  /** The publish that it was entered for last: one for all that are to go live together. */
  readonly publish: string | null
}

/** What can be published: a run that is staged, or whose publish was interrupted; the swap shows which. */
export const publishable = ['staged', 'publishing']

/** The runs that a refresh has staged, or begun to publish, and nobody has fenced since, sorted by target. */
export async function stagedRuns(connection: Connection, refresh: string, statuses: readonly string[] = publishable): Promise<StagedRun[]> {
  const { knex } = connection.dialect
  return connection.query<StagedRun>(
    knex('etl_run as r').join('etl_target as t', (on) => on.on('t.target', 'r.target').andOn('t.fence', 'r.fence'))
      .where({ 'r.refresh': refresh }).whereIn('r.status', statuses).orderBy('r.target')
      .select({ runId: 'r.run_id', type: 'r.etl_type', name: 'r.etl_name', target: 'r.target', fence: 'r.fence', rows: 'r.rows_loaded', status: 'r.status', publish: 'r.publish' }))
}
