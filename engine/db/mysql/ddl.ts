import type { ColumnDefinition, IndexDefinition, TableDefinition } from '../../sql/create.ts'
import type { FlowColumn } from '../flow.ts'
import { columnType } from './dialect.ts'
import type { Family } from './dialect.ts'
import { literal, quote } from './text.ts'
import { writeMysqlType } from './types.ts'

/** CREATE TABLE with its columns, its keys and its checks; no secondary index, no foreign key. */
export function createTable(definition: TableDefinition, name: string, comment: string): string {
  const lines = [
    ...definition.columns.map(columnLine),
    ...definition.primaryKey.length > 0 ? [`PRIMARY KEY (${names(definition.primaryKey)})`] : [],
    ...definition.uniques.map((columns) => `UNIQUE (${names(columns)})`),
    ...definition.checks.map((check) => `CHECK (${check})`),
  ]
  // Ours come first: nothing may follow a PARTITION BY.
  const charset = /\b(CHARSET|CHARACTER\s+SET|COLLATE)\b/i.test(definition.options) ? '' : ' DEFAULT CHARSET=utf8mb4'
  return `CREATE TABLE ${quote(name)} (\n  ${lines.join(',\n  ')}\n)${charset} COMMENT=${literal(comment)} ${definition.options}`.trimEnd()
}

/** `name type rest nullability default comment`: character set and GENERATED must follow the type. */
function columnLine(column: ColumnDefinition): string {
  const precision = /^TIMESTAMP(?:\s*\((\d)\))?$/.exec(column.type)
  const inStep = (sql: string): string => precision === null ? sql : withPrecision(sql, precision[1] ?? '6')
  return [
    quote(column.name), columnType(column), inStep(column.rest),
    column.nullable ? column.generated ? '' : 'NULL' : column.generated ? '' : 'NOT NULL',
    column.default === undefined ? '' : `DEFAULT ${inStep(column.default)}`,
    column.comment === undefined ? '' : `COMMENT ${literal(column.comment)}`,
  ].filter((word) => word !== '').join(' ')
}

/** MySQL wants DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6): the same precision on both sides. */
function withPrecision(sql: string, digits: string): string {
  const clock = '(?:CURRENT_TIMESTAMP|LOCALTIMESTAMP|LOCALTIME|NOW)(?:\\s*\\(\\s*\\d*\\s*\\))?'
  return sql.replaceAll(new RegExp(`(^|\\bON\\s+UPDATE\\s+)${clock}(?=\\s|$)`, 'gi'), `$1CURRENT_TIMESTAMP(${digits})`)
}

/** One statement for all secondary indexes: the table is read once. Names of indexes are a table's own in MySQL, so they stay. */
export function createIndexes(definition: TableDefinition, name: string): readonly string[] {
  if (definition.indexes.length === 0) return []
  return [`ALTER TABLE ${quote(name)} ${definition.indexes.map(addIndex).join(', ')}`]
}

function addIndex({ kind, name, sql, options }: IndexDefinition): string {
  const word = kind === 'plain' ? 'INDEX' : `${kind.toUpperCase()} INDEX`
  return [`ADD ${word}`, name === undefined ? '' : quote(name), `(${sql})`, options].filter((part) => part !== '').join(' ')
}

/** Of a table's row and of an index, what the columns that can be long may take together. */
const ROW_BYTES = 32_000
const INDEX_BYTES = 3_072
const BYTES_A_CHARACTER = 4
const LONGEST_VARCHAR = 768

/** The table that takes a flow in before it is compared; every text in the exact collation. */
export function createLanding(name: string, columns: readonly FlowColumn[], indexed: readonly string[], comment: string, { exact }: Family): string {
  const room = { bytes: ROW_BYTES }
  const typed = columns.map((column) => ({ name: column.name, sqlType: landingType(column, room) }))
  const lines = [
    '`row_no` BIGINT NOT NULL PRIMARY KEY',
    ...typed.map((column) => `${quote(column.name)} ${column.sqlType} NULL`),
    ...indexed.length === 0 ? [] : [`INDEX (${indexed.map((each) => indexPart(each, typed, indexed.length)).join(', ')})`],
  ]
  return `CREATE TABLE ${quote(name)} (\n  ${lines.join(',\n  ')}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=${exact} COMMENT=${literal(comment)}`
}

function landingType({ type }: FlowColumn, room: { bytes: number }): string {
  const sqlType = writeMysqlType(type)
  const [, word, length] = /^(VARCHAR|VARBINARY|CHAR)\((\d+)\)$/.exec(sqlType) ?? []
  if (word === undefined) return sqlType === 'TINYTEXT' || sqlType === 'TEXT' || sqlType === 'MEDIUMTEXT' ? 'LONGTEXT' : sqlType
  const bytes = Number(length) * (word === 'VARBINARY' ? 1 : BYTES_A_CHARACTER)
  // A CHAR would drop blanks at the end, which count here.
  if (Number(length) <= LONGEST_VARCHAR && bytes <= room.bytes) {
    room.bytes -= bytes
    return word === 'VARBINARY' ? sqlType : `VARCHAR(${length})`
  }
  return word === 'VARBINARY' ? 'LONGBLOB' : 'LONGTEXT'
}

/** A column of an index, cut where the index would become too long; what lies behind the cut is compared in the row. */
function indexPart(name: string, columns: readonly { name: string, sqlType: string }[], parts: number): string {
  const sqlType = columns.find((column) => column.name === name)?.sqlType ?? ''
  const share = Math.floor(INDEX_BYTES / parts)
  const isBytes = /BLOB|VARBINARY/.test(sqlType)
  if (!isBytes && !/TEXT|VARCHAR|JSON/.test(sqlType)) return quote(name)
  const most = isBytes ? share : Math.floor(share / BYTES_A_CHARACTER)
  const length = Number(/\((\d+)\)/.exec(sqlType)?.[1] ?? Infinity)
  return length <= most ? quote(name) : `${quote(name)}(${most})`
}

function names(columns: readonly string[]): string {
  return columns.map(quote).join(', ')
}
