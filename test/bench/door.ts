/** A session of the benchmark's own with any database: to make data, to ask the server itself to copy, and to check. */

import { DuckDBInstance } from '@duckdb/node-api'
import { createConnection } from 'mysql2/promise'
import type { RowDataPacket } from 'mysql2/promise'
import { Client } from 'pg'
import type { Words } from './words.ts'
import { duckdbWords, mariadbWords, mysqlWords, postgresWords } from './words.ts'

export interface Door {
  readonly words: Words
  /** Runs statements, one after the other. */
  do(...statements: readonly string[]): Promise<void>
  /** The first column of the first row. */
  one(sql: string): Promise<string>
  close(): Promise<void>
}

/** Opens what a URL names, as whoever it names. */
export async function openDoor(url: string): Promise<Door> {
  if (url.startsWith('duckdb:')) return openDuck(url.slice('duckdb:'.length))
  return url.startsWith('mysql:') ? openMysql(url) : openPostgres(url)
}

async function openMysql(url: string): Promise<Door> {
  const connection = await createConnection({ uri: url, timezone: 'Z', supportBigNumbers: true, bigNumberStrings: true })
  const [[server]] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version')
  const isMariadb = String(server?.['version']).includes('MariaDB')
  if (!isMariadb) await connection.query('SET SESSION cte_max_recursion_depth = 4294967295')
  return {
    words: isMariadb ? mariadbWords : mysqlWords,
    async do(...statements) { for (const sql of statements) await connection.query(sql) },
    async one(sql) {
      const [[row]] = await connection.query<RowDataPacket[]>(sql)
      return String(Object.values(row ?? {})[0])
    },
    close: () => connection.end(),
  }
}

async function openPostgres(url: string): Promise<Door> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query("SET timezone = 'UTC'")
  const schema = new URL(url).searchParams.get('schema')
  if (schema !== null) await client.query(`SET search_path = ${client.escapeIdentifier(schema)}`)
  return {
    words: postgresWords,
    async do(...statements) { for (const sql of statements) await client.query(sql) },
    async one(sql) {
      const { rows: [row] } = await client.query<Record<string, unknown>>(sql)
      return String(Object.values(row ?? {})[0])
    },
    close: () => client.end(),
  }
}

async function openDuck(path: string): Promise<Door> {
  const instance = await DuckDBInstance.create(path === '' ? ':memory:' : path, { memory_limit: '1GB' })
  const connection = await instance.connect()
  return {
    words: duckdbWords,
    async do(...statements) { for (const sql of statements) await connection.run(sql) },
    async one(sql) {
      const [row] = (await connection.runAndReadAll(sql)).getRows()
      return String(row?.[0])
    },
    async close() {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
