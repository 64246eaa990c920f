import { DataError, DatabaseError } from '../errors.ts'
import { plural } from '../plural.ts'
import type { Dialect } from './dialect.ts'
import type { TableDefinition } from '../sql/table-definition.ts'
import type { ValueType } from './value-type.ts'

/** A foreign key of another table, in whatever schema, that points at a table. */
export interface ChildKey {
  readonly name: string
  /** The child as SQL names it here: quoted, with its schema where that is another one. */
  readonly child: string
  readonly columns: readonly string[]
  readonly references: readonly string[]
  /** The statement that would take it away. */
  readonly drop: string
}

/** A live table that keeps its identity: its rows are replaced by those of its staging table. */
export interface Merge {
  readonly live: string
  readonly staging: string
  /** Its create, where it is known: says which columns the database computes, where the database doesn't. */
  readonly definition: TableDefinition | undefined
}

export interface MergedColumn {
  readonly name: string
  readonly type: ValueType
  readonly nullable: boolean
  /** It takes a value when its row comes in, and never another one. */
  readonly fixed?: boolean
  /** Changed by a statement of its own, and only where it differs: this database may refuse that for a row that others point at. */
  readonly delicate?: boolean
}

/** What a merge must know of a live table. */
export interface Shape {
  /** All columns but those that the database computes. */
  readonly columns: readonly MergedColumn[]
  /** Its keys: unique, whole columns, none of them NULL; the primary key first. */
  readonly keys: readonly (readonly string[])[]
  readonly children: readonly ChildKey[]
  /** Tables that it points at itself, by foreign keys. */
  readonly parents: readonly string[]
  /** Columns by which its rows point at others of its own. */
  readonly ownParents: readonly string[]
}

/** What a merge is made of on one kind of database: names come quoted, `l` is the live table, `s` its staging. */
export interface Merging {
  readonly place: string
  readonly dialect: Dialect
  query(sql: string): Promise<Record<string, unknown>[]>
  execute(sql: string): Promise<unknown>
  /** Keeps the shape of a table from changing until the transaction ends. */
  hold(table: string): Promise<void>
  shapeOf(merge: Merge, table: string): Promise<Shape>
  /** Overwrites the columns of live rows by those of the staging rows of the same key, where any of them differs. */
  update(live: string, staging: string, on: string, columns: readonly MergedColumn[]): string
  insert(live: string, columns: string, select: string): string
  /** Locks the rows that are to go and counts them: no child can come to point at one of them. */
  lockGone(live: string, gone: string): string
  remove(live: string, gone: string): string
  /** Ends a SELECT that must see what others have committed since the transaction began, where a transaction keeps to the moment of its first one. */
  readonly latest?: string
}

interface Merged extends Merge {
  readonly shape: Shape
  /** What its rows are known again by; none where staging doesn't promise the same. */
  readonly key: readonly string[] | undefined
}

/**
 * Replaces the rows of live tables by those of their staging tables inside the caller's transaction, by statements over
 * whole tables. Rows that are known again by a key are overwritten where they differ, and stay the rows that others point at;
 * a table without such a key is emptied and filled. Parents get their rows before children, and lose theirs after them.
 *
 * @throws {DataError} where rows of another table point at a row that would go, with the child's name, the key and a sample
 */
export async function mergeTables(session: Merging, merges: readonly Merge[]): Promise<void> {
  for (const { live } of merges) await session.hold(live)
  const ordered = parentsFirst(await lookedAt(session, merges))
  for (const table of ordered) {
    if (table.key === undefined) await remove(session, table)
  }
  for (const table of ordered) await bringIn(session, table)
  for (const table of ordered.toReversed()) {
    if (table.key !== undefined) await remove(session, table)
  }
}

/** Asks beforehand, changing nothing, what `mergeTables` would refuse. @throws {DataError} as it does */
export async function checkMerge(session: Merging, merges: readonly Merge[]): Promise<void> {
  for (const table of await lookedAt(session, merges)) {
    if (await anyGone(session, table)) await refuseOrphans(session, table)
  }
}

async function lookedAt(session: Merging, merges: readonly Merge[]): Promise<Merged[]> {
  const tables: Merged[] = []
  for (const merge of merges) {
    const shape = await session.shapeOf(merge, merge.live)
    const staged = await session.shapeOf(merge, merge.staging)
    tables.push({ ...merge, shape, key: shape.keys.find((key) => staged.keys.some((other) => same(key, other))) })
  }
  return tables
}

/** The statements of a merge, for `--dry_run`: staging is not there yet, and is taken to have the live table's keys. */
export async function mergeStatements(session: Merging, merge: Merge): Promise<readonly string[]> {
  const shape = await session.shapeOf(merge, merge.live)
  const table: Merged = { ...merge, shape, key: shape.keys[0] }
  const gone = session.remove(session.dialect.quote(merge.live), goneSql(session, table))
  return table.key === undefined ? [gone, ...steps(session, table)] : [...steps(session, table), gone]
}

/** Rows that belong together, in the order in which they came. */
export function grouped<R>(rows: readonly R[], by: (row: R) => string): readonly (readonly R[])[] {
  const groups = new Map<string, R[]>()
  for (const row of rows) groups.set(by(row), [...groups.get(by(row)) ?? [], row])
  return [...groups.values()]
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

const keyed = ({ dialect: { quote } }: Merging, key: readonly string[]): string => key.map((name) => `s.${quote(name)} = l.${quote(name)}`).join(' AND ')

/** Which live rows are to go: those that staging lacks, or all of them where none is known again. */
const goneSql = (session: Merging, { staging, key }: Merged): string =>
  (key === undefined ? '1 = 1' : `NOT EXISTS (SELECT 1 FROM ${session.dialect.quote(staging)} AS s WHERE ${keyed(session, key)})`)

async function bringIn(session: Merging, table: Merged): Promise<void> {
  for (const sql of steps(session, table)) await orRefused(session, table, () => session.execute(sql))
}

/**
 * Overwrites, then adds: a value that may come once only can move from a known row to a new one. Where rows point at each
 * other the new ones come first, and point at nobody until they are all there: some databases look at each row by itself.
 */
function steps(session: Merging, table: Merged): string[] {
  const { shape, key } = table
  const [live, staging] = [session.dialect.quote(table.live), session.dialect.quote(table.staging)]
  const insert = insertSql(session, table)
  if (key === undefined) return [insert]
  const mutable = shape.columns.filter(({ fixed }) => fixed !== true)
  const groups = [mutable.filter(({ delicate }) => delicate !== true), ...mutable.filter(({ delicate }) => delicate).map((column) => [column])]
  const updates = groups.filter((group) => group.length > 0).map((group) => session.update(live, staging, keyed(session, key), group))
  return shape.ownParents.length > 0 ? [insert, ...updates] : [...updates, insert]
}

function insertSql(session: Merging, { live, staging, shape, key }: Merged): string {
  const { quote } = session.dialect
  const waits = ({ name, nullable }: MergedColumn): boolean => key !== undefined && nullable && shape.ownParents.includes(name)
  const values = shape.columns.map((column) => (waits(column) ? 'NULL' : `s.${quote(column.name)}`))
  const from = key === undefined ? `${quote(staging)} AS s` : `${quote(staging)} AS s\nLEFT JOIN ${quote(live)} AS l ON ${keyed(session, key)}\nWHERE l.${quote(key[0] ?? '')} IS NULL`
  return session.insert(quote(live), shape.columns.map(({ name }) => quote(name)).join(', '), `SELECT ${values.join(', ')}\nFROM ${from}`)
}

async function remove(session: Merging, table: Merged): Promise<void> {
  // Nothing to delete needs no right to delete, and locks nothing.
  if (!await anyGone(session, table)) return
  const [live, gone] = [session.dialect.quote(table.live), goneSql(session, table)]
  await session.query(session.lockGone(live, gone))
  await refuseOrphans(session, table, session.latest)
  await orRefused(session, table, () => session.execute(session.remove(live, gone)))
}

async function anyGone(session: Merging, table: Merged): Promise<boolean> {
  const rows = await session.query(`SELECT 1 AS one FROM ${session.dialect.quote(table.live)} AS l WHERE ${goneSql(session, table)} LIMIT 1`)
  return rows.length > 0
}

/** Asked before the database is: a child that cascades would lose its rows without a word. @throws {DataError} */
async function refuseOrphans(session: Merging, table: Merged, latest = ''): Promise<void> {
  const { quote } = session.dialect
  for (const { name, child, columns, references, drop } of table.shape.children) {
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
async function orRefused(session: Merging, { live, shape }: Merged, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.transient || !error.refusesRows) throw error
    const children = [...new Set(shape.children.map(({ child }) => child))].join(', ')
    throw new DataError('the database does not let the new rows take the place of the old ones', {
      where: `${session.place}, table ${live}`, why: error.why ?? error.what, cause: error,
      wayOut: `see what the message names; the table can't be replaced as a whole, since ${children} points at it`,
    })
  }
}
