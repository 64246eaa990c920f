import type { Row } from '../flow.ts'
import type { Value } from '../value-type.ts'
import { decoderOf } from './columns.ts'
import type { Decode, Meta } from './columns.ts'
import type { Gathering } from './gathering.ts'
import type { Packet } from './packets.ts'
import { isRawRow } from './wire.ts'
import type { RawRow } from './wire.ts'

const BYTES_A_NUMBER = 8

/** Rows as values. */
export class ValueRows implements Gathering<readonly Row[]> {
  bytes = 0
  #rows: Row[] = []
  #decoders: readonly Decode[] = []

  get rows(): number {
    return this.#rows.length
  }

  begin(metas: readonly Meta[]): void {
    this.#decoders = metas.map(decoderOf)
  }

  add(raw: RawRow | Packet): void {
    if (!isRawRow(raw)) throw new TypeError('a row came as its packet though nobody asked for it')
    const row: Value[] = []
    for (let i = 0; i < raw.length; i += 1) {
      const value = raw[i] ?? null
      this.bytes += typeof value === 'object' ? value?.length ?? 0 : typeof value === 'string' ? value.length : BYTES_A_NUMBER
      row.push(this.#decoders[i]?.(value) ?? null)
    }
    this.#rows.push(row)
  }

  take(): readonly Row[] {
    const rows = this.#rows
    this.drop()
    return rows
  }

  drop(): void {
    this.#rows = []
    this.bytes = 0
  }
}
