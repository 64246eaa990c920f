/**
 * Which fields may go into a table as the bytes in which they came: those of which the typed boundary (check.ts) would
 * make the same value again. A judge is quick and says no where it isn't sure; then the values are looked at one by one.
 */

import type { ByteBatch } from './byte-batch.ts'
import { daysInMonth } from './civil.ts'
import type { ValueType } from './value-type.ts'

/** Whether all fields of one column of a batch may go as they are. */
export type Judge = (batch: ByteBatch, at: number) => boolean

/** Whether one field may. */
type FieldJudge = (bytes: Buffer, begin: number, end: number) => boolean
type Of<K extends ValueType['kind']> = Extract<ValueType, { kind: K }>

const ZERO = 48
const NINE = 57
const DASH = 45
const COLON = 58
const SPACE = 32
const POINT = 46
const LARGE_A = 65
const LARGE_Z = 90

/**
 * The judge of a column of one type that goes to a column of another; undefined where its fields must go as values.
 *
 * @example
 * const judge = judgeOf({ kind: 'date' }, { kind: 'date' }, { nullable: false })
 * // judge(batch, 2) is true where the third column of all rows is a date that exists
 */
export function judgeOf(from: ValueType, to: ValueType, { nullable }: { readonly nullable: boolean }): Judge | undefined {
  const field = fieldJudge(from, to)
  if (field === undefined) return undefined
  return (batch, at) => {
    const { bytes, bounds, length, width } = batch
    if (!batch.kinds[at]!.isText) return false
    for (let row = 0, i = at * 2; row < length; row += 1, i += width * 2) {
      const begin = bounds[i]!
      if (begin < 0 ? !nullable : !field(bytes, begin, bounds[i + 1]!)) return false
    }
    return true
  }
}

function fieldJudge(from: ValueType, to: ValueType): FieldJudge | undefined {
  if (from.kind === 'integer' && to.kind === 'integer') return integerJudge(from, to)
  if (from.kind === 'decimal' && to.kind === 'decimal') return decimalJudge(from, to)
  if (from.kind === 'text' && to.kind === 'text' && !from.untyped) return textJudge(to)
  if (from.kind === 'date' && to.kind === 'date') return isDate
  if (from.kind === 'timestamp' && to.kind === 'timestamp') return timestampJudge(to)
  if (from.kind === 'uuid' && to.kind === 'uuid') return isUuid
  return undefined
}

/** Zeros before a number (ZEROFILL) are not how it is written anew. */
function integerJudge(from: Of<'integer'>, to: Of<'integer'>): FieldJudge | undefined {
  if (from.min < to.min || from.max > to.max) return undefined
  return (bytes, begin, end) => bytes[begin] === DASH ? bytes[begin + 1] !== ZERO : bytes[begin] !== ZERO || end - begin === 1
}

/** What a server says of an expression may be less than what it brings: MariaDB rounds 9999.99 to 10000.00 and calls it a DECIMAL(6,2). */
function decimalJudge(from: Of<'decimal'>, to: Of<'decimal'>): FieldJudge | undefined {
  const whole = from.precision - from.scale
  if (from.scale > to.scale || whole > to.precision - to.scale) return undefined
  const longest = Math.max(whole, 1) + (from.scale === 0 ? 0 : from.scale + 1)
  return (bytes, begin, end) => {
    const first = bytes[begin] === DASH ? begin + 1 : begin
    // NaN is no digit.
    return first < end && end - first <= longest && bytes[first]! <= NINE && (bytes[first] !== ZERO || end - first === 1 || bytes[first + 1] === POINT)
  }
}

/** A character takes a byte at least, so what has few bytes needs no counting. */
function textJudge({ length = Infinity, bytes: most = Infinity, trims, noNul }: Of<'text'>): FieldJudge {
  const surely = Math.min(length, most)
  return (bytes, begin, end) => end - begin <= surely && !(trims && bytes[end - 1] === SPACE && end > begin) && !(noNul && hasNul(bytes, begin, end))
}

/** A loop is faster than a call where fields are short. */
function hasNul(bytes: Buffer, begin: number, end: number): boolean {
  for (let at = begin; at < end; at += 1) if (bytes[at] === 0) return true
  return false
}

/** Zeros after the second are written here and not there; no more digits than the column holds are the same to everybody. */
function timestampJudge({ precision, min, max }: Of<'timestamp'>): FieldJudge {
  const [first, last] = [min === undefined ? 1 : Number(min.slice(0, 4)) + 1, max === undefined ? 9999 : Number(max.slice(0, 4)) - 1]
  return (bytes, begin, end) => {
    const seconds = begin + 19
    if (end < seconds || !isDate(bytes, begin, begin + 10) || bytes[begin + 10] !== SPACE || bytes[begin + 13] !== COLON || bytes[begin + 16] !== COLON) return false
    if (end > seconds && !isFraction(bytes, seconds, end, precision)) return false
    const year = pair(bytes, begin) * 100 + pair(bytes, begin + 2)
    return year >= first && year <= last && pair(bytes, begin + 11) < 24 && pair(bytes, begin + 14) < 60 && pair(bytes, begin + 17) < 60
  }
}

/** A point and some digits, but no more than so many. */
function isFraction(bytes: Buffer, begin: number, end: number, most: number): boolean {
  if (bytes[begin] !== POINT || end - begin < 2 || end - begin > most + 1) return false
  for (let at = begin + 1; at < end; at += 1) if (bytes[at]! < ZERO || bytes[at]! > NINE) return false
  return true
}

/** Letters are written small. */
function isUuid(bytes: Buffer, begin: number, end: number): boolean {
  if (end - begin !== 36) return false
  for (let at = begin; at < end; at += 1) if (bytes[at]! >= LARGE_A && bytes[at]! <= LARGE_Z) return false
  return true
}

/** `YYYY-MM-DD`, of a day that exists from the year 1 on. */
function isDate(bytes: Buffer, begin: number, end: number): boolean {
  if (end - begin !== 10 || bytes[begin + 4] !== DASH || bytes[begin + 7] !== DASH) return false
  const year = pair(bytes, begin) * 100 + pair(bytes, begin + 2)
  const day = pair(bytes, begin + 8)
  return year >= 1 && day >= 1 && day <= daysInMonth(year, pair(bytes, begin + 5))
}

/** Two digits as a number; NaN, which is in no range, where they are none. */
function pair(bytes: Buffer, at: number): number {
  const tens = bytes[at]!
  const ones = bytes[at + 1]!
  return tens >= ZERO && tens <= NINE && ones >= ZERO && ones <= NINE ? (tens - ZERO) * 10 + ones - ZERO : NaN
}
