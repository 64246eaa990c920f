import { DatabaseError } from '../../errors.ts'
import type { LoadTarget } from '../connection.ts'
import type { TargetColumn } from './encode.ts'
import type { RowSource } from '../row-source.ts'
import type { Wire } from './wire.ts'

/** What a load works with. */
export interface Job {
  readonly wire: Wire
  readonly place: string
  readonly target: LoadTarget
  readonly columns: readonly TargetColumn[]
  readonly source: RowSource
  readonly idleSeconds: number
  /** Bytes that the server takes in one packet. */
  readonly maxPacket: number
}

/** The server takes nothing, for too long. */
export function stalled({ place, idleSeconds }: Pick<Job, 'place' | 'idleSeconds'>): DatabaseError {
  return new DatabaseError(`the database took no row for ${idleSeconds} s`, {
    where: place, code: 'STARLINE_IDLE', transient: true, wayOut: 'see what the server is doing, or allow it more seconds',
  })
}
