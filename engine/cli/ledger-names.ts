import type { Connection } from '../db/connection.ts'
import { openDatabase } from '../db/open.ts'
import type { Config } from '../etl/registry.ts'
import { onBorrowed } from '../etl/sessions.ts'
import { refreshesIn } from '../publish/standing.ts'
import { schedulesIn } from '../schedule/ledger.ts'

/** So many refreshes are offered. */
const most = 20

/** Seconds: whoever presses TAB waits no longer for a warehouse. */
const patience = 1

/** The names of the refreshes that wait or run, and of the last ones that ended. */
export const refreshNames = (config: Config): Promise<readonly string[]> =>
  inLedger(config, async (session) => (await refreshesIn(session, most)).slice(0, most).map(({ id }) => id))

/** The names of the schedules. */
export const scheduleNames = (config: Config): Promise<readonly string[]> => inLedger(config, async (session) => (await schedulesIn(session)).map(({ name }) => name))

async function inLedger<T>({ warehouse: url }: Config, work: (session: Connection) => Promise<T>): Promise<T> {
  const warehouse = await openDatabase(url, { readOnly: true, orEmpty: true, connectSeconds: patience })
  try {
    return await onBorrowed(warehouse, work)
  } finally {
    await warehouse.close()
  }
}
