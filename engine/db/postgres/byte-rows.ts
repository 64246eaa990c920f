import type { Duplex } from 'node:stream'
import { DataError } from '../../errors.ts'
import { ByteBatch } from '../byte-batch.ts'
import type { FieldKind } from '../byte-batch.ts'
import type { Gathering } from './gathering.ts'
import { listenFirst } from './messages.ts'
import { endOf, fieldKindOf } from './types.ts'
import type { EndOf } from './types.ts'
import type { RawRow } from './wire.ts'

const FIRST_BYTES = 1 << 16
/** A batch of large rows leaves no large buffer behind. */
const MOST_BYTES = 1 << 20
const FIRST_FIELDS = 1 << 12
/** A batch says by 32 bits where its fields are. */
const MOST_PLACES = 2 ** 31 - 1

/** Rows as the bytes that the server sent. */
export class ByteRows implements Gathering<ByteBatch> {
  came = 0
  bytes = 0
  readonly #kinds: readonly FieldKind[]
  /** The columns whose fields end before their text does. */
  readonly #ends: readonly (readonly [at: number, end: EndOf])[]
  #buffer = Buffer.allocUnsafe(FIRST_BYTES)
  #at = 0
  #bounds = new Int32Array(FIRST_FIELDS)
  #fields = 0
  /** Rows that had no room are not kept: the batch is refused. */
  #isOver = false
  readonly #most: number

  constructor(oids: readonly number[], most = MOST_PLACES) {
    this.#most = most
    this.#kinds = oids.map(fieldKindOf)
    this.#ends = oids.flatMap((oid, at) => {
      const end = endOf(oid)
      return end === undefined ? [] : [[at, end] as const]
    })
  }

  begin(socket: Duplex): void {
    listenFirst(socket, (bytes, begin, end) => this.#addFields(bytes, begin, end))
  }

  /** A row that pg has read: where it hears the server otherwise than it did. */
  add(row: RawRow): void {
    this.#boundsFor(this.#kinds.length * 2)
    for (const value of row) {
      this.#bytesFor((value?.length ?? 0) * 3)
      this.#bounds[this.#fields] = value === null ? -1 : this.#at
      if (value !== null) this.#at += this.#buffer.write(value, this.#at, 'utf8')
      this.#bounds[this.#fields + 1] = this.#at
      this.#fields += 2
    }
    this.came += 1
    this.bytes += row.reduce((sum, value) => sum + (value?.length ?? 1), 0)
  }

  /** @throws {DataError} where they are more bytes than a batch has places */
  take(): ByteBatch {
    if (this.#isOver) throw new DataError(`rows that come together have more than ${this.#most} bytes`, { wayOut: 'let the source bring its largest texts in a query of their own, or cut them' })
    const length = this.#fields / (this.#kinds.length * 2)
    const batch = new ByteBatch(length, this.#buffer.subarray(0, this.#at), this.#bounds.subarray(0, this.#fields), this.#kinds)
    for (const [at, end] of this.#ends) shorten(batch, at, end)
    // Somebody holds the old ones now; the next batch is about as large.
    this.#buffer = Buffer.allocUnsafe(Math.max(FIRST_BYTES, Math.min(MOST_BYTES, this.#at + (this.#at >> 3))))
    this.#bounds = new Int32Array(Math.max(FIRST_FIELDS, this.#fields))
    this.#at = 0
    this.#fields = 0
    return batch
  }

  /** The fields of a row, each behind its length in four bytes, which is -1 for NULL. */
  #addFields(from: Buffer, begin: number, end: number): void {
    this.came += 1
    this.bytes += end - begin
    this.#isOver ||= this.#at + end - begin > this.#most
    if (this.#isOver) return
    this.#bytesFor(end - begin)
    this.#boundsFor(this.#kinds.length * 2)
    from.copy(this.#buffer, this.#at, begin, end)
    const [bytes, bounds, last] = [this.#buffer, this.#bounds, this.#fields + this.#kinds.length * 2]
    let at = this.#at
    for (let field = this.#fields; field < last; field += 2) {
      const length = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
      at += 4
      bounds[field] = length < 0 ? -1 : at
      if (length > 0) at += length
      bounds[field + 1] = at
    }
    this.#fields = last
    this.#at += end - begin
  }

  #bytesFor(more: number): void {
    if (this.#at + more <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + more))
    this.#buffer.copy(larger, 0, 0, this.#at)
    this.#buffer = larger
  }

  #boundsFor(more: number): void {
    if (this.#fields + more <= this.#bounds.length) return
    const larger = new Int32Array(Math.max(this.#bounds.length * 2, this.#fields + more))
    larger.set(this.#bounds.subarray(0, this.#fields))
    this.#bounds = larger
  }
}

function shorten({ bytes, bounds, length, width }: ByteBatch, at: number, end: EndOf): void {
  for (let row = 0, i = at * 2; row < length; row += 1, i += width * 2) {
    if (bounds[i]! >= 0) bounds[i + 1] = end(bytes, bounds[i]!, bounds[i + 1]!)
  }
}
