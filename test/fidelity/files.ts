/** What a folder of files holds: texts, and the types of the tables in which they are read. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TextRow } from '../helpers/text-rows.ts'
import { runAll } from './stage.ts'
import { oddTexts, typeIn, types } from './types.ts'
import type { Carried, DatabaseName, Mode } from './types.ts'

/** Here the values are what is written in the file. */
export const written: readonly Carried[] = [
  { type: 'TINYINT', mode: 'integer', values: ['-128', '0', '127'] },
  { type: 'INT', mode: 'integer', values: ['-2147483648', '2147483647', '0'] },
  { type: 'BIGINT', mode: 'integer', values: ['-9223372036854775808', '9007199254740993', '9223372036854775807'] },
  { type: 'BIGINT UNSIGNED', mode: 'integer', values: ['18446744073709551615'] },
  { type: 'DECIMAL(10,2)', mode: 'decimal', values: ['1.10', '-0.01', '99999999.99', '7'] },
  { type: 'DECIMAL(38,10)', mode: 'decimal', values: ['9999999999999999999999999999.9999999999', '-0.0000000001'] },
  { type: 'DECIMAL(65,30)', mode: 'decimal', values: [`${'9'.repeat(35)}.${'9'.repeat(30)}`], into: { DuckDB: 'VARCHAR(67)' } },
  { type: 'DOUBLE', mode: 'double', values: ['0.1', '1.7976931348623157e308', '5e-324', '-2.5', '9007199254740992'] },
  { type: 'FLOAT', mode: 'single', values: ['0.1', '16777216', '-2.5'] },
  { type: 'BOOLEAN', mode: 'boolean', values: ['0', '1', 'true', 'false'] },
  { type: 'CHAR(10)', mode: 'text', values: ['', 'abc', '0123456789'] },
  { type: 'VARCHAR(60)', mode: 'text', values: oddTexts },
  { type: 'TEXT', mode: 'text', values: ['é'.repeat(32_767), ''] },
  { type: "ENUM('a','A b','','NULL','é')", mode: 'text', values: ['a', 'A b', '', 'NULL', 'é'] },
  { type: 'DATE', mode: 'moment', values: ['0001-01-01', '2024-02-29', '9999-12-31'] },
  { type: 'TIMESTAMP', mode: 'moment', values: ['0001-01-01 00:00:00', '2024-12-31 23:59:59.000001', '9999-12-31 23:59:59.999999'] },
  { type: 'DATETIME(3)', mode: 'moment', values: ['2024-01-01 00:00:00.001', '2024-01-01 00:00:00'] },
  { type: 'TIME(6)', mode: 'moment', values: ['00:00:00', '23:59:59.999999'] },
  { type: 'YEAR', mode: 'integer', values: ['1901', '2155'] },
  { type: 'JSON', mode: 'text', values: ['{"a": 1.10, "b": null, "é": "😀"}', '[]', '9007199254740993'] },
  { type: 'UUID', mode: 'text', values: ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'], into: { MariaDB: 'UUID' } },
]

const NUMBERS: readonly Mode[] = ['integer', 'decimal', 'double', 'single']
const rows = Array.from({ length: Math.max(...written.map(({ values }) => values.length)) + 1 }, (_, no) => no)
const cell = ({ values }: Carried, no: number): string | undefined => values[no]

/** What a database must say of each row, in the words of `readBack`. */
export const expectedRows = (): TextRow[] => rows.map((no) => written.map((column) => {
  const text = cell(column, no)
  return text === undefined ? null : column.mode === 'text' ? Buffer.from(text).toString('hex').toUpperCase() : text
}))

/** Columns of Parquet, as DuckDB writes them: it makes a DOUBLE of a HUGEINT. */
export const parquetColumns = types.DuckDB.carried.map((column, at) => ({ ...column, at })).filter(({ type }) => !/HUGEINT/.test(type))

/** Those columns, numbered anew. */
export const parquetTable = `(SELECT line_no, ${parquetColumns.map(({ at }, no) => `c${at} AS c${no}`).join(', ')} FROM everything) AS columns`

/** `texts.csv`, `records.json` and `columns.parquet`; the last is written from the table of all types. */
export async function writeFiles(folder: string, duckdb: string): Promise<void> {
  const names = ['line_no', ...written.map((_, at) => `c${at}`)]
  writeFileSync(join(folder, 'texts.csv'), `${[names.join(','), ...rows.map(csvLine)].join('\r\n')}\r\n`)
  writeFileSync(join(folder, 'records.json'), `[\n${rows.map(jsonRecord).join(',\n')}\n]\n`)
  await runAll('DuckDB', duckdb, [`COPY (SELECT * FROM ${parquetTable}) TO '${join(folder, 'columns.parquet')}' (FORMAT parquet)`])
}

/** Every text in quotes; nothing at all is NULL. */
const csvLine = (no: number): string => [no, ...written.map((column) => {
  const text = cell(column, no)
  return text === undefined ? '' : `"${text.replaceAll('"', '""')}"`
})].join(',')

/** Numbers as they are written, without quotes; a field that is left out is NULL. */
const jsonRecord = (no: number): string => `{${[`"line_no": ${no}`, ...written.flatMap((column, at) => {
  const text = cell(column, no)
  return text === undefined ? [] : [`"c${at}": ${NUMBERS.includes(column.mode) ? text : JSON.stringify(text)}`]
})].join(', ')}}`

export const typesFor = (warehouse: DatabaseName, columns: readonly Carried[]): string[] => columns.map((column) => typeIn(warehouse, column))
