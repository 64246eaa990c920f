import type { Database, OpenOptions } from './connection.ts'
import { readAddress } from './mysql/address.ts'
import { MysqlConnection } from './mysql/connection.ts'
import { mysqlDialect } from './mysql/dialect.ts'
import { familyOf } from './mysql/family.ts'
import { doing, kill, setUp } from './mysql/server.ts'
import { openWire } from './mysql/wire.ts'
import { openSessions } from './server-sessions.ts'
import type { Tuning } from './server-sessions.ts'

/**
 * Opens a MySQL (8) or MariaDB (10.5 and later) database; each session is a connection of its own.
 *
 * @param url `mysql://user:password@host:3306/database`; see `readAddress` for its parameters
 * @throws {ConfigurationError} for a URL that can't be read
 * @throws {DatabaseError} where the server can't be reached or lets the user not in
 * @example
 * const database = await openMysql('mysql://etl:secret@127.0.0.1/shop', { readOnly: true })
 * const session = await database.connect()
 * await session.query('SELECT 1 AS one')   // [{ one: 1 }]
 */
export async function openMysql(url: string, options: OpenOptions = {}, tuning: Tuning = {}): Promise<Database> {
  const address = readAddress(url)
  const { readOnly = false } = options
  return openSessions({
    place: address.place,
    dialectName: 'mysql',
    openWire: (seconds, onEnd) => openWire(address, seconds, onEnd),
    setUp: (wire) => setUp(wire, readOnly),
    ping: (wire) => wire.run('DO 0'),
    doing: (server) => doing(address, server),
    kill: (server) => kill(address, server, 'CONNECTION'),
    connection: (wire, server, keep) => new MysqlConnection({ address, wire, server, dialect: mysqlDialect(familyOf(server.mariadb)), readOnly, keep }),
  }, options, tuning)
}
