/** The further sessions of a load in ranges: whoever takes its table over must find and end them, for they hold its staging table. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../db/connection.ts'
import { busy } from './holders.ts'
import type { Held } from './holders.ts'
import { partLock } from './ledger.ts'

/** The most sessions that load one table: as many as a source may have ranges. */
const MOST_PARTS = 16

/** Milliseconds: a server takes back what a session had loaded before it is gone. */
const patience = 15_000

/** The lock under which one range of a table's load is read and loaded. */
export const heldPart = (table: string, part: number): Held => ({ lock: partLock(table, part), held: `range ${part} of table ${table}`, why: 'another session loads it' })

/** Says that this session loads a part of a table. @throws {BusyError} where another session still does */
export async function lockPart(connection: Connection, table: string, part: number): Promise<void> {
  if (!await connection.lock(partLock(table, part))) throw busy(table, 'a session of an earlier load still loads a part of it')
}

/** Ends those of a load that has lost the table. Only for who has the table's lock: then nobody else loads it. */
export async function endParts(connection: Connection, table: string): Promise<void> {
  const begun = performance.now()
  for (let part = 1; part < MOST_PARTS; part += 1) {
    const lock = partLock(table, part)
    for (let session = await connection.holderOf(lock); session !== undefined; session = await connection.holderOf(lock)) {
      if (performance.now() - begun >= patience) throw busy(table, `session ${session} of an earlier load is not gone yet`)
      await connection.endHolder(lock, session)
      await sleep(20)
    }
  }
}
