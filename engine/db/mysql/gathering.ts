import type { Query } from 'mysql2'
import type { Meta } from './columns.ts'
import type { Packet } from './packets.ts'
import type { RawRow } from './wire.ts'

/** What the rows of a statement are put together to, as they come. */
export interface Gathering<Batch> {
  /** Rows and about how many bytes there are since the last `take`. */
  readonly rows: number
  readonly bytes: number
  /** Before the server has answered. */
  prepare?(query: Query): void
  /** Before the first row. */
  begin(metas: readonly Meta[]): void
  add(row: RawRow | Packet): void
  take(): Batch
  /** Nobody wants what is there. */
  drop(): void
}
