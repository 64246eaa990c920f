import { hasTypeWord, readTypeWord } from '../type-words.ts'
import type { TypeWords } from '../type-words.ts'
import type { ValueType } from '../value-type.ts'
import { integerOf } from './result-type.ts'

/** A type word: what DuckDB calls it, and what such a column may hold. */
export interface TypeWord {
  readonly sql: string
  readonly type: ValueType
}
type Reader = TypeWords<TypeWord>[string]

const fixed = (sql: string, type: ValueType): Reader => () => ({ sql, type })
const other = (sql: string): Reader => () => ({ sql, type: { kind: 'other', name: sql } })
const text = (bytes?: number): Reader => ([length]) => ({
  sql: 'VARCHAR', type: { kind: 'text', ...length !== undefined && { length: Number(length) }, ...bytes !== undefined && { bytes } },
})
const binary = (length?: number): Reader => ([given]) => {
  const bytes = given === undefined ? length : Number(given)
  return { sql: 'BLOB', type: { kind: 'binary', ...bytes !== undefined && { length: bytes } } }
}
/** A display width says nothing about what a column holds: it is dropped. */
const integer = (bits: 8 | 16 | 32 | 64, holds: number = bits): Reader => (_, unsigned) => ({
  sql: `${unsigned ? 'U' : ''}${INTEGER_WORDS[bits]}`, type: integerOf(holds, !unsigned),
})
const float = (bits: 32 | 64): Reader => ([precision, scale]) => {
  const wide = bits === 64 || (scale === undefined && Number(precision ?? 0) > 24)
  return wide ? { sql: 'DOUBLE', type: { kind: 'float', bits: 64 } } : { sql: 'FLOAT', type: { kind: 'float', bits: 32 } }
}
/** DuckDB's own default is 18 digits, 3 of them after the point. */
const decimal: Reader = ([digits, after]) => {
  const precision = Number(digits ?? 18)
  const scale = Number(after ?? (digits === undefined ? 3 : 0))
  if (precision < 1 || precision > 38 || scale > precision) return undefined
  return { sql: `DECIMAL(${precision},${scale})`, type: { kind: 'decimal', precision, scale } }
}
/** TIMESTAMP always holds six digits; a smaller precision is held by the check of the values. */
const instant = (sql: string, most = 6): Reader => ([precision]) => {
  const digits = Number(precision ?? most)
  return digits > most ? undefined : { sql, type: { kind: 'timestamp', precision: digits } }
}
const time: Reader = ([precision]) => ({ sql: 'TIME', type: { kind: 'time', precision: Math.min(6, Number(precision ?? 6)) } })
const enumeration: Reader = (values) => values.length === 0 ? undefined : {
  sql: `ENUM(${values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ')})`, type: { kind: 'enum', values },
}

const INTEGER_WORDS = { 8: 'TINYINT', 16: 'SMALLINT', 32: 'INTEGER', 64: 'BIGINT' } as const

const WORDS: TypeWords<TypeWord> = {
  'KEY': fixed('INTEGER NOT NULL PRIMARY KEY', integerOf(32, true)),
  'TINYINT': integer(8), 'INT1': integer(8),
  'SMALLINT': integer(16), 'INT2': integer(16), 'SHORT': integer(16),
  'MEDIUMINT': integer(32, 24), 'INT3': integer(32, 24), 'MIDDLEINT': integer(32, 24),
  'INT': integer(32), 'INTEGER': integer(32), 'INT4': integer(32), 'SIGNED': integer(32),
  'BIGINT': integer(64), 'INT8': integer(64), 'LONG': integer(64),
  'UTINYINT': fixed('UTINYINT', integerOf(8, false)), 'USMALLINT': fixed('USMALLINT', integerOf(16, false)),
  'UINTEGER': fixed('UINTEGER', integerOf(32, false)), 'UBIGINT': fixed('UBIGINT', integerOf(64, false)),
  'HUGEINT': fixed('HUGEINT', integerOf(128, true)), 'INT128': fixed('HUGEINT', integerOf(128, true)),
  'UHUGEINT': fixed('UHUGEINT', integerOf(128, false)), 'UINT128': fixed('UHUGEINT', integerOf(128, false)),
  'YEAR': fixed('SMALLINT', { kind: 'integer', min: 0n, max: 2155n }),
  'BOOL': fixed('BOOLEAN', { kind: 'boolean' }), 'BOOLEAN': fixed('BOOLEAN', { kind: 'boolean' }), 'LOGICAL': fixed('BOOLEAN', { kind: 'boolean' }),
  'DECIMAL': decimal, 'NUMERIC': decimal, 'DEC': decimal, 'FIXED': decimal,
  'FLOAT': float(32), 'FLOAT4': float(32), 'REAL': float(32),
  'DOUBLE': float(64), 'DOUBLE PRECISION': float(64), 'FLOAT8': float(64),
  'CHAR': text(), 'CHARACTER': text(), 'NCHAR': text(), 'BPCHAR': text(), 'VARCHAR': text(), 'NVARCHAR': text(), 'CHARACTER VARYING': text(),
  'CHAR VARYING': text(), 'STRING': text(), 'TEXT': text(), 'TINYTEXT': text(255), 'MEDIUMTEXT': text(16_777_215), 'LONGTEXT': text(),
  'SET': fixed('VARCHAR', { kind: 'text' }),
  'ENUM': enumeration,
  'BINARY': binary(), 'VARBINARY': binary(), 'BLOB': binary(), 'BYTEA': binary(),
  'TINYBLOB': binary(255), 'MEDIUMBLOB': binary(16_777_215), 'LONGBLOB': binary(),
  'DATE': fixed('DATE', { kind: 'date' }),
  'DATETIME': instant('TIMESTAMP'), 'TIMESTAMP': instant('TIMESTAMP'), 'TIMESTAMP WITHOUT TIME ZONE': instant('TIMESTAMP'), 'TIMESTAMP_US': instant('TIMESTAMP'),
  'TIMESTAMP_S': instant('TIMESTAMP_S', 0), 'TIMESTAMP_MS': instant('TIMESTAMP_MS', 3),
  'TIMESTAMPTZ': instant('TIMESTAMPTZ'), 'TIMESTAMP WITH TIME ZONE': instant('TIMESTAMPTZ'),
  'TIME': time, 'TIME WITHOUT TIME ZONE': time,
  'JSON': fixed('JSON', { kind: 'json' }),
  'UUID': fixed('UUID', { kind: 'uuid' }), 'GUID': fixed('UUID', { kind: 'uuid' }),
  'NULL': fixed('"NULL"', { kind: 'null' }), '"NULL"': fixed('"NULL"', { kind: 'null' }),
  'TIMESTAMP_NS': other('TIMESTAMP_NS'), 'TIMETZ': other('TIMETZ'), 'TIME WITH TIME ZONE': other('TIMETZ'), 'TIME_NS': other('TIME_NS'),
  'INTERVAL': other('INTERVAL'), 'BIT': other('BIT'), 'BITSTRING': other('BIT'), 'BIGNUM': other('BIGNUM'),
}

/** Every word that is read here, to find the one that a misspelt one meant. */
export const typeWords: readonly string[] = Object.keys(WORDS)

/**
 * Reads a type as somebody declared it, in MySQL's words or DuckDB's, or as DuckDB describes it.
 *
 * A text's length and an instant's precision are kept in what the column may hold, for the check of the values: DuckDB
 * itself enforces neither. Returns undefined for a word that nobody here knows.
 *
 * @example
 * typeWord('MEDIUMINT(8) UNSIGNED')   // { sql: 'UINTEGER', type: { kind: 'integer', min: 0n, max: 16777215n } }
 */
export function typeWord(declared: string): TypeWord | undefined {
  return readTypeWord(declared, WORDS, (name) => NESTED.test(name) ? { sql: declared, type: { kind: 'other', name: declared } } : undefined)
}

const NESTED = /^(STRUCT|MAP|UNION|LIST|VARIANT|GEOMETRY)\b|[[\]]/

export const isTypeWord = (declared: string): boolean => hasTypeWord(declared, WORDS)

/** The SQL type that holds a value type exactly. */
export function typeSql(type: ValueType): string {
  switch (type.kind) {
    case 'integer': return integerSql(type.min, type.max)
    case 'decimal': return type.precision > 38 ? 'VARCHAR' : `DECIMAL(${Math.max(1, type.precision)},${type.scale})`
    case 'float': return type.bits === 32 ? 'FLOAT' : 'DOUBLE'
    case 'boolean': return 'BOOLEAN'
    case 'binary': return 'BLOB'
    case 'date': return 'DATE'
    case 'timestamp': return 'TIMESTAMP'
    case 'time': return 'TIME'
    case 'json': return 'JSON'
    case 'uuid': return 'UUID'
    default: return 'VARCHAR'
  }
}

function integerSql(min: bigint, max: bigint): string {
  if (min >= -2_147_483_648n && max <= 2_147_483_647n) return 'INTEGER'
  if (min >= -9_223_372_036_854_775_808n && max <= 9_223_372_036_854_775_807n) return 'BIGINT'
  return min >= 0n && max > (1n << 127n) - 1n ? 'UHUGEINT' : 'HUGEINT'
}
