import type { Query } from 'mysql2'
import type { Row } from '../flow.ts'
import { ByteRows } from './byte-rows.ts'
import type { Meta } from './columns.ts'
import type { Gathering } from './gathering.ts'
import type { Packet } from './packets.ts'
import type { RawRow } from './wire.ts'

/** Rows as values, made of the bytes that the server sent: what mysql2 makes of a text does not tell what was no UTF-8. */
export class ValueRows implements Gathering<readonly Row[]> {
  readonly #rows = new ByteRows()

  get rows(): number { return this.#rows.rows }
  get bytes(): number { return this.#rows.bytes }

  prepare(query: Query): void {
    this.#rows.prepare(query)
  }

  begin(metas: readonly Meta[]): void {
    this.#rows.begin(metas)
  }

  add(row: RawRow | Packet): void {
    this.#rows.add(row)
  }

  take(): readonly Row[] {
    return this.#rows.take().rows()
  }

  drop(): void {
    this.#rows.drop()
  }
}
