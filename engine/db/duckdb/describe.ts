import { DatabaseError } from '../../errors.ts'
import type { Obstacle, TableColumn, TableDescription, TableKeys } from '../connection.ts'
import { namesByTable } from '../names-by-table.ts'
import type { Value } from '../value-type.ts'
import { typeWord } from './type-words.ts'

/** Asks on the session: `?` for values. */
export type Ask = (sql: string, values?: readonly unknown[]) => Promise<Record<string, Value>[]>

const HERE = "database_name = current_database() AND schema_name = 'main'"

/** A table of the main schema; a view is none. */
export async function describeTable(ask: Ask, table: string): Promise<TableDescription | undefined> {
  const [found] = await ask(`SELECT table_name, comment FROM duckdb_tables() WHERE ${HERE} AND lower(table_name) = lower(?)`, [table])
  if (found === undefined) return undefined
  const columns = await ask(
    `SELECT column_name, data_type, is_nullable, column_default IS NOT NULL AS has_default FROM duckdb_columns()
     WHERE ${HERE} AND lower(table_name) = lower(?) ORDER BY column_index`, [table],
  )
  return { table: String(found['table_name']), comment: String(found['comment'] ?? ''), columns: columns.map(columnOf) }
}

function columnOf(row: Record<string, Value>): TableColumn {
  const sqlType = String(row['data_type'])
  return {
    name: String(row['column_name']),
    type: typeWord(sqlType)?.type ?? { kind: 'other', name: sqlType },
    sqlType,
    nullable: row['is_nullable'] === true,
    hasDefault: row['has_default'] === true,
  }
}

const names = (json: Value | undefined): string[] => typeof json === 'string' ? JSON.parse(json) as string[] : []

/** The primary key and the foreign keys of a table. */
export async function keysOf(ask: Ask, table: string): Promise<TableKeys> {
  const rows = await ask(`SELECT constraint_type AS kind, to_json(constraint_column_names) AS columns, referenced_table AS referenced, to_json(referenced_column_names) AS "references"
    FROM duckdb_constraints() WHERE ${HERE} AND lower(table_name) = lower(?) AND constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY') ORDER BY constraint_index`, [table])
  return {
    primaryKey: rows.filter(({ kind }) => kind === 'PRIMARY KEY').flatMap(({ columns }) => names(columns)),
    foreignKeys: rows.filter(({ kind }) => kind === 'FOREIGN KEY')
      .map(({ columns, referenced, references }) => ({ columns: names(columns), table: String(referenced), references: names(references) })),
  }
}

/** The columns of the tables of these names. */
export async function columnNamesOf(ask: Ask, tables: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  if (tables.length === 0) return new Map()
  const rows = await ask(`SELECT lower(table_name) AS owner, column_name AS name FROM duckdb_columns() WHERE ${HERE} AND lower(table_name) IN (${tables.map(() => 'lower(?)').join(', ')})`, tables)
  return namesByTable(tables, rows, (owner, table) => owner === table.toLowerCase())
}

export async function tablesWithPrefix(ask: Ask, prefix: string): Promise<string[]> {
  const rows = await ask(`SELECT table_name FROM duckdb_tables() WHERE ${HERE} AND starts_with(lower(table_name), lower(?)) ORDER BY table_name`, [prefix])
  return rows.map((row) => String(row['table_name']))
}

/** The same with their comments. */
export async function commentsWithPrefix(ask: Ask, prefix: string): Promise<ReadonlyMap<string, string>> {
  const rows = await ask(`SELECT table_name, comment FROM duckdb_tables() WHERE ${HERE} AND starts_with(lower(table_name), lower(?)) ORDER BY table_name`, [prefix])
  return new Map(rows.map((row) => [String(row['table_name']), String(row['comment'] ?? '')]))
}

/** The comments of the tables of these names. */
export async function commentsOf(ask: Ask, tables: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (tables.length === 0) return new Map()
  const rows = await ask(`SELECT lower(table_name) AS name, comment FROM duckdb_tables() WHERE ${HERE} AND lower(table_name) IN (${tables.map(() => 'lower(?)').join(', ')})`, tables)
  return new Map(tables.flatMap((table) => rows.filter(({ name }) => name === table.toLowerCase()).map(({ comment }): [string, string] => [table, String(comment ?? '')])))
}

/** The indexes of a table that were made by statements of their own. */
export async function indexesOf(ask: Ask, table: string): Promise<string[]> {
  const rows = await ask(`SELECT index_name FROM duckdb_indexes() WHERE ${HERE} AND lower(table_name) = lower(?)`, [table])
  return rows.map((row) => String(row['index_name']))
}

/** @throws {DatabaseError} where the name is a view's */
export async function refuseView(ask: Ask, name: string, place: string): Promise<void> {
  const view = await viewOf(ask, name)
  if (view !== undefined) throw new DatabaseError(view.what, { where: place, wayOut: view.wayOut })
}

/** A view of the name: DuckDB renames none. Nor does it rename a table that foreign keys point at, which is merged instead. */
export async function obstacleTo(ask: Ask, table: string): Promise<Obstacle | undefined> {
  return viewOf(ask, table)
}

async function viewOf(ask: Ask, name: string): Promise<Obstacle | undefined> {
  const [view] = await ask(`SELECT view_name FROM duckdb_views() WHERE ${HERE} AND lower(view_name) = lower(?)`, [name])
  return view && { what: `${name} is a view, and no table can be published under its name`, wayOut: `DROP VIEW "${name}", or give the create another name` }
}
