import type { ByteBatch } from './byte-batch.ts'
import type { Value, ValueType } from './value-type.ts'

/** A column of a flow: its name and what it can hold. */
export interface FlowColumn {
  readonly name: string
  readonly type: ValueType
}

/** One row: a value for each of the flow's columns, in their order. Never changed in place. */
export type Row = readonly Value[]

/** Rows as values. */
export interface Batches {
  readonly form: 'batches'
  readonly of: AsyncIterable<readonly Row[]>
}

/** Rows as the bytes that a database sent: a value is made only where somebody asks for one. Given to those alone who ask for them. */
export interface Bytes {
  readonly form: 'bytes'
  readonly of: AsyncIterable<ByteBatch>
}

/** Rows that stay where they are: a query that a session with the warehouse reads by itself. Given to those alone who ask for it. */
export interface Relation {
  readonly form: 'relation'
  /** The query states an order, which a statement over its rows does not keep. */
  readonly losesOrder?: true
  /** What a statement over the rows is written with. */
  readonly scope: Scope
  /** Runs one statement that fills a private table from the rows; how many went in. @throws {DataError} where any value would not go in as it is */
  fill(sql: string): Promise<number>
  /** Why the rows have to be read all the same: asked last, for it takes longer than all that is said above. */
  otherwise?(): Promise<string | undefined>
  /** Whether a query over the rows gives any. */
  gives(sql: string): Promise<boolean>
}

/** Why rows have to be read: said by `relate`. */
export const ANOTHER_SERVER = 'its source is in another server than the warehouse, or in a database that its session does not reach'

/** What a statement over a relation is written with. */
export interface Scope {
  /** The rows as they stand in a FROM: they want an alias. */
  readonly rows: string
  /** A table of the warehouse, as it is called beside them. */
  table(name: string): string
}

/**
 * What extract hands to load: the columns with their types, and the rows.
 *
 * Rows are pulled: the reader at the other end decides the pace, and leaving the loop early closes the source.
 */
export interface Flow<Rows extends Batches | Bytes | Relation = Batches | Bytes> {
  readonly columns: readonly FlowColumn[]
  readonly rows: Rows
  /** More rows of the same columns, to be taken in side by side with these. Given to those alone who ask for them. */
  readonly others?: readonly FurtherRange[]
  /** Where these are one range of a source's rows, its column and the values that it goes over. */
  readonly range?: RangeWords
}

/** Which range of a source it is, for a person. */
export interface RangeWords {
  /** The column that the source is read in ranges of. */
  readonly by: string
  /** The values that it goes over: `168 to 334`. */
  readonly values: string
}

/** Which rows of a source one of its ranges are, said so that whoever has the same source reads the same ones. */
export interface RangeTerms {
  /** Which one, from 1 on: the first range is what the flow itself brings. */
  readonly range: number
  /** A condition on the statement's rows, which are called `s` in it. */
  readonly condition: string
  readonly words: RangeWords
  /** The moment that all ranges are of, for `Connection.joinMoment`; undefined where the rows stand still. */
  readonly moment?: string
  /** A digest of the statement with its binds: who has another one would read other rows. */
  readonly statement: string
}

/** A further range of a source, of which nothing is read until somebody asks for it. */
export interface FurtherRange {
  readonly terms: RangeTerms
  /** Begins to read it, over a session of its own. Once. */
  open(): Promise<Flow>
  /** Says that it is read elsewhere: nobody will open it here. */
  leave(): Promise<void>
}

/** A flow in any form. */
export type AnyFlow = Flow | Flow<Relation>

/** Whether the rows of a flow stay where they are. */
export const staysPut = (flow: AnyFlow): flow is Flow<Relation> => flow.rows.form === 'relation'

/** Whether the rows of a flow come by here. */
export const isRead = (flow: AnyFlow): flow is Flow => flow.rows.form !== 'relation'

/** The rows as values, whatever form they come in. */
export function valuesOf({ rows }: Flow): AsyncIterable<readonly Row[]> {
  return rows.form === 'batches' ? rows.of : decoded(rows.of)
}

async function* decoded(batches: AsyncIterable<ByteBatch>): AsyncGenerator<readonly Row[]> {
  for await (const batch of batches) yield batch.rows()
}

/** Some rows on their way into a table, one list for each of its columns: values, or fields that go as the bytes in which they came. */
export interface ColumnBatch {
  readonly length: number
  readonly columns: readonly Cells[]
}

/** One column of a `ColumnBatch`. */
export type Cells = readonly Value[] | ByteColumn

/** A column of a batch of bytes, none of which needs a check or a change. */
export interface ByteColumn {
  readonly batch: ByteBatch
  readonly at: number
}

export const isBytes = (cells: Cells): cells is ByteColumn => !Array.isArray(cells)

/** What a load takes: rows, or columns of as many rows. */
export type LoadBatch = readonly Row[] | ColumnBatch

/** The values of one column of a batch. */
export function valuesAt(batch: LoadBatch, at: number): readonly Value[] {
  if (!('columns' in batch)) return batch.map((row) => row[at] ?? null)
  const cells = batch.columns[at]!
  return isBytes(cells) ? cells.batch.column(cells.at) : cells
}

/** A batch of a load as rows. */
export function asRows(batch: LoadBatch): readonly Row[] {
  if (!('columns' in batch)) return batch
  const columns = batch.columns.map((_, at) => valuesAt(batch, at))
  return Array.from({ length: batch.length }, (_, row) => columns.map((values) => values[row]!))
}
