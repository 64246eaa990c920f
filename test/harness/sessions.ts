/** The sessions that a server has in one database, and their ends. */

import type { Connection } from '../../engine/db/connection.ts'
import { until } from '../helpers/servers/machine.ts'

interface Words { readonly list: string; readonly end: (id: number) => string }

/** DuckDB has no sessions but those of its own process. */
const words: Readonly<Record<string, Words>> = {
  mysql: {
    list: 'SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()',
    end: (id) => `KILL ${id}`,
  },
  postgres: {
    list: 'SELECT pid AS id FROM pg_stat_activity WHERE datname = current_database() AND backend_type = \'client backend\' AND pid <> pg_backend_pid()',
    end: (id) => `SELECT pg_terminate_backend(${id})`,
  },
}

export async function otherSessions(connection: Connection): Promise<number[]> {
  const sql = words[connection.dialect.name]?.list
  if (sql === undefined) return []
  return (await connection.query<{ id: number }>(sql)).map(({ id }) => id)
}

/** As if more time than every lease had passed since anybody who is at work was heard of. */
export async function silenceAll(connection: Connection): Promise<void> {
  const { knex, after } = connection.dialect
  const past = knex.raw(after(-1))
  await connection.execute(knex('etl_session').update({ lease: past }))
  await connection.execute(knex('etl_refresh').where({ status: 'running' }).update({ lease: past }))
}

/** Ends sessions as an administrator would, and waits until the server has let them go. */
export async function endSessions(connection: Connection, ids: readonly number[]): Promise<void> {
  for (const id of ids) await connection.query(words[connection.dialect.name]?.end(id) ?? '').catch(() => undefined)
  await until('the sessions have ended', async () => (await otherSessions(connection)).every((id) => !ids.includes(id)) || undefined)
}
