import { openDatabase } from '../db/open.ts'
import { silent } from '../log.ts'
import { databasesOf, workerName } from './context.ts'
import { pick } from './registry.ts'
import type { Config } from './registry.ts'
import { clockOf, withSession } from './sessions.ts'
import { checkSource } from './source-check.ts'

/** Does what `testSource` says. */
export async function trySource(config: Config, name: string): Promise<number> {
  const [entry] = pick(config, [name], [])
  if (entry === undefined) return 0
  const databases = databasesOf(config)
  const { signal } = new AbortController()
  try {
    const warehouse = await openDatabase(config.warehouse, { readOnly: true, orEmpty: true, connectSeconds: config.deadlines.connectSeconds })
    try {
      const { rows, error } = await withSession(warehouse, signal, async (session) => checkSource(entry, {
        config, warehouse, signal, adopt: true, worker: workerName(), log: silent, on: () => undefined,
        source: (from) => databases.source(from), refresh: { id: '', startedAt: await clockOf(session) },
      }, session))
      if (error !== undefined) throw error
      return rows
    } finally {
      await warehouse.close()
    }
  } finally {
    await databases.close()
  }
}
