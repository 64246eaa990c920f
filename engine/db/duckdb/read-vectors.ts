import { DuckDBTypeId } from '@duckdb/node-api'
import type { DuckDBDataChunk, DuckDBDecimalType, DuckDBEnumType, DuckDBType } from '@duckdb/node-api'
import type { Value } from '../value-type.ts'
import { clockText, dayText, instantText, microsText } from './instants.ts'
import { native } from './native.ts'
import type { Vector } from './native.ts'

/** Reads one column of a chunk into values; `valid` is undefined where nothing is NULL. */
type ColumnReader = (vector: Vector, rows: number, valid: Uint8Array | undefined) => Value[]
/** Makes the reader of one value out of a column's memory. */
type At = (memory: DataView) => (row: number) => Value
/** How wide a value lies in memory, and how it is read there. */
interface Layout { readonly bytes: number; readonly at: At }

/**
 * Makes the function that turns a chunk into columns of values, as `Value` says they are written.
 * What no flow carries (lists, intervals, …) comes as DuckDB's own text, for people to read.
 */
export function chunkReader(types: readonly DuckDBType[]): (chunk: DuckDBDataChunk) => Value[][] {
  const readers = types.map(readerOf)
  return (chunk) => readers.map((read, column) => {
    if (read === undefined) return chunk.getColumnValues(column).map((value) => value === null ? null : String(value))
    const rows = chunk.rowCount
    const vector = native.data_chunk_get_vector(chunk.chunk, column)
    return read(vector, rows, native.vector_get_validity(vector, Math.ceil(rows / 64) * 8) ?? undefined)
  })
}

/** Columns turned into rows. */
export function rowsOf(columns: readonly Value[][], count: number): Value[][] {
  const width = columns.length
  // A copy of a row is made twenty times as fast as an array of a length.
  const empty = Array.from<Value>({ length: width })
  const rows: Value[][] = []
  for (let row = 0; row < count; row += 1) {
    const values = empty.slice()
    for (let column = 0; column < width; column += 1) values[column] = columns[column]?.[row] ?? null
    rows.push(values)
  }
  return rows
}

function readerOf(type: DuckDBType): ColumnReader | undefined {
  const layout = layoutOf(type)
  if (layout === undefined) return undefined
  const { bytes, at } = layout
  return (vector, rows, valid) => {
    const memory = native.vector_get_data(vector, rows * bytes)
    const read = at(new DataView(memory.buffer, memory.byteOffset, memory.byteLength))
    const values: Value[] = []
    for (let row = 0; row < rows; row += 1) values.push(isNull(valid, row) ? null : read(row))
    return values
  }
}

function isNull(valid: Uint8Array | undefined, row: number): boolean {
  return valid !== undefined && ((valid[row >> 3] ?? 255) >> (row & 7) & 1) === 0
}

const SECONDS_A_DAY = 86_400n
const MILLIS_A_DAY = 86_400_000n
const MICROS_A_DAY = 86_400_000_000n

function layoutOf(type: DuckDBType): Layout | undefined {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN: return { bytes: 1, at: (memory) => (row) => memory.getUint8(row) !== 0 }
    case DuckDBTypeId.TINYINT: return { bytes: 1, at: (memory) => (row) => memory.getInt8(row) }
    case DuckDBTypeId.UTINYINT: return { bytes: 1, at: (memory) => (row) => memory.getUint8(row) }
    case DuckDBTypeId.SMALLINT: return { bytes: 2, at: (memory) => (row) => memory.getInt16(row * 2, true) }
    case DuckDBTypeId.USMALLINT: return { bytes: 2, at: (memory) => (row) => memory.getUint16(row * 2, true) }
    case DuckDBTypeId.INTEGER: return { bytes: 4, at: (memory) => (row) => memory.getInt32(row * 4, true) }
    case DuckDBTypeId.UINTEGER: return { bytes: 4, at: (memory) => (row) => memory.getUint32(row * 4, true) }
    case DuckDBTypeId.BIGINT: return { bytes: 8, at: (memory) => (row) => int64(memory, row * 8) }
    case DuckDBTypeId.UBIGINT: return { bytes: 8, at: (memory) => (row) => plain(memory.getBigUint64(row * 8, true)) }
    case DuckDBTypeId.HUGEINT: return { bytes: 16, at: (memory) => (row) => plain(int128(memory, row * 16)) }
    case DuckDBTypeId.UHUGEINT: return { bytes: 16, at: (memory) => (row) => plain(BigInt.asUintN(128, int128(memory, row * 16))) }
    case DuckDBTypeId.FLOAT: return { bytes: 4, at: (memory) => (row) => memory.getFloat32(row * 4, true) }
    case DuckDBTypeId.DOUBLE: return { bytes: 8, at: (memory) => (row) => memory.getFloat64(row * 8, true) }
    case DuckDBTypeId.DECIMAL: return decimalLayout(type)
    case DuckDBTypeId.DATE: return { bytes: 4, at: (memory) => (row) => dayText(memory.getInt32(row * 4, true)) }
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ: return { bytes: 8, at: (memory) => (row) => instantAt(memory, row * 8) }
    case DuckDBTypeId.TIMESTAMP_S: return { bytes: 8, at: (memory) => (row) => instantText(memory.getBigInt64(row * 8, true), SECONDS_A_DAY) }
    case DuckDBTypeId.TIMESTAMP_MS: return { bytes: 8, at: (memory) => (row) => instantText(memory.getBigInt64(row * 8, true), MILLIS_A_DAY) }
    case DuckDBTypeId.TIME: return { bytes: 8, at: (memory) => (row) => timeAt(memory, row * 8) }
    case DuckDBTypeId.UUID: return { bytes: 16, at: (memory) => (row) => uuidText(int128(memory, row * 16)) }
    case DuckDBTypeId.ENUM: return enumLayout(type)
    case DuckDBTypeId.VARCHAR: return { bytes: 16, at: textAt }
    case DuckDBTypeId.BLOB: return { bytes: 16, at: (memory) => (row) => Uint8Array.from(bytesAt(memory, row * 16)) }
    case DuckDBTypeId.SQLNULL: return { bytes: 1, at: () => () => null }
    default: return undefined
  }
}

/** Integers that a number holds exactly are numbers. */
function plain(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function int64(memory: DataView, at: number): number | bigint {
  const high = memory.getInt32(at + 4, true)
  const number = high * 4_294_967_296 + memory.getUint32(at, true)
  return Number.isSafeInteger(number) ? number : memory.getBigInt64(at, true)
}

function int128(memory: DataView, at: number): bigint {
  return (memory.getBigInt64(at + 8, true) << 64n) + memory.getBigUint64(at, true)
}

function instantAt(memory: DataView, at: number): string {
  const micros = int64(memory, at)
  return typeof micros === 'number' ? microsText(micros) : instantText(micros, MICROS_A_DAY)
}

/** DuckDB has a time 24:00:00: the check of the column that it goes to refuses it. */
function timeAt(memory: DataView, at: number): string {
  return clockText(Number(memory.getBigInt64(at, true)))
}

/** The first bit is flipped, so that DuckDB can order them as signed integers. */
function uuidText(value: bigint): string {
  const hex = BigInt.asUintN(128, value ^ (1n << 127n)).toString(16).padStart(32, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

function decimalLayout({ width, scale }: DuckDBDecimalType): Layout {
  const text = decimalText(scale)
  if (width <= 4) return { bytes: 2, at: (memory) => (row) => text(memory.getInt16(row * 2, true)) }
  if (width <= 9) return { bytes: 4, at: (memory) => (row) => text(memory.getInt32(row * 4, true)) }
  if (width <= 18) return { bytes: 8, at: (memory) => (row) => text(int64(memory, row * 8)) }
  return { bytes: 16, at: (memory) => (row) => text(plain(int128(memory, row * 16))) }
}

/** Puts the point into a decimal's digits. */
function decimalText(scale: number): (scaled: number | bigint) => string {
  if (scale === 0) return String
  return (scaled) => {
    const isNegative = scaled < 0
    const digits = String(isNegative ? -scaled : scaled).padStart(scale + 1, '0')
    const point = digits.length - scale
    return `${isNegative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`
  }
}

function enumLayout(type: DuckDBEnumType): Layout {
  const { values } = type
  const valueAt = (index: number): Value => values[index] ?? null
  if (type.internalTypeId === DuckDBTypeId.UTINYINT) return { bytes: 1, at: (memory) => (row) => valueAt(memory.getUint8(row)) }
  if (type.internalTypeId === DuckDBTypeId.USMALLINT) return { bytes: 2, at: (memory) => (row) => valueAt(memory.getUint16(row * 2, true)) }
  return { bytes: 4, at: (memory) => (row) => valueAt(memory.getUint32(row * 4, true)) }
}

/** Up to 12 bytes lie in place, others behind a pointer. */
function bytesAt(memory: DataView, at: number): Uint8Array {
  const length = memory.getUint32(at, true)
  return length <= 12
    ? new Uint8Array(memory.buffer, memory.byteOffset + at + 4, length)
    : native.get_data_from_pointer(memory.buffer, memory.byteOffset + at + 8, length)
}

/** A text may begin with a U+FEFF of its own: it is no mark to be taken off. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

function textAt(memory: DataView): (row: number) => Value {
  const inPlace = Buffer.from(memory.buffer as ArrayBuffer, memory.byteOffset, memory.byteLength)
  return (row) => {
    const at = row * 16
    const length = memory.getUint32(at, true)
    if (length <= 12) return inPlace.toString('utf8', at + 4, at + 4 + length)
    return decoder.decode(native.get_data_from_pointer(memory.buffer, memory.byteOffset + at + 8, length))
  }
}
