import type { Query } from 'mysql2'
import { ByteBatch } from '../byte-batch.ts'
import type { FieldKind } from '../byte-batch.ts'
import { fieldKindOf, fieldKindWithHalves } from './columns.ts'
import type { Meta } from './columns.ts'
import type { Gathering } from './gathering.ts'
import { mayHoldHalves } from './halves.ts'
import { isPacket, keepPackets } from './packets.ts'
import type { Packet } from './packets.ts'
import type { RawRow } from './wire.ts'

const FIRST_BYTES = 1 << 16
const FIRST_FIELDS = 1 << 12
/** What stands before a field in place of a length below 251: no value, or how many bytes its length has. */
const NULL = 0xfb
const TWO_BYTES = 0xfc
const THREE_BYTES = 0xfd

/** Rows as the bytes that the server sent. */
export class ByteRows implements Gathering<ByteBatch> {
  rows = 0
  bytes = 0
  #buffer = Buffer.allocUnsafe(FIRST_BYTES)
  #bounds = new Int32Array(FIRST_FIELDS)
  #fields = 0
  #kinds: readonly FieldKind[] = []
  /** The same for a batch in which texts may hold what is no UTF-8. */
  #withHalves: readonly FieldKind[] = []

  prepare(query: Query): void {
    keepPackets(query)
  }

  begin(metas: readonly Meta[]): void {
    this.#kinds = metas.map(fieldKindOf)
    this.#withHalves = this.#kinds.map(fieldKindWithHalves)
  }

  add(row: RawRow | Packet): void {
    this.#boundsFor(this.#kinds.length)
    if (isPacket(row)) this.#addPacket(row)
    else for (const value of row) this.#addField(value === null || Buffer.isBuffer(value) ? value : Buffer.from(String(value)))
    this.rows += 1
  }

  take(): ByteBatch {
    const bytes = this.#buffer.subarray(0, this.bytes)
    const batch = new ByteBatch(this.rows, bytes, this.#bounds.subarray(0, this.#fields), mayHoldHalves(bytes) ? this.#withHalves : this.#kinds)
    // Somebody holds the old ones now; the next batch is about as large.
    this.#buffer = Buffer.allocUnsafe(Math.max(FIRST_BYTES, this.bytes + (this.bytes >> 3)))
    this.#bounds = new Int32Array(Math.max(FIRST_FIELDS, this.#fields))
    this.drop()
    return batch
  }

  drop(): void {
    this.rows = 0
    this.bytes = 0
    this.#fields = 0
  }

  #addPacket({ buffer, offset, end }: Packet): void {
    this.#bytesFor(end - offset)
    buffer.copy(this.#buffer, this.bytes, offset, end)
    const [bytes, bounds] = [this.#buffer, this.#bounds]
    let at = this.bytes
    let field = this.#fields
    for (let i = 0; i < this.#kinds.length; i += 1) {
      let length = bytes[at]!
      at += 1
      if (length === NULL) bounds[field] = -1
      else {
        if (length === TWO_BYTES) { length = bytes.readUInt16LE(at); at += 2 }
        else if (length === THREE_BYTES) { length = bytes.readUIntLE(at, 3); at += 3 }
        else if (length > THREE_BYTES) { length = bytes.readUIntLE(at, 6); at += 8 }
        bounds[field] = at
        at += length
      }
      bounds[field + 1] = at
      field += 2
    }
    this.#fields = field
    this.bytes += end - offset
  }

  #addField(value: Buffer | null): void {
    const length = value?.length ?? 0
    this.#bytesFor(length)
    value?.copy(this.#buffer, this.bytes)
    this.#bounds[this.#fields] = value === null ? -1 : this.bytes
    this.bytes += length
    this.#bounds[this.#fields + 1] = this.bytes
    this.#fields += 2
  }

  #bytesFor(more: number): void {
    if (this.bytes + more <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.bytes + more))
    this.#buffer.copy(larger, 0, 0, this.bytes)
    this.#buffer = larger
  }

  #boundsFor(fields: number): void {
    if (this.#fields + fields * 2 <= this.#bounds.length) return
    const larger = new Int32Array(Math.max(this.#bounds.length * 2, this.#fields + fields * 2))
    larger.set(this.#bounds.subarray(0, this.#fields))
    this.#bounds = larger
  }
}
