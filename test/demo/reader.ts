/** Somebody who reads the live tables all the time, and counts what a load must never show. */

import { setTimeout as pause } from 'node:timers/promises'
import type { Connection } from 'mysql2/promise'
import type { RowDataPacket } from 'mysql2/promise'

/** What one reading found: how many rows of each table, and a sum. */
export type Seen = Readonly<Record<string, string>>

/** What a reader saw in all. */
export interface Tally {
  readings: number
  missing: number
  empty: number
  partial: number
  /** Readings that failed for another reason, with the first one. */
  failed: number
  why?: string
}

export interface Reader {
  readonly tally: Tally
  stop(): Promise<void>
}

export async function read(connection: Connection, sql: string): Promise<Seen> {
  const [[row]] = await connection.query<RowDataPacket[]>(sql)
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, String(value ?? 0)]))
}

/** Reads every few milliseconds until it is stopped. The tables must always hold what was expected of them. */
export function watch(connection: Connection, sql: string, expected: Seen): Reader {
  const tally: Tally = { readings: 0, missing: 0, empty: 0, partial: 0, failed: 0 }
  const life = new AbortController()
  const end = poll()
  async function poll(): Promise<void> {
    while (!life.signal.aborted) {
      tally.readings += 1
      try {
        count(tally, await read(connection, sql), expected)
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ER_NO_SUCH_TABLE') tally.missing += 1
        else {
          tally.failed += 1
          tally.why ??= String(error)
        }
      }
      await pause(3)
    }
  }
  return {
    tally,
    async stop() {
      life.abort()
      await end
    },
  }
}

function count(tally: Tally, seen: Seen, expected: Seen): void {
  const wrong = Object.keys(expected).filter((name) => seen[name] !== expected[name])
  if (wrong.some((name) => seen[name] === '0')) tally.empty += 1
  else if (wrong.length > 0) tally.partial += 1
}

/** Whether all was well: something was read, and nothing bad was seen. */
export const isWell = ({ readings, missing, empty, partial, failed }: Tally): boolean => readings > 0 && missing + empty + partial + failed === 0

export const tallyLine = ({ readings, missing, empty, partial, failed, why }: Tally): string =>
  `${readings.toLocaleString('en')} readings, ${missing} missing, ${empty} empty, ${partial} partial${failed === 0 ? '' : `, ${failed} failed: ${why}`}`
