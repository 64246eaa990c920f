import assert from 'node:assert/strict'
import { crc32 } from 'node:zlib'
import type { TextRow } from '../helpers/text-rows.ts'

/** What an `expected.json` says of one column: exact numbers as texts. */
export type ColumnFigures = Readonly<Record<string, string | boolean | null>>

export interface TableFigures {
  readonly rows: number
  readonly row_crc32_sum: string
  readonly row_crc32_xor: string
  readonly columns: Readonly<Record<string, ColumnFigures>>
}

export interface Expected {
  readonly tables: Readonly<Record<string, TableFigures>>
  readonly checks: Readonly<Record<string, { readonly rows: readonly TextRow[] }>>
}

/** Holds rows, given as texts with the columns of the table in their order, against all that is expected of the table. */
export function assertTable(rows: readonly TextRow[], expected: TableFigures, table: string): void {
  const names = Object.keys(expected.columns)
  const sums = rows.map((row) => crc32(row.map((value) => value ?? '~').join('|')))
  assert.deepEqual({
    rows: rows.length, sum: String(sums.reduce((sum, each) => sum + each, 0)), xor: String(xor(sums)),
  }, { rows: expected.rows, sum: expected.row_crc32_sum, xor: expected.row_crc32_xor }, table)
  names.forEach((name, at) => assertColumn(rows.map((row) => row[at] ?? null), expected.columns[name]!, `${table}.${name}`))
}

/** Holds the texts of one column against what is expected of it; its declared type is no figure. */
export function assertColumn(values: TextRow, expected: ColumnFigures, column: string): void {
  const wanted = Object.entries(expected).filter(([figure]) => figure !== 'type' && figure !== 'nullable')
  const found = wanted.map(([figure]) => [figure, figureOf(figure, values, String(expected['type']))])
  assert.deepEqual(Object.fromEntries(found), Object.fromEntries(wanted), column)
}

function figureOf(figure: string, values: TextRow, type: string): string | null {
  const present = values.filter((value) => value !== null)
  switch (figure) {
    case 'non_null': return String(present.length)
    case 'distinct': case 'distinct_binary': return String(new Set(present).size)
    case 'min': case 'max': return extreme(present, figure, /int|decimal|year/.test(type))
    case 'sum': return present.length === 0 ? null : exactSum(present)
    case 'sum_chars': return String(present.reduce((sum, text) => sum + Array.from(text).length, 0))
    case 'sum_utf8_bytes': return String(present.reduce((sum, text) => sum + Buffer.byteLength(text), 0))
    case 'xor_crc32_utf8': return String(xor(present.map((text) => crc32(text))))
    // Bytes, given as hexadecimal digits
    case 'sum_bytes': return String(present.reduce((sum, hex) => sum + hex.length / 2, 0))
    case 'xor_crc32': return String(xor(present.map((hex) => crc32(Buffer.from(hex, 'hex')))))
    default: return assert.fail(`nobody knows the figure ${figure}`)
  }
}

function extreme(texts: readonly string[], which: 'min' | 'max', isNumber: boolean): string | null {
  const sorted = texts.toSorted((a, b) => isNumber ? Number(a) - Number(b) : a < b ? -1 : 1)
  return sorted.at(which === 'min' ? 0 : -1) ?? null
}

/** No digit passes through a floating-point number. */
function exactSum(texts: readonly string[]): string {
  const scale = Math.max(...texts.map((text) => text.split('.')[1]?.length ?? 0))
  const sum = texts.reduce((total, text) => {
    const [whole = '', fraction = ''] = text.split('.')
    return total + BigInt(whole + fraction.padEnd(scale, '0'))
  }, 0n)
  if (scale === 0) return String(sum)
  const digits = String(sum).padStart(scale + 1, '0')
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

const xor = (numbers: readonly number[]): number => numbers.reduce((all, each) => (all ^ each) >>> 0, 0)

/** The same rows in any order: databases sort texts in different ways. The first that one side alone has is shown. */
export function assertSameRows(actual: readonly TextRow[], expected: readonly TextRow[], message?: string): void {
  const [one, other] = [actual, expected].map((rows) => rows.map((row) => JSON.stringify(row)).toSorted())
  const at = one!.findIndex((row, index) => row !== other![index])
  assert.equal(one![at], other![at], message)
  assert.equal(actual.length, expected.length, message)
  assert.ok(actual.length > 0, message ?? 'there are no rows to compare')
}
