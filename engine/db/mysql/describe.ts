import type { Statement, TableColumn, TableDescription, TableKeys } from '../connection.ts'
import { keysIn } from '../foreign-keys.ts'
import type { Server } from './server.ts'
import { bound } from './statement.ts'
import { readMysqlType } from './types.ts'

type Ask = <R>(sql: string) => Promise<R[]>
type NamesOf = Pick<Server, 'foldsNames' | 'mariadb'>

interface ColumnRow {
  readonly name: string
  readonly type: string
  readonly nullable: string
  readonly preset: string | null
  readonly extra: string
}

/** Describes a table or view, or undefined where there is none of that name. */
export async function describeTable(query: Ask, table: string, server: NamesOf): Promise<TableDescription | undefined> {
  const tables = await query<{ name: string, comment: string | null }>(bound({
    sql: 'SELECT table_name AS name, table_comment AS comment FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?',
    values: [table],
  } satisfies Statement))
  // information_schema compares without regard to case, also where tables' names don't.
  const found = tables.find(({ name }) => same(name, table, server))
  if (found === undefined) return undefined
  const rows = await query<ColumnRow>(bound({
    sql: `SELECT column_name AS name, column_type AS type, is_nullable AS nullable, column_default AS preset, extra AS extra
      FROM information_schema.columns WHERE table_schema = DATABASE() AND BINARY table_name = ? ORDER BY ordinal_position`,
    values: [found.name],
  } satisfies Statement))
  return { table: found.name, comment: found.comment ?? '', columns: rows.map((row) => columnOf(row, server)) }
}

function columnOf({ name, type, nullable, preset, extra }: ColumnRow, { mariadb }: NamesOf): TableColumn {
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

/** The tables (no views) whose names begin so. */
export async function tablesWithPrefix(query: Ask, prefix: string, server: NamesOf): Promise<string[]> {
  const rows = await query<{ name: string }>(bound({
    sql: "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND table_name LIKE ? ORDER BY table_name",
    values: [`${prefix.replaceAll(/[\\%_]/g, '\\$&')}%`],
  } satisfies Statement))
  return rows.map(({ name }) => name).filter((name) => same(name.slice(0, prefix.length), prefix, server))
}

function same(name: string, asked: string, { foldsNames }: NamesOf): boolean {
  return foldsNames ? name.toLowerCase() === asked.toLowerCase() : name === asked
}
