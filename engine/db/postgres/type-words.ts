import { hasTypeWord, readTypeWord } from '../type-words.ts'
import type { TypeWords } from '../type-words.ts'
import type { ValueType } from '../value-type.ts'
import { quote } from './text.ts'
import { integerType, writePostgresType } from './types.ts'

/** A type word: what PostgreSQL calls it, what such a column may hold, and a CHECK where its own type holds more. */
interface TypeWord {
  readonly sql: string
  readonly type: ValueType
  readonly check?: (column: string) => string
}
type Reader = TypeWords<TypeWord>[string]

const fixed = (sql: string, type: ValueType): Reader => () => ({ sql, type })
const between = (min: bigint, max: bigint) => (column: string): string => `${quote(column)} BETWEEN ${min} AND ${max}`
const notNegative = (column: string): string => `${quote(column)} >= 0`

/** The next larger type where PostgreSQL has none of this size or without a sign. A display width says nothing. */
const integer = (bits: number): Reader => (_, unsigned) => {
  const size = 1n << BigInt(unsigned ? bits : bits - 1)
  const [min, max] = [unsigned ? 0n : -size, size - 1n]
  const type: ValueType = { kind: 'integer', min, max }
  const sql = writePostgresType(type)
  return [16, 32, 64].includes(bits) && !unsigned ? { sql, type } : { sql, type, check: between(min, max) }
}
const text = (bytes?: number): Reader => ([length]) => ({
  sql: length === undefined || bytes !== undefined ? 'TEXT' : `VARCHAR(${length})`,
  type: { kind: 'text', noNul: true, ...length !== undefined && { length: Number(length) }, ...bytes !== undefined && { bytes } },
})
/** CHAR without a length is one character; it is a VARCHAR here, for PostgreSQL fills a CHAR up with blanks. */
const character: Reader = ([length = '1']) => ({ sql: `VARCHAR(${length})`, type: { kind: 'text', noNul: true, length: Number(length) } })
const binary = (most?: number): Reader => ([given]) => {
  const length = given === undefined ? most : Number(given)
  return { sql: 'BYTEA', type: { kind: 'binary', ...length !== undefined && { length } }, ...length !== undefined && { check: (column) => `octet_length(${quote(column)}) <= ${length}` } }
}
/** Without digits PostgreSQL holds any number of them, and another database another number: they must be stated. */
const decimal: Reader = ([digits, after = '0'], unsigned) => {
  const [precision, scale] = [Number(digits ?? 0), Number(after)]
  if (precision < 1 || precision > 1000 || scale > precision) return undefined
  return { sql: `NUMERIC(${precision},${scale})`, type: { kind: 'decimal', precision, scale }, ...unsigned && { check: notNegative } }
}
const float = (bits: 32 | 64): Reader => ([precision, scale], unsigned) => {
  const wide = bits === 64 || (scale === undefined && Number(precision ?? 0) > 24)
  return { sql: wide ? 'DOUBLE PRECISION' : 'REAL', type: { kind: 'float', bits: wide ? 64 : 32 }, ...unsigned && { check: notNegative } }
}
/** PostgreSQL rounds to the precision; values are held to it before. */
const instant = (word: string, after: string): Reader => ([precision]) => {
  const digits = Number(precision ?? 6)
  return digits > 6 ? undefined : { sql: `${word}(${digits})${after}`, type: { kind: 'timestamp', precision: digits } }
}
const time: Reader = ([precision]) => {
  const digits = Math.min(6, Number(precision ?? 6))
  return { sql: `TIME(${digits})`, type: { kind: 'time', precision: digits } }
}
const enumeration: Reader = (values) => values.length === 0 ? undefined : {
  sql: 'TEXT', type: { kind: 'enum', values }, check: (column) => `${quote(column)} IN (${values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ')})`,
}

const WORDS: TypeWords<TypeWord> = {
  'KEY': fixed('INTEGER', integerType(32)),
  'TINYINT': integer(8), 'INT1': integer(8),
  'SMALLINT': integer(16), 'INT2': integer(16),
  'MEDIUMINT': integer(24), 'INT3': integer(24), 'MIDDLEINT': integer(24),
  'INT': integer(32), 'INTEGER': integer(32), 'INT4': integer(32), 'SIGNED': integer(32),
  'BIGINT': integer(64), 'INT8': integer(64),
  'YEAR': () => ({ sql: 'SMALLINT', type: { kind: 'integer', min: 0n, max: 2155n }, check: between(0n, 2155n) }),
  'BOOL': fixed('BOOLEAN', { kind: 'boolean' }), 'BOOLEAN': fixed('BOOLEAN', { kind: 'boolean' }),
  'DECIMAL': decimal, 'NUMERIC': decimal, 'DEC': decimal, 'FIXED': decimal,
  'FLOAT': float(32), 'FLOAT4': float(32), 'REAL': float(32),
  'DOUBLE': float(64), 'DOUBLE PRECISION': float(64), 'FLOAT8': float(64),
  'CHAR': character, 'CHARACTER': character, 'NCHAR': character, 'BPCHAR': character,
  'VARCHAR': text(), 'NVARCHAR': text(), 'CHARACTER VARYING': text(), 'CHAR VARYING': text(), 'STRING': text(),
  'TEXT': text(), 'TINYTEXT': text(255), 'MEDIUMTEXT': text(16_777_215), 'LONGTEXT': text(),
  'SET': fixed('TEXT', { kind: 'text', noNul: true }),
  'ENUM': enumeration,
  'BINARY': binary(), 'VARBINARY': binary(), 'BLOB': binary(), 'BYTEA': binary(),
  'TINYBLOB': binary(255), 'MEDIUMBLOB': binary(16_777_215), 'LONGBLOB': binary(),
  'DATE': fixed('DATE', { kind: 'date' }),
  'DATETIME': instant('TIMESTAMP', ''), 'TIMESTAMP': instant('TIMESTAMP', ''), 'TIMESTAMP WITHOUT TIME ZONE': instant('TIMESTAMP', ''),
  'TIMESTAMPTZ': instant('TIMESTAMP', ' WITH TIME ZONE'), 'TIMESTAMP WITH TIME ZONE': instant('TIMESTAMP', ' WITH TIME ZONE'),
  'TIME': time, 'TIME WITHOUT TIME ZONE': time,
  'JSON': fixed('JSON', { kind: 'json' }), 'JSONB': fixed('JSONB', { kind: 'json', parsed: true }),
  'UUID': fixed('UUID', { kind: 'uuid' }),
}

/** Every word that is read here, to find the one that a misspelt one meant. */
export const typeWords: readonly string[] = Object.keys(WORDS)

/**
 * Reads a type as somebody declared it, in MySQL's words or PostgreSQL's. Returns undefined for a word that nobody here knows.
 *
 * @example
 * typeWord('MEDIUMINT(8) UNSIGNED')   // { sql: 'INTEGER', type: { kind: 'integer', min: 0n, max: 16777215n }, check: … }
 */
export const typeWord = (declared: string): TypeWord | undefined => readTypeWord(declared, WORDS)

export const isTypeWord = (declared: string): boolean => hasTypeWord(declared, WORDS)
