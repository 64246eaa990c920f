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

/** What a merge must know of a table. */
export interface Shape {
  /** All columns but those that the database computes. */
  readonly columns: readonly MergedColumn[]
  /** Its keys: unique, whole columns, none of them NULL; the primary key first. */
  readonly keys: readonly (readonly string[])[]
  /** Tables that it points at itself, by foreign keys. */
  readonly parents: readonly string[]
  /** Columns by which its rows point at others of its own. */
  readonly ownParents: readonly string[]
}

/** What one kind of database needs said differently for a merge: names come quoted, `l` is the live table, `s` its staging. */
export interface Merging {
  /** Whether a transaction that ends early takes back what it has changed in a table: not every kind of table does, where a database has several. */
  takesBack(table: string): Promise<boolean>
  /** Keeps the shape of a table from changing until the transaction ends. */
  hold(table: string): Promise<void>
  /** Waits for all who write to a table, and keeps others from it until the transaction ends; readers go on. Left out where no transaction can do that. */
  holdAlone?(table: string): Promise<void>
  shapeOf(table: string, definition: TableDefinition | undefined): Promise<Shape>
  /** Overwrites the columns of live rows by those of the staging rows of the same key, where any of them differs. */
  update(live: string, staging: string, on: string, columns: readonly MergedColumn[]): string
  insert(live: string, columns: string, select: string): string
  /** Locks the rows that are to go and counts them: no child can come to point at one of them. */
  lockGone(live: string, gone: string): string
  remove(live: string, gone: string): string
  /** Ends a SELECT that must see what others have committed since the transaction began, where a transaction keeps to the moment of its first one. */
  readonly latest?: string
  /** Ends a SELECT that waits for whoever has written one of the rows that it would find, and not committed. Left out where `holdAlone` has waited for them. */
  readonly settled?: string
}

/** Rows that belong together, in the order in which they came. */
export function grouped<R>(rows: readonly R[], by: (row: R) => string): readonly (readonly R[])[] {
  const groups = new Map<string, R[]>()
  for (const row of rows) groups.set(by(row), [...groups.get(by(row)) ?? [], row])
  return [...groups.values()]
}
