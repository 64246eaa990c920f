import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigurationError } from '../errors.ts'
import type { Database, OpenOptions } from './connection.ts'
import { DuckdbConnection } from './duckdb/connection.ts'
import { acquire, release } from './duckdb/instance.ts'
import { quoteText } from './duckdb/quote.ts'
import { openWire } from './duckdb/wire.ts'
import { oneFile, readFolder } from './files/folder.ts'
import type { TableFile } from './files/folder.ts'
import { FileTables } from './files/tables.ts'
import type { ValueType } from './value-type.ts'

/**
 * Opens a folder of files as a database that is only read: every CSV, TSV, Parquet and JSON file in it is a table of its
 * base name, and DuckDB's SQL reads them.
 *
 * CSV is UTF-8 by the letter of RFC 4180, with a header line: an empty field is NULL and `""` is the empty text; nothing is
 * guessed, skipped or filled up. Its fields and those of JSON are text, parsed strictly to the table's types when they are
 * loaded; a `schema.sql` in the folder (CREATE TABLE statements) gives them types before that, for arithmetic in queries.
 *
 * @param url `files:folder`, relative to the working folder; `?null=\N` names one more unquoted field that is NULL,
 *   `?memory_limit=4GB` (1GB where it isn't stated) is what DuckDB may use of the machine's
 * @throws {ConfigurationError} where the folder is missing or holds no such file, or two files have one base name
 * @example
 * const database = await openFiles('files:examples/notes')
 * const session = await database.connect()
 * await session.query('SELECT count(*) AS schools FROM school')   // [{ schools: 1687 }]
 */
export async function openFiles(url: string, _options: OpenOptions = {}): Promise<Database> {
  const { folder, nulls, memoryLimit } = readAddress(url)
  const place = `files:${folder}`
  const { files } = await readFolder(folder, place)
  return openTables(files, place, nulls, memoryLimit)
}

/**
 * Opens one CSV file as a database with the one table `file`; it is read like a CSV file of a `files:` folder.
 *
 * @throws {ConfigurationError} where there is no such file
 */
export async function openCsv(path: string): Promise<Database> {
  return openTables([await oneFile(path, 'file')], path, [''], undefined)
}

async function openTables(files: readonly TableFile[], place: string, nulls: readonly string[], memoryLimit: string | undefined): Promise<Database> {
  const user = {}
  const instance = await acquire(':memory:', {
    readOnly: true, memoryLimit, settings: { temp_directory: join(tmpdir(), `starline-${process.pid}.tmp`) },
  }, place, user)
  const own = await (await instance.duckdb).connect()
  const counter = await (await instance.duckdb).connect()
  // From here on no statement reaches any other file, nor the network.
  await own.run(`SET GLOBAL allowed_paths = [${files.map((file) => quoteText(file.path)).join(', ')}]`)
  await own.run('SET GLOBAL enable_external_access = false')
  await own.run('SET GLOBAL lock_configuration = true')
  const tables = new FileTables(own, counter, files, nulls)
  let closed = false
  return {
    dialectName: 'duckdb',
    place,
    async connect() {
      if (closed) throw new ConfigurationError('this database is closed', { where: place })
      return new DuckdbConnection(await openWire(instance, place, true), {
        before: (sql, glance) => tables.before(sql, glance), known: (table) => tables.known(table), names: files.map(({ table }) => table), typed: untyped, explained: (error, sql) => tables.explained(error, sql),
        related: (sql) => tables.related(sql),
      })
    },
    async close() {
      if (closed) return
      closed = true
      await tables.end()
      for (const connection of [own, counter]) connection.closeSync()
      await release(instance, user)
    },
  }
}

/** A text may come from a file, however the query names it: so each one is parsed to whatever it goes to. */
function untyped(type: ValueType): ValueType {
  return type.kind === 'text' ? { ...type, untyped: true } : type
}

function readAddress(url: string): { readonly folder: string; readonly nulls: readonly string[]; readonly memoryLimit: string | undefined } {
  const [, rest = ''] = /^files:(.*)$/is.exec(url) ?? []
  const [folder = '', query = ''] = rest.split('?', 2)
  const parameters = new URLSearchParams(query)
  const unknown = [...parameters.keys()].find((key) => key !== 'null' && key !== 'memory_limit')
  if (folder === '' || unknown !== undefined) {
    throw new ConfigurationError(unknown === undefined ? 'a files: URL names no folder' : `a files: URL has no option ${unknown}`, {
      where: url, wayOut: 'write files:the/folder, with ?null=\\N where an unquoted \\N is NULL',
    })
  }
  return { folder: folder.replace(/^\/\/(?=\/)/, ''), nulls: ['', ...parameters.getAll('null')], memoryLimit: parameters.get('memory_limit') ?? undefined }
}
