import type { Database, OpenOptions } from './connection.ts'
import { readAddress } from './postgres/address.ts'
import { PostgresConnection } from './postgres/connection.ts'
import { doing, kill, setUp } from './postgres/server.ts'
import { openWire } from './postgres/wire.ts'
import { openSessions } from './server-sessions.ts'
import type { Tuning } from './server-sessions.ts'

/**
 * Opens a PostgreSQL (12 and later) database; each session is a connection of its own.
 *
 * @param url `postgres://user:password@host:5432/database?schema=name`; see `readAddress` for its parameters
 * @throws {ConfigurationError} for a URL that can't be read
 * @throws {DatabaseError} where the server can't be reached or lets the user not in
 * @example
 * const database = await openPostgres('postgres://etl:secret@127.0.0.1/shop', { readOnly: true })
 * const session = await database.connect()
 * await session.query('SELECT 1 AS one')   // [{ one: 1 }]
 */
export async function openPostgres(url: string, options: OpenOptions = {}, tuning: Tuning = {}): Promise<Database> {
  const address = readAddress(url)
  const { readOnly = false } = options
  return openSessions({
    place: address.place,
    dialectName: 'postgres',
    openWire: (seconds, onEnd) => openWire(address, seconds, onEnd),
    setUp: (wire) => setUp(wire, address, readOnly),
    ping: (wire) => wire.run({ sql: 'SELECT', values: [] }),
    doing: (server) => doing(address, server),
    kill: (server) => kill(address, server, 'session'),
    connection: (wire, server, keep) => new PostgresConnection({ address, wire, server, keep }),
  }, options, tuning)
}
