import { newName, newUser, urlOf } from './fresh-database.ts'
import type { FreshDatabase, User } from './fresh-database.ts'
import { grantsOf } from './grants.ts'
import { withPostgres } from './postgres.ts'
import { atTheEnd, postgres } from './shared.ts'

/** The schema of a fresh database that its loader and its reader work in. */
export const SCHEMA = 'star'

/** The same database and user, in another schema. */
export function inSchema(url: string, schema: string): string {
  const other = new URL(url)
  other.searchParams.set('schema', schema)
  return other.href
}

/**
 * Makes an empty database under a new name that begins with `name`, on the shared PostgreSQL or on another one. Its loader
 * and its reader work in the schema `star`; what the administrator makes there or in `public` later is the reader's to read.
 */
export async function freshPostgres(name = 'starline', serverUrl?: string): Promise<FreshDatabase> {
  const base = serverUrl ?? (await postgres()).url
  const unique = newName(name)
  const users = { loader: newUser('loader'), reader: newUser('reader') }
  const adminUrl = urlOf(base, unique)
  await withPostgres(base, (client) => client.query(`CREATE DATABASE "${unique}"`))
  await withPostgres(adminUrl, async (client) => {
    const all = [['loader', SCHEMA], ['reader', SCHEMA], ['reader', 'public']] as const
    for (const [at, [role, schema]] of all.entries()) {
      const { name: user, password } = users[role]
      const statements = grantsOf(role, 'PostgreSQL', { [role]: user, 'a password': password, shop: schema, star: schema })
      for (const sql of all.slice(0, at).some(([before]) => before === role) ? statements.slice(1) : statements) await client.query(sql)
    }
  })
  const drop = async (): Promise<void> => {
    await withPostgres(base, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS "${unique}" WITH (FORCE)`)
      for (const user of Object.values(users)) await client.query(`DROP ROLE IF EXISTS ${user.name}`)
    })
  }
  // Another server than the shared one may be gone by the end of the tests, and its databases with it.
  if (serverUrl === undefined) atTheEnd(drop)
  const as = (user: User): string => inSchema(urlOf(base, unique, user), SCHEMA)
  return { url: as(users.loader), readerUrl: as(users.reader), adminUrl, password: users.loader.password, name: unique, drop }
}
