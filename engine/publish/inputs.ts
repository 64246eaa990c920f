import type { Connection } from '../db/connection.ts'
import { describeLive } from './live-run.ts'
import { runOf, stagingName } from './names.ts'
import { fenced } from './fenced.ts'

/** A dimension's table as a fact reads it, and the run that made it (undefined: nobody here did). */
export interface Input {
  readonly table: string
  readonly run: string | undefined
}

/**
 * The table of a dimension: what this refresh has staged of it, else what is live, else undefined.
 *
 * @throws {FencedError} where this refresh had staged it and another took it over: its facts must not go on with rows that
 *   are somebody else's
 */
export async function inputOf(connection: Connection, refresh: string, target: string): Promise<Input | undefined> {
  const { knex } = connection.dialect
  const [staged] = await connection.query<{ run_id: string; fence: number }>(
    knex('etl_run as r').join('etl_target as t', (on) => on.on('t.target', 'r.target').andOn('t.fence', 'r.fence'))
      .where({ 'r.refresh': refresh, 'r.target': target, 'r.status': 'staged' }).select('r.run_id', 'r.fence'))
  if (staged !== undefined) return { table: stagingName(target, staged.fence), run: staged.run_id }
  const [newest] = await connection.query<{ status: string }>(knex('etl_run').where({ refresh, target }).orderBy('fence', 'desc').limit(1).select('status'))
  if (newest?.status === 'abandoned') throw fenced(target)
  const live = await describeLive(connection, target)
  return live && { table: target, run: runOf(live.comment) }
}

/** Whether a run would read now what it has read: a dimension that was staged again, or published by others, is another one. */
export async function inputsHold(connection: Connection, refresh: string, run: string): Promise<boolean> {
  const inputs = await connection.query<{ dimension: string; read: string | null }>(
    connection.dialect.knex('etl_input').where({ run }).select({ dimension: 'dimension', read: 'dimension_run' }))
  for (const { dimension, read } of inputs) {
    const now = await inputOf(connection, refresh, dimension)
    if ((now?.run ?? null) !== read) return false
  }
  return true
}

/**
 * Enters which run of a table a run took its keys from, or was held against by a FOREIGN KEY. What it has read first stays:
 * where that table was published anew in between, the publish must find it out.
 */
export async function recordInput(connection: Connection, run: string, dimension: string, input: Input): Promise<void> {
  const { knex } = connection.dialect
  await connection.execute(knex('etl_input').insert({ run, dimension, dimension_run: input.run ?? null })
    .onConflict(['run', 'dimension']).ignore())
}

/** A dimension outside of a set of runs that one of them took its keys from, and the run that had made it. */
export interface ReliedInput {
  readonly run: string
  readonly dimension: string
  readonly read: string
}

/** What a set of runs relies on being live besides itself. A dimension that nobody here made is relied on by nobody. */
export async function reliedInputs(connection: Connection, runs: readonly { readonly runId: string }[]): Promise<readonly ReliedInput[]> {
  const ids = runs.map(({ runId }) => runId)
  const inputs = await connection.query<{ run: string; dimension: string; read: string | null }>(
    connection.dialect.knex('etl_input').whereIn('run', ids).select({ run: 'run', dimension: 'dimension', read: 'dimension_run' }))
  return inputs.flatMap(({ run, dimension, read }) => (read === null || ids.includes(read) ? [] : [{ run, dimension, read }]))
}

/** Which run of a table a run has read: null where nobody here had made it, undefined where it has not read any. */
export async function readBy(connection: Connection, run: string, dimension: string): Promise<string | null | undefined> {
  const [input] = await connection.query<{ read: string | null }>(connection.dialect.knex('etl_input').where({ run, dimension }).select({ read: 'dimension_run' }))
  return input?.read
}
