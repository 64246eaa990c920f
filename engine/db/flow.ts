import type { Value, ValueType } from './value-type.ts'

/** A column of a flow: its name and what it can hold. */
export interface FlowColumn {
  readonly name: string
  readonly type: ValueType
}

/** One row: a value for each of the flow's columns, in their order. Never changed in place. */
export type Row = readonly Value[]

/** The rows of a flow. Batches are the one form so far; bytes and relations come behind the same type. */
export interface Batches {
  readonly form: 'batches'
  readonly of: AsyncIterable<readonly Row[]>
}

/**
 * What extract hands to load: the columns with their types, and the rows.
 *
 * Rows are pulled: the reader at the other end decides the pace, and leaving the loop early closes the source.
 */
export interface Flow {
  readonly columns: readonly FlowColumn[]
  readonly rows: Batches
}
