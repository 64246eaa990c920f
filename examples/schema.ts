import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { DuckDBConnection } from '@duckdb/node-api'

/** The folder of the example's data, one file a table. */
export const folder = fileURLToPath(new URL('./notes/', import.meta.url))

/** One table of schema.sql: its own statement, and its columns in order. */
export interface Table {
  readonly name: string
  readonly sql: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** Reads schema.sql: one `CREATE TABLE name (` a table, one column a line, in the order of the file. */
export function tables(): Table[] {
  const text = readFileSync(`${folder}schema.sql`, 'utf8')
  return [...text.matchAll(/^CREATE TABLE (\w+) \(\n([^;]+)\n\);/gm)].map(([statement, name = '', body = '']) => ({
    name,
    sql: statement.slice(0, -1),
    columns: body.split('\n')
      .filter((line) => !line.trim().startsWith('PRIMARY KEY'))
      .map((line) => /^\s*(\w+)\s+(\w+(?:\([\d,]+\))?)/.exec(line))
      .map((match) => ({ name: match?.[1] ?? '', type: match?.[2] ?? '' })),
  }))
}

/** The file that holds a table, e.g. `school.csv` or `order_line.parquet`. */
export function fileOf(table: Table): string {
  const file = readdirSync(folder).find((name) => /^(\w+)\.(csv|csv\.gz|parquet|json)$/.exec(name)?.[1] === table.name)
  if (!file) throw new Error(`no file for table ${table.name} in ${folder}`)
  return `${folder}${file}`
}

/** The SELECT that reads a file with the types of its table: strictly, so a value that does not fit is an error. */
export function selectFrom(file: string, table: Table): string {
  const columns = table.columns.map(({ name, type }) => `CAST("${name}" AS ${type}) AS "${name}"`)
  return `SELECT ${columns.join(', ')} FROM ${reader(file)}`
}

function reader(file: string): string {
  const path = `'${file.replaceAll("'", "''")}'`
  if (file.endsWith('.parquet')) return `read_parquet(${path})`
  if (file.endsWith('.json')) return `read_json(${path}, format = 'array')`
  // Nothing is guessed: an unquoted empty field is NULL, "" is the empty string, and all the rest is text.
  return `read_csv(${path}, header = true, delim = ',', quote = '"', escape = '"', new_line = '\\n', nullstr = '',
    allow_quoted_nulls = false, all_varchar = true, strict_mode = true)`
}

/** Makes every table of schema.sql a view over its file. */
export async function openViews(connection: DuckDBConnection): Promise<void> {
  for (const table of tables()) {
    await connection.run(`CREATE VIEW "${table.name}" AS ${selectFrom(fileOf(table), table)}`)
  }
}
