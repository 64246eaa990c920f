import type { FieldPacket } from 'mysql2'
import { DataError } from '../../errors.ts'
import type { LoadTarget } from '../connection.ts'
import type { Row } from '../flow.ts'
import { columnLines, LineWriter } from '../line-writer.ts'
import type { Lines } from '../row-source.ts'
import type { Value } from '../value-type.ts'
import { metaOf, WIRE_TYPES } from './columns.ts'
import type { Meta } from './columns.ts'
import { floatText, hex, hexLiteral, isWellFormed, literal, quote } from './text.ts'

/** How a column of the target takes its values, by what the table itself says of it. */
type Way = 'plain' | 'float' | 'bytes' | 'bits' | 'year'

export interface TargetColumn {
  readonly name: string
  readonly way: Way
  /** CHAR drops blanks at the end. */
  readonly trims: boolean
  /** BINARY fills up with zero bytes to this length. */
  readonly fills: number | undefined
}

/** What the target's columns are, from the metadata of an empty result over them. */
export function targetColumns(target: LoadTarget, fields: readonly FieldPacket[]): TargetColumn[] {
  return fields.map((field) => {
    const meta = metaOf(field)
    const { type, binary, listed, length, extended } = meta
    if (type === WIRE_TYPES.geometry || type === WIRE_TYPES.vector) {
      throw new DataError('a column of this type can\'t be loaded', { where: `${target.table}.${field.name}`, wayOut: 'load its text into a text column' })
    }
    const fixed = type === WIRE_TYPES.string && !listed && extended === undefined
    return { name: field.name, way: wayOf(meta), trims: fixed && !binary, fills: fixed && binary ? length : undefined }
  })
}

function wayOf({ type, binary, extended }: Meta): Way {
  switch (type) {
    case WIRE_TYPES.float: case WIRE_TYPES.double: return 'float'
    case WIRE_TYPES.bit: return 'bits'
    case WIRE_TYPES.year: return 'year'
    case WIRE_TYPES.string: case WIRE_TYPES.varString: case WIRE_TYPES.varchar:
    case WIRE_TYPES.blob: case WIRE_TYPES.tinyBlob: case WIRE_TYPES.mediumBlob: case WIRE_TYPES.longBlob:
      return binary && extended === undefined ? 'bytes' : 'plain'
    default: return 'plain'
  }
}

/** The columns of a LOAD DATA: what can't be written as text goes through a variable, and is made of it by SET. */
export function infileColumns(columns: readonly TargetColumn[]): { readonly list: string, readonly set: string } {
  const list: string[] = []
  const set: string[] = []
  for (const [i, { name, way }] of columns.entries()) {
    const variable = `@starline_${i}`
    if (way === 'bytes') set.push(`${quote(name)} = UNHEX(${variable})`)
    if (way === 'bits') set.push(`${quote(name)} = CAST(${variable} AS UNSIGNED)`)
    list.push(way === 'bytes' || way === 'bits' ? variable : quote(name))
  }
  return { list: list.join(', '), set: set.join(', ') }
}

/** How rows are written for LOAD DATA. */
export function linesFor(columns: readonly TargetColumn[]): Lines {
  const writer = new LineWriter()
  const written = columns.map((column) => ({ takesText: column.way === 'plain', textOf: (value: Exclude<Value, null>) => textOf(value, column) }))
  return { row: (row) => lineOf(row, columns), columns: (batch) => columnLines(writer, batch, written) }
}

/** A row as one line for LOAD DATA. @throws {DataError} for a value that no line can carry */
function lineOf(row: Row, columns: readonly TargetColumn[]): string {
  let line = ''
  for (let i = 0; i < columns.length; i += 1) {
    const column = columns[i]
    const value = row[i] ?? null
    if (i > 0) line += '\t'
    line += value === null || column === undefined ? '\\N' : escaped(textOf(value, column))
  }
  return `${line}\n`
}

/** A row as one bracket of literals for INSERT … VALUES. @throws {DataError} for a value that no literal can carry */
export function tupleOf(row: Row, columns: readonly TargetColumn[]): string {
  return `(${columns.map((column, i) => literalOf(row[i] ?? null, column)).join(',')})`
}

const DIGITS = /^-?\d+$/

function literalOf(value: Value, column: TargetColumn): string {
  if (value === null) return 'NULL'
  const text = textOf(value, column)
  if (value instanceof Uint8Array) return hexLiteral(value)
  // A quoted number would go into a BIT as the bytes of its digits.
  return column.way === 'bits' && DIGITS.test(text) ? text : literal(text)
}

const SPECIAL = /[\\\t\n\r\0]/
const SPECIALS = /[\\\t\n\r\0]/g
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '\\0' }

function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replaceAll(SPECIALS, (character) => ESCAPES[character] ?? character) : text
}

/** A value as the text from which this column reads it back; bytes as hexadecimal digits. */
function textOf(value: Exclude<Value, null>, column: TargetColumn): string {
  if (column.way === 'year') return checkedYear(String(value), column)
  if (typeof value === 'string') return checkedText(value, column)
  if (value instanceof Uint8Array) return checkedHex(value, column)
  if (column.way === 'bytes') throw refused(column, 'only bytes go into a column of bytes')
  if (typeof value === 'boolean') return value ? '1' : '0'
  return typeof value === 'number' ? checkedNumber(value, column) : String(value)
}

function checkedText(text: string, column: TargetColumn): string {
  if (column.way === 'bytes') throw refused(column, 'only bytes go into a column of bytes')
  if (!isWellFormed(text)) throw refused(column, 'half of a surrogate pair is no character', 'correct the text in the source')
  if (column.trims && text.endsWith(' ')) throw refused(column, 'a CHAR drops the blanks at the end of a text', 'declare it VARCHAR, or trim it in the source')
  return text
}

function checkedYear(text: string, column: TargetColumn): string {
  if (/^(19|20|21)\d\d$/.test(text)) return text
  throw refused(column, `a YEAR holds 1901 to 2155, and takes ${text} for another one`, 'declare it SMALLINT')
}

function checkedHex(bytes: Uint8Array, column: TargetColumn): string {
  if (column.way !== 'bytes') throw refused(column, 'bytes go into a column of bytes only')
  if (column.fills !== undefined && bytes.length < column.fills) {
    throw refused(column, `a BINARY(${column.fills}) fills ${bytes.length} bytes up with zeros`, 'declare it VARBINARY')
  }
  return hex(bytes)
}

function checkedNumber(value: number, column: TargetColumn): string {
  if (!Number.isFinite(value)) throw refused(column, `${value} is no number that MySQL can hold`)
  return column.way === 'float' ? floatText(value) : String(value)
}

function refused(column: TargetColumn, why: string, wayOut?: string): DataError {
  return new DataError('a value can\'t be loaded as it is', { where: column.name, why, ...wayOut && { wayOut } })
}
