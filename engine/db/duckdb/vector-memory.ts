/** What a column of a chunk consists of: its numbers in a row, and a bit for each that is no NULL. */

import type { ByteColumn } from '../flow.ts'
import { native } from './native.ts'
import type { Vector } from './native.ts'

/** The most rows that a chunk holds. */
export const CHUNK_ROWS = 2048

/** Says which rows are no NULL: a bit for each of them. */
export function writeValidity(vector: Vector, valid: Uint8Array): void {
  native.vector_ensure_validity_writable(vector)
  native.copy_data_to_vector_validity(vector, 0, valid.buffer, valid.byteOffset, valid.byteLength)
}

/** As many bits as rows, in DuckDB's words of 64. */
export const validityOf = (rows: number, filledWith: 0 | 255): Uint8Array => new Uint8Array(Math.ceil(rows / 64) * 8).fill(filledWith)

const TWO_32 = 2 ** 32

/** Puts a safe integer into 64 bits, as two halves: a bigint for each value would take several times as long. */
export function putSafe(halves: Uint32Array, at: number, value: number): void {
  const high = Math.floor(value / TWO_32)
  halves[at] = value - high * TWO_32
  // One below nought comes out as its two's complement.
  halves[at + 1] = high
}

/** Puts one field into a column's memory. */
export type Put = (row: number, bytes: Buffer, begin: number, end: number) => void

/** Hands over every field that isn't NULL, and marks those that are. */
export function eachField(vector: Vector, { batch, at }: ByteColumn, from: number, count: number, put: Put): void {
  const { bytes, bounds, width } = batch
  let valid: Uint8Array | undefined
  for (let row = 0, i = (from * width + at) * 2; row < count; row += 1, i += width * 2) {
    const begin = bounds[i]!
    if (begin >= 0) put(row, bytes, begin, bounds[i + 1]!)
    else {
      valid ??= validityOf(count, 255)
      valid[row >> 3]! &= ~(1 << (row & 7))
    }
  }
  if (valid !== undefined) writeValidity(vector, valid)
}

