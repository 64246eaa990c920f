import type { Value, ValueType } from '../value-type.ts'
import { messageOf } from '../../errors.ts'
import { isScalar, orNull, refuse } from './bad-value.ts'
import { jsonFault } from './json.ts'

type Checker = (value: Value) => Value
type Of<K extends ValueType['kind']> = Extract<ValueType, { kind: K }>

const HALF = 'it holds half a character (a lone surrogate)'
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

declare global {
  interface String {
    /** Part of every Node from 20 on; the compiler's library calls it newer. */
    isWellFormed(): boolean
  }
}

/** Text as it is; numbers and booleans by their canonical text. */
export function textChecker(type: Of<'text'>, nullable: boolean): Checker {
  // No character takes more than three bytes for each of its UTF-16 units: a text so short needs no counting
  const surely = type.trims || type.noNul ? 0 : Math.min(type.length ?? Infinity, Math.floor((type.bytes ?? Infinity) / 3))
  return (value) => {
    if (typeof value === 'string') return value.length <= surely && value.isWellFormed() ? value : counted(value, type)
    if (value === null) return orNull(nullable)
    if (value instanceof Uint8Array) return refuse(value, type, 'bytes have no characters; decode them in the source')
    if (!isScalar(value)) return refuse(value, type)
    if (typeof value === 'number' && !Number.isFinite(value)) return refuse(value, type, 'it is no number')
    return counted(String(value), type)
  }
}

function counted(text: string, type: Of<'text'>): string {
  if (!text.isWellFormed()) refuse(text, type, HALF)
  const { length = Infinity, bytes = Infinity, trims = false, noNul = false } = type
  if (noNul && text.includes('\0')) refuse(text, type, 'it holds the character U+0000, which this database has not; take it out in the source')
  if (trims && text.endsWith(' ')) refuse(text, type, 'a CHAR drops the blanks at its end; trim it in the source, or declare the column VARCHAR')
  if (text.length > length && characters(text) > length) refuse(text, type, `it has ${characters(text)} characters`)
  if (text.length * 3 > bytes && Buffer.byteLength(text) > bytes) refuse(text, type, `it has ${Buffer.byteLength(text)} bytes`)
  return text
}

/** Code points: what databases count as characters. */
function characters(text: string): number {
  let count = text.length
  for (let at = 0; at < text.length; at += 1) if ((text.charCodeAt(at) & 0xfc00) === 0xdc00) count -= 1
  return count
}

/** Exactly one of the members: case and blanks count. */
export function enumChecker(type: Of<'enum'>, nullable: boolean): Checker {
  const members = new Set(type.values)
  return (value) => {
    if (typeof value === 'string' && members.has(value)) return value
    return value === null ? orNull(nullable) : refuse(value, type)
  }
}

/** Text that parses as JSON, kept as it was given. */
export function jsonChecker(type: Of<'json'>, nullable: boolean): Checker {
  return (value) => {
    if (typeof value !== 'string') return value === null ? orNull(nullable) : refuse(value, type, 'JSON is text')
    if (!value.isWellFormed()) refuse(value, type, HALF)
    try {
      JSON.parse(value)
    } catch (error) {
      refuse(value, type, messageOf(error))
    }
    const fault = jsonFault(value, type)
    return fault === undefined ? value : refuse(value, type, fault)
  }
}

/** UUIDs, eight-four-four-four-twelve hexadecimal digits, come out in lower case. */
export function uuidChecker(type: Of<'uuid'>, nullable: boolean): Checker {
  return (value) => {
    if (value === null) return orNull(nullable)
    const lower = typeof value === 'string' ? value.toLowerCase() : ''
    return UUID.test(lower) ? lower : refuse(value, type)
  }
}

export function binaryChecker(type: Of<'binary'>, nullable: boolean): Checker {
  const { length = Infinity, fills = false } = type
  return (value) => {
    if (value instanceof Uint8Array && fills && value.length < length) return refuse(value, type, 'a BINARY fills it up with zero bytes; declare the column VARBINARY')
    if (value instanceof Uint8Array && value.length <= length) return value
    return value === null ? orNull(nullable) : refuse(value, type, value instanceof Uint8Array ? undefined : 'it is not bytes')
  }
}
