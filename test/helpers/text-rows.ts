/** What a warehouse holds, read without the engine. */

import { DuckDBInstance } from '@duckdb/node-api'
import type { RowDataPacket } from 'mysql2/promise'
import { withConnection } from './servers/mariadb.ts'
import { withPostgres } from './servers/postgres.ts'

export type TextRow = (string | null)[]

/**
 * Runs a query on a MySQL, MariaDB, PostgreSQL or DuckDB that nobody has open, and gives every value as the database's own text: no
 * digit passes through a JavaScript number. Names are quoted with `"` everywhere. Booleans are 0 and 1, and a time of day
 * ends with its last digit that isn't 0, as the databases spell both differently.
 */
export async function textRows(url: string, sql: string): Promise<TextRow[]> {
  const rows = url.startsWith('duckdb:') ? await fromDuckdb(url.slice('duckdb:'.length), sql)
    : url.startsWith('postgres') ? await fromPostgres(url, sql) : await fromMysql(url, sql)
  return rows.map((row) => row.map(spelled))
}

async function fromDuckdb(path: string, sql: string): Promise<TextRow[]> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' })
  try {
    const connection = await instance.connect()
    const rows = (await connection.runAndReadAll(sql)).getRowsJson()
    return rows.map((row) => row.map((value) => value === null ? null : typeof value === 'string' ? value : JSON.stringify(value)))
  } finally {
    instance.closeSync()
  }
}

const fromMysql = (url: string, sql: string): Promise<TextRow[]> => withConnection(url, async (connection) => {
  await connection.query("SET sql_mode = 'ANSI_QUOTES', time_zone = '+00:00'")
  const [rows] = await connection.query<RowDataPacket[][]>({ sql, rowsAsArray: true, typeCast: (field) => field.string() })
  return rows.map((row) => row.map((value: unknown) => typeof value === 'string' ? value : null))
})

const fromPostgres = (url: string, sql: string): Promise<TextRow[]> => withPostgres(url, async (client) => {
  await client.query("SET TimeZone = 'UTC'")
  const { rows } = await client.query<TextRow>({ text: sql, rowMode: 'array', types: { getTypeParser: (oid: number) => (text: string) => oid === BOOL ? String(text === 't') : text } })
  return rows
})

const BOOL = 16

function spelled(value: string | null): string | null {
  if (value === 'true' || value === 'false') return value === 'true' ? '1' : '0'
  return value === null ? null : value.replace(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.(\d*?)0*$/, (_, time: string, digits: string) => digits === '' ? time : `${time}.${digits}`)
}
