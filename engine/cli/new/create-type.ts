import type { ValueType } from '../../db/value-type.ts'
import type { LiveColumn } from './read-table.ts'
import type { Seen } from './seen.ts'

/** Characters up to which a text is a VARCHAR: many of them fit into the longest row that any warehouse takes. */
const SHORT = 255
/** Characters that an index takes on every warehouse. */
const INDEXABLE = 700
/** Characters of four bytes that a TEXT holds on every warehouse. */
const TEXT_HOLDS = 16_000
/** Digits that a DECIMAL has on every warehouse. */
const DIGITS = 38
const MOST_SCALE = 30

/**
 * The type of a create that takes a live column's values in on every warehouse; undefined where no load carries them.
 * `isLookup`: members are found by it, so that it should be short enough for an index.
 */
export function createType({ type, seen }: Pick<LiveColumn, 'type' | 'seen'>, isLookup: boolean): string | undefined {
  switch (type.kind) {
    case 'integer': return integer(type.min, type.max)
    case 'decimal': return decimal(type.precision, type.scale, seen)
    case 'float': return type.bits === 32 ? 'FLOAT' : 'DOUBLE'
    case 'boolean': return 'BOOLEAN'
    case 'text': return type.untyped === true ? guessed(seen, isLookup) : text(type, seen, isLookup)
    case 'enum': return varchar(Math.max(20, ...type.values.map((value) => Array.from(value).length)))
    case 'binary': return type.length !== undefined && type.length <= SHORT ? `VARBINARY(${Math.max(1, type.length)})` : 'LONGBLOB'
    case 'date': return 'DATE'
    case 'timestamp': return 'TIMESTAMP'
    case 'time': return type.precision === 0 ? 'TIME' : 'TIME(6)'
    case 'json': return 'JSON'
    case 'uuid': return 'CHAR(36)'
    case 'null': return varchar(SHORT)
    default: return undefined
  }
}

/** Whether a database compares values of this type of a create by a collation. */
export const isText = (created: string): boolean => /CHAR|TEXT/.test(created)

function integer(min: bigint, max: bigint): string {
  if (min >= -(2n ** 31n) && max < 2n ** 31n) return 'INT'
  return min >= -(2n ** 63n) && max < 2n ** 63n ? 'BIGINT' : `DECIMAL(${Math.min(DIGITS, String(max).length)},0)`
}

/** Where the type has more digits than a warehouse may have, those that were seen, with as many before the point as there is room for. */
function decimal(precision: number, scale: number, seen: Seen | undefined): string {
  if (precision <= DIGITS && scale <= MOST_SCALE) return `DECIMAL(${Math.max(1, precision)},${scale})`
  const digits = seen?.digits
  if (digits === undefined || digits.whole + digits.after > DIGITS || digits.after > MOST_SCALE) return 'TEXT'
  const after = seen?.isEmpty === true ? 10 : digits.after
  return `DECIMAL(${digits.whole + after <= 18 ? 18 : DIGITS},${after})`
}

function text(type: Extract<ValueType, { kind: 'text' }>, seen: Seen | undefined, isLookup: boolean): string {
  if (type.length !== undefined) return type.length <= (isLookup ? INDEXABLE : SHORT) ? varchar(Math.max(1, type.length)) : long(type.length)
  if (type.bytes !== undefined && type.bytes <= SHORT) return varchar(SHORT)
  if (isLookup) return short(seen)
  return type.bytes !== undefined && type.bytes <= 65_535 ? 'TEXT' : long(seen?.longest ?? 0)
}

/** What a text that has no type of its own has turned out to be. */
function guessed(seen: Seen | undefined, isLookup: boolean): string {
  if (seen === undefined || seen.isEmpty) return varchar(SHORT)
  if (seen.word !== undefined) return seen.word
  if (seen.digits !== undefined && seen.digits.after > 0 && seen.digits.whole + seen.digits.after <= DIGITS) return decimal(Infinity, 0, seen)
  if (isLookup) return short(seen)
  // Half of it is left for what comes later.
  return seen.longest * 2 <= SHORT ? varchar(SHORT) : long(seen.longest)
}

const short = (seen: Seen | undefined): string => {
  const longest = seen?.longest ?? 0
  return longest * 2 <= SHORT ? varchar(SHORT) : longest <= INDEXABLE ? varchar(INDEXABLE) : long(longest)
}
const long = (characters: number): string => characters <= TEXT_HOLDS ? 'TEXT' : 'LONGTEXT'
const varchar = (length: number): string => `VARCHAR(${length})`
