import knex from 'knex'
import { ConfigurationError } from '../../errors.ts'
import type { Dialect } from '../dialect.ts'
import type { ValueType } from '../value-type.ts'
import { NOW, after } from './clock.ts'
import { columnType, createIndexes, createKeyless, createKeys, createLanding, createTable, renameTable } from './ddl.ts'
import { literal, quote } from './text.ts'
import { typeWord, typeWords } from './type-words.ts'
import { comparedAs, writePostgresType } from './types.ts'

/** PostgreSQL's words. */
export const postgresDialect: Dialect = {
  name: 'postgres',
  // It never connects.
  knex: knex({ client: 'pg' }),

  transactionalDdl: true,
  rowLocks: true,
  generatedColumns: true,
  manyProcesses: true,

  quote,
  now: NOW,
  after,
  timestamp: (text) => `TIMESTAMP ${literal(instant(text))}`,
  same,
  equal,
  joinInOrder: 'JOIN',
  grouped: (expression) => expression,
  stored: (expression) => expression,
  guarded,
  readsText: () => false,
  joins: ({ kind }) => ['integer', 'text', 'uuid'].includes(kind),
  joinsByIndex: false,
  held: undefined,
  wholeNumber: (expression) => `(${expression})::BIGINT`,
  textBytes: (expression) => `octet_length(${expression})`,

  readType: (sqlType) => typeWord(sqlType)?.type ?? { kind: 'other', name: sqlType },
  typeWords,
  writeType: writePostgresType,
  columnType,

  createTable,
  createKeyless,
  createKeys,
  landsInOrderOf: () => false,
  createLanding,
  rowNumber: 'ROW_NUMBER() OVER ()',
  // Tables are compared by hash joins, which use no index.
  indexLanding: () => [],
  createIndexes,
  swap: (swaps) => swaps.flatMap(({ live, staging, old }) => [...old === undefined ? [] : [renameTable(live, old)], ...staging === undefined ? [] : [renameTable(staging, live)]]),
  // A table that was just filled counts as empty until the server's own worker has looked.
  statistics: (name) => [`ANALYZE ${quote(name)}`],
  commentOn: (name, comment) => `COMMENT ON TABLE ${quote(name)} IS ${literal(comment)}`,
  dropTable: (name) => `DROP TABLE IF EXISTS ${quote(name)}`,
  dropTables: (names) => (names.length === 0 ? [] : [`DROP TABLE IF EXISTS ${names.map(quote).join(', ')}`]),
}

/**
 * Two arrays of one element each: their equality takes NULL for equal to NULL, and unlike IS NOT DISTINCT FROM it can be
 * hashed. Both sides are brought to one type, and texts to the collation that compares their bytes.
 */
function same(landed: string, other: string, type: ValueType, isFilled = false): string {
  const as = comparedAs(type)
  if (isFilled) return `${compared(landed, as)} = ${compared(other, as)}`
  return `ARRAY[${compared(landed, as)}] = ARRAY[${compared(other, as)}]`
}

/** What no other database has: the server's own error is made of it. */
function guarded(expression: string, type: ValueType): string {
  const odd = ODD[type.kind]?.(expression)
  return odd === undefined ? expression : `CASE WHEN ${odd} THEN ('none: ' || ${expression})::${writePostgresType(type)} ELSE ${expression} END`
}

const ODD: Readonly<Partial<Record<ValueType['kind'], (expression: string) => string>>> = {
  date: notOfOurYears, timestamp: notOfOurYears,
  decimal: (expression) => `${expression} = 'NaN'`,
  float: (expression) => `${expression} IN ('NaN', 'Infinity', '-Infinity')`,
}

function notOfOurYears(expression: string): string {
  return `NOT (${expression} >= '0001-01-01' AND ${expression} < '10000-01-01')`
}

/** An array is made for each side of each row. */
function equal(landed: string, other: string, type: ValueType): string {
  const as = comparedAs(type)
  return `${compared(landed, as)} IS NOT DISTINCT FROM ${compared(other, as)}`
}

const compared = (expression: string, as: string): string => `(${expression})::${as}${as === 'TEXT' ? ' COLLATE "C"' : ''}`

function instant(text: string): string {
  if (/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?$/.test(text)) return text
  throw new ConfigurationError(`${JSON.stringify(text)} is no instant`, { wayOut: 'write YYYY-MM-DD HH:MM:SS[.ffffff], in UTC' })
}
