import { randomBytes } from 'node:crypto'
import { atTheEnd, mariadb } from './shared.ts'
import { withConnection } from './mariadb.ts'

/** An empty database of one's own. `drop` may be called twice, or never: it happens at the end in any case. */
export interface FreshDatabase { url: string, name: string, drop: () => Promise<void> }

export interface FreshUser { url: string, user: string, password: string, drop: () => Promise<void> }

/** Makes an empty utf8mb4 database under a new name that begins with `name`, on the shared server or on another one. */
export async function freshDatabase(name = 'starline', serverUrl?: string): Promise<FreshDatabase> {
  const base = serverUrl ?? (await mariadb()).url
  const unique = newName(name)
  await statement(base, `CREATE DATABASE \`${unique}\` CHARACTER SET utf8mb4`)
  const url = new URL(base)
  url.pathname = `/${unique}`
  return { url: url.href, name: unique, drop: dropper(base, `DROP DATABASE IF EXISTS \`${unique}\``, serverUrl) }
}

/**
 * Makes a user with a password who may do `privileges` (SQL after GRANT, `ALL` unless told) in one database of a fresh URL.
 * Its password is as awkward as a real one, so that a URL which is not encoded, or a log which is not redacted, is found out.
 */
export async function freshUser(
  databaseUrl: string, { privileges = 'ALL', password = `p@ss/w:rd#${randomBytes(4).toString('hex')}`, ownServer = false } = {},
): Promise<FreshUser> {
  const url = new URL(databaseUrl)
  const user = newName('user').slice(0, 32)
  await statement(databaseUrl, `CREATE USER '${user}'@'%' IDENTIFIED BY '${password.replaceAll(/['\\]/g, '\\$&')}'`)
  await statement(databaseUrl, `GRANT ${privileges} ON \`${url.pathname.slice(1)}\`.* TO '${user}'@'%'`)
  url.username = user
  url.password = encodeURIComponent(password)
  const server = new URL(databaseUrl)
  server.pathname = ''
  return { url: url.href, user, password, drop: dropper(server.href, `DROP USER IF EXISTS '${user}'@'%'`, ownServer ? server.href : undefined) }
}

function dropper(base: string, sql: string, ownServer?: string): () => Promise<void> {
  const drop = async () => { await statement(base, sql) }
  // Another server than the shared one may be gone by the end of the tests, and its databases with it.
  if (ownServer === undefined) atTheEnd(drop)
  return drop
}

const statement = (url: string, sql: string) => withConnection(url, (connection) => connection.query(sql))

const newName = (name: string) =>
  `${name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_').slice(0, 30)}_${process.pid}_${randomBytes(4).toString('hex')}`
