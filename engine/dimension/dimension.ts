import type { Connection } from '../db/connection.ts'
import type { Row } from '../db/flow.ts'
import type { Dialect } from '../db/dialect.ts'
import type { Value, ValueType } from '../db/value-type.ts'
import type { OnBadRow } from '../etl/bad-rows.ts'
import type { Etl } from '../etl/etl.ts'
import type { Source } from '../source/source.ts'
import type { Create } from '../sql/define-create.ts'
import type { Keys } from '../sql/spelling.ts'

/** What a fact may say about a key beyond `of`, `by` and `onMissing`; each dimension names those it understands. */
export type KeyOption = 'asOf' | 'zone' | 'earliest'

/**
 * What facts and configurations know of a dimension, whatever its kind.
 *
 * A kind of one's own is an object of this shape; `members` is how facts find its keys.
 */
export interface Dimension<Kind extends string = string, Lookup extends readonly string[] = readonly string[], Option extends KeyOption = KeyOption> extends Etl {
  readonly type: 'dimension'
  readonly kind: Kind
  /** The column of the surrogate key. */
  readonly key: string
  /** The columns by which a member is known again. */
  readonly lookup: Lookup
  /** What a fact's `keys` may ask of it. */
  readonly options: readonly Option[]
  /** How a statement joins its members, where a fact's rows stay in the server; or why they have to be looked up in memory, as where this is left out. */
  joined?(request: JoinRequest): Join | string
  /** Reads the members once, for all the key columns of a fact that ask alike. */
  members(request: MembersRequest): Promise<Members>
}

/** A column of a query's rows: how a statement names it, and what it holds. */
export interface Expression {
  readonly sql: string
  readonly type: ValueType
}

/** What a key column asks, as expressions over a row. */
export interface JoinRequest {
  readonly dialect: Dialect
  /** What the statement calls the dimension's table. */
  readonly alias: string
  /** One for each lookup column, in their order. */
  readonly by: readonly Expression[]
  readonly asOf?: Expression
  readonly zone?: string
  readonly earliest?: string
}

/** How a row's member is joined. */
export interface Join {
  /** The condition that ties a member to a row: one of `members`, the unknown one left out. */
  readonly on: string
  /** The query of those who can be found, of the columns that `on` and the key column name; left out where it is the table itself. */
  members?(table: string): string
  /** A query that gives a row where the join might find others than memory does, such as two members of one lookup; left out where that can't be. */
  unlike?(table: string): string
  /** The columns of a key that the create has: a table that has it gives no such row. One that was made otherwise may not have it. */
  readonly keyed?: readonly string[]
}

/** Where members are read, and what will be asked of them. */
export interface MembersRequest {
  readonly connection: Connection
  readonly table: string
  /** Members will be asked for as of a time: all versions are read, not the current ones alone. */
  readonly asOf: boolean
  /** More versions than so many are not held: `TooManyMembers` is thrown. Without it all are. */
  readonly most?: number
  readonly signal: AbortSignal
  readonly idleSeconds: number
}

/** A dimension has more members than are held in memory. */
export class TooManyMembers extends Error {
  override readonly name = 'TooManyMembers'
}

/** The members of a dimension, in memory. */
export interface Members {
  /** Makes the function that finds the member of a row; it answers undefined where there is none. */
  finder(positions: Positions): (row: Row) => number | undefined
}

/** Where a row holds what tells its member, and what else its key column asks. */
export interface Positions {
  /** One for each lookup column, in their order. */
  readonly by: readonly number[]
  readonly asOf?: number
  readonly zone?: string
  readonly earliest?: string
}

/** Columns that a dimension with history has, filled by the engine. */
export const BOOKKEEPING = ['valid_from', 'valid_to', 'is_current'] as const
export type Bookkeeping = typeof BOOKKEEPING[number]

/** The key of the member that stands for everybody unknown. */
export const UNKNOWN_KEY = -1

/** What every dimension with a source declares. `SC`: the source's columns; `CC`: the table's; `A`: those that transform adds. */
export interface DimensionSpec<SC extends string, R, A extends string, CC extends string, Key extends CC, Lookup extends readonly string[]> {
  readonly source: Source<SC, R>
  readonly create: Create<CC>
  /** The column of the surrogate key: the create's `KEY`. */
  readonly key: Key
  /** The columns by which a member is known again: its natural key. */
  readonly lookup: Lookup
  /**
   * What to do with several rows of one lookup in one load, which are refused otherwise: the row with the greatest value
   * of a source column is kept, the later row where that is equal, and the others are counted as rejected.
   */
  readonly duplicates?: { readonly keep: 'last'; readonly by: NoInfer<SC | A> }
  /** Values of the unknown member, where what the engine chooses is refused by a constraint or isn't liked. */
  readonly unknown?: { readonly [C in NoInfer<Exclude<CC, Key>>]?: Value }
  /** The fewest rows that a load may bring. Default: 1 where the last one brought any, so that a source that came back empty is refused. */
  readonly minRows?: number
  /**
   * By how many percent a load may bring fewer rows than the last one that was published; 100 allows everything.
   * Default: 90, and 100 with `minRows: 0`, which says that even an empty load is right.
   */
  readonly maxDropPct?: number
  /** What happens to a row that doesn't fit the table, or whose lookup comes twice: it fails the load (this unless told), or is set aside in `etl_bad_row` and counted as rejected. */
  readonly onBadRow?: OnBadRow
  /** The most rows that may be set aside; with more the load fails. Default 100, at most 10,000. */
  readonly maxBadRows?: number
  /** The name of the queue that its jobs wait in, so that heavy ones can have workers of their own. Default: the one of all others. */
  readonly queue?: string
  /** Columns that `transform` adds to those of the source. */
  readonly adds?: readonly A[]
  /** Makes a new row of each row of the source, or answers null to reject it. */
  readonly transform?: (row: R) => { readonly [C in NoInfer<SC | A>]: unknown } | null
}

/** What every dimension with a source may declare, by name. */
export const DIMENSION_KEYS = {
  source: 'must', create: 'must', key: 'must', lookup: 'must', duplicates: 'may', unknown: 'may', minRows: 'may', maxDropPct: 'may',
  onBadRow: 'may', maxBadRows: 'may', queue: 'may', adds: 'may', transform: 'may',
} as const satisfies Keys<keyof DimensionSpec<string, unknown, string, string, string, readonly string[]>>

/** Refuses a source that lacks a column of its table, in words; open names leave everything open. */
export type Brings<Brought extends string, CC extends string, Filled extends string> =
  string extends CC ? unknown
    : [Exclude<CC, Brought | Filled>] extends [never] ? unknown
      : { readonly source: `the source brings no column ${Exclude<CC, Brought | Filled>}` }

/** Refuses a create that lacks a bookkeeping column, in words. */
export type HasBookkeeping<CC extends string> =
  string extends CC ? unknown
    : [Exclude<Bookkeeping, CC>] extends [never] ? unknown
      : { readonly create: `the create has no column ${Exclude<Bookkeeping, CC>}` }
