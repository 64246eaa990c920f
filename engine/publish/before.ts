/** What stood before a live table was changed in place: kept beside it, so that a rollback can put it back by a swap. */

import type { Connection, Swap } from '../db/connection.ts'
import type { TableDefinition } from '../sql/create.ts'
import { beforeName, commentWith, oldName, runOf, withoutRun } from './names.ts'
import { readJson } from './read-json.ts'
import { executeTogether } from './together.ts'

/** How a run has changed a live table in place. */
export interface ChangedInPlace {
  /** The column of the surrogate key. */
  readonly key: string
  /** Rows with keys above this one are new. */
  readonly above: number
  /** How many rows are new. */
  readonly added: number
  /** The columns by which a member is known again. */
  readonly lookup: readonly string[]
  /** The column that says which of a member's versions counts, where it has several. */
  readonly current?: string
}

/** Makes the table for the rows that a run is about to overwrite. It names that run, and is of use as long as that one is live. */
export async function makeBefore(connection: Connection, definition: TableDefinition, run: { readonly runId: string; readonly fence: number }): Promise<void> {
  await executeTogether(connection, makesBefore(connection, definition, run))
}

/** Keeps the rows of a live table that are about to be overwritten by those of staging, in the caller's transaction. */
export async function keepBefore(connection: Connection, definition: TableDefinition, staging: string, fence: number, key: string): Promise<void> {
  await connection.execute(await keeps(connection, definition, staging, fence, key))
}

/** The statements of `makeBefore` and of `keepBefore`, for `--dry_run`. */
export async function beforeStatements(connection: Connection, definition: TableDefinition, staging: string, run: { readonly runId: string; readonly fence: number }, key: string): Promise<readonly string[]> {
  return [...makesBefore(connection, definition, run), await keeps(connection, definition, staging, run.fence, key)]
}

function makesBefore({ dialect: { createTable, createIndexes } }: Connection, definition: TableDefinition, { runId, fence }: { readonly runId: string; readonly fence: number }): readonly string[] {
  const name = beforeName(definition.table, fence)
  return [...createTable(definition, name, commentWith(definition.comment, runId)), ...createIndexes(definition, name)]
}

async function keeps({ dialect: { quote }, merging }: Connection, definition: TableDefinition, staging: string, fence: number, key: string): Promise<string> {
  const { columns } = await merging.shapeOf(definition.table, definition)
  const names = columns.map(({ name }) => quote(name))
  return merging.insert(quote(beforeName(definition.table, fence)), names.join(', '),
    `SELECT ${names.map((name) => `l.${name}`).join(', ')}\nFROM ${quote(staging)} AS s JOIN ${quote(definition.table)} AS l ON l.${quote(key)} = s.${quote(key)}`)
}

/** What makes the old table of the rows that were overwritten and of the live one. */
export type Overwritten = Pick<ChangedInPlace, 'key' | 'above'>

/** A run that has changed its live table in place, where what it has overwritten is kept. */
interface Kept {
  readonly target: string
  readonly runId: string
  readonly fence: number
}

/** How a run has changed its table in place; undefined where it has not, or what stood before is not kept. */
export async function changedInPlace(connection: Connection, { runId, target, fence }: Kept): Promise<Overwritten | undefined> {
  const comments = await connection.comments([beforeName(target, fence), oldName(target, fence)])
  if (![...comments.values()].some((comment) => runOf(comment) === runId)) return undefined
  return wasInPlace(connection, runId)
}

/** How a run has changed its table in place, whether or not what stood before is kept. A row that was damaged by hand tells nothing. */
export async function wasInPlace(connection: Connection, runId: string): Promise<Overwritten | undefined> {
  const [run] = await connection.query<{ detail: string | null }>(connection.dialect.knex('etl_run').where({ run_id: runId }).select('detail'))
  const { key, above } = (readJson(run?.detail) as { readonly inPlace?: Partial<Overwritten> } | undefined)?.inPlace ?? {}
  return typeof key === 'string' && typeof above === 'number' ? { key, above } : undefined
}

/** How many rows there were before. */
export async function rowsBefore(connection: Connection, { target }: Kept, { key, above }: Overwritten): Promise<number> {
  const [row] = await connection.query<{ n: number | string }>(connection.dialect.knex(target).where(key, '<=', above).count({ n: '*' }))
  return Number(row?.n)
}

/**
 * Makes the old table that a swap would have left, under the table's lock: the rows that were overwritten are there, and those
 * that weren't are copied beside them by one statement. It bears its name when it is whole, and names the run that it is of at
 * last, so that whoever comes after one who died on the way goes on with it. `definition` is its create, where that is known.
 */
export async function makeOld(connection: Connection, run: Changed, changed: Overwritten, definition: TableDefinition | undefined): Promise<void> {
  const { dialect } = connection
  const old = oldName(run.target, run.fence)
  if ((await connection.comments([old])).size === 0) {
    for (const statement of await fillUp(connection, run, changed, definition)) await connection.execute(statement)
    const rename = (): Promise<void> => connection.swap([asOld(run)])
    await (dialect.transactionalDdl ? connection.transaction(rename) : rename())
  }
  await connection.execute(dialect.commentOn(old, commentWith(withoutRun((await connection.comments([old])).get(old) ?? ''), run.replaced ?? '')))
}

/** The statements of `makeOld`, for `--dry_run`. */
export async function oldStatements(connection: Connection, run: Changed, changed: Overwritten, definition: TableDefinition | undefined): Promise<readonly string[]> {
  const { dialect } = connection
  return [...await fillUp(connection, run, changed, definition), ...dialect.swap([asOld(run)]), dialect.commentOn(oldName(run.target, run.fence), commentWith(undefined, run.replaced ?? ''))]
}

type Changed = Kept & { readonly replaced: string | null }

const asOld = ({ target, fence }: Kept): Swap => ({ live: oldName(target, fence), staging: beforeName(target, fence), old: undefined, definition: undefined })

/** Copies the rows that were not overwritten beside those that were; done again it finds none. */
async function fillUp(connection: Connection, { target, fence }: Kept, { key, above }: Overwritten, definition: TableDefinition | undefined): Promise<readonly string[]> {
  const { dialect: { quote, statistics }, merging } = connection
  const name = beforeName(target, fence)
  const columns = (await merging.shapeOf(name, definition)).columns.map((column) => quote(column.name))
  return [merging.insert(quote(name), columns.join(', '), `SELECT ${columns.map((column) => `l.${column}`).join(', ')}
FROM ${quote(target)} AS l
WHERE l.${quote(key)} <= ${above} AND NOT EXISTS (SELECT 1 FROM ${quote(name)} AS b WHERE b.${quote(key)} = l.${quote(key)})`), ...statistics(name)]
}
