import type { Dialect } from './dialect.ts'
import type { Statement } from './connection.ts'
import type { ValueType } from './value-type.ts'

type Of<K extends ValueType['kind']> = Extract<ValueType, { kind: K }>
type Words = Pick<Dialect, 'same' | 'textBytes'>

/**
 * SQL that is true for the values of a column of one type that a column of another can't hold; undefined where all of
 * them fit, and where no cheap words tell which don't.
 *
 * @example
 * unfit('o."city"', { kind: 'text', length: 40 }, { kind: 'text', length: 18 }, dialect)   // { sql: 'CHAR_LENGTH(o."city") > 18' }
 */
export function unfit(value: string, from: ValueType, to: ValueType, words: Words): Statement | undefined {
  switch (to.kind) {
    case 'text': return said(tooLong(value, from, to, words))
    case 'integer': return said(outside(value, from, to))
    case 'decimal': return said(tooGreat(value, from, to))
    case 'float': return said(inexact(value, from, to))
    case 'boolean': return from.kind === 'integer' ? said([`${value} NOT IN (0, 1)`]) : undefined
    case 'enum': return noMember(value, from, to, words)
    case 'binary': return from.kind === 'binary' && (from.length ?? Infinity) > (to.length ?? Infinity) ? { sql: `OCTET_LENGTH(${value}) > ${to.length}` } : undefined
    default: return undefined
  }
}

const said = (conditions: readonly string[]): Statement | undefined => (conditions.length === 0 ? undefined : { sql: conditions.join(' OR ') })

function tooLong(value: string, from: ValueType, { length = Infinity, bytes = Infinity }: Of<'text'>, { textBytes }: Words): string[] {
  const most = mostCharacters(from)
  if (most === undefined) return []
  const text = from.kind === 'text' ? value : `CONCAT(${value})`
  const mostBytes = from.kind === 'text' ? Math.min(from.bytes ?? Infinity, most * 4) : most * 4
  return [
    ...most > length ? [`CHAR_LENGTH(${text}) > ${length}`] : [],
    ...mostBytes > bytes ? [`${textBytes(text)} > ${bytes}`] : [],
  ]
}

/** The most characters that a value of a type is written in; undefined where it goes to no text. */
function mostCharacters(type: ValueType): number | undefined {
  switch (type.kind) {
    case 'text': return Math.min(type.length ?? Infinity, type.bytes ?? Infinity)
    case 'integer': return Math.max(String(type.min).length, String(type.max).length)
    // A sign, a point, and the nought before it where all digits stand behind it.
    case 'decimal': return type.precision + (type.scale === 0 ? 1 : type.scale === type.precision ? 3 : 2)
    case 'boolean': return 5
    case 'enum': return Math.max(0, ...type.values.map((value) => Array.from(value).length))
    // Years have up to seven digits, and may be those before Christ: 5877642-06-25 (BC)
    case 'date': return 18
    // MySQL's go from -838:59:59 on.
    case 'time': return 11 + type.precision
    // A date, a time of day, a point, and an offset.
    case 'timestamp': return 18 + 9 + 1 + type.precision + 6
    case 'uuid': return 36
    case 'json': return Infinity
    default: return undefined
  }
}

function outside(value: string, from: ValueType, { min, max }: Of<'integer'>): string[] {
  const held = rangeOf(from)
  if (held === undefined) return []
  return [...held.min < min ? [`${value} < ${min}`] : [], ...held.max > max ? [`${value} > ${max}`] : []]
}

/** The whole numbers that a type reaches to. */
function rangeOf(type: ValueType): { readonly min: bigint; readonly max: bigint } | undefined {
  if (type.kind === 'integer') return type
  if (type.kind !== 'decimal') return undefined
  const end = 10n ** BigInt(type.precision - type.scale)
  return { min: 1n - end, max: end - 1n }
}

function tooGreat(value: string, from: ValueType, { precision, scale }: Of<'decimal'>): string[] {
  const held = rangeOf(from)
  const end = 10n ** BigInt(precision - scale)
  return held === undefined || (held.min > -end && held.max < end) ? [] : [`${value} <= -${end} OR ${value} >= ${end}`]
}

/** Up to here a float holds every whole number; beyond it some of them, and no cheap words tell which. */
function inexact(value: string, from: ValueType, { bits }: Of<'float'>): string[] {
  const most = 2n ** (bits === 32 ? 24n : 53n)
  return from.kind === 'integer' ? outside(value, from, { kind: 'integer', min: -most, max: most }) : []
}

function noMember(value: string, from: ValueType, to: Of<'enum'>, { same }: Words): Statement | undefined {
  if (from.kind !== 'enum' && from.kind !== 'text') return undefined
  if (from.kind === 'enum' && from.values.every((member) => to.values.includes(member))) return undefined
  // A database's own ENUM takes nothing but its members for a comparison: as a text it is compared with any.
  const isOne = to.values.map(() => same('?', `CONCAT(${value})`, { kind: 'text' })).join(' OR ')
  return { sql: `${value} IS NOT NULL AND NOT (${isOne})`, values: to.values }
}
