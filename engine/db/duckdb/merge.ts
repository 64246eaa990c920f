import type { TableDefinition } from '../../sql/create.ts'
import type { ChildKey, MergedColumn, Merging, Shape } from '../merging.ts'
import type { Value } from '../value-type.ts'
import type { Ask } from './describe.ts'
import { quoteName, quoteText } from './quote.ts'
import { typeWord } from './type-words.ts'

const HERE = "database_name = current_database() AND schema_name = 'main'"
const APART = '\u001F'
/** A list of names as one text. */
const joined = (list: string): string => `array_to_string(${list}, chr(31))`
const named = (table: string): string => `lower(table_name) = lower(${quoteText(table)})`

/** The foreign keys of other tables that point at a table: all of them are in its own schema. */
export async function childrenOf(ask: Ask, table: string): Promise<readonly ChildKey[]> {
  const rows = await ask(`SELECT constraint_name AS name, table_name AS child, ${joined('constraint_column_names')} AS columns, ${joined('referenced_column_names')} AS referenced
    FROM duckdb_constraints() WHERE ${HERE} AND constraint_type = 'FOREIGN KEY' AND lower(referenced_table) = lower(${quoteText(table)}) AND NOT ${named(table)} ORDER BY 2, 1`)
  return rows.map(({ name, child, columns, referenced }) => ({
    name: String(name), child: quoteName(String(child)), columns: names(columns), references: names(referenced), drop: `make ${quoteName(String(child))} anew without its FOREIGN KEY`,
  }))
}

/** The tables that foreign keys of others point at. */
export async function parentsHere(ask: Ask): Promise<ReadonlySet<string>> {
  const rows = await ask(`SELECT DISTINCT lower(referenced_table) AS parent FROM duckdb_constraints()
    WHERE ${HERE} AND constraint_type = 'FOREIGN KEY' AND lower(referenced_table) <> lower(table_name)`)
  return new Set(rows.map(({ parent }) => String(parent)))
}

export function duckdbMerging(ask: Ask): Merging {
  return {
    takesBack: () => Promise.resolve(true),
    // Whoever changes a table that this transaction has written to is refused when either commits.
    hold: async () => {},
    shapeOf: (table, definition) => shapeOf(ask, table, definition),
    update: (live, staging, on, columns) => `UPDATE ${live} AS l
SET ${columns.map(({ name }) => `${quoteName(name)} = s.${quoteName(name)}`).join(', ')}
FROM ${staging} AS s
WHERE ${on}
  AND (${columns.map(({ name }) => `l.${quoteName(name)} IS DISTINCT FROM s.${quoteName(name)}`).join(' OR ')})`,
    insert: (live, columns, select) => `INSERT INTO ${live} (${columns})\n${select}`,
    lockGone: (live, gone) => `SELECT COUNT(*) AS n FROM ${live} AS l WHERE ${gone}`,
    remove: (live, gone) => `DELETE FROM ${live} AS l WHERE ${gone}`,
  }
}

/**
 * DuckDB changes a value under an index, or one of a nested type, by deleting the row and making it anew, and refuses that
 * for a row that others point at: such columns are delicate. What it computes is known by the create alone.
 */
async function shapeOf(ask: Ask, table: string, definition: TableDefinition | undefined): Promise<Shape> {
  const computed = definition?.columns.filter(({ generated }) => generated).map(({ name }) => name.toLowerCase()) ?? []
  const columns = await ask(`SELECT column_name AS name, data_type AS type, is_nullable AS nullable FROM duckdb_columns() WHERE ${HERE} AND ${named(table)} ORDER BY column_index`)
  const constraints = await ask(`SELECT constraint_type AS kind, ${joined('constraint_column_names')} AS columns, referenced_table AS parent FROM duckdb_constraints()
    WHERE ${HERE} AND ${named(table)} AND constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY') ORDER BY constraint_type, constraint_index`)
  const indexes = await ask(`SELECT expressions AS text FROM duckdb_indexes() WHERE ${HERE} AND ${named(table)}`)
  const indexed = new Set(constraints.flatMap((constraint) => names(constraint['columns'])))
  const nullable = new Set(columns.filter((column) => column['nullable'] === true).map((column) => String(column['name'])))
  const pointing = constraints.filter(({ kind }) => kind === 'FOREIGN KEY')
  const own = pointing.filter(({ parent }) => String(parent).toLowerCase() === table.toLowerCase())
  return {
    columns: columns.map(columnOf(indexed, indexes.map(({ text }) => String(text)), nullable)).filter(({ name }) => !computed.includes(name.toLowerCase())),
    keys: constraints.filter(({ kind }) => kind !== 'FOREIGN KEY').map((key) => names(key['columns'])).filter((key) => key.every((name) => !nullable.has(name))),
    parents: pointing.filter((key) => !own.includes(key)).map(({ parent }) => String(parent)),
    ownParents: own.flatMap((key) => names(key['columns'])),
  }
}

const columnOf = (indexed: ReadonlySet<string>, indexes: readonly string[], nullable: ReadonlySet<string>) => ({ name, type: word }: Record<string, Value>): MergedColumn => {
  const column = String(name)
  const type = typeWord(String(word))?.type ?? { kind: 'other', name: String(word) }
  const isIndexed = indexed.has(column) || indexes.some((text) => text.includes(column))
  return { name: column, type, nullable: nullable.has(column), delicate: isIndexed || type.kind === 'other' }
}

const names = (text: Value | undefined): string[] => (text === null || text === undefined ? [] : String(text).split(APART))
