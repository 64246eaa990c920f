import type { Connection, Database, OpenOptions } from './connection.ts'
import { readAddress } from './postgres/address.ts'
import { PostgresConnection } from './postgres/connection.ts'
import { doing, kill, setUp } from './postgres/server.ts'
import type { Server } from './postgres/server.ts'
import { openWire, tooLate } from './postgres/wire.ts'
import type { Wire } from './postgres/wire.ts'
import { watchStatements } from './watch.ts'

const CONNECT_SECONDS = 10
const LOOK_SECONDS = 30

/** What only tests turn. */
interface Tuning {
  /** Seconds between looks at a statement from which nothing comes. */
  readonly lookSeconds?: number
}

/**
 * Opens a PostgreSQL (12 and later) database; each session is a connection of its own.
 *
 * @param url `postgres://user:password@host:5432/database?schema=name`; see `readAddress` for `ssl`, `sslCa` and `socketPath`
 * @throws {ConfigurationError} for a URL that can't be read
 * @throws {DatabaseError} where the server can't be reached or lets the user not in
 * @example
 * const database = await openPostgres('postgres://etl:secret@127.0.0.1/shop', { readOnly: true })
 * const session = await database.connect()
 * await session.query('SELECT 1 AS one')   // [{ one: 1 }]
 */
export async function openPostgres(url: string, options: OpenOptions = {}, tuning: Tuning = {}): Promise<Database> {
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
      const reaped = kill(address, made.server, 'session').catch(() => {}).finally(() => reaping.delete(reaped))
      reaping.add(reaped)
    })
    sessions.add(wire)
    const late = setTimeout(() => wire.end(tooLate(address.place, connectSeconds)), connectSeconds * 1000)
    try {
      const server = made.server = await setUp(wire, address, readOnly)
      made.watch = watchStatements(wire, () => doing(address, server), lookSeconds)
      return new PostgresConnection({ address, wire, server })
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
    dialectName: 'postgres',
    connect,
    async close() {
      await Promise.all([...sessions].map((wire) => wire.close()))
      await Promise.all(reaping)
    },
  }
}
