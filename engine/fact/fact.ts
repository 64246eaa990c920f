import type { Dimension, KeyOption } from '../dimension/dimension.ts'
import type { BadRowRules, OnBadRow } from '../etl/bad-rows.ts'
import type { Etl } from '../etl/etl.ts'
import type { Source } from '../source/source.ts'
import type { Create } from '../sql/define-create.ts'
import type { Keys } from '../sql/spelling.ts'

/** What happens to a row whose lookup finds nobody. */
export type OnMissing = 'unknown' | 'reject' | 'fail'

/** What configurations know of a fact, whatever its kind. */
export interface Fact<Kind extends string = string> extends Etl {
  readonly type: 'fact'
  readonly kind: Kind
}

/** One source column, or one for each column of a compound lookup. */
type By<SC extends string, Lookup extends readonly string[]> =
  Lookup extends readonly [string] ? SC
    : number extends Lookup['length'] ? SC | readonly SC[]
      : { readonly [I in keyof Lookup]: SC }

/** What a dimension allows to ask beyond that: `asOf` names a source column, `zone` and `earliest` are texts. */
type Asked<SC extends string, Option extends KeyOption> = { readonly [O in Option]?: O extends 'asOf' ? SC : string }

/** How one key column finds its members in a dimension. */
type KeySpec<D, SC extends string> = D extends Dimension<string, infer Lookup, infer Option>
  ? {
      /** The dimension. */
      readonly of: D
      /** The source columns that hold its lookup, in its order; for a date the instant. */
      readonly by: By<SC, Lookup>
      /** A row that finds nobody: points at the unknown member (-1) and is counted, is rejected, or ends the load. */
      readonly onMissing?: OnMissing
    } & Asked<SC, Option>
  : never

/** The key columns of a fact; none where `keys` is empty, which would otherwise stand for all of them. */
export type KeyColumns<D> = {} extends D ? never : keyof D & string

/** What every fact declares. `SC`: the source's columns; `CC`: the table's; `A`: those that transform adds; `D`: the dimension of each key column. */
export interface FactSpec<SC extends string, R, A extends string, CC extends string, D> {
  readonly source: Source<SC, R>
  readonly create: Create<CC>
  /** The dimension that each key column looks up: a role is written down, never guessed from a name. */
  readonly keys: { readonly [C in keyof D]: C extends CC ? KeySpec<D[C], NoInfer<SC | A>> : `the create has no column ${C & string}` }
  /** The measure whose sum the report gives, to be held against the books. */
  readonly total?: NoInfer<CC>
  /** The fewest rows that a load may bring. Default: 1 where the last one brought any, so that a source that came back empty is refused. */
  readonly minRows?: number
  /**
   * By how many percent a load may bring fewer rows than the last one that was published; 100 allows everything.
   * Default: 90, and 100 with `minRows: 0`, which says that even an empty load is right.
   */
  readonly maxDropPct?: number
  /** What happens to a row that doesn't fit the table: it fails the load (this unless told), or is set aside in `etl_bad_row` and counted as rejected. */
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

/** What every fact may declare, by name. */
export const FACT_KEYS = {
  source: 'must', create: 'must', keys: 'must', total: 'may', minRows: 'may', maxDropPct: 'may', onBadRow: 'may', maxBadRows: 'may', queue: 'may', adds: 'may', transform: 'may',
} as const satisfies Keys<keyof FactSpec<string, unknown, string, string, object>>

/** A declared key without its compile-time names: what facts look at when they run. */
export interface DeclaredKey {
  readonly of: Dimension
  readonly by: string | readonly string[]
  readonly asOf?: string
  readonly zone?: string
  readonly earliest?: string
  readonly onMissing?: OnMissing
}

/** What a key column may declare, by name. */
export const KEY_COLUMN_KEYS = { of: 'must', by: 'must', asOf: 'may', zone: 'may', earliest: 'may', onMissing: 'may' } as const satisfies Keys<keyof DeclaredKey>

/** A declared fact without its compile-time names. */
export interface DeclaredFact extends BadRowRules {
  readonly source: Source<string, unknown>
  readonly create: Create
  readonly keys: Readonly<Record<string, DeclaredKey>>
  readonly total?: string
  readonly minRows?: number
  readonly maxDropPct?: number
  readonly queue?: string
  readonly adds?: readonly string[]
  transform?(row: unknown): Readonly<Record<string, unknown>> | null
}

/** The source columns that hold the lookup. */
export const byOf = ({ by }: DeclaredKey): readonly string[] => typeof by === 'string' ? [by] : by
