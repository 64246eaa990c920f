import { randomUUID } from 'node:crypto'
import type { Connection, Database, Merge, TableDescription } from '../db/connection.ts'
import { checkMerge, mergeTables } from '../db/merge.ts'
import { ConfigurationError, DataError } from '../errors.ts'
import type { TableDefinition } from '../sql/create.ts'
import { commentWith, runOf, stagingName } from './names.ts'
import { fenced, whyFenced } from './fenced.ts'
import type { LiveRun } from './success.ts'

type Definitions<R> = (run: R) => TableDefinition | undefined

/** Which runs are published by a swap, and which are merged: a table that others point at by foreign keys keeps its identity. */
export async function publishWays<R extends LiveRun>(connection: Connection, runs: readonly R[]): Promise<{ readonly swapped: readonly R[]; readonly merged: readonly R[] }> {
  const merged: R[] = []
  const parents = await connection.parents()
  for (const run of runs.filter(({ target }) => parents.has(target.toLowerCase()))) if (await isMerged(connection, run.target)) merged.push(run)
  return { swapped: runs.filter((run) => !merged.includes(run)), merged }
}

async function isMerged(connection: Connection, table: string): Promise<boolean> {
  // A table that is not there yet can be pointed at, where somebody switched the checks off.
  return (await connection.children(table)).length > 0 && await connection.describe(table) !== undefined
}

/** What each warehouse's parents were at a look, and when. */
const looked = new WeakMap<Database, { readonly at: number; readonly parents: Promise<ReadonlySet<string>> }>()

/** Milliseconds for which a look holds. */
const holds = 10_000

/**
 * Whether foreign keys may point at a table: by a look that many loads share, since there are servers where it opens every
 * table that there is. For what is only refused earlier by it: whoever publishes looks again.
 */
export async function mayHaveChildren(connection: Connection, database: Database, table: string): Promise<boolean> {
  const known = looked.get(database)
  const look = known !== undefined && performance.now() - known.at < holds ? known : { at: performance.now(), parents: connection.parents() }
  looked.set(database, look)
  const parents = await look.parents.catch((error: unknown) => {
    looked.delete(database)
    if (look === known) return connection.parents()
    throw error
  })
  return parents.has(table.toLowerCase())
}

/**
 * Asked before the load, and again by the publish: the rows of staging must go into the live table as they are.
 *
 * @throws {DataError} with every column that differs
 */
export async function checkMergeable(connection: Connection, label: string, table: string, staging: string): Promise<void> {
  const [child] = await connection.children(table)
  if (child === undefined) return
  const [live, made] = [await connection.describe(table), await connection.describe(staging)]
  const problems = live === undefined || made === undefined ? [] : differences(live, made)
  if (problems.length === 0) return
  throw new DataError('the live table is not what the create declares, and it can\'t be replaced as a whole', {
    where: `${label}, table ${table}`, why: `${problems.join('; ')}; a foreign key of ${child.child} points at it`,
    wayOut: `ALTER the live table to what the create declares, or ${child.drop} before the load and make it again afterwards`,
  })
}

/** In the order of the names: where a column stands is nobody's matter here. */
function differences(live: TableDescription, made: TableDescription): string[] {
  const missing = made.columns.filter(({ name }) => !live.columns.some((column) => column.name === name))
  return [
    ...missing.map(({ name }) => `the live table has no column ${name}`),
    ...live.columns.flatMap((is) => {
      const must = made.columns.find(({ name }) => name === is.name)
      if (must === undefined) return [`the create has no column ${is.name}`]
      const words = ({ sqlType, nullable }: typeof is): string => `${sqlType}${nullable ? '' : ' NOT NULL'}`
      return words(is) === words(must) ? [] : [`column ${is.name} is ${words(is)} in the live table and ${words(must)} in the create`]
    }),
  ]
}

/**
 * Merges runs into their live tables, in the caller's transaction. Whoever raises a fence waits for its end, or has made this
 * run an old one before.
 *
 * @throws {FencedError} where a newer run has taken one of the targets over
 */
export async function mergeRuns<R extends LiveRun>(connection: Connection, runs: readonly R[], definitionOf: Definitions<R>, step: (name: string) => void): Promise<void> {
  if (runs.length === 0) return
  await holdFences(connection, runs)
  await mergeTables(connection, mergesOf(runs, definitionOf))
  for (const run of runs) await enterMerged(connection, run)
  step('merged')
}

/** Enters that a run was merged, in the caller's transaction: in the ledger, and in the table's comment where that can change with its rows. @throws {FencedError} */
export async function enterMerged(connection: Connection, { target, runId, fence }: LiveRun): Promise<void> {
  const { dialect } = connection
  const touched = await connection.execute(dialect.knex('etl_target').where({ target, fence }).update({ merged_run: runId }))
  if (touched !== 1) throw fenced(target)
  if (dialect.transactionalDdl) await connection.execute(dialect.commentOn(target, (await connection.describe(stagingName(target, fence)))?.comment ?? commentWith(undefined, runId)))
}

/**
 * Where its comment can't change with its rows, a table that is taken over says that it is ours before they change: by a run
 * that there never was, so that the ledger alone says what is merged.
 */
export async function takeOver(connection: Connection, runs: readonly LiveRun[]): Promise<void> {
  for (const { target } of runs) {
    const live = await connection.describe(target)
    if (live !== undefined && runOf(live.comment) === undefined) await connection.execute(connection.dialect.commentOn(target, commentWith(live.comment, randomUUID())))
  }
}

/** Asked before anything of a publish can be seen: it is refused as a whole. @throws {DataError} */
export async function checkMerges<R extends LiveRun>(connection: Connection, runs: readonly R[], definitionOf: Definitions<R>): Promise<void> {
  const merges = mergesOf(runs, definitionOf)
  for (const { live, staging } of merges) await checkMergeable(connection, 'publish', live, staging)
  await checkMerge(connection, merges)
}

const mergesOf = <R extends LiveRun>(runs: readonly R[], definitionOf: Definitions<R>): Merge[] =>
  runs.map((run) => ({ live: run.target, staging: stagingName(run.target, run.fence), definition: definitionOf(run) }))

/** Keeps the fences of runs from being raised until the caller's transaction ends. @throws {FencedError} where one was */
export async function holdFences(connection: Connection, runs: readonly LiveRun[]): Promise<void> {
  const { knex, rowLocks } = connection.dialect
  const read = knex('etl_target').whereIn('target', runs.map(({ target }) => target)).orderBy('target').select('target', 'fence')
  const rows = await connection.query<{ target: string; fence: number }>(rowLocks ? read.forUpdate() : read)
  const overtaken = runs.filter((run) => rows.find(({ target }) => target === run.target)?.fence !== run.fence)
  if (overtaken.length > 0) throw await whyFenced(connection, overtaken)
}

/**
 * Where a swap commits by itself, what is merged goes before it or after it: whatever reads another run of this publish
 * comes after that run, so that readers may see a new dimension with an old fact for a moment, and never the reverse.
 */
export async function aroundSwap<R extends LiveRun>(connection: Connection, runs: readonly R[], merged: readonly R[]): Promise<{ readonly before: readonly R[]; readonly after: readonly R[] }> {
  if (merged.length === runs.length) return { before: merged, after: [] }
  const { knex } = connection.dialect
  const ids = runs.map(({ runId }) => runId)
  const inputs = await connection.query<{ run: string }>(knex('etl_input').whereIn('run', ids).whereIn('dimension_run', ids).distinct('run'))
  const reads = new Set(inputs.map(({ run }) => run))
  return { before: merged.filter(({ runId }) => !reads.has(runId)), after: merged.filter(({ runId }) => reads.has(runId)) }
}

/** No database drops a table that others point at. @throws {ConfigurationError} */
export async function refuseChildren(connection: Connection, table: string): Promise<void> {
  const [child] = await connection.children(table)
  if (child === undefined) return
  throw new ConfigurationError(`a foreign key of ${child.child} points at the table, so it can't be dropped`, {
    where: `${connection.place}, table ${table}`, wayOut: child.drop,
  })
}
