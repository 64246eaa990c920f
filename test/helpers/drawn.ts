/**
 * Test data drawn as a table, so that the failing line is the explanation.
 *
 *     const schools = drawn(`
 *       | school_id INT | name VARCHAR(40) | founded DATE |
 *       | ------------- | ---------------- | ------------ |
 *       | 1             | Yale             | 1701-10-09   |
 *       | 2             | NULL             | NULL         |
 *       | 3             | ''               | 1900-01-01   |   -- quotes: an empty text, blanks kept, \\t \\n \\| and \\' inside
 *     `)
 *     for (const sql of statements('school', schools)) await connection.query(sql)
 *     assertDrawn(await rowsOf('school'), schools)
 *
 * A column without a type is VARCHAR(255). A line under the header and what follows the last bar are decoration.
 */

import assert from 'node:assert/strict'

/** INT and DOUBLE are numbers (BIGINT where a number can't hold it), BOOLEAN is true or false, all else is text. */
export type DrawnValue = string | number | bigint | boolean | null

export interface DrawnColumn { name: string, type: string }

type DrawnRow = Record<string, DrawnValue>

export interface Drawn { columns: DrawnColumn[], rows: DrawnRow[] }

/** Reads a drawn table. Throws where a line has more or fewer cells than the header, with that line. */
export function drawn(text: string): Drawn {
  const [header, ...lines] = text.split('\n').map((line) => line.trim()).filter((line) => line.startsWith('|'))
  if (header === undefined) throw new Error(`nothing is drawn here: ${text}`)
  const columns = cellsOf(header).map(columnOf)
  const rows = lines.filter((line) => !/^[|\s:=-]+$/.test(line)).map((line) => {
    const cells = cellsOf(line)
    if (cells.length !== columns.length) throw new Error(`${cells.length} cells under ${columns.length} columns: ${line}`)
    return Object.fromEntries(columns.map((column, index) => [column.name, valueOf(cells[index]!, column)]))
  })
  return { columns, rows }
}

/** The rows as arrays in the order of the columns. */
export const tuplesOf = ({ columns, rows }: Drawn): DrawnValue[][] => rows.map((row) => columns.map(({ name }) => row[name] ?? null))

/** `CREATE TABLE` and one `INSERT`, in SQL that MySQL, MariaDB, PostgreSQL and DuckDB take. */
export function statements(table: string, { columns, rows }: Drawn): string[] {
  const create = `CREATE TABLE ${table} (${columns.map(({ name, type }) => `${name} ${type}`).join(', ')})`
  if (rows.length === 0) return [create]
  const values = rows.map((row) => `(${columns.map(({ name }) => literal(row[name] ?? null)).join(', ')})`)
  return [create, `INSERT INTO ${table} (${columns.map(({ name }) => name).join(', ')}) VALUES\n  ${values.join(',\n  ')}`]
}

/**
 * Compares what a database gave with a drawn table, as two drawings; columns that are not drawn are not looked at.
 * The rows' order counts only with `{ ordered: true }`. Databases spell some values differently: a timestamp without a
 * fraction, at midnight a date; a boolean as 0 or 1; a Date object. A decimal's digits count: `1.10` is not `1.1`.
 */
export function assertDrawn(actual: readonly object[], expected: Drawn | string, { ordered = false, message = '' } = {}): void {
  const table = typeof expected === 'string' ? drawn(expected) : expected
  assert.equal(`${message}${draw(actual, table.columns, ordered)}`, `${message}${draw(table.rows, table.columns, ordered)}`)
}

/** Draws rows as a table with the names of these columns. */
export function draw(rows: readonly object[], columns: readonly DrawnColumn[], ordered = true): string {
  const body = rows.map((row) => {
    const cells = new Map<string, unknown>(Object.entries(row))
    return columns.map((column) => cells.has(column.name) ? spelled(cells.get(column.name), column) : '(no such column)')
  })
  const sorted = ordered ? body : body.toSorted((a, b) => a.join('|') < b.join('|') ? -1 : 1)
  const lines = [columns.map(({ name }) => name), ...sorted]
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]!.length)))
  return `\n${lines.map((line) => `| ${line.map((cell, index) => cell.padEnd(widths[index]!)).join(' | ')} |`).join('\n')}\n`
}

/** What stands between the bars; a bar inside quotes, or after a backslash, is no bar. */
function cellsOf(line: string): string[] {
  const cells = [...line.matchAll(/\|((?:\\[^]|'(?:\\[^]|[^'\\])*'(?=\s*\|)|[^|\\])*)(?=\|)/g)]
  return cells.map((cell) => cell[1]!.trim())
}

function columnOf(cell: string): DrawnColumn {
  const [name = '', ...type] = cell.split(/\s+/)
  return { name, type: type.join(' ') || 'VARCHAR(255)' }
}

function valueOf(cell: string, { type }: DrawnColumn): DrawnValue {
  if (cell === 'NULL') return null
  if (/^BOOL/i.test(type)) return booleanOf(cell)
  if (/^(TINY|SMALL|MEDIUM|BIG)?INT|^KEY\b/i.test(type)) {
    const value = BigInt(cell)
    return Number.isSafeInteger(Number(value)) ? Number(value) : value
  }
  if (/^(DOUBLE|FLOAT|REAL)/i.test(type)) return numberOf(cell)
  const quoted = /^'([^]*)'$/.exec(cell)
  return (quoted ? quoted[1]! : cell).replaceAll(/\\([^])/g, (_, sign: string) => ESCAPES[sign] ?? sign)
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', 0: '\0' }

function booleanOf(cell: string): boolean {
  if (!/^(true|false)$/i.test(cell)) throw new Error(`neither true nor false: ${cell}`)
  return cell.toLowerCase() === 'true'
}

function numberOf(cell: string): number {
  const value = Number(cell)
  if (cell === '' || Number.isNaN(value)) throw new Error(`not a number: ${cell}`)
  return value
}

/** Backslashes are doubled by no database alike, so a text that holds one is not for `statements`. */
function literal(value: DrawnValue): string {
  if (value === null) return 'NULL'
  if (typeof value !== 'string') return String(value)
  if (value.includes('\\') || value.includes('\0')) throw new Error(`no SQL text that every database reads alike: ${JSON.stringify(value)}`)
  return `'${value.replaceAll("'", "''")}'`
}

function spelled(value: unknown, { type }: DrawnColumn): string {
  if (value === null) return 'NULL'
  const text = textOf(value)
  if (/^BOOL/i.test(type)) return text === '1' ? 'true' : text === '0' ? 'false' : text
  if (/^(TIMESTAMP|DATE)/i.test(type)) return withoutNoughts(text)
  // Quotes where a reader could not tell it from NULL, from nothing, or from its blanks.
  return text === 'NULL' || text.trim() !== text || text === '' || /[|\n\r\t]/.test(text) ? JSON.stringify(text) : text
}

function textOf(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'string') return value
  return typeof value === 'bigint' || typeof value === 'number' ? String(value) : JSON.stringify(value) ?? 'undefined'
}

function withoutNoughts(text: string): string {
  const [, day, time = '00:00:00', fraction = ''] = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(\.\d+)?Z?)?$/.exec(text) ?? []
  if (day === undefined) return text
  const rest = `${time}${fraction.replace(/\.?0+$/, '')}`
  return rest === '00:00:00' ? day : `${day} ${rest}`
}
