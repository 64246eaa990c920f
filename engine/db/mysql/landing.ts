import type { FlowColumn } from '../flow.ts'
import type { ValueType } from '../value-type.ts'
import type { Family } from './family.ts'
import { literal, quote } from './text.ts'
import { writeMysqlType } from './types.ts'

/** Of a table's row and of an index, what the columns that can be long may take together. */
const ROW_BYTES = 32_000
const INDEX_BYTES = 3_072
export const BYTES_A_CHARACTER = 4
const LONGEST_VARCHAR = 768
/** A key has so many columns at most, the row's number among them. */
const KEY_PARTS = 16

/** Values of one length come in the order of their table's key more often than not: then a row goes behind the last one, and no index is to be made. */
export function landsInOrderOf(types: readonly ValueType[]): boolean {
  return types.length < KEY_PARTS && types.every(({ kind }) => kind === 'integer' || kind === 'decimal' || kind === 'boolean' || kind === 'date' || kind === 'timestamp')
}

/** The table that takes a flow in before it is compared; every text in the exact collation. */
export function createLanding(name: string, columns: readonly FlowColumn[], comment: string, inOrderOf: readonly string[], { exact }: Family): string {
  const lines = [
    // It counts rows that nobody else has numbered; InnoDB does that for the first column of a key alone.
    `\`row_no\` BIGINT NOT NULL${inOrderOf.length === 0 ? ' AUTO_INCREMENT' : ''}`,
    ...landingTypes(columns).map((column) => `${quote(column.name)} ${column.sqlType} ${inOrderOf.includes(column.name) ? 'NOT NULL' : 'NULL'}`),
    // Also where a lookup comes twice.
    `PRIMARY KEY (${[...inOrderOf, 'row_no'].map(quote).join(', ')})`,
  ]
  return `CREATE TABLE ${quote(name)} (\n  ${lines.join(',\n  ')}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=${exact} COMMENT=${literal(comment)}`
}

/** One index over the columns that the landing is looked up by. */
export function indexLanding(name: string, columns: readonly FlowColumn[], indexed: readonly string[]): readonly string[] {
  const typed = landingTypes(columns)
  return [`ALTER TABLE ${quote(name)} ADD INDEX (${indexed.map((each) => indexPart(each, typed, indexed.length)).join(', ')})`]
}

function landingTypes(columns: readonly FlowColumn[]): readonly { readonly name: string, readonly sqlType: string }[] {
  const room = { bytes: ROW_BYTES }
  return columns.map((column) => ({ name: column.name, sqlType: landingType(column, room) }))
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
