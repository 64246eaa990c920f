import type { Knex } from 'knex'
import type { ColumnDefinition, TableDefinition } from '../sql/create.ts'
import type { FlowColumn } from './flow.ts'
import type { ValueType } from './value-type.ts'

/** knex's types, for who builds small statements outside this folder. */
export type { Knex } from 'knex'

/** One step of a publish: `staging`, if there is one, becomes `live`; the table that was live, if there was one, is kept as `old`. */
export interface Swap {
  readonly live: string
  readonly staging: string | undefined
  readonly old: string | undefined
  /** Indexes that this database can only make after the rename. */
  readonly definition: TableDefinition | undefined
}

/** Has an expression over a row worked out once, and gives what stands for it. */
export type Made = (expression: string) => string

/**
 * What one kind of database needs said differently: words, and flags with their reasons.
 * Nobody outside this folder asks for a dialect's name; they ask for a word or a flag.
 */
export interface Dialect {
  /** For messages and for `create({ <name>: '…' })` alone. */
  readonly name: string
  /** Builds small statements for this database; it has no connection of its own. */
  readonly knex: Knex

  /** DDL is part of the transaction it runs in: swap, ledger and watermark are one commit. Elsewhere the table's comment is the commit record. */
  readonly transactionalDdl: boolean
  /** `SELECT … FOR UPDATE` locks the row; elsewhere a conflicting update errors and is tried again. */
  readonly rowLocks: boolean
  /** A stored generated column can be unique; elsewhere an index over the expression does that. */
  readonly generatedColumns: boolean
  /** Several processes may open the warehouse at the same time. */
  readonly manyProcesses: boolean

  /** Quotes an identifier. The grammar of names is checked where they are read. */
  readonly quote: (identifier: string) => string
  /** SQL for the warehouse's clock: UTC with microseconds. */
  readonly now: string
  /** SQL for an instant `seconds` after the warehouse's clock. */
  readonly after: (seconds: number) => string
  /** A literal for an instant given as UTC text. */
  readonly timestamp: (text: string) => string
  /** NULL-safe equality of two expressions of one type; texts are equal only where every character is. `landed` is indexed by `indexLanding`, and `isFilled` where it is never NULL. */
  readonly same: (landed: string, other: string, type: ValueType, isFilled?: boolean) => string
  /** The same equality in other words, where nothing is found by it: in some databases those are less work for each row. */
  readonly equal: (landed: string, other: string, type: ValueType) => string
  /** `JOIN`, or the word that also keeps to the order in which the tables are named: a database guesses by statistics that nobody has made of a new table. */
  readonly joinInOrder: string
  /** What equal values, and no others, are grouped by; `inWindow` where a window's PARTITION BY asks. A database that sorts for it may look at a part of a text alone. */
  readonly grouped: (expression: string, type: ValueType, inWindow: boolean) => string
  /** A value as it is stored. A database may send fewer digits than it has. */
  readonly stored: (expression: string, type: ValueType) => string
  /** A value of a query as it goes into a table where no load would refuse it; else an error, or a warning, of the statement. */
  readonly guarded: (expression: string, type: ValueType, from: ValueType, made?: Made) => string
  /** `guarded` reads a text without a type as a load does that parses it to this one, or makes an error of it. */
  readonly readsText: (to: ValueType) => boolean
  /** Two tables are joined on values of this type in one pass, exactly as `same` compares them. Elsewhere a comparison converts, and no index helps. */
  readonly joins: (type: ValueType) => boolean
  /** A join finds the rows of its other table by an index, and would look at all of them for each row without one. */
  readonly joinsByIndex: boolean
  /** A join would look into an index for every row: a query in a FROM with this `ending` is held in memory and joined by a hash, in a third of the time. It may give `most` rows, for more might be written to disk. Undefined where joins are hashed anyway. */
  readonly held: { readonly ending: string; readonly most: number } | undefined
  /** A sum of parts of an instant as an integer: it may be a decimal, which a database compares with a key in a slower way. */
  readonly wholeNumber: (expression: string) => string
  /** How many bytes a text has in UTF-8. */
  readonly textBytes: (expression: string) => string

  /** The type that a declared or a described type text stands for; `{ kind: 'other' }` where it can't be told. */
  readonly readType: (sqlType: string) => ValueType
  /** The words of types that `readType` understands, to find the one that a misspelt one meant. A database may know others. */
  readonly typeWords: readonly string[]
  /** The SQL type that holds a value type exactly. */
  readonly writeType: (type: ValueType) => string
  /** A column's type in DDL: `KEY`, `TIMESTAMP`, `BOOLEAN`, `TEXT` become this database's words; a word that is not known here passes untouched. @throws {ConfigurationError} for a known one that can't be had so */
  readonly columnType: (column: ColumnDefinition) => string

  /** `CREATE TABLE name` of a definition, without secondary indexes and foreign keys, with this comment. Several statements where the comment is one of its own. */
  readonly createTable: (definition: TableDefinition, name: string, comment: string) => readonly string[]
  /** The same without the keys that `createKeys` makes. */
  readonly createKeyless: (definition: TableDefinition, name: string, comment: string) => readonly string[]
  /** The primary key and the unique ones of a table that was made without them: over rows that are there they cost half of what they cost row by row. Empty where a table's rows lie in its keys' order, so that it is made with them; else one statement, which makes all of them or none. */
  readonly createKeys: (definition: TableDefinition, name: string) => readonly string[]
  /** Whether a landing keeps its rows in the order of a lookup of these types, so that it is looked up without an index. */
  readonly landsInOrderOf: (types: readonly ValueType[]) => boolean
  /** A plain table that takes in a flow before it is compared: `row_no` BIGINT, which MySQL and MariaDB count by themselves where no order is asked for, every column nullable but those that it keeps its rows in the order of, texts compared exactly. */
  readonly createLanding: (name: string, columns: readonly FlowColumn[], comment: string, inOrderOf?: readonly string[]) => readonly string[]
  /** SQL that numbers the rows of a query as they come, for a landing's `row_no`; undefined where a landing numbers them itself. */
  readonly rowNumber: string | undefined
  /** The index over the columns that another landing is looked up by, made after the load: one that grows with it costs twice as much. Empty where tables are compared without. */
  readonly indexLanding: (name: string, columns: readonly FlowColumn[], lookup: readonly string[]) => readonly string[]
  /** The secondary indexes of a definition for the table of this name, made after the load; empty where they must wait for the rename (then `swap` makes them). */
  readonly createIndexes: (definition: TableDefinition, name: string) => readonly string[]
  /** The statements that make staging tables live, for `--dry_run`: those of `Connection.swap`, as far as they are known before it. */
  readonly swap: (swaps: readonly Swap[]) => readonly string[]
  /** Brings the statistics of a freshly loaded table up to date, where readers would otherwise get plans made for an empty one. */
  readonly statistics: (name: string) => readonly string[]
  /** Gives a table that exists another comment; where DDL commits by itself it waits for readers a moment at most. */
  readonly commentOn: (name: string, comment: string) => string
  /** DROP TABLE IF EXISTS. */
  readonly dropTable: (name: string) => string
  /** The same for several tables: where each such statement waits for the disk, one for all of them. */
  readonly dropTables: (names: readonly string[]) => readonly string[]
}
