import { createHash } from 'node:crypto'
import type { TextRow } from '../helpers/text-rows.ts'
import type { DatabaseName, Mode } from './types.ts'

/** SQL by which a database itself says what a column holds: texts and bytes as hexadecimal digits, no digit rounded. */
export function readBack(database: DatabaseName, mode: Mode, column: string): string {
  switch (mode) {
    case 'text': return { MariaDB: `HEX(CONVERT(${column} USING utf8mb4))`, PostgreSQL: `upper(encode(convert_to(${column}::text, 'UTF8'), 'hex'))`, DuckDB: `hex(CAST(${column} AS VARCHAR))` }[database]
    case 'bytes': return database === 'PostgreSQL' ? `upper(encode(${column}, 'hex'))` : `HEX(${column})`
    case 'bits': return database === 'MariaDB' ? `CAST(${column} AS UNSIGNED)` : column
    case 'zoned': return { MariaDB: column, PostgreSQL: `CAST(${column} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'`, DuckDB: `make_timestamp(epoch_us(${column}))` }[database]
    // A cast of PostgreSQL's writes /32 behind a single address, and its output does not.
    case 'address': return readBack(database, 'text', database === 'PostgreSQL' ? `CASE WHEN ${column} IS NOT NULL THEN format('%s', ${column}) END` : column)
    // MariaDB writes six digits of a FLOAT.
    case 'single': case 'double': return database === 'MariaDB' ? `CAST(${column} AS DOUBLE)` : column
    case 'shown': return column
    default: return database === 'DuckDB' ? `CAST(${column} AS VARCHAR)` : column
  }
}

/** One value, one text: how many zeros a database writes at an end says nothing. */
function normal(mode: Mode, text: string | null): string | null {
  if (text === null) return null
  switch (mode) {
    case 'integer': case 'bits': return String(BigInt(text))
    case 'decimal': return text.replace(/^(-?)\./, '$10.').replace(/^(-?)0+(?=\d)/, '$1').replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '').replace(/^-0$/, '0')
    case 'double': case 'shown': return String(Number(text))
    case 'single': return String(Math.fround(Number(text)))
    case 'boolean': return { true: '1', false: '0', t: '1', f: '0' }[text] ?? text
    case 'moment': case 'zoned': return text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '').replace(/^(\d{4}-\d\d-\d\d)$/, '$1 00:00:00')
    default: return text.length > 200 ? `${text.length} digits, ${createHash('sha256').update(text).digest('hex')}` : text
  }
}

/** Rows as one text a column, so that the column that differs is what is shown. */
export function byColumn(names: readonly string[], modes: readonly Mode[], rows: readonly TextRow[]): Record<string, string> {
  return Object.fromEntries(names.map((name, at) => [name, rows.map((row) => normal(modes[at]!, row[at] ?? null) ?? 'NULL').join('\n')]))
}
