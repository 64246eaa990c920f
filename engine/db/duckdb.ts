import { existsSync } from 'node:fs'
import { ConfigurationError } from '../errors.ts'
import type { Database, OpenOptions } from './connection.ts'
import { DuckdbConnection } from './duckdb/connection.ts'
import { acquire, release } from './duckdb/instance.ts'
import { openWire } from './duckdb/wire.ts'

/**
 * Opens a DuckDB file, made where it isn't there yet; a process has one instance of each file, which its sessions share.
 *
 * @param url `duckdb:path/to/file.duckdb`, relative to the working folder, or `duckdb::memory:` for a private one in
 *   memory; `?memory_limit=4GB` (1GB where it isn't stated) is what DuckDB may use of the machine's
 * @throws {ConfigurationError} for a URL that can't be read
 * @throws {DatabaseError} where the file can't be opened; transient where another process has it open
 * @example
 * const database = await openDuckdb('duckdb:etl-data/warehouse.duckdb')
 * const session = await database.connect()
 * await session.query('SELECT 1 AS one')   // [{ one: 1 }]
 */
export async function openDuckdb(url: string, { readOnly = false, orEmpty = false }: OpenOptions = {}): Promise<Database> {
  const { path, memoryLimit } = readAddress(url)
  const place = `duckdb:${path}`
  const user = {}
  const isMissing = readOnly && orEmpty && !existsSync(path)
  const instance = await acquire(isMissing ? ':memory:' : path, { readOnly, memoryLimit }, place, user)
  let closed = false
  return {
    dialectName: 'duckdb',
    place,
    async connect() {
      if (closed) throw new ConfigurationError('this database is closed', { where: place })
      return new DuckdbConnection(await openWire(instance, place, readOnly))
    },
    async close() {
      closed = true
      await release(instance, user)
    },
  }
}

/** What a URL says. */
function readAddress(url: string): { readonly path: string; readonly memoryLimit: string | undefined } {
  const [, rest = ''] = /^duckdb:(.*)$/is.exec(url) ?? []
  const [path = '', query = ''] = rest.split('?', 2)
  const parameters = new URLSearchParams(query)
  const memoryLimit = parameters.get('memory_limit') ?? undefined
  const unknown = [...parameters.keys()].find((key) => key !== 'memory_limit')
  if (path === '' || unknown !== undefined) {
    throw new ConfigurationError(unknown === undefined ? 'a duckdb: URL names no file' : `a duckdb: URL has no option ${unknown}`, {
      where: url, wayOut: 'write duckdb:etl-data/warehouse.duckdb, with ?memory_limit=4GB where it needs more than 1GB',
    })
  }
  if (memoryLimit !== undefined && !/^\d+(\.\d+)?\s*([KMGT]i?B|%)$/i.test(memoryLimit)) {
    throw new ConfigurationError(`${memoryLimit} is no amount of memory`, { where: url, wayOut: 'write ?memory_limit=4GB' })
  }
  // A path after slashes is absolute: duckdb:///data/warehouse.duckdb.
  return { path: path.replace(/^\/\/(?=\/)/, ''), memoryLimit }
}
