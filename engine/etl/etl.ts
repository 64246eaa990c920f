import type { Connection, TableColumn } from '../db/connection.ts'
import type { AnyFlow, Flow, FlowColumn, FurtherRange, Relation } from '../db/flow.ts'
import type { ValueType } from '../db/value-type.ts'
import type { ChangedInPlace } from '../publish/before.ts'
import type { Source } from '../source/source.ts'
import type { Create } from '../sql/define-create.ts'
import type { TableDefinition } from '../sql/create.ts'
import type { BadRowRules, BadRows, QuarantinedColumn } from './bad-rows.ts'

/**
 * The words of the house.
 *
 * - **source**: where rows come from. **create**: the CREATE TABLE of one warehouse table.
 * - **dimension**, **fact**: Kimball's; the one place where a source and a create meet. **kind**: how it loads.
 * - **ETL**: the journey of one dimension or fact, known by `(type, name)`. **run**: one attempt at it.
 *   **refresh**: a set of runs that belong together.
 * - **flow**: what extract hands to load. **landing**: the flow's rows as a private table, before they are compared.
 *   **staging**: the new table that no reader knows yet. **publish**: the atomic step that makes it live.
 * - **lookup**: the natural key by which a member is known again. **key**: its surrogate key.
 * - **ledger**: the `etl_*` tables in the warehouse; the truth. The queue is only a hint.
 */
export type EtlType = 'dimension' | 'fact'

/** `(type, name, rowcount)`: what every ETL gives back, to a person and to the queue alike. */
export type Result = readonly [type: EtlType, name: string, rows: number]

/** What a load did, row by row. */
export interface Counts {
  /** Rows that the source gave. */
  readonly read: number
  /** Rows that were refused by choice: a transform that answered null, `onMissing: 'reject'`, a superseded duplicate. */
  readonly rejected: number
  /** Of these, the rows that were set aside because they don't fit, by column. */
  readonly quarantined?: readonly QuarantinedColumn[]
  /** Dimensions: source rows whose member is as it was. Facts are replaced as a whole: undefined. */
  readonly unchanged?: number
  /** Dimensions: members that were overwritten. */
  readonly overwritten?: number
  /** Dimensions: members met for the first time. */
  readonly newMembers?: number
  /** Dimensions with history: versions opened for members that were known. */
  readonly newVersions?: number
  /** Facts: for each key column, how many rows' lookups found nobody. */
  readonly notFound?: Readonly<Record<string, number>>
  /** Facts: of these, the columns whose lookups found nobody at all, though several rows brought values and the dimension has members: nearly always a wrong lookup. */
  readonly neverFound?: readonly NeverFound[]
  /** Facts: the sum of the measure that `total` names, as digits. */
  readonly total?: { readonly column: string; readonly value: string }
  /** The rows that the last published run brought, where this one brings ten times as many or more: somebody should have a look. */
  readonly grownFrom?: number
  /** Rows that staging must hold now, special members included: held against a count. */
  readonly staged: number
  /** Dimensions: the highest surrogate key ever given; the next run goes on above it. */
  readonly lastKey?: number
  /** Dimensions: staging holds only rows that change or come, and the live table is changed in place. */
  readonly inPlace?: ChangedInPlace
}

/** A key column of a fact none of whose rows found its member. */
export interface NeverFound {
  readonly column: string
  /** The columns of the rows that were looked up. */
  readonly by: readonly string[]
  /** The dimension's table. */
  readonly table: string
}

/** A warehouse column as a load sees it: what its create declares. */
export interface TargetColumn {
  readonly name: string
  readonly type: ValueType
  readonly nullable: boolean
}

/** What a kind is handed to load into: a private staging table and everything around it. */
export interface Target {
  /** The name of the ETL, for messages: `dimension product`. */
  readonly etl: string
  /** The run's own session with the warehouse. */
  readonly connection: Connection
  readonly definition: TableDefinition
  /** The create's columns with the types that it declares. */
  readonly columns: readonly TargetColumn[]
  /** The empty table to fill. */
  readonly staging: string
  /**
   * The table that readers see now and its column names, where there is one; where it was looked at under this run's lock also
   * how they are `described`, and which columns of staging it lacks or has in another type.
   */
  readonly live: { readonly table: string; readonly columns: readonly string[]; readonly described?: readonly TableColumn[]; readonly unlike?: readonly string[] } | undefined
  /** Makes the keys of staging where it came without them, once; the load's end does where its kind doesn't. */
  makeKeys?(): Promise<void>
  /** A name for a private working table of this run, dropped with it: `landing('i')`, `landing('m')`. */
  working(letter: string): string
  /** The comment of a working table: it names this run, so that a dead run's tables are found. */
  readonly comment: string
  /** Surrogate keys up to this one were given before. */
  readonly lastKey: number
  /** Where rows go that don't fit. They are counted for the kind: its own counts leave them out of `rejected`. */
  readonly badRows: BadRows
  /** The refresh's time by the warehouse's clock, as UTC text; the claim's, where the table was published by another one since. */
  readonly refreshedAt: string
  /** The table of a dimension that a fact looks up: staged by this refresh, else live. Recorded as this run's input. */
  tableOf(dimension: Etl): Promise<string>
  readonly signal: AbortSignal
  readonly idleSeconds: number
  /** The most members of one dimension that are held in memory, where that is not the kind's own choice. */
  readonly mostMembers?: number
  /** Where little changes the live table itself may be changed: it goes live alone, nothing points at it, and it is as the create has it. */
  readonly mayChangeInPlace?: boolean
  /** The rows are read once more, for the kind has asked for it (`RowsNeeded`): it loads them in the way that can't ask again. */
  readonly again?: true
  /** Does a piece of work for one further range on one more session with the warehouse, which ends with it. */
  beside<T>(range: number, work: (session: Connection) => Promise<T>, signal: AbortSignal): Promise<T>
  /** How others may take ranges of the load; left out where nobody else could. */
  readonly sharing?: Sharing
  /** Told when the last row of the source is in the warehouse: then another ETL may read the source. Where a load doesn't, its end does. */
  sourceIsRead?(): Promise<void>
  /** Tells of progress: rows read so far. */
  onRows(rows: number): void
  /** One line for the log, as an event with fields. */
  log(message: string, fields?: Readonly<Record<string, unknown>>): void
}

/** What was counted in one range of a load. */
export interface RangeCounts {
  readonly read: number
  readonly rejected: number
  readonly staged: number
  /** Rows that found nobody, by key column. */
  readonly notFound: Readonly<Record<string, number>>
  /** Rows whose keys were looked up and count: all but those that were set aside. */
  readonly looked: number
  /** Key columns by which a row that found nobody had brought values. */
  readonly tried: readonly string[]
}

/** Loads one range, which is a flow of its own, over the session of a target. */
export type LoadRange = (flow: Flow, target: Target) => Promise<RangeCounts>

/** A load that others may be asked to help with. */
export interface UnderWay {
  /** Resolved when its first rows have come. */
  readonly begun: Promise<void>
  /** Aborted when its first range has ended: then nobody is asked any more. */
  readonly signal: AbortSignal
  /** Tells of progress in a range that is loaded elsewhere: rows read so far. */
  tell(range: number, rows: number): void
}

/** How the ranges of a load are shared with others. A range's rows and the word that it is done are one commit. */
export interface Sharing {
  /** Whether anybody is at work who could take one. */
  isWorthwhile(): Promise<boolean>
  /** Lets others take these, as soon as it is worth it; false where it was not before the first range has ended. */
  offer(ranges: readonly FurtherRange[], load: UnderWay): Promise<boolean>
  /** Whether somebody who was asked is on his way, or at work. */
  areComing(): boolean
  /** What was counted in those that are done. */
  done(): Promise<ReadonlyMap<number, RangeCounts>>
  /** Who else has loaded ranges, and how many each, as far as `done` has found. */
  helped(): Readonly<Record<string, number>>
  /** Those of some that no session has. */
  free(ranges: readonly number[]): Promise<readonly number[]>
  /** Loads one here, with the session that it is given; undefined where somebody else was quicker. */
  take(range: number, load: (session: Connection) => Promise<RangeCounts>, signal: AbortSignal): Promise<RangeCounts | undefined>
  /** Waits a moment for those that others have. Who stands still is ended. @throws {BusyError} where this user may not end it */
  wait(ranges: readonly number[]): Promise<void>
  /** Lets nobody begin any more, and ends who is still at one; where all are loaded, whoever does not let go within a moment. Never throws. */
  end(isLoaded: boolean): Promise<void>
}

/** What a plan is made from: a target without its session. */
export type Stage = Omit<Target, 'connection' | 'tableOf' | 'badRows' | 'beside' | 'sharing'> & {
  readonly dialect: Connection['dialect']
  /** The rows, where they stay in the warehouse's own server. */
  readonly relation?: Flow<Relation>
}

/** One SQL statement of a plan, with what it is for. */
export interface PlanStep {
  readonly title: string
  readonly sql: string
}

/**
 * The journey of one dimension or fact. A kind carries its own load, so nothing switches on kinds, and a kind can be
 * written in anybody's own repo.
 */
export interface Etl extends BadRowRules {
  readonly type: EtlType
  /** How it loads: `scd1`, `scd2`, `transaction`, … */
  readonly kind: string
  readonly source: Source<string, unknown>
  readonly create: Create
  /** The fewest rows that a load may bring. Default: 1 where the last one brought any. */
  readonly minRows?: number
  /** By how many percent a load may bring fewer rows than the last one. Default: 90, and 100 with `minRows: 0`. */
  readonly maxDropPct?: number
  /** The name of the queue that its jobs wait in. Default: the one of all others. */
  readonly queue?: string
  /** The dimensions whose keys it looks up, by key column. */
  readonly uses: Readonly<Record<string, Etl>>
  /** What is wrong with the names of what is declared, a sentence each: where anything is, nothing else of it is looked at. */
  readonly spelling?: readonly string[]
  /** What is wrong with the declaration, as far as it can be seen without a database: a sentence each. */
  problems(definition: TableDefinition): readonly string[]
  /** The source columns that a table of this definition asks for. */
  needs(definition: TableDefinition): readonly NeededColumn[]
  /** The source columns whose values tell a person which row a message speaks of; those that the source lacks are left out. */
  sample?(definition: TableDefinition): readonly string[]
  /** Its load takes rows as bytes: nobody looks at most of them. */
  readonly takesBytes?: boolean
  /** The column of the key by which its load may change the live table itself where little changes. Left out where it never does. */
  readonly changesBy?: string
  /** Its load takes the ranges of a source side by side. */
  readonly takesRanges?: boolean
  /**
   * Makes ready what the ranges of a load share, and gives what loads one of them: for who takes ranges of a load that is
   * another worker's. Left out where nobody else may.
   */
  rangeLoader?(flow: Flow, target: Target): Promise<LoadRange>
  /** What it makes of a row, beside what its create and its dimensions say: who would make something else takes none of its ranges. */
  readonly makes?: { readonly declared: string; /** A function of the user's is part of it. */ readonly code: boolean }
  /**
   * Why the rows have to be read, where the warehouse could copy them from its own server; undefined where
   * its load takes them as they stay there (`Relation`). Left out where it never does.
   */
  whyRead?(flow: Flow<Relation>, stage: Stage): string | undefined
  /** Changes or rejects rows on their way, where the declaration says so. */
  transform(flow: Flow): Flow
  /**
   * Fills staging from the flow; returns what it did. Everything it needs is handed in.
   * @throws {RowsNeeded} where the rows have to be read, or read once more: it is called again then
   */
  load(flow: AnyFlow, target: Target): Promise<Counts>
  /** What `load` would refuse before its first row; `columns` are the flow's, where its source could be asked. */
  refusals?(stage: Stage, columns: readonly FlowColumn[] | undefined): readonly Error[]
  /** What is wrong in the live table: a dimension's values that the create doesn't hold any more, of which `load` refuses those that its source doesn't replace; a fact's keys that name no member. */
  unfit?(stage: Stage, connection: Connection): Promise<readonly Error[]>
  /** The statements that `load` would run, for `--dry_run`; names are placeholders of the coming run. */
  plan(stage: Stage): readonly PlanStep[]
}

/** A column that the source must bring, and the type it goes to (undefined: any; it is looked at, not stored). */
export interface NeededColumn {
  readonly name: string
  /** The table's column that it fills. */
  readonly into?: string
}
