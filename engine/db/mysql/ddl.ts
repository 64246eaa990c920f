import type { ColumnDefinition, IndexDefinition, TableDefinition } from '../../sql/create.ts'
import { is, tokenize } from '../../sql/tokens.ts'
import type { Swap } from '../dialect.ts'
import { literal, quote } from './text.ts'

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

const INSTANT = /^TIMESTAMP(?:\s*\((\d)\))?$/

/** `KEY` and the words that a create brings from anywhere; all else passes untouched. */
export function columnType({ type }: Pick<ColumnDefinition, 'type'>): string {
  if (type === 'KEY') return 'INT'
  if (type === 'BOOLEAN' || type === 'BOOL') return 'TINYINT(1)'
  // MySQL's own TIMESTAMP begins in 1970 and ends in 2038: a first version begins before.
  const instant = INSTANT.exec(type)
  return instant === null ? type : `DATETIME(${instant[1] ?? 6})`
}

/** `name type rest nullability default comment check`: character set and GENERATED must follow the type, and MariaDB wants a CHECK last. */
function columnLine(column: ColumnDefinition): string {
  const precision = INSTANT.exec(column.type)
  const inStep = (sql: string): string => precision === null ? sql : withPrecision(sql, precision[1] ?? '6')
  const { checks, others } = withoutChecks(column.rest)
  return [
    quote(column.name), columnType(column), inStep(others),
    // MariaDB takes neither word for a generated column.
    column.generated ? '' : column.nullable ? 'NULL' : 'NOT NULL',
    column.default === undefined ? '' : `DEFAULT ${inStep(column.default)}`,
    column.comment === undefined ? '' : `COMMENT ${literal(column.comment)}`,
    checks,
  ].filter((word) => word !== '').join(' ')
}

/** A column's other words, and its CHECKs apart. */
function withoutChecks(rest: string): { readonly checks: string, readonly others: string } {
  const parts = { checks: '', others: '' }
  let depth = 0
  let into: keyof typeof parts = 'others'
  let end = 0
  for (const token of tokenize(rest, 'mysql').tokens) {
    if (depth === 0 && into === 'others' && is(token, 'CHECK')) into = 'checks'
    else if (depth === 0 && into === 'checks' && !is(token, '(', 'CHECK', 'NOT', 'ENFORCED')) into = 'others'
    parts[into] += (token.start > end && parts[into] !== '' ? ' ' : '') + token.text
    if (is(token, '(')) depth += 1
    if (is(token, ')')) depth -= 1
    end = token.end
  }
  return parts
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

function names(columns: readonly string[]): string {
  return columns.map(quote).join(', ')
}

/** One statement for all tables: readers see every one of them change in the same moment. */
export function renameTables(swaps: readonly Swap[]): string {
  const renames = swaps.flatMap(({ live, staging, old }) => [
    ...old === undefined ? [] : [`${quote(live)} TO ${quote(old)}`],
    ...staging === undefined ? [] : [`${quote(staging)} TO ${quote(live)}`],
  ])
  return `RENAME TABLE ${renames.join(', ')}`
}
