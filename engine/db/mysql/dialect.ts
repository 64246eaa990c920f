import knex from 'knex'
import { ConfigurationError } from '../../errors.ts'
import type { Dialect } from '../dialect.ts'
import type { ValueType } from '../value-type.ts'
import { columnType, createIndexes, createTable, renameTables } from './ddl.ts'
import type { Family } from './family.ts'
import { BYTES_A_CHARACTER, createLanding, indexLanding, landsInOrderOf } from './landing.ts'
import { SORTED_BYTES } from './server.ts'
import { literal, quote } from './text.ts'
import { MYSQL_TYPE_WORDS, readMysqlType, writeMysqlType } from './types.ts'

/** The words of MySQL (8) or MariaDB (10.5 and later). */
export function mysqlDialect(family: Family): Dialect {
  return {
    name: 'mysql',
    // It never connects; the ledger holds any text, whatever character set the database has.
    knex: knex({ client: 'mysql2', connection: { charset: 'utf8mb4' } }),
    // DDL commits by itself: the comment that travels with a RENAME is the record of a publish.
    transactionalDdl: false,
    rowLocks: true,
    generatedColumns: true,
    manyProcesses: true,
    quote,
    now: 'UTC_TIMESTAMP(6)',
    after: (seconds) => `(UTC_TIMESTAMP(6) + INTERVAL ${finite(seconds)} SECOND)`,
    timestamp: (text) => `TIMESTAMP${literal(instant(text))}`,
    same: (landed, other, type) => same(landed, other, type, family),
    equal: (landed, other, type) => same(landed, other, type, family),
    joinInOrder: 'STRAIGHT_JOIN',
    grouped,
    // A FLOAT is sent with six digits, a DOUBLE with all.
    stored: (expression, type) => (type.kind === 'float' && type.bits === 32 ? `${expression} + 0e0` : expression),
    guarded,
    readsText: () => false,
    // A text is looked up in the collation of its column, which takes some texts for others.
    joins: ({ kind }) => kind === 'integer',
    joinsByIndex: true,
    // A query with a LIMIT is worked out by itself, and its rows get a key of their own: with it some 50 to 90 bytes each, of 32 MB (server.ts). MySQL has 16.
    held: { ending: ' LIMIT 18446744073709551615', most: family.mariadb ? 300_000 : 100_000 },
    wholeNumber: (expression) => expression,
    textBytes: (expression) => `OCTET_LENGTH(CONVERT(${expression} USING utf8mb4))`,
    readType: (sqlType) => declared(readMysqlType(sqlType, true), family),
    typeWords: MYSQL_TYPE_WORDS,
    writeType: writeMysqlType,
    columnType,
    createTable: (definition, name, comment) => [createTable(definition, name, comment)],
    createKeyless: (definition, name, comment) => [createTable(definition, name, comment)],
    createKeys: () => [],
    landsInOrderOf,
    createLanding: (name, columns, comment, inOrderOf = []) => [createLanding(name, columns, comment, inOrderOf, family)],
    // A window over all rows sorts them in an order of its own.
    rowNumber: undefined,
    indexLanding,
    createIndexes,
    swap: (swaps) => [renameTables(swaps)],
    // Without it InnoDB takes a table that was just filled for one of a single row, until its own thread has looked.
    statistics: (name) => [`ANALYZE NO_WRITE_TO_BINLOG TABLE ${quote(name)}`],
    // Later readers wait behind it, and it is only tidying: one second, where the server can be told.
    commentOn: (name, comment) => `ALTER TABLE ${quote(name)}${family.mariadb ? ' WAIT 1' : ''} COMMENT = ${literal(comment)}`,
    dropTable: (name) => `DROP TABLE IF EXISTS ${quote(name)}`,
    dropTables: (names) => (names.length === 0 ? [] : [`DROP TABLE IF EXISTS ${names.map(quote).join(', ')}`]),
  }
}

/** MariaDB's JSON is a text that its JSON_VALID takes; MySQL keeps what the text means. */
function declared(type: ValueType, { mariadb }: Family): ValueType {
  if (type.kind !== 'json') return type
  return mariadb ? { kind: 'json', depth: 31 } : { kind: 'json', depth: 100, parsed: true }
}

function same(landed: string, other: string, type: ValueType, { mariadb, exact }: Family): string {
  switch (type.kind) {
    case 'text': case 'enum': case 'uuid': return exactly(landed, other, exact)
    // MariaDB's JSON is a text; MySQL's is compared in the one form that it gives to all of them.
    case 'json': return mariadb ? exactly(landed, other, exact) : exactly(`CONVERT(${landed} USING utf8mb4)`, other, exact)
    default: return `${landed} <=> ${other}`
  }
}

/** Only the other side is converted: the landing's own column stays as its index has it. */
function exactly(landed: string, other: string, exact: string): string {
  return `${landed} <=> CONVERT(${other} USING utf8mb4) COLLATE ${exact}`
}

/**
 * The server keeps days of a year 0, and those without a month or a day, of which an expression makes NULL without a word. What
 * is cast makes a mere warning of it, and a load refuses those.
 */
function guarded(expression: string, { kind }: ValueType): string {
  if (kind !== 'date' && kind !== 'timestamp') return expression
  return `IF(${expression} < '0001-01-01' OR MONTH(${expression}) = 0 OR DAYOFMONTH(${expression}) = 0, CAST(CONCAT('no day: ', ${expression}) AS DATETIME), ${expression})`
}

/**
 * A sort looks at the first `max_sort_length` bytes of a value, filled up with zero bytes: 'a' and 'a\0' are one to it, so that
 * others come between two that are equal. Behind the value stands what tells them apart: its digest, or its length where all
 * of it is looked at. A GROUP BY of short texts goes by the landing's index, which is exact, and would lose it.
 */
function grouped(expression: string, type: ValueType, inWindow: boolean): string {
  if (type.kind !== 'text' && type.kind !== 'binary') return expression
  const most = type.kind === 'text' ? Math.min((type.length ?? Infinity) * BYTES_A_CHARACTER, type.bytes ?? Infinity) : type.length ?? Infinity
  if (most > SORTED_BYTES) return `${expression}, SHA2(${expression}, 256)`
  return inWindow ? `${expression}, OCTET_LENGTH(${expression})` : expression
}

function finite(seconds: number): number {
  if (Number.isFinite(seconds)) return seconds
  throw new ConfigurationError(`${seconds} is no number of seconds`)
}

function instant(text: string): string {
  if (/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?$/.test(text)) return text
  throw new ConfigurationError(`${JSON.stringify(text)} is no instant`, { wayOut: 'write YYYY-MM-DD HH:MM:SS[.ffffff], in UTC' })
}
