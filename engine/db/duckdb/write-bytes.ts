/**
 * Fields that came as bytes, written into DuckDB's vectors: digits become numbers of a typed array, with no text and no
 * number made for each on the way, and texts go as the bytes that they are.
 */

import { DuckDBTypeId } from '@duckdb/node-api'
import type { DuckDBDecimalType, DuckDBType } from '@duckdb/node-api'
import { DataError } from '../../errors.ts'
import { daysFromCivil } from '../civil.ts'
import type { ByteColumn } from '../flow.ts'
import { native } from './native.ts'
import type { Vector } from './native.ts'
import { CHUNK_ROWS, eachField, putSafe } from './vector-memory.ts'
import type { Put } from './vector-memory.ts'
import { textWriter } from './write-texts.ts'

/** Writes so many fields of one column, from a row on. */
export type FieldsWriter = (vector: Vector, fields: ByteColumn, from: number, count: number) => void

const MINUS = 45
const ZERO = 48
const POINT = 46
const LETTER_A = 97
/** Where `YYYY-MM-DD HH:MM:SS` ends. */
const SECONDS_END = 19
const UUID_DIGITS = 32
const FIRST_BIT = 0x8000_0000
/** As many digits are a safe integer, whichever they are. */
const SAFE_DIGITS = 15

/**
 * The writer of a column of DuckDB's type for fields that a judge has let pass (byte-judge.ts); undefined for a type whose
 * fields are written as values.
 *
 * @throws {DataError} from the returned function for a field that the column can't hold exactly
 */
export function fieldsWriter(type: DuckDBType): FieldsWriter | undefined {
  switch (type.typeId) {
    case DuckDBTypeId.TINYINT: return integers(1, -128, 127)
    case DuckDBTypeId.UTINYINT: return integers(1, 0, 255)
    case DuckDBTypeId.SMALLINT: return integers(2, -32_768, 32_767)
    case DuckDBTypeId.USMALLINT: return integers(2, 0, 65_535)
    case DuckDBTypeId.INTEGER: return integers(4, -2_147_483_648, 2_147_483_647)
    case DuckDBTypeId.UINTEGER: return integers(4, 0, 4_294_967_295)
    case DuckDBTypeId.BIGINT: return bigIntegers()
    case DuckDBTypeId.DECIMAL: return decimalWriter(type)
    case DuckDBTypeId.DATE: return dates()
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ: return instants(1_000_000)
    case DuckDBTypeId.TIMESTAMP_MS: return instants(1_000)
    case DuckDBTypeId.TIMESTAMP_S: return instants(1)
    case DuckDBTypeId.UUID: return uuids()
    case DuckDBTypeId.VARCHAR: return textWriter()
    default: return undefined
  }
}

/** One memory for all chunks of a column: DuckDB copies what it is given. */
function writer(width: number, putInto: (memory: ArrayBuffer) => Put): FieldsWriter {
  const memory = new ArrayBuffer(CHUNK_ROWS * width)
  const put = putInto(memory)
  return (vector, fields, from, count) => {
    eachField(vector, fields, from, count, put)
    native.copy_data_to_vector(vector, 0, memory, 0, count * width)
  }
}

function refuse(bytes: Buffer, begin: number, end: number, what: string): never {
  throw new DataError(`${JSON.stringify(bytes.toString('latin1', begin, end))} ${what}`)
}

/** Digits with an optional minus as a number. */
function wholeAt(bytes: Buffer, begin: number, end: number): number {
  const isNegative = bytes[begin] === MINUS
  let number = 0
  for (let at = isNegative ? begin + 1 : begin; at < end; at += 1) number = number * 10 + bytes[at]! - ZERO
  return isNegative ? 0 - number : number
}

function integers(width: 1 | 2 | 4, min: number, max: number): FieldsWriter {
  return writer(width, (memory) => {
    const into = width === 1 ? new Uint8Array(memory) : width === 2 ? new Uint16Array(memory) : new Uint32Array(memory)
    return (row, bytes, begin, end) => {
      const number = wholeAt(bytes, begin, end)
      if (!(number >= min && number <= max)) refuse(bytes, begin, end, `is not from ${min} to ${max}`)
      // One below nought comes out as its two's complement.
      into[row] = number
    }
  })
}

function bigIntegers(): FieldsWriter {
  return writer(8, (memory) => {
    const [halves, whole] = [new Uint32Array(memory), new BigInt64Array(memory)]
    return (row, bytes, begin, end) => {
      if (end - begin <= SAFE_DIGITS) return putSafe(halves, row * 2, wholeAt(bytes, begin, end))
      const number = BigInt(bytes.toString('latin1', begin, end))
      if (BigInt.asIntN(64, number) !== number) refuse(bytes, begin, end, 'has more than 64 bits')
      whole[row] = number
    }
  })
}

function decimalWriter({ width, scale }: DuckDBDecimalType): FieldsWriter {
  if (width > 18) return wideDecimals(width, scale)
  if (width > 9) return decimals(width, scale)
  return writer(width > 4 ? 4 : 2, (memory) => {
    const into = width > 4 ? new Int32Array(memory) : new Int16Array(memory)
    return (row, bytes, begin, end) => { into[row] = unitsOf(bytes, begin, end, width, scale) }
  })
}

/** Integers in 64 bits. */
function decimals(width: number, scale: number): FieldsWriter {
  return writer(8, (memory) => {
    const [halves, whole] = [new Uint32Array(memory), new BigInt64Array(memory)]
    return (row, bytes, begin, end) => {
      if (end - begin + scale <= SAFE_DIGITS) putSafe(halves, row * 2, unitsOf(bytes, begin, end, width, scale))
      else whole[row] = exactUnits(bytes, begin, end, width, scale)
    }
  })
}

/** Integers in 128 bits. */
function wideDecimals(width: number, scale: number): FieldsWriter {
  return writer(16, (memory) => {
    const [halves, whole] = [new Uint32Array(memory), new BigInt64Array(memory)]
    return (row, bytes, begin, end) => {
      if (end - begin + scale <= SAFE_DIGITS) {
        const units = unitsOf(bytes, begin, end, width, scale)
        putSafe(halves, row * 4, units)
        whole[row * 2 + 1] = units < 0 ? -1n : 0n
      } else {
        const units = exactUnits(bytes, begin, end, width, scale)
        whole[row * 2] = BigInt.asIntN(64, units)
        whole[row * 2 + 1] = units >> 64n
      }
    }
  })
}

/** What a number of so many digits is less than. */
const LIMITS = Array.from({ length: 39 }, (_, digits) => 10 ** digits)

/** The integer of the last digit's unit: `-1.5` is -150 where the scale is 2. Of fields so short that it is a safe one. */
function unitsOf(bytes: Buffer, begin: number, end: number, width: number, scale: number): number {
  const isNegative = bytes[begin] === MINUS
  let units = 0
  let point = end
  for (let at = isNegative ? begin + 1 : begin; at < end; at += 1) {
    const byte = bytes[at]!
    if (byte === POINT) point = at
    else units = units * 10 + byte - ZERO
  }
  const missing = scale - Math.max(0, end - point - 1)
  units *= LIMITS[missing] ?? NaN
  if (!(units < LIMITS[width]!)) refuse(bytes, begin, end, `is no DECIMAL(${width},${scale})`)
  return isNegative ? 0 - units : units
}

function exactUnits(bytes: Buffer, begin: number, end: number, width: number, scale: number): bigint {
  const [whole = '', fraction = ''] = bytes.toString('latin1', begin, end).split('.')
  const units = fraction.length > scale ? undefined : BigInt(`${whole}${fraction.padEnd(scale, '0')}`)
  const limit = 10n ** BigInt(width)
  if (units === undefined || units >= limit || units <= -limit) return refuse(bytes, begin, end, `is no DECIMAL(${width},${scale})`)
  return units
}

/** The number that two digits write. */
const pairAt = (bytes: Buffer, at: number): number => bytes[at]! * 10 + bytes[at + 1]! - ZERO * 11

const daysAt = (bytes: Buffer, at: number): number => daysFromCivil(pairAt(bytes, at) * 100 + pairAt(bytes, at + 2), pairAt(bytes, at + 5), pairAt(bytes, at + 8))

/** `YYYY-MM-DD`. */
function dates(): FieldsWriter {
  return writer(4, (memory) => {
    const days = new Int32Array(memory)
    return (row, bytes, begin) => { days[row] = daysAt(bytes, begin) }
  })
}

/** `YYYY-MM-DD HH:MM:SS[.ffffff]`, in so many units a second. */
function instants(perSecond: number): FieldsWriter {
  return writer(8, (memory) => {
    const [halves, whole] = [new Uint32Array(memory), new BigInt64Array(memory)]
    return (row, bytes, begin, end) => {
      const minutes = (daysAt(bytes, begin) * 24 + pairAt(bytes, begin + 11)) * 60 + pairAt(bytes, begin + 14)
      const seconds = minutes * 60 + pairAt(bytes, begin + 17)
      const more = fractionAt(bytes, begin + SECONDS_END + 1, end) * perSecond / 1_000_000
      if (!Number.isInteger(more)) refuse(bytes, begin, end, 'has more digits after the second than the column')
      const units = seconds * perSecond + more
      if (Number.isSafeInteger(units)) putSafe(halves, row * 2, units)
      else whole[row] = BigInt(seconds) * BigInt(perSecond) + BigInt(more)
    }
  })
}

/** Microseconds of the digits after the second, of which there may be none. */
function fractionAt(bytes: Buffer, begin: number, end: number): number {
  let micros = 0
  for (let at = begin, unit = 100_000; at < end; at += 1, unit /= 10) micros += (bytes[at]! - ZERO) * unit
  return micros
}

/** Eight-four-four-four-twelve hexadecimal digits, of which the first bit is flipped, so that DuckDB can order them as signed integers. */
function uuids(): FieldsWriter {
  return writer(16, (memory) => {
    const words = new Uint32Array(memory)
    return (row, bytes, begin, end) => {
      let digit = 0
      for (let at = begin; at < end; at += 1) {
        const byte = bytes[at]!
        if (byte === MINUS) continue
        const value = byte < LETTER_A ? byte - ZERO : byte - LETTER_A + 10
        if (!(value >= 0 && value < 16) || digit === UUID_DIGITS) refuse(bytes, begin, end, 'is no UUID')
        const word = row * 4 + 3 - (digit >> 3)
        words[word] = words[word]! * 16 + value
        digit += 1
      }
      if (digit < UUID_DIGITS) refuse(bytes, begin, end, 'is no UUID')
      words[row * 4 + 3]! ^= FIRST_BIT
    }
  })
}
