import { ByteBatch } from '../db/byte-batch.ts'
import type { Flow, Row } from '../db/flow.ts'
import type { Value } from '../db/value-type.ts'
import { numbersOf } from './transform.ts'

/** One batch of a flow, whichever form it has: values are made where they are asked for. */
export interface BatchView {
  readonly length: number
  /** The batch as bytes, where it came so. */
  readonly bytes: ByteBatch | undefined
  column(at: number): readonly Value[]
  row(i: number): Row
  /** Rows that hold the columns at these places, whatever else they hold. */
  rowsOf(places: readonly number[]): readonly Row[]
  /** The number that a row has in the source, from 1 on. */
  numberOf(i: number): number
}

/** `before` is how many rows came before the batch. */
export function viewOf(flow: Flow, batch: readonly Row[] | ByteBatch, before: number): BatchView {
  if (batch instanceof ByteBatch) {
    return {
      length: batch.length, bytes: batch, column: (at) => batch.column(at), row: (i) => batch.row(i), rowsOf: (places) => batch.rowsOf(places),
      numberOf: (i) => before + i + 1,
    }
  }
  const numbers = numbersOf(flow, batch)
  return {
    length: batch.length, bytes: undefined, column: (at) => batch.map((row) => row[at]!), row: (i) => batch[i]!, rowsOf: () => batch,
    numberOf: (i) => numbers?.[i] ?? before + i + 1,
  }
}
