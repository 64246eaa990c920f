import type { Connection } from '../db/connection.ts'
import type { Flow, RangeTerms, Relation } from '../db/flow.ts'

/** How a source is read in several ranges side by side. */
export interface Ranges<Column extends string = string> {
  /** An integer column of the source, with an index where the source can have one. */
  readonly by: Column
  /** How many ranges, 2 to 16. */
  readonly count: number
  /** Nobody changes the rows while they are read: asked for where the sessions of a database can't share one moment (MySQL, MariaDB). */
  readonly frozen?: true
}

/** What a source is handed when its rows are asked for. */
export interface SourceContext {
  /** A session with a configured source (the default one where no name is given), closed by whoever runs the ETL. */
  connect(source: string | undefined): Promise<Connection>
  /** What must be done when the ETL has ended, whatever became of it; the last one first. */
  onClose(work: () => Promise<void>): void
  /** Values for `:named` binds that every source may use, such as `refreshed_at`. */
  readonly binds: Readonly<Record<string, unknown>>
  /** Seconds without a row after which reading errors. */
  readonly idleSeconds: number
  readonly signal: AbortSignal
  /** Reads at most so many rows: for the source check. */
  readonly limit?: number
  /** With `limit`: a load follows that looks at all there is. */
  readonly glance?: boolean
  /** The rows may come as bytes. */
  readonly takesBytes?: boolean
  /** The rows may come as several flows (`Flow.others`). */
  readonly takesRanges?: boolean
}

/**
 * Where the rows of one dimension or fact come from.
 *
 * `Column` and `Row` live in the types alone: the names that were read out of the SQL text.
 */
export interface Source<Column extends string = string, Row = Record<Column, unknown>> {
  /** The configured source it reads, undefined for the default one or for none at all. */
  readonly from: string | undefined
  /** It reads none of the configured sources: no limit of theirs is its. */
  readonly standsAlone?: boolean
  /** What is read, as a person would want to see it: the SQL text (all of them, where each database has its own), a file's path. */
  readonly text: string
  /** Its rows can be read in ranges of one of its columns side by side. */
  readonly ranges?: Ranges
  /** The text for one database, where each has its own: `mysql`, `postgres` or `duckdb`. @throws {ConfigurationError} where it has none for that one */
  textFor?(database: string): string
  /** The columns, where they are known before anything is read. */
  readonly columns: readonly string[] | undefined
  /** What is wrong with the declaration, a sentence each. */
  readonly problems?: readonly string[]
  /**
   * Begins to read: the columns with their types, and the rows, pulled at the reader's pace.
   * @throws {DatabaseError} where the source refuses, stalls or goes away, then or later
   */
  read(context: SourceContext): Promise<Flow>
  /** Begins to read one range of it, for a load that is another worker's. */
  readRange?(context: SourceContext, terms: RangeTerms): Promise<Flow>
  /** The same as rows that stay where they are, for a session with the warehouse that reaches them itself; or why it doesn't, where it might. */
  relate?(context: SourceContext, warehouse: Connection): Promise<Flow<Relation> | string | undefined>
  readonly '~columns'?: Column
  readonly '~row'?: Row
}
