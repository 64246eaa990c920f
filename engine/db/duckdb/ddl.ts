import { ConfigurationError } from '../../errors.ts'
import type { ColumnDefinition, TableDefinition } from '../../sql/table-definition.ts'
import { is, tokenize } from '../../sql/tokens.ts'
import type { Token } from '../../sql/tokens.ts'
import type { FlowColumn } from '../flow.ts'
import { NOW } from './clock.ts'
import { quoteName, quoteText } from './quote.ts'
import { typeSql, typeWord } from './type-words.ts'

/** `CREATE TABLE` of a definition under this name, then its comments: each of them is a statement of its own. */
export function createTable(definition: TableDefinition, name: string, comment: string): readonly string[] {
  const lines = definition.columns.map((column) => columnSql(definition.table, column))
  const isInline = definition.columns.some((column) => column.type === 'KEY')
  if (definition.primaryKey.length > 0 && !isInline) lines.push(`PRIMARY KEY (${names(definition.primaryKey)})`)
  for (const unique of definition.uniques) lines.push(`UNIQUE (${names(unique)})`)
  for (const check of definition.checks) lines.push(`CHECK (${translated(check)})`)
  const comments = definition.columns.filter((column) => column.comment !== undefined)
  return [
    `CREATE TABLE ${quoteName(name)} (\n  ${lines.join(',\n  ')}\n)`,
    ...commentOn(`TABLE ${quoteName(name)}`, comment),
    ...comments.flatMap((column) => commentOn(`COLUMN ${quoteName(name)}.${quoteName(column.name)}`, column.comment ?? '')),
  ]
}

/**
 * A table that takes in a flow. `indexed` makes no index here: DuckDB compares tables by hash joins, which use none, and
 * keeping one would slow the load.
 */
export function createLanding(name: string, columns: readonly FlowColumn[], _indexed: readonly string[], comment: string): readonly string[] {
  const lines = columns.map((column) => `${quoteName(column.name)} ${typeSql(column.type)}`)
  return [
    `CREATE TABLE ${quoteName(name)} (\n  ${['row_no BIGINT PRIMARY KEY', ...lines].join(',\n  ')}\n)`,
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
 * @throws {ConfigurationError} naming the column, for a word that is no type here
 */
export function columnType(column: ColumnDefinition, table?: string): string {
  const word = typeWord(column.type)
  if (word !== undefined) return word.sql
  throw new ConfigurationError(`${column.type} is no type that DuckDB has`, {
    where: table === undefined ? `column ${column.name}` : `table ${table}, column ${column.name}`,
    wayOut: "use one that it has (DECIMAL holds 38 digits at most), or write create({ duckdb: '…' }) for this warehouse",
  })
}

function columnSql(table: string, column: ColumnDefinition): string {
  const type = columnType(column, table)
  const parts = [quoteName(column.name), type]
  if (!column.nullable && column.type !== 'KEY') parts.push('NOT NULL')
  if (column.default !== undefined) parts.push(`DEFAULT ${translated(column.default)}`)
  // What MySQL's UNSIGNED means where DuckDB has no such type.
  if (/\b(UNSIGNED|ZEROFILL)\b/.test(column.type) && /^(DECIMAL|FLOAT|DOUBLE)/.test(type)) parts.push(`CHECK (${quoteName(column.name)} >= 0)`)
  return [...parts, ...ownWords(column.rest)].join(' ')
}

const names = (columns: readonly string[]): string => columns.map(quoteName).join(', ')

/** An empty comment is none. */
function commentOn(what: string, comment: string): string[] {
  return comment === '' ? [] : [`COMMENT ON ${what} IS ${quoteText(comment)}`]
}

/** SQL with MySQL's quotes and clock in DuckDB's words. */
function translated(sql: string): string {
  const { tokens } = tokenize(sql, 'standard')
  return inDuckdbWords(tokens)
}

function inDuckdbWords(tokens: readonly Token[]): string {
  let out = ''
  let end = tokens[0]?.start ?? 0
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at]
    if (token === undefined) break
    if (token.start > end) out += ' '
    if (is(token, 'CURRENT_TIMESTAMP', 'NOW', 'LOCALTIMESTAMP', 'UTC_TIMESTAMP')) {
      out += NOW
      while (is(tokens[at + 1], '(')) while (!is(tokens[at += 1], ')') && at < tokens.length) continue
    } else out += token.kind === 'quoted' ? quoteName(token.value) : token.text
    end = tokens[at]?.end ?? token.end
  }
  return out
}

/** MySQL's collations and character sets; DuckDB compares texts character by character, and its own collations are kept. */
const MYSQL_COLLATION = /^(binary|(utf8(mb[34])?|utf16(le)?|utf32|ucs2|latin\d|ascii|cp\d+|koi8[ru]|greek|hebrew|big5|gbk?\d*|sjis|ujis|euckr|uca\d*)(_\w+)?)$/i

/** What of a column's further words DuckDB understands. */
function ownWords(rest: string): string[] {
  const { tokens } = tokenize(rest, 'standard')
  const kept: Token[] = []
  for (let at = 0; at < tokens.length;) {
    const skipped = foreignWords(tokens, at)
    if (skipped > 0) at += skipped
    else {
      kept.push(...tokens.slice(at, at + 1))
      at += 1
    }
  }
  return kept.length === 0 ? [] : [inDuckdbWords(kept)]
}

/** How many words from here on are MySQL's own; 0 where they aren't. */
function foreignWords(tokens: readonly Token[], at: number): number {
  const [first, second, third] = [tokens[at], tokens[at + 1], tokens[at + 2]]
  if (is(first, 'COLLATE')) return MYSQL_COLLATION.test(second?.value ?? '') ? 2 : 0
  if (is(first, 'CHARSET', 'COLUMN_FORMAT', 'STORAGE', 'SRID')) return 2
  if (is(first, 'CHARACTER') && is(second, 'SET')) return 3
  if (is(first, 'INVISIBLE', 'VISIBLE', 'COMPRESSED', 'BINARY')) return 1
  if (!is(first, 'ON') || !is(second, 'UPDATE')) return 0
  const close = is(tokens[at + 3], '(') ? tokens.findIndex((token, place) => place > at + 3 && is(token, ')')) : -1
  return third === undefined ? 2 : close < 0 ? 3 : close - at + 1
}
