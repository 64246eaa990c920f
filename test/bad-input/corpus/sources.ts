/** The corpus as each source holds it. */

import { DuckDBInstance } from '@duckdb/node-api'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freshDatabase, freshPostgres } from '../../helpers/servers/index.ts'
import { withConnection } from '../../helpers/servers/mariadb.ts'
import { withPostgres } from '../../helpers/servers/postgres.ts'
import { COLUMNS, columnNames } from './case.ts'
import type { ColumnName, Numbered, SourceName } from './case.ts'

/** What stands in `c_must`, which must not be NULL, where another column is tried. */
export const FILLED = 'x'

const valueOf = (each: Numbered, column: ColumnName): string | null =>
  each.column === column ? each.given : column === 'c_must' ? FILLED : null

const field = (text: string | null): string => text === null ? '' : `"${text.replaceAll('"', '""')}"`

function csvText(cases: readonly Numbered[]): string {
  const rows = cases.map((each) => [String(each.number), ...columnNames.map((name) => valueOf(each, name))].map(field).join(','))
  return `${[['case_no', ...columnNames].join(','), ...rows].join('\n')}\n`
}

function jsonText(cases: readonly Numbered[]): string {
  const records = cases.map((each) => {
    const own = `"${each.column}": ${each.special.token ?? JSON.stringify(each.given)}`
    return `{"case_no": ${each.number}, ${own}${each.column === 'c_must' ? '' : `, "c_must": "${FILLED}"`}}`
  })
  // The first record has every column, so that each is known whatever is tried.
  const empty = JSON.stringify({ case_no: 0, ...Object.fromEntries(columnNames.map((name) => [name, null])), c_must: FILLED })
  return `[${[empty, ...records].join(',\n')}]`
}

const typesOf = (database: 'MariaDB' | 'PostgreSQL' | 'DuckDB'): string =>
  columnNames.map((name) => `${name} ${COLUMNS[name].sources[database]}`).join(', ')

const byColumn = (cases: readonly Numbered[]): (readonly [ColumnName, readonly Numbered[]])[] =>
  columnNames.map((name) => [name, cases.filter(({ column }) => column === name)] as const).filter(([, own]) => own.length > 0)

/** The statement that enters the cases of one column, and its values. */
function insert(column: ColumnName, cases: readonly Numbered[], value: (place: number) => string): { sql: string; values: (string | null)[] } {
  const values: (string | null)[] = []
  const rows = cases.map((each) => {
    values.push(each.given)
    return `(${each.number}${column === 'c_must' ? '' : `, '${FILLED}'`}, ${value(values.length)})`
  })
  return { sql: `INSERT INTO cases (case_no${column === 'c_must' ? '' : ', c_must'}, ${column}) VALUES ${rows.join(', ')}`, values }
}

/** Writes the cases to a source of this kind; the URL that reads them. */
export async function fill(source: SourceName, cases: readonly Numbered[], folder: string): Promise<string> {
  switch (source) {
    case 'CSV': case 'JSON':
      writeFileSync(join(folder, `cases.${source.toLowerCase()}`), source === 'CSV' ? csvText(cases) : jsonText(cases))
      return `files:${folder}`
    case 'MariaDB': return fillMariadb(cases)
    case 'PostgreSQL': return fillPostgres(cases)
    default: return fillDuckdb(cases, join(folder, 'cases.duckdb'))
  }
}

async function fillMariadb(cases: readonly Numbered[]): Promise<string> {
  const { url } = await freshDatabase('corpus')
  await withConnection(url, async (connection) => {
    // It takes dates that are none, as many a source has.
    await connection.query("SET NAMES utf8mb4, sql_mode = ''")
    await connection.query(`CREATE TABLE cases (case_no INT PRIMARY KEY, ${typesOf('MariaDB')})`)
    for (const [column, own] of byColumn(cases)) {
      const { sql, values } = insert(column, own, () => '?')
      await connection.query(sql, values)
    }
  })
  return url
}

async function fillPostgres(cases: readonly Numbered[]): Promise<string> {
  const { url } = await freshPostgres('corpus')
  await withPostgres(url, async (client) => {
    await client.query(`CREATE TABLE cases (case_no INT PRIMARY KEY, ${typesOf('PostgreSQL')})`)
    for (const [column, own] of byColumn(cases)) {
      const { sql, values } = insert(column, own, (place) => `CAST($${place}::text AS ${COLUMNS[column].sources.PostgreSQL})`)
      await client.query(sql, values)
    }
  })
  return url
}

async function fillDuckdb(cases: readonly Numbered[], path: string): Promise<string> {
  const instance = await DuckDBInstance.create(path)
  const connection = await instance.connect()
  await connection.run(`CREATE TABLE cases (case_no INT PRIMARY KEY, ${typesOf('DuckDB')})`)
  for (const [column, own] of byColumn(cases)) {
    const { sql, values } = insert(column, own, () => `CAST(?::VARCHAR AS ${COLUMNS[column].sources.DuckDB})`)
    await connection.run(sql, values)
  }
  connection.closeSync()
  instance.closeSync()
  return `duckdb:${path}`
}
