import { isUtf8 } from 'node:buffer'
import { DataError } from '../../errors.ts'
import type { ByteColumn } from '../flow.ts'
import { native } from './native.ts'
import type { Vector } from './native.ts'
import { CHUNK_ROWS, eachField, putSafe } from './vector-memory.ts'

/** A text's place in a vector, in words of four bytes: its length, then up to twelve bytes of it, or its first four and where it lies. */
const PLACE = 4
const IN_PLACE = 12
const ASCII_END = 128

/**
 * Makes the writer of texts: short ones go into their places, and all long ones of a chunk, behind one another, into a memory
 * that DuckDB takes over by one call. A call for each of them would take longer than all the rest.
 *
 * @throws {DataError} from the returned function for bytes that are no UTF-8
 */
export function textWriter(): (vector: Vector, fields: ByteColumn, from: number, count: number) => void {
  const memory = new ArrayBuffer(CHUNK_ROWS * PLACE * 4)
  const [words, places] = [new Uint32Array(memory), new Uint8Array(memory)]
  const long = new LongTexts()
  return (vector, fields, from, count) => {
    words.fill(0, 0, count * PLACE)
    long.clear()
    eachField(vector, fields, from, count, (row, bytes, begin, end) => {
      const length = end - begin
      words[row * PLACE] = length
      const into = row * PLACE * 4 + 4
      const seen = copied(bytes, begin, length <= IN_PLACE ? end : begin + 4, places, into) | (length <= IN_PLACE ? 0 : long.add(row, bytes, begin, end))
      if (seen >= ASCII_END && !isUtf8(bytes.subarray(begin, end))) throw new DataError('a text is not UTF-8')
    })
    long.place(vector, words)
    native.copy_data_to_vector(vector, 0, memory, 0, count * PLACE * 4)
  }
}

/** Copies bytes, and gives what all of them have in common with what is no ASCII. */
function copied(from: Buffer, begin: number, end: number, into: Uint8Array, place: number): number {
  let seen = 0
  for (let at = begin, to = place; at < end; at += 1, to += 1) {
    const byte = from[at]!
    into[to] = byte
    seen |= byte
  }
  return seen
}

/** The texts of a chunk that have no room in their places. */
class LongTexts {
  #bytes = Buffer.allocUnsafeSlow(1 << 16)
  #end = 0
  #count = 0
  readonly #rows = new Uint16Array(CHUNK_ROWS)
  readonly #begins = new Float64Array(CHUNK_ROWS)

  clear(): void {
    this.#end = 0
    this.#count = 0
  }

  add(row: number, from: Buffer, begin: number, end: number): number {
    const after = this.#end + end - begin
    if (after > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, after))
      this.#bytes.copy(larger, 0, 0, this.#end)
      this.#bytes = larger
    }
    const seen = copied(from, begin, end, this.#bytes, this.#end)
    this.#rows[this.#count] = row
    this.#begins[this.#count] = this.#end
    this.#count += 1
    this.#end = after
    return seen
  }

  /** DuckDB keeps a copy of them all, as long as it keeps the vector's own texts; each place is told where its text lies in it. */
  place(vector: Vector, words: Uint32Array): void {
    if (this.#count === 0) return
    native.vector_assign_string_element_len(vector, 0, this.#bytes.subarray(0, this.#end))
    const first = native.vector_get_data(vector, PLACE * 4)
    const where = Number(new DataView(first.buffer, first.byteOffset, first.byteLength).getBigUint64(8, true))
    for (let i = 0; i < this.#count; i += 1) putSafe(words, this.#rows[i]! * PLACE + 2, where + this.#begins[i]!)
  }
}
