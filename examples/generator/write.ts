import { rmSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { folder, selectFrom, type Table } from '../schema.ts'

/** A value as the files hold it; a boolean is `true` or `false`, money and instants are text already. */
type Value = string | number | boolean | null
export type Row = Readonly<Record<string, Value>>
export type Format = 'csv' | 'csv.gz' | 'json' | 'parquet'

/** Writes the rows of a table in the given format, in the order given. */
export async function write(table: Table, format: Format, rows: readonly Row[]): Promise<void> {
  const path = `${folder}${table.name}.${format}`
  if (format === 'csv') writeFileSync(path, csv(table, rows))
  else if (format === 'csv.gz') writeFileSync(path, gzip(csv(table, rows)))
  else if (format === 'json') writeFileSync(path, `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`)
  else await writeParquet(path, table, rows)
}

/** RFC 4180 with line feeds: a NULL is an empty field, an empty string is `""`. */
function csv(table: Table, rows: readonly Row[]): string {
  const names = table.columns.map((column) => column.name)
  return [names, ...rows.map((row) => names.map((name) => field(row[name] ?? null)))]
    .map((fields) => `${fields.join(',')}\n`).join('')
}

function field(value: Value): string {
  if (value === null) return ''
  const text = String(value)
  return text === '' || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** The same bytes on every system: zlib writes the system's number into byte 9 of the header. */
function gzip(text: string): Buffer {
  const bytes = gzipSync(text, { level: 9 })
  bytes[9] = 255
  return bytes
}

async function writeParquet(path: string, table: Table, rows: readonly Row[]): Promise<void> {
  const passing = `${path}.csv`
  writeFileSync(passing, csv(table, rows))
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  try {
    await connection.run(`COPY (${selectFrom(passing, table)}) TO '${path.replaceAll("'", "''")}'
      (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19)`)
  } finally {
    connection.closeSync()
    instance.closeSync()
    rmSync(passing)
  }
}
