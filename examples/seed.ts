import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import { fileOf, selectFrom, tables, type Table } from './schema.ts'

// Fills a MySQL or MariaDB with the example's source tables, from schema.sql and the files beside it:
//   npm run example:seed -- mysql://user:password@host:3306/database [--replace]

const usage = 'npm run example:seed -- mysql://user:password@host:3306/database [--replace]'

/** What the seed writes into the comment of each table it makes, and knows it by at the next time. */
const mark = 'starline example'
const rowsAtOnce = 1000

/** Something the user can put right: printed without a stack. */
class Refusal extends Error {}

interface Request {
  readonly target: URL
  readonly replace: boolean
}

try {
  if (process.argv.includes('--help')) console.log(usage)
  else await seed(read(process.argv.slice(2)))
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  console.error(error.message)
  process.exitCode = 1
}

async function seed({ target, replace }: Request): Promise<void> {
  const mysql = await connect(target)
  const duckdb = await DuckDBInstance.create(':memory:')
  try {
    const files = await duckdb.connect()
    await refuseForeignTables(mysql, replace)
    for (const table of tables()) {
      const rows = await createAndFill(mysql, files, table)
      console.log(`${table.name.padEnd(20)}${String(rows).padStart(8)} rows`)
    }
  } finally {
    await mysql.end()
    duckdb.closeSync()
  }
}

function read(words: readonly string[]): Request {
  const unknown = words.find((word) => word.startsWith('-') && word !== '--replace')
  if (unknown) throw new Refusal(`There is no option ${unknown}.\n  ${usage}`)
  const [url, ...more] = words.filter((word) => word !== '--replace')
  if (!url) throw new Refusal(`Say which database to fill:\n  ${usage}`)
  if (more.length > 0) throw new Refusal(`One database at a time:\n  ${usage}`)
  return { target: parse(url), replace: words.includes('--replace') }
}

/** The messages never show the URL, for the sake of the password in it. */
function parse(url: string): URL {
  const target = URL.canParse(url) ? new URL(url) : undefined
  if (!target) throw new Refusal(`That is no URL; in a password, characters such as / # ? % are percent-encoded:\n  ${usage}`)
  if (!['mysql:', 'mariadb:'].includes(target.protocol)) {
    throw new Refusal(`The seed fills MySQL and MariaDB, not ${target.protocol}//…:\n  ${usage}`)
  }
  if (/%(?![0-9a-f]{2})/i.test(`${target.username}${target.password}${target.pathname}`)) {
    throw new Refusal(`A % in a name or password is written %25 inside a URL:\n  ${usage}`)
  }
  if (target.pathname.length < 2) throw new Refusal(`The URL names no database after the host:\n  ${usage}`)
  return target
}

async function connect(target: URL): Promise<Connection> {
  const database = decodeURIComponent(target.pathname.slice(1))
  try {
    const connection = await createConnection({
      host: target.hostname.replace(/^\[|\]$/g, ''),
      port: Number(target.port || 3306),
      user: decodeURIComponent(target.username),
      password: decodeURIComponent(target.password),
      database,
      charset: 'utf8mb4',
      timezone: 'Z',
      connectTimeout: 10_000,
    })
    // A strict session refuses what does not fit, and reads a backslash the way that the driver writes it.
    await connection.query("SET SESSION sql_mode = 'TRADITIONAL', time_zone = '+00:00'")
    return connection
  } catch (error) {
    throw new Refusal(`Cannot open the database ${database} at ${target.host}: ${reason(error)}`, { cause: error })
  }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known: Record<string, string> = {
    ECONNREFUSED: 'no server listens there. Is it started, and is the port right?',
    ENOTFOUND: 'there is no host of that name.',
    ETIMEDOUT: 'the host does not answer.',
    ER_ACCESS_DENIED_ERROR: 'the server refuses this user and password.',
    ER_DBACCESS_DENIED_ERROR: 'this user may not use that database.',
    ER_BAD_DB_ERROR: 'the server has no such database. Make it first: CREATE DATABASE … CHARACTER SET utf8mb4',
  }
  return known[code] ?? (error instanceof Error ? error.message : String(error))
}

/** Looks at all tables before it drops one: another's table of the same name is not ours to drop. */
async function refuseForeignTables(mysql: Connection, replace: boolean): Promise<void> {
  const [found] = await mysql.query<RowDataPacket[]>(
    `SELECT table_name AS name, table_type AS type, table_comment AS comment
     FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN (?)`,
    [tables().map((table) => table.name)])
  const views = found.filter(({ type }) => type !== 'BASE TABLE').map(({ name }) => String(name))
  if (views.length > 0) throw new Refusal(`These are no tables, and stay: ${views.join(', ')}. Choose another database.`)
  const foreign = found.filter(({ comment }) => comment !== mark).map(({ name }) => String(name))
  if (foreign.length > 0 && !replace) {
    throw new Refusal(`These tables are there, and the seed did not make them: ${foreign.join(', ')}.\n`
      + 'Nothing was changed. Choose another database, or drop and fill them with --replace.')
  }
}

async function createAndFill(mysql: Connection, files: DuckDBConnection, table: Table): Promise<number> {
  try {
    await createTable(mysql, table)
    return await fill(mysql, files, table)
  } catch (error) {
    throw new Refusal(`The table ${table.name} is not filled: ${reason(error)}\nOnce that is put right, seed again.`, { cause: error })
  }
}

async function createTable(mysql: Connection, table: Table): Promise<void> {
  await mysql.query(`DROP TABLE IF EXISTS \`${table.name}\``)
  await mysql.query(`${table.sql} ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='${mark}'`)
}

/** Copies a file's rows into its table, all or none, and returns how many there are. */
async function fill(mysql: Connection, files: DuckDBConnection, table: Table): Promise<number> {
  const names = table.columns.map(({ name }) => `\`${name}\``).join(', ')
  const rows = (await files.runAndReadAll(asText(table))).getRowsJson()
  await mysql.beginTransaction()
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    await mysql.query(`INSERT INTO \`${table.name}\` (${names}) VALUES ?`, [rows.slice(start, start + rowsAtOnce)])
  }
  await mysql.commit()
  return rows.length
}

/** Every value as the text that MySQL reads, checked against its type first: no number or date passes through JavaScript. */
function asText(table: Table): string {
  const columns = table.columns.map(({ name, type }) => (
    type === 'BOOLEAN' ? `CAST(CAST("${name}" AS INT) AS VARCHAR)` : `CAST("${name}" AS VARCHAR)`))
  return `SELECT ${columns.join(', ')} FROM (${selectFrom(fileOf(table), table)})`
}
