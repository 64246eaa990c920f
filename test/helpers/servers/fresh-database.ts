import { randomBytes } from 'node:crypto'
import { grantsOf } from './grants.ts'
import { atTheEnd, mariadb } from './shared.ts'
import { withConnection } from './mariadb.ts'

/** An empty database of one's own, by three users. `drop` may be called twice, or never: it happens at the end in any case. */
export interface FreshDatabase {
  /** As a loader, who may do no more than a warehouse's user must. */
  url: string
  /** The loader's. */
  password: string
  /** As a reader, who may do no more than a source's user must. */
  readerUrl: string
  /** As who may do everything. */
  adminUrl: string
  name: string
  drop: () => Promise<void>
}

export interface FreshUser { url: string, user: string, password: string, drop: () => Promise<void> }

/** Makes an empty utf8mb4 database under a new name that begins with `name`, on the shared server or on another one. */
export async function freshDatabase(name = 'starline', serverUrl?: string): Promise<FreshDatabase> {
  const base = serverUrl ?? (await mariadb()).url
  const unique = newName(name)
  const users = { loader: newUser('loader'), reader: newUser('reader') }
  await withConnection(base, async (connection) => {
    await connection.query(`CREATE DATABASE \`${unique}\` CHARACTER SET utf8mb4`)
    for (const [role, user] of Object.entries(users) as [keyof typeof users, User][]) {
      for (const sql of grantsOf(role, 'MySQL and MariaDB', { [role]: user.name, 'a password': user.password, warehouse: unique, shop: unique })) await connection.query(sql)
    }
  })
  const as = (user?: User): string => urlOf(base, unique, user)
  const undo = [`DROP DATABASE IF EXISTS \`${unique}\``, ...Object.values(users).map((user) => `DROP USER IF EXISTS '${user.name}'@'%'`)]
  return { url: as(users.loader), readerUrl: as(users.reader), adminUrl: as(), password: users.loader.password, name: unique, drop: dropper(base, undo, serverUrl) }
}

/** The database of a fresh URL on the shared server, as who may do everything. */
export const asAdmin = async (databaseUrl: string): Promise<string> => urlOf((await mariadb()).url, new URL(databaseUrl).pathname.slice(1))

/**
 * Makes a user with a password who may do `privileges` (SQL after GRANT, `ALL` unless told) in the database of a fresh URL on
 * the shared server.
 */
export async function freshUser(
  databaseUrl: string, { privileges = 'ALL', password = newPassword() } = {},
): Promise<FreshUser> {
  const base = (await mariadb()).url
  const database = new URL(databaseUrl).pathname.slice(1)
  const { name: user } = newUser('user')
  await withConnection(base, async (connection) => {
    await connection.query(`CREATE USER '${user}'@'%' IDENTIFIED BY '${password.replaceAll(/['\\]/g, '\\$&')}'`)
    await connection.query(`GRANT ${privileges} ON \`${database}\`.* TO '${user}'@'%'`)
  })
  return { url: urlOf(base, database, { name: user, password }), user, password, drop: dropper(base, [`DROP USER IF EXISTS '${user}'@'%'`]) }
}

export interface User { name: string, password: string }

/** A new user's name and password: as awkward as a real one, so that a URL which is not encoded, or a log which is not redacted, is found out. */
export const newUser = (name: string): User => ({ name: `${name}_${process.pid}_${randomBytes(4).toString('hex')}`, password: newPassword() })

const newPassword = (): string => `p@ss/w:rd#${randomBytes(4).toString('hex')}`

/** The URL of a database on a server, for its own user or for another one. */
export function urlOf(base: string, database: string, user?: User): string {
  const url = new URL(base)
  url.pathname = `/${database}`
  if (user !== undefined) {
    url.username = user.name
    url.password = encodeURIComponent(user.password)
  }
  return url.href
}

function dropper(base: string, statements: readonly string[], ownServer?: string): () => Promise<void> {
  const drop = () => withConnection(base, async (connection) => { for (const sql of statements) await connection.query(sql) })
  // Another server than the shared one may be gone by the end of the tests, and its databases with it.
  if (ownServer === undefined) atTheEnd(drop)
  return drop
}

export const newName = (name: string): string =>
  `${name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_').slice(0, 30)}_${process.pid}_${randomBytes(4).toString('hex')}`
