import type { Connection } from '../db/connection.ts'
import { StarlineError } from '../errors.ts'
import { halfLiveAt } from './half-live.ts'
import { publish } from './publish.ts'

/**
 * Goes on with a publish that was interrupted between its steps, where a database commits each of them by itself: some of
 * its tables are live already, and the others belong to them.
 *
 * Asked before a table is claimed: the newer run would take over one of the others' tables.
 * @param refresh the one that asks, and goes on with it; null for the janitor
 * @returns why it could not be finished, and never will be: the newer run takes over
 * @throws {BusyError} where somebody is at work on one of them
 */
export async function finishInterrupted(connection: Connection, table: string, refresh: string | null): Promise<Error | undefined> {
  try {
    for (const runs of await halfLiveAt(connection, table)) await publish(connection, refresh, runs, () => undefined, () => {})
    return undefined
  } catch (error) {
    if (error instanceof StarlineError && !error.transient) return error
    throw error
  }
}
