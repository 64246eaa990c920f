import { openDatabase } from '../db/open.ts'
import { silent } from '../log.ts'
import { databasesOf, workerName } from './context.ts'
import { pick } from './registry.ts'
import type { Config } from './registry.ts'
import { clockOf, withSession } from './sessions.ts'
import { checkSource } from './source-check.ts'

/**
 * Runs the source of one active dimension or fact read-only, and holds its columns, types and first rows against its table.
 *
 * It is the test that every run begins with: nothing is changed, and no table has to be there yet.
 *
 * @returns how many rows were read: 100 at most
 * @throws {ConfigurationError} where no active dimension or fact has this name, or a database is not as the configuration says
 * @throws {DataError} where a column lacks or a value does not fit
 * @throws {DatabaseError} where a database refuses, stalls or goes away
 * @example
 * await testSource(config, 'school')   // 100
 */
export async function testSource(config: Config, name: string): Promise<number> {
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
