import type { Connection } from '../db/connection.ts'
import { lookAtLive } from './live-run.ts'
import type { LookedAt } from './live-run.ts'
import { runOf, stagingName } from './names.ts'
import { fenced } from './fenced.ts'

/** A dimension's table as a fact reads it, and the run that made it (undefined: nobody here did). */
export interface Input {
  readonly table: string
  readonly run: string | undefined
}

/**
 * The tables of dimensions: what this refresh has staged of each, else what is live; one that is neither is left out. By few
 * statements, however many they are.
 *
 * @throws {FencedError} where this refresh had staged one and another took it over: its facts must not go on with rows that
 *   are somebody else's
 */
export async function inputsOf(connection: Connection, refresh: string, targets: readonly string[]): Promise<ReadonlyMap<string, Input>> {
  if (targets.length === 0) return new Map()
  const { knex } = connection.dialect
  const staged = await connection.query<{ run_id: string; fence: number; target: string }>(
    knex('etl_run as r').join('etl_target as t', (on) => on.on('t.target', 'r.target').andOn('t.fence', 'r.fence'))
      .where({ 'r.refresh': refresh, 'r.status': 'staged' }).whereIn('r.target', targets).select('r.run_id', 'r.fence', 'r.target'))
  const inputs = new Map(staged.map(({ target, fence, run_id: run }): [string, Input] => [target, { table: stagingName(target, fence), run }]))
  const others = targets.filter((target) => !inputs.has(target))
  for (const [table, { comment }] of await lookedAtOthers(connection, refresh, others)) inputs.set(table, { table, run: runOf(comment) })
  return inputs
}

/** Live tables of which this refresh has staged nothing. @throws {FencedError} where it had */
async function lookedAtOthers(connection: Connection, refresh: string, targets: readonly string[]): Promise<LookedAt['live']> {
  if (targets.length === 0) return new Map()
  const runs = await connection.query<{ target: string; status: string }>(
    connection.dialect.knex('etl_run').where({ refresh }).whereIn('target', targets).orderBy('fence', 'desc').select('target', 'status'))
  const lost = targets.find((target) => runs.find((run) => run.target === target)?.status === 'abandoned')
  if (lost !== undefined) throw fenced(lost)
  return (await lookAtLive(connection, targets)).live
}

/** The same for one of them. */
export const inputOf = async (connection: Connection, refresh: string, target: string): Promise<Input | undefined> => (await inputsOf(connection, refresh, [target])).get(target)

/** Whether a run would read now what it has read: a dimension that was staged again, or published by others, is another one. */
export async function inputsHold(connection: Connection, refresh: string, run: string): Promise<boolean> {
  const inputs = await connection.query<{ dimension: string; read: string | null }>(
    connection.dialect.knex('etl_input').where({ run }).select({ dimension: 'dimension', read: 'dimension_run' }))
  const now = await inputsOf(connection, refresh, inputs.map(({ dimension }) => dimension))
  return inputs.every(({ dimension, read }) => (now.get(dimension)?.run ?? null) === read)
}

/**
 * Enters which run of each table a run took its keys from, or was held against by a FOREIGN KEY. What it has read first
 * stays: where that table was published anew in between, the publish must find it out.
 */
export async function recordInputs(connection: Connection, run: string, inputs: ReadonlyMap<string, Input>): Promise<void> {
  if (inputs.size === 0) return
  const rows = [...inputs].map(([dimension, input]) => ({ run, dimension, dimension_run: input.run ?? null }))
  await connection.execute(connection.dialect.knex('etl_input').insert(rows).onConflict(['run', 'dimension']).ignore())
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
