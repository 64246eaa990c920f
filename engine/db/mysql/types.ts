import { tokenize } from '../../sql/tokens.ts'
import type { ValueType } from '../value-type.ts'

/** Bytes of each integer type. */
const INTEGERS = { TINYINT: 1, SMALLINT: 2, MEDIUMINT: 3, INT: 4, BIGINT: 8 } as const
/** Bytes that each text type holds; its BLOB as many. */
export const TEXT_BYTES = { TINYTEXT: 255, TEXT: 65_535, MEDIUMTEXT: 16_777_215, LONGTEXT: 4_294_967_295 } as const
/** YEAR also holds 0000, which as a text means 2000: too odd to be carried. */
export const YEAR: ValueType = { kind: 'integer', min: 1901n, max: 2155n }

export type IntegerName = keyof typeof INTEGERS
type TextName = keyof typeof TEXT_BYTES

const INTEGER_NAMES: readonly IntegerName[] = ['TINYINT', 'SMALLINT', 'MEDIUMINT', 'INT', 'BIGINT']
const INTEGER_ALIASES: Readonly<Record<string, IntegerName>> = {
  TINYINT: 'TINYINT', SMALLINT: 'SMALLINT', MEDIUMINT: 'MEDIUMINT', INT: 'INT', BIGINT: 'BIGINT',
  INTEGER: 'INT', INT1: 'TINYINT', INT2: 'SMALLINT', INT3: 'MEDIUMINT', MIDDLEINT: 'MEDIUMINT', INT4: 'INT', INT8: 'BIGINT', KEY: 'INT',
}
/** Every word that is read below, to find the one that a misspelt one meant. */
export const MYSQL_TYPE_WORDS: readonly string[] = [
  ...Object.keys(INTEGER_ALIASES), ...Object.keys(TEXT_BYTES), 'SERIAL', 'BOOL', 'BOOLEAN', 'BIT', 'DECIMAL', 'DEC', 'NUMERIC', 'FIXED',
  'FLOAT', 'FLOAT4', 'DOUBLE', 'DOUBLE PRECISION', 'REAL', 'FLOAT8', 'CHAR', 'NCHAR', 'CHARACTER', 'CHARACTER VARYING', 'VARCHAR', 'NVARCHAR', 'VARCHARACTER',
  'NATIONAL CHAR', 'NATIONAL VARCHAR', 'LONG', 'ENUM', 'BINARY', 'VARBINARY', 'TINYBLOB', 'BLOB', 'MEDIUMBLOB', 'LONGBLOB',
  'DATE', 'DATETIME', 'TIMESTAMP', 'TIME', 'YEAR', 'JSON', 'UUID', 'INET4', 'INET6',
]
const TIMESTAMP_COLUMN = { min: '1970-01-01 00:00:01', max: '2038-01-19 03:14:07.999999' }

export function integerType(name: IntegerName, unsigned: boolean): ValueType {
  const bits = BigInt(INTEGERS[name] * 8)
  return unsigned
    ? { kind: 'integer', min: 0n, max: 2n ** bits - 1n }
    : { kind: 'integer', min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n }
}

export function bitsType(bits: number): ValueType {
  return { kind: 'integer', min: 0n, max: 2n ** BigInt(bits) - 1n }
}

/** A type's text in parts: its first words, its numbers or values in brackets, and what follows. */
interface Parts {
  readonly words: readonly string[]
  readonly numbers: readonly number[]
  readonly values: readonly string[]
}

/**
 * The type behind a text: a word of DDL (`declared`: a TIMESTAMP is then the word for an instant, which becomes a
 * DATETIME(6)), or a COLUMN_TYPE of information_schema. `tinyint(1)` is an integer: MySQL lets 7 into it.
 */
export function readMysqlType(sqlType: string, declared: boolean): ValueType {
  const { words, numbers, values } = partsOf(sqlType)
  const [first = '', second = ''] = words
  const [size, scale] = numbers
  const unsigned = words.includes('UNSIGNED') || words.includes('ZEROFILL')
  const integer = Object.hasOwn(INTEGER_ALIASES, first) ? INTEGER_ALIASES[first] : undefined
  if (integer !== undefined) return integerType(integer, unsigned)
  switch (first) {
    case 'TINYTEXT': case 'TEXT': case 'MEDIUMTEXT': case 'LONGTEXT': return textOf(first, size)
    case 'SERIAL': return integerType('BIGINT', true)
    case 'BOOL': case 'BOOLEAN': return { kind: 'boolean' }
    case 'BIT': return bitsType(size ?? 1)
    case 'DECIMAL': case 'DEC': case 'NUMERIC': case 'FIXED': return { kind: 'decimal', precision: size ?? 10, scale: scale ?? 0 }
    case 'FLOAT': return scale !== undefined && declared ? rounding(sqlType, first) : { kind: 'float', bits: scale === undefined && size !== undefined && size > 24 ? 64 : 32 }
    case 'FLOAT4': return scale !== undefined && declared ? rounding(sqlType, first) : { kind: 'float', bits: 32 }
    case 'DOUBLE': case 'REAL': case 'FLOAT8': return scale !== undefined && declared ? rounding(sqlType, first) : { kind: 'float', bits: 64 }
    case 'CHAR': case 'NCHAR': case 'CHARACTER':
      if (words.includes('BYTE')) return { kind: 'binary', length: size ?? 1, fills: true }
      return second === 'VARYING' ? { kind: 'text', length: size ?? 0 } : { kind: 'text', length: size ?? 1, trims: true }
    case 'VARCHAR': case 'NVARCHAR': case 'VARCHARACTER': return { kind: 'text', length: size ?? 0 }
    case 'NATIONAL': return { kind: 'text', length: size ?? 1, ...!words.some((word) => word.startsWith('VAR')) && { trims: true } }
    case 'LONG': return second === 'VARBINARY' ? { kind: 'binary', length: TEXT_BYTES.MEDIUMTEXT } : textOf('MEDIUMTEXT', undefined)
    case 'ENUM': return { kind: 'enum', values }
    case 'SET': return { kind: 'other', name: 'SET, which sorts what it is given: declare it VARCHAR' }
    case 'BINARY': return { kind: 'binary', length: size ?? 1, fills: true }
    case 'VARBINARY': return { kind: 'binary', length: size ?? 0 }
    case 'TINYBLOB': return { kind: 'binary', length: TEXT_BYTES.TINYTEXT }
    case 'BLOB': return { kind: 'binary', length: bytesFor(size ?? TEXT_BYTES.TEXT) }
    case 'MEDIUMBLOB': return { kind: 'binary', length: TEXT_BYTES.MEDIUMTEXT }
    case 'LONGBLOB': return { kind: 'binary', length: TEXT_BYTES.LONGTEXT }
    case 'DATE': return { kind: 'date' }
    case 'DATETIME': return { kind: 'timestamp', precision: size ?? 0 }
    case 'TIMESTAMP': return declared ? { kind: 'timestamp', precision: size ?? 6 } : { kind: 'timestamp', precision: size ?? 0, ...TIMESTAMP_COLUMN }
    case 'TIME': return { kind: 'time', precision: size ?? 0 }
    case 'YEAR': return YEAR
    case 'JSON': return { kind: 'json' }
    case 'UUID': return { kind: 'uuid' }
    case 'INET4': return { kind: 'text', length: 15 }
    case 'INET6': return { kind: 'text', length: 39 }
    default: return { kind: 'other', name: sqlType }
  }
}

/** Given -0.01, a DOUBLE(10,2) may keep -0.010000000000000009. */
const rounding = (sqlType: string, first: string): ValueType => ({ kind: 'other', name: `${sqlType}, which rounds what it is given: declare it ${first}` })

function textOf(name: TextName, characters: number | undefined): ValueType {
  // TEXT(n) is the smallest text type that holds n characters.
  if (characters === undefined) return name === 'LONGTEXT' ? { kind: 'text' } : { kind: 'text', bytes: TEXT_BYTES[name] }
  const bytes = bytesFor(characters * 4)
  return bytes === TEXT_BYTES.LONGTEXT ? { kind: 'text' } : { kind: 'text', bytes }
}

/** What the smallest of the text types holds that holds so many bytes. */
function bytesFor(bytes: number): number {
  return Object.values(TEXT_BYTES).find((most) => most >= bytes) ?? TEXT_BYTES.LONGTEXT
}

function partsOf(sqlType: string): Parts {
  const tokens = tokenize(sqlType, 'mysql').tokens
  return {
    words: tokens.filter((token) => token.kind === 'word').map((token) => token.value.toUpperCase()),
    numbers: tokens.filter((token) => token.kind === 'number').map((token) => Number(token.value)),
    values: tokens.filter((token) => token.kind === 'string').map((token) => token.value),
  }
}

const MOST_DIGITS = 65
const MOST_SCALE = 30
const ENOUGH_FOR_VARCHAR = 16_383

/** The SQL type that holds a value type exactly. */
export function writeMysqlType(type: ValueType): string {
  switch (type.kind) {
    case 'integer': return writeInteger(type.min, type.max)
    case 'decimal': return type.precision <= MOST_DIGITS && type.scale <= MOST_SCALE ? `DECIMAL(${type.precision},${type.scale})` : 'LONGTEXT'
    case 'float': return type.bits === 32 ? 'FLOAT' : 'DOUBLE'
    case 'boolean': return 'TINYINT(1)'
    case 'text': return writeText(type.length, type.bytes)
    case 'enum': return writeText(Math.max(1, ...type.values.map((value) => Array.from(value).length)), undefined)
    case 'binary': return writeBinary(type.length)
    case 'date': return 'DATE'
    case 'timestamp': return `DATETIME(${Math.min(type.precision, 6)})`
    case 'time': return `TIME(${Math.min(type.precision, 6)})`
    case 'json': return 'JSON'
    case 'uuid': return 'CHAR(36)'
    case 'null': return 'VARCHAR(1)'
    default: return 'LONGTEXT'
  }
}

function writeInteger(min: bigint, max: bigint): string {
  for (const name of INTEGER_NAMES) {
    for (const unsigned of [false, true]) {
      const type = integerType(name, unsigned)
      if (type.kind === 'integer' && type.min <= min && max <= type.max) return unsigned ? `${name} UNSIGNED` : name
    }
  }
  const digits = Math.max(String(max).replace('-', '').length, String(min).replace('-', '').length)
  return digits <= MOST_DIGITS ? `DECIMAL(${digits},0)` : 'LONGTEXT'
}

function writeText(length: number | undefined, bytes: number | undefined): string {
  if (length !== undefined && length <= ENOUGH_FOR_VARCHAR) return `VARCHAR(${Math.max(length, 1)})`
  const most = Math.min(length === undefined ? Infinity : length * 4, bytes ?? Infinity)
  const fitting = Object.entries(TEXT_BYTES).find(([, holds]) => holds >= most)
  return fitting?.[0] ?? 'LONGTEXT'
}

function writeBinary(length: number | undefined): string {
  if (length !== undefined && length <= ENOUGH_FOR_VARCHAR) return `VARBINARY(${Math.max(length, 1)})`
  const fitting = Object.entries(TEXT_BYTES).find(([, holds]) => holds >= (length ?? Infinity))
  return (fitting?.[0] ?? 'LONGTEXT').replace('TEXT', 'BLOB')
}
