import type { Statement, TableColumn, TableDescription, TableKeys } from '../connection.ts'
import { keysIn } from '../foreign-keys.ts'
import { namesByTable } from '../names-by-table.ts'
import type { Server } from './server.ts'
import { bound } from './statement.ts'
import { readMysqlType } from './types.ts'

type Ask = <R>(sql: string) => Promise<R[]>
type NamesOf = Pick<Server, 'foldsNames' | 'mariadb'>

interface ColumnRow {
  readonly owner: string
  /** The table's row comes first, and has no name. */
  readonly name: string | null
  readonly comment: string | null
  readonly type: string
  readonly nullable: string
  readonly preset: string | null
  readonly extra: string
}

/** Describes a table or view, or undefined where there is none of that name. */
export async function describeTable(query: Ask, table: string, server: NamesOf): Promise<TableDescription | undefined> {
  // By a plain comparison: for another one the server opens every table of the database. It compares without regard to case, also where tables' names don't.
  const rows = await query<ColumnRow>(bound({
    sql: `SELECT table_name AS owner, NULL AS name, table_comment AS comment, NULL AS type, NULL AS nullable, NULL AS preset, NULL AS extra, 0 AS place
      FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?
      UNION ALL SELECT table_name, column_name, NULL, column_type, is_nullable, column_default, extra, ordinal_position
      FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY place`,
    values: [table, table],
  } satisfies Statement))
  const own = rows.filter(({ owner }) => same(owner, table, server))
  const found = own.find(({ name }) => name === null)
  if (found === undefined) return undefined
  return { table: found.owner, comment: found.comment ?? '', columns: own.flatMap((row) => (row.name === null ? [] : [columnOf({ ...row, name: row.name }, server)])) }
}

function columnOf({ name, type, nullable, preset, extra }: ColumnRow & { readonly name: string }, { mariadb }: NamesOf): TableColumn {
  // MariaDB writes the absence of a default as the text NULL.
  const stated = preset !== null && !(mariadb && preset === 'NULL')
  return {
    name,
    type: readMysqlType(type, false),
    sqlType: type,
    nullable: nullable === 'YES',
    hasDefault: stated || /auto_increment|GENERATED/i.test(extra),
  }
}

/** The columns of the tables and views of these names: each by a plain comparison, for the reason that `describeTable` has. */
export async function columnNamesOf(query: Ask, tables: readonly string[], server: NamesOf): Promise<ReadonlyMap<string, readonly string[]>> {
  if (tables.length === 0) return new Map()
  const one = 'SELECT table_name AS owner, column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?'
  const rows = await query<{ owner: string; name: string }>(bound({ sql: tables.map(() => one).join('\nUNION ALL '), values: tables } satisfies Statement))
  return namesByTable(tables, rows, (owner, table) => same(owner, table, server))
}

/** The primary key and the foreign keys of a table, its name as `describeTable` gives it. */
export async function keysOf(query: Ask, table: string): Promise<TableKeys> {
  const rows = await query<{ name: string; part: string; referenced: string | null; reference: string | null }>(bound({
    sql: `SELECT constraint_name AS name, column_name AS part, referenced_table_name AS referenced, referenced_column_name AS reference
      FROM information_schema.key_column_usage WHERE table_schema = DATABASE() AND BINARY table_name = ?
      AND (constraint_name = 'PRIMARY' OR referenced_table_schema = DATABASE()) ORDER BY constraint_name, ordinal_position`,
    values: [table],
  } satisfies Statement))
  return keysIn(rows.map(({ name, part, referenced, reference }) => ({ name, part, ...referenced !== null && { referenced, reference: reference ?? '' } })))
}

const WITH_PREFIX = "FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND table_name LIKE ? ORDER BY table_name"
const pattern = (prefix: string): string => `${prefix.replaceAll(/[\\%_]/g, '\\$&')}%`

/** The tables (no views) whose names begin so. */
export async function tablesWithPrefix(query: Ask, prefix: string, server: NamesOf): Promise<string[]> {
  const rows = await query<{ name: string }>(bound({ sql: `SELECT table_name AS name ${WITH_PREFIX}`, values: [pattern(prefix)] } satisfies Statement))
  return rows.map(({ name }) => name).filter((name) => same(name.slice(0, prefix.length), prefix, server))
}

interface CommentRow { readonly name: string, readonly comment: string | null }

/** The same with their comments: for those the server opens each of them. */
export async function commentsWithPrefix(query: Ask, prefix: string, server: NamesOf): Promise<ReadonlyMap<string, string>> {
  const rows = await query<CommentRow>(bound({ sql: `SELECT table_name AS name, table_comment AS comment ${WITH_PREFIX}`, values: [pattern(prefix)] } satisfies Statement))
  return new Map(rows.filter(({ name }) => same(name.slice(0, prefix.length), prefix, server)).map(({ name, comment }) => [name, comment ?? '']))
}

/** The comments of the tables and views of these names. */
export async function commentsOf(query: Ask, tables: readonly string[], server: NamesOf): Promise<ReadonlyMap<string, string>> {
  if (tables.length === 0) return new Map()
  const rows = await query<CommentRow>(bound({
    sql: `SELECT table_name AS name, table_comment AS comment FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name ${tables.length === 1 ? '= ?' : 'IN (?)'}`,
    values: [tables.length === 1 ? tables[0] : tables],
  } satisfies Statement))
  return new Map(tables.flatMap((table) => rows.filter(({ name }) => same(name, table, server)).map(({ comment }): [string, string] => [table, comment ?? ''])))
}

function same(name: string, asked: string, { foldsNames }: NamesOf): boolean {
  return foldsNames ? name.toLowerCase() === asked.toLowerCase() : name === asked
}
