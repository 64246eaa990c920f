import type { Connection } from '../db/connection.ts'
import { entered, heldTable, leaveSession, takeLock } from './holders.ts'
import type { Wanted } from './holders.ts'
import { publishLock, targetLock } from './ledger.ts'

/** How long somebody who loads a table is waited for before a publish gives up. */
const loadPatience = 10_000

/** Other publishes wait for readers at times, and are waited for as long. */
const publishPatience = 65_000

/**
 * Does a piece of work while this session alone may change what is live: it holds the lock that a load of each table
 * takes, and then the publish locks. All are taken in sorted order, loads' before publishes', so that two never wait for
 * each other.
 *
 * @throws {BusyError} where another session keeps one of them
 */
export async function whileLocked<T>(connection: Connection, refresh: string | null, tables: readonly string[], relied: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await holding(connection, refresh, tables.map(loadLockOf), loadPatience, () => whilePublishing(connection, refresh, [...tables, ...relied], work))
  } finally {
    await leaveSession(connection)
  }
}

/**
 * Does a piece of work while nobody else changes which tables are live under these names. A loader holds no publish lock:
 * a fact is published also while its dimension is being loaded, and never between the check of that dimension and the swap.
 *
 * @throws {BusyError} where another session keeps one of them
 */
export function whilePublishing<T>(connection: Connection, refresh: string | null, tables: readonly string[], work: () => Promise<T>): Promise<T> {
  return holding(connection, refresh, tables.map(publishLockOf), publishPatience, work)
}

const loadLockOf = (table: string): Wanted => ({ lock: targetLock(table), table, held: heldTable(table), why: 'another session holds it' })
const publishLockOf = (table: string): Wanted => ({ lock: publishLock(table), table, held: heldTable(table), why: 'another session publishes it, or a fact that relies on it' })

async function holding<T>(connection: Connection, refresh: string | null, wanted: readonly Wanted[], patience: number, work: () => Promise<T>): Promise<T> {
  const held: string[] = []
  try {
    await entered(connection, refresh, async () => {
      for (const one of wanted.toSorted((a, b) => (a.lock < b.lock ? -1 : 1))) {
        if (held.includes(one.lock)) continue
        await takeLock(connection, one, patience)
        held.push(one.lock)
      }
    })
    return await work()
  } finally {
    for (const lock of held) await connection.unlock(lock).catch(() => undefined)
  }
}
