import { DatabaseError } from '../errors.ts'
import type { Connection, Database } from './connection.ts'
import { readAddress } from './mysql/address.ts'
import type { Address } from './mysql/address.ts'
import { MysqlConnection } from './mysql/connection.ts'
import { mysqlDialect } from './mysql/dialect.ts'
import { familyOf } from './mysql/family.ts'
import { doing, kill, setUp } from './mysql/server.ts'
import type { Server } from './mysql/server.ts'
import { openWire } from './mysql/wire.ts'
import type { Wire } from './mysql/wire.ts'
import { watchStatements } from './watch.ts'
import type { OpenOptions } from './connection.ts'

const CONNECT_SECONDS = 10
const LOOK_SECONDS = 30

/** What only tests turn. */
export interface Tuning {
  /** Seconds between looks at a statement from which nothing comes. */
  readonly lookSeconds?: number
}

/**
 * Opens a MySQL (8) or MariaDB (10.5 and later) database; each session is a connection of its own.
 *
 * @param url `mysql://user:password@host:3306/database`; see `readAddress` for `ssl` and `socketPath`
 * @throws {ConfigurationError} for a URL that can't be read
 * @throws {DatabaseError} where the server can't be reached or lets the user not in
 * @example
 * const database = await openMysql('mysql://etl:secret@127.0.0.1/shop', { readOnly: true })
 * const session = await database.connect()
 * await session.query('SELECT 1 AS one')   // [{ one: 1 }]
 */
export async function openMysql(url: string, options: OpenOptions = {}, tuning: Tuning = {}): Promise<Database> {
  const address = readAddress(url)
  const { readOnly = false, connectSeconds = CONNECT_SECONDS, idleSeconds = Infinity } = options
  // Three looks without an answer are the end.
  const { lookSeconds = Math.min(LOOK_SECONDS, idleSeconds / 3) } = tuning
  const sessions = new Set<Wire>()
  const reaping = new Set<Promise<void>>()

  const connect = async (): Promise<Connection> => {
    const made: { wire?: Wire, server?: Server, watch?: { readonly end: () => void } } = {}
    const wire = made.wire = await openWire(address, connectSeconds, (busy) => {
      if (made.wire !== undefined) sessions.delete(made.wire)
      made.watch?.end()
      if (!busy || made.server === undefined) return
      // A server goes on with a statement whose client is gone, and would even commit it.
      const reaped = kill(address, made.server, 'CONNECTION').catch(() => {}).finally(() => reaping.delete(reaped))
      reaping.add(reaped)
    })
    sessions.add(wire)
    const late = setTimeout(() => wire.end(tooLate(address, connectSeconds)), connectSeconds * 1000)
    try {
      const server = made.server = await setUp(wire, readOnly)
      made.watch = watchStatements(wire, () => doing(address, server), lookSeconds)
      return new MysqlConnection({ address, wire, server, dialect: mysqlDialect(familyOf(server.mariadb)), readOnly })
    } catch (error) {
      await wire.close()
      throw error
    } finally {
      clearTimeout(late)
    }
  }

  await (await connect()).close()
  return {
    place: address.place,
    dialectName: 'mysql',
    connect,
    async close() {
      await Promise.all([...sessions].map((wire) => wire.close()))
      await Promise.all(reaping)
    },
  }
}

function tooLate(address: Address, seconds: number): DatabaseError {
  return new DatabaseError(`the server did not answer within ${seconds} s`, { where: address.place, code: 'ETIMEDOUT', transient: true })
}
