import { DuckDBDataChunk, DuckDBTypeId } from '@duckdb/node-api'
import type { DuckDBDecimalType, DuckDBEnumType, DuckDBType } from '@duckdb/node-api'
import { DataError } from '../../errors.ts'
import { isBytes, valuesAt } from '../flow.ts'
import type { LoadBatch } from '../flow.ts'
import type { Value } from '../value-type.ts'
import { DAY_MICROS, clockMicros, daysOf } from './instants.ts'
import { native } from './native.ts'
import type { Vector } from './native.ts'
import { CHUNK_ROWS, validityOf, writeValidity } from './vector-memory.ts'
import { fieldsWriter } from './write-bytes.ts'
import type { FieldsWriter } from './write-bytes.ts'

/** Writes so many values of one column, from a place on. */
type ColumnWriter = (vector: Vector, values: readonly Value[], from: number, count: number) => void

/** A column of the table that is filled: its type there, and where a batch brings its values; undefined for NULL throughout. */
export interface TargetColumn {
  readonly name: string
  readonly type: DuckDBType
  readonly at: number | undefined
}

/** Writes so many rows of one column of a batch, from a place on. */
type CellsWriter = (vector: Vector, from: number, count: number) => void

/**
 * Makes the function that writes a batch, up to 2,048 rows at a time, into a chunk for the appender; the same chunk is filled anew each time.
 *
 * @throws {DataError} from the returned function for a value that the column's type can't hold exactly
 */
export function chunkWriter(columns: readonly TargetColumn[]): (batch: LoadBatch) => Iterable<DuckDBDataChunk> {
  const columnWriters = columns.map(columnWriter)
  // One chunk for all rows: the appender copies what it takes, and the memory of chunks is out of the collector's sight.
  const chunk = DuckDBDataChunk.create(columns.map((column) => column.type))
  return function* chunks(batch) {
    const writers = columnWriters.map((of) => of(batch))
    for (let from = 0; from < batch.length; from += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, batch.length - from)
      chunk.reset()
      chunk.rowCount = count
      writers.forEach((write, at) => write(native.data_chunk_get_vector(chunk.chunk, at), from, count))
      yield chunk
    }
  }
}

function columnWriter({ name, type, at }: TargetColumn): (batch: LoadBatch) => CellsWriter {
  if (at === undefined) return () => (vector, _from, count) => writeValidity(vector, validityOf(count, 0))
  const [values, fields] = [writerOf(type), fieldsWriter(type)]
  return (batch) => {
    const write = writerOfBatch(batch, at, values, fields)
    return (vector, from, count) => {
      try {
        write(vector, from, count)
      } catch (error) {
        throw new DataError(`a value does not go into the column ${name}`, { why: error instanceof Error ? error.message : String(error), cause: error })
      }
    }
  }
}

function writerOfBatch(batch: LoadBatch, at: number, write: ColumnWriter, writeFields: FieldsWriter | undefined): CellsWriter {
  const cells = 'columns' in batch ? batch.columns[at]! : undefined
  if (cells !== undefined && isBytes(cells) && writeFields !== undefined) return (vector, from, count) => writeFields(vector, cells, from, count)
  const values = valuesAt(batch, at)
  return (vector, from, count) => write(vector, values, from, count)
}

/** Puts one value into a column's memory. */
type Put = (memory: DataView, row: number, value: Exclude<Value, null>) => void

function writerOf(type: DuckDBType): ColumnWriter {
  if (type.typeId === DuckDBTypeId.VARCHAR) {
    return byElement((vector, row, value) => native.vector_assign_string_element(vector, row, exactText(value)))
  }
  if (type.typeId === DuckDBTypeId.BLOB) {
    return byElement((vector, row, value) => native.vector_assign_string_element_len(vector, row, exactBytes(value)))
  }
  const { bytes, put } = layoutOf(type)
  return (vector, values, from, count) => {
    const memory = new DataView(new ArrayBuffer(count * bytes))
    eachValue(vector, values, from, count, (row, value) => put(memory, row, value))
    native.copy_data_to_vector(vector, 0, memory.buffer, 0, memory.byteLength)
  }
}

function byElement(assign: (vector: Vector, row: number, value: Exclude<Value, null>) => void): ColumnWriter {
  return (vector, values, from, count) => eachValue(vector, values, from, count, (row, value) => assign(vector, row, value))
}

/** Hands over every value that isn't NULL, and marks those that are. */
function eachValue(
  vector: Vector, values: readonly Value[], from: number, count: number, take: (row: number, value: Exclude<Value, null>) => void,
): void {
  let valid: Uint8Array | undefined
  for (let row = 0; row < count; row += 1) {
    const value = values[from + row] ?? null
    if (value !== null) take(row, value)
    else {
      valid ??= validityOf(count, 255)
      valid[row >> 3] = (valid[row >> 3] ?? 255) & ~(1 << (row & 7))
    }
  }
  if (valid !== undefined) writeValidity(vector, valid)
}

function layoutOf(type: DuckDBType): { readonly bytes: number; readonly put: Put } {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN: return { bytes: 1, put: (memory, row, value) => memory.setUint8(row, exactBoolean(value) ? 1 : 0) }
    case DuckDBTypeId.TINYINT: return { bytes: 1, put: (memory, row, value) => memory.setInt8(row, within(value, -128, 127)) }
    case DuckDBTypeId.UTINYINT: return { bytes: 1, put: (memory, row, value) => memory.setUint8(row, within(value, 0, 255)) }
    case DuckDBTypeId.SMALLINT: return { bytes: 2, put: (memory, row, value) => memory.setInt16(row * 2, within(value, -32_768, 32_767), true) }
    case DuckDBTypeId.USMALLINT: return { bytes: 2, put: (memory, row, value) => memory.setUint16(row * 2, within(value, 0, 65_535), true) }
    case DuckDBTypeId.INTEGER:
      return { bytes: 4, put: (memory, row, value) => memory.setInt32(row * 4, within(value, -2_147_483_648, 2_147_483_647), true) }
    case DuckDBTypeId.UINTEGER: return { bytes: 4, put: (memory, row, value) => memory.setUint32(row * 4, within(value, 0, 4_294_967_295), true) }
    case DuckDBTypeId.BIGINT: return { bytes: 8, put: (memory, row, value) => putInt64(memory, row, isSafe(value) ? value : signed(wholeNumber(value), 64)) }
    case DuckDBTypeId.UBIGINT: return { bytes: 8, put: (memory, row, value) => memory.setBigUint64(row * 8, unsigned(wholeNumber(value), 64), true) }
    case DuckDBTypeId.HUGEINT: return { bytes: 16, put: (memory, row, value) => putInt128(memory, row, signed(wholeNumber(value), 128)) }
    case DuckDBTypeId.UHUGEINT: return { bytes: 16, put: (memory, row, value) => putInt128(memory, row, unsigned(wholeNumber(value), 128)) }
    case DuckDBTypeId.FLOAT: return { bytes: 4, put: (memory, row, value) => memory.setFloat32(row * 4, exactFloat32(value), true) }
    case DuckDBTypeId.DOUBLE: return { bytes: 8, put: (memory, row, value) => memory.setFloat64(row * 8, exactDouble(value), true) }
    case DuckDBTypeId.DECIMAL: return decimalLayout(type)
    case DuckDBTypeId.DATE: return { bytes: 4, put: (memory, row, value) => memory.setInt32(row * 4, dateOf(value), true) }
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ: return { bytes: 8, put: (memory, row, value) => putInt64(memory, row, unitsOf(value, 1)) }
    case DuckDBTypeId.TIMESTAMP_MS: return { bytes: 8, put: (memory, row, value) => putInt64(memory, row, unitsOf(value, 1_000)) }
    case DuckDBTypeId.TIMESTAMP_S: return { bytes: 8, put: (memory, row, value) => putInt64(memory, row, unitsOf(value, 1_000_000)) }
    case DuckDBTypeId.TIME: return { bytes: 8, put: (memory, row, value) => putInt64(memory, row, clockMicros(aText(value))) }
    case DuckDBTypeId.UUID: return { bytes: 16, put: (memory, row, value) => putInt128(memory, row, uuidOf(value)) }
    case DuckDBTypeId.ENUM: return enumLayout(type)
    default: throw new DataError(`the type ${type.toString()} can't be loaded`, { wayOut: 'declare the column in another type' })
  }
}

function refuse(value: Value, what: string): never {
  throw new DataError(`${typeof value === 'bigint' ? value : JSON.stringify(value)} ${what}`)
}

function wholeNumber(value: Value): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : refuse(value, 'is no integer')
}

function within(value: Value, min: number, max: number): number {
  const number = typeof value === 'number' && Number.isInteger(value) ? value : Number(wholeNumber(value))
  return number >= min && number <= max ? number : refuse(value, `is not from ${min} to ${max}`)
}

function signed(value: bigint, bits: number): bigint {
  return BigInt.asIntN(bits, value) === value ? value : refuse(value, `has more than ${bits} bits`)
}

function unsigned(value: bigint, bits: number): bigint {
  return BigInt.asUintN(bits, value) === value ? value : refuse(value, `is not from 0 to 2^${bits} - 1`)
}

const isSafe = (value: Value): value is number => typeof value === 'number' && Number.isSafeInteger(value)

const TWO_32 = 2 ** 32

/** A safe integer goes as its two halves: a bigint for each value would take several times as long. */
function putInt64(memory: DataView, row: number, value: number | bigint): void {
  if (typeof value === 'bigint') return memory.setBigInt64(row * 8, value, true)
  const high = Math.floor(value / TWO_32)
  memory.setUint32(row * 8, value - high * TWO_32, true)
  memory.setInt32(row * 8 + 4, high, true)
}

function putInt128(memory: DataView, row: number, value: bigint): void {
  memory.setBigUint64(row * 16, BigInt.asUintN(64, value), true)
  memory.setBigInt64(row * 16 + 8, BigInt.asIntN(64, value >> 64n), true)
}

function exactBoolean(value: Value): boolean {
  return typeof value === 'boolean' ? value : refuse(value, 'is no boolean')
}

function exactDouble(value: Value): number {
  return typeof value === 'number' ? value : refuse(value, 'is no number')
}

function exactFloat32(value: Value): number {
  const number = exactDouble(value)
  return Object.is(Math.fround(number), number) ? number : refuse(value, 'is no 32-bit float')
}

function aText(value: Value): string {
  return typeof value === 'string' ? value : refuse(value, 'is no text')
}

/** A lone surrogate has no UTF-8: it would be replaced. */
function exactText(value: Value): string {
  const text = aText(value) as string & { isWellFormed(): boolean }
  return text.isWellFormed() ? text : refuse(text, 'holds half of a surrogate pair')
}

function exactBytes(value: Value): Uint8Array {
  return value instanceof Uint8Array ? value : refuse(value, 'is no bytes')
}

function dateOf(value: Value): number {
  const text = aText(value)
  return text.length === 10 ? daysOf(text) : refuse(value, 'is no date')
}

/** How many units of `micros` microseconds an instant is from 1970-01-01. */
function unitsOf(value: Value, micros: number): number | bigint {
  const text = aText(value)
  if (text[10] !== ' ') return refuse(value, 'is no instant')
  const [days, clock] = [daysOf(text), clockMicros(text, 11)]
  if (clock % micros !== 0) return refuse(value, 'has more digits after the second than the column')
  const units = (DAY_MICROS / micros) * days + clock / micros
  return Number.isSafeInteger(units) ? units : BigInt(days) * BigInt(DAY_MICROS / micros) + BigInt(clock / micros)
}

function uuidOf(value: Value): bigint {
  const text = aText(value)
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return refuse(value, 'is no UUID')
  return BigInt.asIntN(128, BigInt(`0x${text.replaceAll('-', '')}`) ^ (1n << 127n))
}

function decimalLayout(type: DuckDBDecimalType): { readonly bytes: number; readonly put: Put } {
  const { width, scale } = type
  const limit = 10n ** BigInt(width)
  const exact = (value: Value): bigint => {
    const units = scaledDecimal(value, scale)
    return units < limit && units > -limit ? units : refuse(value, `has more digits than DECIMAL(${width},${scale})`)
  }
  const scaled = (value: Value): number | bigint => shortDecimal(value, width, scale) ?? exact(value)
  if (width <= 4) return { bytes: 2, put: (memory, row, value) => memory.setInt16(row * 2, Number(scaled(value)), true) }
  if (width <= 9) return { bytes: 4, put: (memory, row, value) => memory.setInt32(row * 4, Number(scaled(value)), true) }
  if (width <= 18) return { bytes: 8, put: (memory, row, value) => putInt64(memory, row, scaled(value)) }
  return { bytes: 16, put: (memory, row, value) => putInt128(memory, row, exact(value)) }
}

const MINUS = 45
const POINT = 46
const ZERO = 48
/** As many digits are a safe integer, whichever they are. */
const SAFE_DIGITS = 15

/** The same for a plain text of a few digits, which most are; undefined for any other. */
function shortDecimal(value: Value, width: number, scale: number): number | undefined {
  if (typeof value !== 'string' || value.length > SAFE_DIGITS) return undefined
  const start = value.charCodeAt(0) === MINUS ? 1 : 0
  let units = 0
  let at = start
  let digit = value.charCodeAt(at) - ZERO
  for (; digit >= 0 && digit <= 9; digit = value.charCodeAt(at) - ZERO) { units = units * 10 + digit; at += 1 }
  const whole = at - start
  if (scale > 0) {
    if (value.charCodeAt(at) !== POINT) return undefined
    at += 1
    const fraction = at
    for (digit = value.charCodeAt(at) - ZERO; digit >= 0 && digit <= 9; digit = value.charCodeAt(at) - ZERO) { units = units * 10 + digit; at += 1 }
    if (at - fraction !== scale) return undefined
  }
  if (at !== value.length || whole === 0 || whole > width - scale) return undefined
  return start === 1 ? 0 - units : units
}

/** `-1.50` as the integer of its last digit's unit: never by way of a float. */
function scaledDecimal(value: Value, scale: number): bigint {
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : aText(value)
  const parts = /^(-?\d+)(?:\.(\d+))?$/.exec(text)
  const fraction = (parts?.[2] ?? '').replace(/0+$/, '')
  if (parts === null || fraction.length > scale) return refuse(value, `is no decimal with ${scale} digits after the point`)
  return BigInt(`${parts[1]}${fraction.padEnd(scale, '0')}`)
}

function enumLayout(type: DuckDBEnumType): { readonly bytes: number; readonly put: Put } {
  const { internalTypeId, values } = type
  const places = new Map(values.map((value, index) => [value, index]))
  const indexOf = (value: Value): number => places.get(aText(value)) ?? refuse(value, `is none of ${values.slice(0, 10).join(', ')}`)
  if (internalTypeId === DuckDBTypeId.UTINYINT) return { bytes: 1, put: (memory, row, value) => memory.setUint8(row, indexOf(value)) }
  if (internalTypeId === DuckDBTypeId.USMALLINT) return { bytes: 2, put: (memory, row, value) => memory.setUint16(row * 2, indexOf(value), true) }
  return { bytes: 4, put: (memory, row, value) => memory.setUint32(row * 4, indexOf(value), true) }
}
