import { ConfigurationError } from '../../errors.ts'
import type { ColumnDefinition, TableDefinition } from '../../sql/table-definition.ts'
import type { FlowColumn } from '../flow.ts'
import { ownWords, translated } from '../standard-words.ts'
import type { Spelling } from '../standard-words.ts'
import { NOW } from './clock.ts'
import { quoteName, quoteText } from './quote.ts'
import { isTypeWord, typeSql, typeWord } from './type-words.ts'

const SPELLING: Spelling = { now: NOW, name: (token) => token.kind === 'quoted' ? quoteName(token.value) : token.text }

/** `CREATE TABLE` of a definition under this name, then its comments: each of them is a statement of its own. */
export function createTable(definition: TableDefinition, name: string, comment: string): readonly string[] {
  const { primaryKey } = definition
  return tableOf(definition, name, comment, primaryKey.length > 0 && !hasInlineKey(definition) ? [`PRIMARY KEY (${names(primaryKey)})`] : [])
}

/** The same without the primary key, whose columns hold no NULL all the same. DuckDB can add no UNIQUE later, and a `KEY` column bears its key with it. */
export function createKeyless(definition: TableDefinition, name: string, comment: string): readonly string[] {
  return hasInlineKey(definition) ? createTable(definition, name, comment) : tableOf(definition, name, comment, [])
}

/** The primary key that such a table is without. */
export function createKeys(definition: TableDefinition, name: string): readonly string[] {
  const { primaryKey } = definition
  return primaryKey.length === 0 || hasInlineKey(definition) ? [] : [`ALTER TABLE ${quoteName(name)} ADD PRIMARY KEY (${names(primaryKey)})`]
}

const hasInlineKey = ({ columns }: TableDefinition): boolean => columns.some((column) => column.type === 'KEY')

function tableOf(definition: TableDefinition, name: string, comment: string, keys: readonly string[]): string[] {
  const lines = [...definition.columns.map((column) => columnSql(definition.table, column)), ...keys]
  for (const unique of definition.uniques) lines.push(`UNIQUE (${names(unique)})`)
  for (const check of definition.checks) lines.push(`CHECK (${translated(check, SPELLING)})`)
  const comments = definition.columns.filter((column) => column.comment !== undefined)
  return [
    `CREATE TABLE ${quoteName(name)} (\n  ${lines.join(',\n  ')}\n)`,
    ...commentOn(`TABLE ${quoteName(name)}`, comment),
    ...comments.flatMap((column) => commentOn(`COLUMN ${quoteName(name)}.${quoteName(column.name)}`, column.comment ?? '')),
  ]
}

/** A table that takes in a flow. */
export function createLanding(name: string, columns: readonly FlowColumn[], comment: string): readonly string[] {
  const lines = columns.map((column) => `${quoteName(column.name)} ${typeSql(column.type)}`)
  return [
    `CREATE TABLE ${quoteName(name)} (\n  ${['row_no BIGINT NOT NULL', ...lines].join(',\n  ')}\n)`,
    ...commentOn(`TABLE ${quoteName(name)}`, comment),
  ]
}

/**
 * The secondary indexes of a definition, for a table that is live already; their names come from its staging table, since a
 * schema has each name once. FULLTEXT and SPATIAL ones are MySQL's own and left out, and so are those over expressions.
 */
export function indexesSql(definition: TableDefinition, table: string, prefix: string): readonly string[] {
  return definition.indexes
    .filter((index) => index.kind === 'plain' && index.columns.length > 0)
    .map((index, at) => `CREATE INDEX ${quoteName(`${prefix}__x${at + 1}`)} ON ${quoteName(table)} (${names(index.columns)})`)
}

export const renameTable = (from: string, to: string): string => `ALTER TABLE ${quoteName(from)} RENAME TO ${quoteName(to)}`

/**
 * A column's type in this database's words.
 *
 * @throws {ConfigurationError} naming the column, for a type that can't be had so here
 */
export function columnType(column: ColumnDefinition, table?: string): string {
  const word = typeWord(column.type)
  if (word !== undefined) return word.sql
  // The database may know it: a word of its own, or somebody's.
  if (!isTypeWord(column.type)) return column.type
  throw new ConfigurationError(`${column.type} is no type that DuckDB has`, {
    where: table === undefined ? `column ${column.name}` : `table ${table}, column ${column.name}`,
    wayOut: "use one that it has (DECIMAL holds 38 digits at most), or write create({ duckdb: '…' }) for this warehouse",
  })
}

function columnSql(table: string, column: ColumnDefinition): string {
  const type = columnType(column, table)
  const parts = [quoteName(column.name), type]
  if (!column.nullable && column.type !== 'KEY') parts.push('NOT NULL')
  if (column.default !== undefined) parts.push(`DEFAULT ${translated(column.default, SPELLING)}`)
  // What MySQL's UNSIGNED means where DuckDB has no such type.
  if (/\b(UNSIGNED|ZEROFILL)\b/.test(column.type) && /^(DECIMAL|FLOAT|DOUBLE)/.test(type)) parts.push(`CHECK (${quoteName(column.name)} >= 0)`)
  return [...parts, ...ownWords(column.rest, SPELLING)].join(' ')
}

const names = (columns: readonly string[]): string => columns.map(quoteName).join(', ')

/** An empty comment is none. */
function commentOn(what: string, comment: string): string[] {
  return comment === '' ? [] : [`COMMENT ON ${what} IS ${quoteText(comment)}`]
}
