/** The further sessions of a load in ranges: whoever takes its table over must find and end them, for they hold its staging table. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../db/connection.ts'
import { busy, takeLock } from './holders.ts'
import type { Held } from './holders.ts'
import { rangeLock } from './ledger.ts'

/** The most sessions that load one table: as many as a source may have ranges. */
const MOST_RANGES = 16

/** Milliseconds: a server takes back what a session had loaded before it is gone, and who comes too late for a range is soon told. */
const patience = { gone: 15_000, late: 2_000 }

/** The lock under which one range of a table's load is read and loaded. */
export const heldRange = (table: string, range: number): Held => ({ lock: rangeLock(table, range), held: `range ${range} of table ${table}`, why: 'another session loads it' })

/**
 * Says that this session loads a range of a table. Whoever took ranges of an earlier load may still ask whether one is open: he
 * is waited for, and ended where he stands still.
 *
 * @throws {BusyError} where another session holds it for longer
 */
export async function lockRange(connection: Connection, table: string, range: number): Promise<void> {
  await takeLock(connection, { ...heldRange(table, range), table, why: 'a session of an earlier load still loads a range of it' }, patience.late)
}

/**
 * Ends those of a load that is over, or has lost the table. Only for who has the table's lock: then nobody else loads it. They
 * are given so many milliseconds to let go by themselves.
 */
export async function endRanges(connection: Connection, table: string, given = 0): Promise<void> {
  const begun = performance.now()
  for (let range = 1; range < MOST_RANGES; range += 1) {
    const lock = rangeLock(table, range)
    for (let session = await connection.holderOf(lock); session !== undefined; session = await connection.holderOf(lock)) {
      const waited = performance.now() - begun
      if (waited >= given + patience.gone) throw busy(table, `session ${session} of an earlier load is not gone yet`)
      if (waited >= given) await connection.endHolder(lock, session)
      await sleep(20)
    }
  }
}
