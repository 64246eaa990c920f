/** The databases of the fidelity tests: each with one table of all its types, and ways to run SQL on it without the engine. */

import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { freshDatabase, freshPostgres } from '../helpers/servers/index.ts'
import { withConnection } from '../helpers/servers/mariadb.ts'
import { withPostgres } from '../helpers/servers/postgres.ts'
import { types } from './types.ts'
import type { DatabaseName } from './types.ts'

export async function emptyDatabase(kind: DatabaseName, name: string, folder: string): Promise<string> {
  if (kind === 'DuckDB') return `duckdb:${join(folder, `${name}.duckdb`)}`
  return (await (kind === 'PostgreSQL' ? freshPostgres : freshDatabase)(name)).url
}

/** Runs statements one after the other, on a session of their own. */
export async function runAll(kind: DatabaseName, url: string, statements: readonly string[]): Promise<void> {
  if (kind === 'MariaDB') return withConnection(url, async (connection) => { for (const sql of statements) await connection.query(sql) })
  if (kind === 'PostgreSQL') return withPostgres(url, async (client) => { for (const sql of statements) await client.query(sql) })
  const instance = await DuckDBInstance.create(url.slice('duckdb:'.length))
  const connection = await instance.connect()
  for (const sql of statements) await connection.run(sql)
  connection.closeSync()
  instance.closeSync()
}

interface Column { readonly type: string, readonly values: readonly string[] }

/** A table of these columns, c0, c1, … with the row's number before them; where a column has fewer values, NULL. */
export function tableOf(name: string, columns: readonly Column[]): string[] {
  const rows = Math.max(...columns.map(({ values }) => values.length)) + 1
  const row = (no: number): string => [no, ...columns.map(({ values }) => values[no] ?? 'NULL')].join(', ')
  return [
    `CREATE TABLE ${name} (line_no INT, ${columns.map(({ type }, at) => `c${at} ${type}`).join(', ')})`,
    ...Array.from({ length: rows }, (_, no) => `INSERT INTO ${name} VALUES (${row(no)})`),
  ]
}

export const ZONE = { MariaDB: "SET time_zone = '+00:00'", PostgreSQL: "SET TimeZone = 'UTC'", DuckDB: 'SELECT 1' } as const

/** A database with the tables `everything` and `refusable`. */
export async function sourceOf(kind: DatabaseName, folder: string): Promise<string> {
  const url = await emptyDatabase(kind, 'types', folder)
  const { before, carried, refused } = types[kind]
  await runAll(kind, url, [
    ZONE[kind], ...before, ...tableOf('everything', carried), ...tableOf('refusable', refused.map(({ type, value }) => ({ type, values: [value] }))),
  ])
  return url
}
