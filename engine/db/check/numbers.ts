import type { Value, ValueType } from '../value-type.ts'
import { isScalar, orNull, refuse } from './bad-value.ts'
import { canonicalDecimal, NUMERAL, plainDigits, sameDigits } from './digits.ts'

type Checker = (value: Value) => Value
type Of<K extends ValueType['kind']> = Extract<ValueType, { kind: K }>

const SAFE = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * Whole numbers: safe ones come out as numbers, those beyond 2^53 as bigints.
 *
 * Text is digits with an optional minus. Leading zeros are taken, since databases write them (ZEROFILL); a plus, an
 * exponent, a point and blanks are not, since none does.
 */
export function integerChecker(type: Of<'integer'>, nullable: boolean): Checker {
  const low = Number(type.min < -SAFE ? -SAFE : type.min)
  const high = Number(type.max > SAFE ? SAFE : type.max)
  return (value) => {
    // `+ 0` makes 0 of -0
    if (typeof value === 'number' && value >= low && value <= high && Number.isInteger(value)) return value + 0
    return value === null ? orNull(nullable) : wholeNumber(value, type)
  }
}

function wholeNumber(value: Value, type: Of<'integer'>): number | bigint {
  if (!isScalar(value)) return refuse(value, type)
  if (typeof value === 'number') refuse(value, type, numberFault(value))
  if (typeof value === 'string' && !/^-?\d+$/.test(value)) refuse(value, type, 'a whole number is written in digits alone')
  const number = Number(value)
  const whole = Number.isSafeInteger(number) ? number + 0 : BigInt(value)
  return whole >= type.min && whole <= type.max ? whole : refuse(value, type)
}

function numberFault(value: number): string | undefined {
  if (!Number.isFinite(value)) return 'it is no number'
  if (!Number.isInteger(value)) return 'it is no whole number'
  return Number.isSafeInteger(value) ? undefined : 'a number beyond 2^53 is not exact; read it as text or bigint'
}

/**
 * Decimals come out as digits with exactly `scale` digits after the point: one value, one text.
 *
 * Zeros beyond the scale are dropped; any other digit there is refused. Text has no exponent, no plus and no blanks; a
 * double goes by its shortest text.
 */
export function decimalChecker(type: Of<'decimal'>, nullable: boolean): Checker {
  const whole = type.precision - type.scale
  return (value) => {
    if (typeof value === 'string') return decimal(value, value, type, whole)
    if (value === null) return orNull(nullable)
    if (typeof value === 'bigint') return decimal(String(value), value, type, whole)
    if (typeof value !== 'number') refuse(value, type)
    if (!Number.isFinite(value)) refuse(value, type, 'it is no number')
    return decimal(plainDigits(value), value, type, whole)
  }
}

function decimal(text: string, value: Value, type: Of<'decimal'>, whole: number): string {
  const result = canonicalDecimal(text, whole, type.scale)
  if (result.length > 0) return result
  if (!/^-?(?:\d+(?:\.\d+)?|\.\d+)$/.test(text)) refuse(value, type, 'a decimal is written in digits and a point')
  return refuse(value, type)
}

/**
 * Floats: a value goes in where the nearest float writes the same digits: 0.1 does, 16777217 into 32 bits doesn't.
 *
 * NaN and the infinities are refused: not every database has them.
 */
export function floatChecker(type: Of<'float'>, nullable: boolean): Checker {
  return type.bits === 64 ? doubleChecker(type, nullable) : singleChecker(type, nullable)
}

function doubleChecker(type: Of<'float'>, nullable: boolean): Checker {
  return (value) => {
    if (typeof value === 'number' && Number.isFinite(value)) return value
    return value === null ? orNull(nullable) : float(value, type, Number)
  }
}

function singleChecker(type: Of<'float'>, nullable: boolean): Checker {
  return (value) => {
    if (typeof value === 'number' && Math.fround(value) === value && Number.isFinite(value)) return value
    return value === null ? orNull(nullable) : float(value, type, (given) => Math.fround(Number(given)))
  }
}

function float(value: Value, type: Of<'float'>, nearest: (value: string | number | bigint) => number): number {
  if (typeof value === 'boolean' || !isScalar(value)) return refuse(value, type)
  const number = nearest(value)
  if (typeof value === 'string' && !NUMERAL.test(value)) return refuse(value, type, 'it is not written as a number')
  if (typeof value === 'number' && !Number.isFinite(value)) return refuse(value, type, 'it is no number')
  if (!Number.isFinite(number)) return refuse(value, type, 'it is out of range')
  const kept = typeof value === 'bigint' ? BigInt(number) === value : isKept(String(value), number, type.bits)
  return kept ? number : refuse(value, type, `the nearest is ${number}`)
}

/** Any 15 digits come through a double, any 6 and every whole number of 7 through a single; the rest is held against it. */
function isKept(text: string, nearest: number, bits: 32 | 64): boolean {
  const isShort = text.length <= (bits === 64 ? 15 : 7) && !text.includes('e') && !text.includes('E')
  return isShort || sameDigits(text, nearest)
}

/** Booleans: true and false, 1 and 0, and the texts true, false, t, f, 1 and 0 in either case. */
export function booleanChecker(type: Of<'boolean'>, nullable: boolean): Checker {
  return (value) => {
    if (typeof value === 'boolean') return value
    if (value === 1 || value === 1n) return true
    if (value === 0 || value === 0n) return false
    if (value === null) return orNull(nullable)
    return typeof value === 'string' ? truth(value, type) : refuse(value, type)
  }
}

function truth(text: string, type: Of<'boolean'>): boolean {
  switch (text.toLowerCase()) {
    case '1': case 't': case 'true': return true
    case '0': case 'f': case 'false': return false
    default: return refuse(text, type, 'true, false, t, f, 1 and 0 do')
  }
}
