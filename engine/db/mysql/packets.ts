import type { Query } from 'mysql2'

/** A row as mysql2 received it: its fields stand in `buffer` from `offset` on, each behind its length. */
export interface Packet {
  readonly buffer: Buffer
  readonly offset: number
  readonly end: number
}

export function isPacket(row: unknown): row is Packet {
  return typeof row === 'object' && row !== null && 'buffer' in row && 'offset' in row && Buffer.isBuffer(row.buffer)
}

/** Hands on what it is given. */
const keeper = { next: (packet: unknown): unknown => packet }

/**
 * Has mysql2 hand out the packets of a statement's rows instead of parsing them. A release that parses rows otherwise
 * gives them as ever, and `ByteRows` takes those too.
 */
export function keepPackets(query: Query): void {
  Object.defineProperty(query, '_rowParser', { get: () => keeper, set() {} })
}
