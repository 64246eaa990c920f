import { DataError, DatabaseError } from '../errors.ts'
import { plural } from '../plural.ts'
import type { Connection } from './connection.ts'
import type { ChildKey, Merge, MergedColumn, Shape } from './merging.ts'

interface Merged extends Merge {
  readonly shape: Shape
  readonly children: readonly ChildKey[]
  /** What its rows are known again by; none where staging doesn't promise the same. */
  readonly key: readonly string[] | undefined
}

/**
 * Replaces the rows of live tables by those of their staging tables inside the caller's transaction, by statements over
 * whole tables. Rows that are known again by a key are overwritten where they differ, and stay the rows that others point at;
 * a table without such a key is emptied and filled. Parents get their rows before children, and lose theirs after them.
 *
 * @throws {DataError} where rows of another table point at a row that would go, with the child's name, the key and a sample
 * @throws {DatabaseError} outside of a transaction
 */
export async function mergeTables(session: Connection, merges: readonly Merge[]): Promise<void> {
  if (!session.inTransaction) throw new DatabaseError('tables are merged inside a transaction', { where: session.place })
  for (const { live } of merges) await session.merging.hold(live)
  const ordered = parentsFirst(await lookedAt(session, merges))
  for (const table of ordered) {
    if (table.key === undefined) await remove(session, table)
  }
  for (const table of ordered) await bringIn(session, table)
  for (const table of ordered.toReversed()) {
    if (table.key !== undefined) await remove(session, table)
  }
}

/**
 * Overwrites and adds those rows of a live table that its staging table has, known again by a key that both have, inside the
 * caller's transaction. All other rows stay as they are.
 *
 * @returns how many were added
 * @throws {DataError} where the database does not let a row in
 * @throws {DatabaseError} outside of a transaction
 */
export async function changeTable(session: Connection, merge: Merge, key: readonly string[]): Promise<number> {
  if (!session.inTransaction) throw new DatabaseError('a table is changed inside a transaction', { where: session.place })
  await session.merging.hold(merge.live)
  const table = await changedBy(session, merge, key)
  let added = 0
  // A table that points at itself is never changed so: what is added comes last.
  for (const sql of steps(session, table)) await orRefused(session, table, async () => { added = await session.execute(sql) })
  return added
}

/** The statements of `changeTable`, for `--dry_run`. */
export async function changeStatements(session: Connection, merge: Merge, key: readonly string[]): Promise<readonly string[]> {
  return steps(session, await changedBy(session, merge, key))
}

/** Where nobody points at its rows none of their columns is delicate: all are overwritten by one statement, since a CHECK may be about several of them. */
async function changedBy(session: Connection, merge: Merge, key: readonly string[]): Promise<Merged> {
  const shape = await session.merging.shapeOf(merge.live, merge.definition)
  const children = await session.children(merge.live)
  const columns = children.length > 0 ? shape.columns : shape.columns.map((column) => ({ ...column, delicate: false, fixed: column.fixed === true || key.includes(column.name) }))
  return { ...merge, shape: { ...shape, columns }, children, key }
}

/** Asks beforehand, changing nothing, what `mergeTables` would refuse. @throws {DataError} as it does */
export async function checkMerge(session: Connection, merges: readonly Merge[]): Promise<void> {
  for (const table of await lookedAt(session, merges)) {
    if (await anyGone(session, table)) await refuseOrphans(session, table)
  }
}

async function lookedAt(session: Connection, merges: readonly Merge[]): Promise<Merged[]> {
  const tables: Merged[] = []
  for (const merge of merges) {
    const { live, staging, definition } = merge
    const shape = await session.merging.shapeOf(live, definition)
    const staged = await session.merging.shapeOf(staging, definition)
    tables.push({ ...merge, shape, children: await session.children(live), key: shape.keys.find((key) => staged.keys.some((other) => same(key, other))) })
  }
  return tables
}

/** The statements of a merge, for `--dry_run`: staging is not there yet, and is taken to have the live table's keys. */
export async function mergeStatements(session: Connection, merge: Merge): Promise<readonly string[]> {
  const shape = await session.merging.shapeOf(merge.live, merge.definition)
  const table: Merged = { ...merge, shape, children: [], key: shape.keys[0] }
  const gone = session.merging.remove(session.dialect.quote(merge.live), goneSql(session, table))
  return table.key === undefined ? [gone, ...steps(session, table)] : [...steps(session, table), gone]
}

const same = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((name) => b.includes(name))

/** A table after all that it points at; in a circle of tables the names decide. */
function parentsFirst(tables: readonly Merged[]): readonly Merged[] {
  const sorted: Merged[] = []
  const visit = (table: Merged, on: readonly Merged[]): void => {
    if (sorted.includes(table) || on.includes(table)) return
    for (const parent of tables) if (table.shape.parents.includes(parent.live)) visit(parent, [...on, table])
    sorted.push(table)
  }
  for (const table of tables) visit(table, [])
  return sorted
}

const keyed = ({ dialect: { quote } }: Connection, key: readonly string[]): string => key.map((name) => `s.${quote(name)} = l.${quote(name)}`).join(' AND ')

/** Which live rows are to go: those that staging lacks, or all of them where none is known again. */
const goneSql = (session: Connection, { staging, key }: Merged): string =>
  (key === undefined ? '1 = 1' : `NOT EXISTS (SELECT 1 FROM ${session.dialect.quote(staging)} AS s WHERE ${keyed(session, key)})`)

async function bringIn(session: Connection, table: Merged): Promise<void> {
  for (const sql of steps(session, table)) await orRefused(session, table, () => session.execute(sql))
}

/**
 * Overwrites, then adds: a value that may come once only can move from a known row to a new one. Where rows point at each
 * other the new ones come first, and point at nobody until they are all there: some databases look at each row by itself.
 */
function steps(session: Connection, table: Merged): string[] {
  const { shape, key } = table
  const [live, staging] = [session.dialect.quote(table.live), session.dialect.quote(table.staging)]
  const insert = insertSql(session, table)
  if (key === undefined) return [insert]
  const mutable = shape.columns.filter(({ fixed }) => fixed !== true)
  const groups = [mutable.filter(({ delicate }) => delicate !== true), ...mutable.filter(({ delicate }) => delicate).map((column) => [column])]
  const updates = groups.filter((group) => group.length > 0).map((group) => session.merging.update(live, staging, keyed(session, key), group))
  return shape.ownParents.length > 0 ? [insert, ...updates] : [...updates, insert]
}

function insertSql(session: Connection, { live, staging, shape, key }: Merged): string {
  const { quote } = session.dialect
  const waits = ({ name, nullable }: MergedColumn): boolean => key !== undefined && nullable && shape.ownParents.includes(name)
  const values = shape.columns.map((column) => (waits(column) ? 'NULL' : `s.${quote(column.name)}`))
  const from = key === undefined ? `${quote(staging)} AS s` : `${quote(staging)} AS s\nLEFT JOIN ${quote(live)} AS l ON ${keyed(session, key)}\nWHERE l.${quote(key[0] ?? '')} IS NULL`
  return session.merging.insert(quote(live), shape.columns.map(({ name }) => quote(name)).join(', '), `SELECT ${values.join(', ')}\nFROM ${from}`)
}

async function remove(session: Connection, table: Merged): Promise<void> {
  // Nothing to delete needs no right to delete, and locks nothing.
  if (!await anyGone(session, table)) return
  const [live, gone] = [session.dialect.quote(table.live), goneSql(session, table)]
  await session.query(session.merging.lockGone(live, gone))
  await refuseOrphans(session, table, session.merging.latest)
  await orRefused(session, table, () => session.execute(session.merging.remove(live, gone)))
}

async function anyGone(session: Connection, table: Merged): Promise<boolean> {
  const rows = await session.query(`SELECT 1 AS one FROM ${session.dialect.quote(table.live)} AS l WHERE ${goneSql(session, table)} LIMIT 1`)
  return rows.length > 0
}

/** Asked before the database is: a child that cascades would lose its rows without a word. @throws {DataError} */
async function refuseOrphans(session: Connection, table: Merged, latest = ''): Promise<void> {
  const { quote } = session.dialect
  for (const { name, child, columns, references, drop } of table.children) {
    const tied = columns.map((column, i) => `c.${quote(column)} = l.${quote(references[i] ?? column)}`).join(' AND ')
    const orphans = `FROM ${child} AS c JOIN ${quote(table.live)} AS l ON ${tied} WHERE ${goneSql(session, table)}`
    const [row] = await session.query(`SELECT COUNT(*) AS n ${orphans} ${latest}`)
    const count = Number(row?.['n'])
    if (count === 0) continue
    const [sample = {}] = await session.query(`SELECT ${columns.map((column) => `c.${quote(column)}`).join(', ')} ${orphans} LIMIT 1 ${latest}`)
    const wayOut = table.key === undefined ? `give the create and the live table a PRIMARY KEY, so that rows are known again, or ${drop}`
      : `delete those rows of ${child}, or let the load keep what they point at, or ${drop}`
    throw new DataError(`${plural(count, 'row')} of ${child} ${count === 1 ? 'points' : 'point'} at rows that are to go`, {
      where: `${session.place}, table ${table.live}, foreign key ${name}`,
      why: `one of them is ${Object.entries(sample).map(([column, value]) => `${column} = ${String(value)}`).join(', ')}${table.key === undefined ? '; without a key that is the same in the create and in the live table every row is replaced' : ''}`, wayOut,
    })
  }
}

/** What the database refuses here is about the rows that come, or that point at them. @throws {DataError} in its words */
async function orRefused(session: Connection, { live, children }: Merged, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.transient || !error.refusesRows) throw error
    const pointing = [...new Set(children.map(({ child }) => child))].join(', ')
    throw new DataError('the database does not let the new rows take the place of the old ones', {
      where: `${session.place}, table ${live}`, why: error.why ?? error.what, cause: error,
      wayOut: `see what the message names; ${pointing === '' ? "publish: 'together' replaces the table as a whole" : `the table can't be replaced as a whole, since ${pointing} points at it`}`,
    })
  }
}
