import { ConfigurationError } from '../../errors.ts'
import { foldName } from '../../sql/identifiers.ts'
import type { ColumnDefinition, TableDefinition } from '../../sql/table-definition.ts'
import type { FlowColumn } from '../flow.ts'
import { ownWords, translated } from '../standard-words.ts'
import type { Spelling } from '../standard-words.ts'
import { NOW } from './clock.ts'
import { literal, quote } from './text.ts'
import { isTypeWord, typeWord } from './type-words.ts'
import { writePostgresType } from './types.ts'

/** PostgreSQL cuts longer names without a word. */
const NAME_BYTES = 63

/**
 * `CREATE TABLE` of a definition under this name, then its comments: each of them is a statement of its own. No constraint
 * is named: the server's own names come from the table's, so that those of two staging tables never meet.
 */
export function createTable(definition: TableDefinition, name: string, comment: string): readonly string[] {
  return tableOf(definition, name, comment, keysOf(definition))
}

/** The same without its keys. What is part of the primary key is never NULL all the same. */
export function createKeyless(definition: TableDefinition, name: string, comment: string): readonly string[] {
  const primary = primaryOf(definition)
  return tableOf({ ...definition, columns: definition.columns.map((column) => primary.includes(column.name) ? { ...column, nullable: false } : column) }, name, comment, [])
}

/** The keys that such a table is without, under the names that they would have had. */
export function createKeys(definition: TableDefinition, name: string): readonly string[] {
  const keys = keysOf(definition)
  return keys.length === 0 ? [] : [`ALTER TABLE ${quote(name)} ${keys.map((key) => `ADD ${key}`).join(', ')}`]
}

function tableOf(definition: TableDefinition, name: string, comment: string, keys: readonly string[]): string[] {
  const spelling = spellingOf(definition)
  const lines = [...definition.columns.map((column) => columnSql(definition.table, column, spelling)), ...keys]
  for (const check of definition.checks) lines.push(`CHECK (${translated(check, spelling)})`)
  for (const column of definition.columns) {
    const check = typeWord(column.type)?.check
    if (check !== undefined) lines.push(`CHECK (${check(column.name)})`)
  }
  return [
    `CREATE TABLE ${quote(fitting(name))} (\n  ${lines.join(',\n  ')}\n)`,
    ...commentOn(`TABLE ${quote(name)}`, comment),
    ...definition.columns.flatMap((column) => commentOn(`COLUMN ${quote(name)}.${quote(column.name)}`, column.comment ?? '')),
  ]
}

function keysOf(definition: TableDefinition): string[] {
  const primary = primaryOf(definition)
  return [...primary.length > 0 ? [`PRIMARY KEY (${names(primary)})`] : [], ...definition.uniques.map((unique) => `UNIQUE (${names(unique)})`)]
}

const primaryOf = ({ primaryKey, columns }: TableDefinition): readonly string[] =>
  primaryKey.length > 0 ? primaryKey : columns.filter(({ type }) => type === 'KEY').map(({ name }) => name)

/** A table that takes in a flow. A crash empties it, and ends its run: so nothing of it is written to the log. No statement finds its rows by an index. */
export function createLanding(name: string, columns: readonly FlowColumn[], comment: string): readonly string[] {
  const lines = ['row_no BIGINT NOT NULL', ...columns.map((column) => `${quote(column.name)} ${writePostgresType(column.type)}`)]
  return [`CREATE UNLOGGED TABLE ${quote(fitting(name))} (\n  ${lines.join(',\n  ')}\n)`, ...commentOn(`TABLE ${quote(name)}`, comment)]
}

/**
 * The secondary indexes of a definition; the server names them after the table. FULLTEXT and SPATIAL ones are MySQL's own
 * and left out, and so are those over expressions.
 */
export function createIndexes(definition: TableDefinition, name: string): readonly string[] {
  return definition.indexes
    .filter((index) => index.kind === 'plain' && index.columns.length > 0)
    .map((index) => `CREATE INDEX ON ${quote(name)} (${names(index.columns)})`)
}

export const renameTable = (from: string, to: string): string => `ALTER TABLE ${quote(from)} RENAME TO ${quote(fitting(to))}`

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
  throw new ConfigurationError(`${column.type} is no type that PostgreSQL has`, {
    where: table === undefined ? `column ${column.name}` : `table ${table}, column ${column.name}`,
    wayOut: "use one that it has (DECIMAL with its digits: DECIMAL(18,2)), or write create({ postgres: '…' }) for this warehouse",
  })
}

function columnSql(table: string, column: ColumnDefinition, spelling: Spelling): string {
  const parts = [quote(fitting(column.name)), columnType(column, table)]
  if (!column.nullable) parts.push('NOT NULL')
  if (column.default !== undefined) parts.push(`DEFAULT ${defaultOf(column, spelling)}`)
  const words = ownWords(column.rest, spelling)
  // Only a column that is stored is had everywhere.
  return [...parts, ...column.generated ? words.map((rest) => `${rest.replace(/\s+(STORED|VIRTUAL|PERSISTENT)$/i, '').replace(/^AS\b/i, 'GENERATED ALWAYS AS')} STORED`) : words].join(' ')
}

/** MySQL's booleans are 0 and 1. */
function defaultOf(column: ColumnDefinition, spelling: Spelling): string {
  const sql = translated(column.default ?? '', spelling)
  const isBoolean = typeWord(column.type)?.type.kind === 'boolean'
  return isBoolean && /^'?[01]'?$/.test(sql) ? sql.includes('1') ? 'TRUE' : 'FALSE' : sql
}

/** A name in an expression that is a column's, however its letters are written: PostgreSQL would make them small. */
function spellingOf({ columns }: TableDefinition): Spelling {
  const own = new Map(columns.map((column) => [foldName(column.name), column.name]))
  return {
    now: NOW,
    name: ({ kind, value, text }) => {
      const column = kind === 'word' || kind === 'quoted' ? own.get(foldName(value)) : undefined
      if (kind === 'quoted') return quote(column ?? value)
      return column === undefined || column === column.toLowerCase() ? text : quote(column)
    },
  }
}

function fitting(name: string): string {
  const bytes = Buffer.byteLength(name)
  if (bytes <= NAME_BYTES) return name
  throw new ConfigurationError(`the name ${name} has ${bytes} bytes, and PostgreSQL keeps ${NAME_BYTES} of them`, { wayOut: 'give the table a shorter name' })
}

const names = (columns: readonly string[]): string => columns.map(quote).join(', ')

/** An empty comment is none. */
function commentOn(what: string, comment: string): string[] {
  return comment === '' ? [] : [`COMMENT ON ${what} IS ${literal(comment)}`]
}
