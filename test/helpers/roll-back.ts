/** A rollback as behind `--rollback`, and a warehouse in which whoever is at work can be killed. */

import type { Connection, Database } from '../../engine/db/connection.ts'
import { entriesOf } from '../../engine/etl/registry.ts'
import type { Config } from '../../engine/etl/registry.ts'
import { lastPublished } from '../../engine/publish/last-published.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { rollback } from '../../engine/publish/rollback.ts'

/** Rolls the last refresh back; `step` is told after each of its steps. */
export async function rollBack(config: Config, warehouse: Database, step: (name: string) => void = () => {}): ReturnType<typeof rollback> {
  const session = await warehouse.connect()
  const found = await lastPublished(session)
  const refresh = await openRefresh(warehouse, { held: true, asked: 'rollback', onLost() {} })
  try {
    const definitions = entriesOf(config).map(({ etl }) => etl.create.definition(session.dialect.name))
    const done = await rollback(session, found, { refresh: refresh.id, worker: 'a test', step, definitionOf: (target) => definitions.find(({ table }) => table === target) })
    await refresh.end('succeeded')
    return done
  } catch (error) {
    await refresh.end('failed').catch(() => undefined)
    throw error
  } finally {
    await session.close()
  }
}

/** A warehouse whose sessions can all be ended at once, as a kill does it. */
export function mortal({ dialectName, place, ...database }: Database): { readonly database: Database; readonly kill: () => void } {
  const sessions: Connection[] = []
  const connect = async (): Promise<Connection> => {
    const session = await database.connect()
    sessions.push(session)
    return session
  }
  return {
    database: { dialectName, place, connect, close: () => database.close() },
    kill: () => { for (const session of sessions) session.abort(new Error('killed')) },
  }
}
