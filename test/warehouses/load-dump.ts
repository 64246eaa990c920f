import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gunzipSync } from 'node:zlib'
import { from } from 'pg-copy-streams'
import { withConnection } from '../helpers/servers/mariadb.ts'
import { withPostgres } from '../helpers/servers/postgres.ts'

/**
 * Runs gzipped MySQL scripts, one after the other on one session, in the database that the URL names. What a script
 * says of a database of its own goes to this one. Times without a zone are UTC.
 */
export async function loadDump(url: string, ...paths: readonly string[]): Promise<void> {
  await withConnection(url, async (connection) => {
    await connection.query("SET time_zone = '+00:00'")
    for (const path of paths) {
      const script = gunzipSync(readFileSync(path)).toString('utf8')
      for (const statement of intoThisDatabase(statementsOf(script))) await connection.query(statement)
    }
  })
}

/**
 * Runs gzipped scripts for psql in the database that the URL names: statements, and the rows behind `COPY … FROM stdin`.
 * What a script says of a database of its own is left out.
 */
export async function loadPostgresDump(url: string, ...paths: readonly string[]): Promise<void> {
  await withPostgres(url, async (client) => {
    for (const path of paths) {
      for (const { sql, rows } of psqlParts(gunzipSync(readFileSync(path)).toString('utf8'))) {
        if (rows === undefined) await client.query(sql)
        else await pipeline(Readable.from([Buffer.from(rows)]), client.query(from(sql)))
      }
    }
  })
}

/** The parts of a script for psql: as many statements as come in a row, or one COPY with its rows. */
export function* psqlParts(script: string): Generator<{ readonly sql: string, readonly rows?: string }> {
  const text = script.replaceAll(/^(?:\\c\b.*|(?:DROP|CREATE)\s+DATABASE\b[^;]*;)$/gim, '')
  let at = 0
  for (const copy of text.matchAll(/^(COPY [^;]*? FROM stdin);\n([^]*?)^\\\.$/gim)) {
    const [whole, sql = '', rows = ''] = copy
    const before = text.slice(at, copy.index)
    if (before.trim() !== '') yield { sql: before }
    yield { sql, rows }
    at = copy.index + whole.length
  }
  if (text.slice(at).trim() !== '') yield { sql: text.slice(at) }
}

/** Leaves out DROP, CREATE and USE of a database, and then its name before the names of tables. */
function* intoThisDatabase(statements: Iterable<string>): Generator<string> {
  let name: string | undefined
  for (const statement of statements) {
    const used = /^(?:(?:DROP|CREATE)\s+(?:SCHEMA|DATABASE)(?:\s+IF(?:\s+NOT)?\s+EXISTS)?|USE)\s+`?(\w+)`?/i.exec(statement)?.[1]
    name = used ?? name
    if (used !== undefined) continue
    yield name !== undefined && /^CREATE\b/i.test(statement) ? statement.replaceAll(new RegExp(`(?<![\\w@])\`?${name}\`?\\.`, 'g'), '') : statement
  }
}

/**
 * Splits a script as the mysql client does: at the delimiter, which `DELIMITER` lines change, never inside of quotes or
 * comments. Plain comments are dropped; a comment for some versions (`/*!40000 …`) is kept for the server to decide on.
 */
export function* statementsOf(script: string): Generator<string> {
  const text = forEveryServer(script)
  let [delimiter, statement, at] = [';', '', 0]
  for (let sign = next(text, at, delimiter); sign; sign = next(text, at, delimiter)) {
    statement += text.slice(at, sign.index)
    at = sign.index + sign[0].length
    const { end, command, comment }: Partial<Record<string, string>> = sign.groups ?? {}
    if (command !== undefined && statement.trim() === '') delimiter = command
    else if (end === undefined) statement += comment === undefined ? sign[0] : ' '
    if (end === undefined) continue
    if (statement.trim() !== '') yield statement.trim()
    statement = ''
  }
  statement += text.slice(at)
  if (statement.trim() !== '') yield statement.trim()
}

/** The next place where a delimiter could be meant, or can't be. */
function next(text: string, at: number, delimiter: string): RegExpExecArray | null {
  const signs = patterns.get(delimiter) ?? new RegExp([
    /(?<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`)/, /(?<comment>--(?=\s).*?$|#.*?$|\/\*(?!!).*?\*\/)/, /(?<kept>\/\*!.*?\*\/)/,
    /^[ \t]*DELIMITER[ \t]+(?<command>\S+)[ \t]*$/,
  ].map(({ source }) => source).concat(`(?<end>${delimiter.replaceAll(/\W/g, '\\$&')})`).join('|'), 'gims')
  patterns.set(delimiter, signs)
  signs.lastIndex = at
  return signs.exec(text)
}

const patterns = new Map<string, RegExp>()

/** What is for MySQL 5.7 and later alone is executed by those, and never by MariaDB: unwrapped, the tables are the same on both. */
const forEveryServer = (script: string): string => script.replaceAll(/\/\*!507\d\d ([^*]*)\*\//g, '$1')
