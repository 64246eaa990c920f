import type { Duplex } from 'node:stream'
import type { RawRow } from './wire.ts'

/** What the rows of a portal are put together to, as they come. */
export interface Gathering<Batch> {
  /** Rows that came so far, and about how many bytes. */
  readonly came: number
  readonly bytes: number
  /** Before rows are asked for. */
  begin?(socket: Duplex): void
  add(row: RawRow): void
  /** The rows since the last time: the server is silent until more are asked for. */
  take(): Batch
}
