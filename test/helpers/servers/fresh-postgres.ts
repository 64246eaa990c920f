import { randomBytes } from 'node:crypto'
import type { FreshDatabase } from './fresh-database.ts'
import { withPostgres } from './postgres.ts'
import { atTheEnd, postgres } from './shared.ts'

/** Makes an empty database under a new name that begins with `name`, on the shared PostgreSQL or on another one. */
export async function freshPostgres(name = 'starline', serverUrl?: string): Promise<FreshDatabase> {
  const base = serverUrl ?? (await postgres()).url
  const unique = `${name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_').slice(0, 30)}_${process.pid}_${randomBytes(4).toString('hex')}`
  await withPostgres(base, (client) => client.query(`CREATE DATABASE "${unique}"`))
  const url = new URL(base)
  url.pathname = `/${unique}`
  const drop = async (): Promise<void> => { await withPostgres(base, (client) => client.query(`DROP DATABASE IF EXISTS "${unique}" WITH (FORCE)`)) }
  // Another server than the shared one may be gone by the end of the tests, and its databases with it.
  if (serverUrl === undefined) atTheEnd(drop)
  return { url: url.href, name: unique, drop }
}
