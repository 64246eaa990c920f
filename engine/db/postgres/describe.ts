import type { TableColumn, TableDescription, TableKeys } from '../connection.ts'
import { keysIn } from '../foreign-keys.ts'
import { namesByTable } from '../names-by-table.ts'
import type { Value, ValueType } from '../value-type.ts'
import { builtInType } from './types.ts'

/** Asks on the session: `?` for values. */
export type Ask = (sql: string, values?: readonly unknown[]) => Promise<Record<string, Value>[]>

/** Tables, partitioned ones too; no view is one. */
const OWN_TABLES = "n.nspname = current_schema() AND c.relkind IN ('r', 'p')"
const TABLES = `pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE ${OWN_TABLES}`

/** Describes a table of the session's schema, or undefined where there is none of that name. */
export async function describeTable(ask: Ask, table: string): Promise<TableDescription | undefined> {
  const rows = await ask(`SELECT obj_description(c.oid, 'pg_class') AS comment, o.* FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (SELECT a.attnum AS place, a.attname AS name, t.oid AS base, CASE WHEN y.typtype = 'd' THEN y.typtypmod ELSE a.atttypmod END AS modifier,
      format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable, a.atthasdef OR a.attidentity <> '' AS preset
      FROM pg_attribute AS a JOIN pg_type AS y ON y.oid = a.atttypid JOIN pg_type AS t ON t.oid = CASE WHEN y.typtype = 'd' THEN y.typbasetype ELSE y.oid END
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS o ON true
    WHERE ${OWN_TABLES} AND c.relname = ? ORDER BY o.place`, [table])
  const [found] = rows
  if (found === undefined) return undefined
  const columns = rows.filter(({ name }) => name !== null)
  const other = await otherTypes(ask, columns.map((column) => Number(column['base'])))
  return { table, comment: String(found['comment'] ?? ''), columns: columns.map((column) => columnOf(column, other)) }
}

function columnOf(row: Record<string, Value>, other: ReadonlyMap<number, ValueType>): TableColumn {
  const sqlType = String(row['type'])
  return {
    name: String(row['name']), type: typeOf(Number(row['base']), Number(row['modifier']), other), sqlType,
    nullable: row['nullable'] === true, hasDefault: row['preset'] === true,
  }
}

export function typeOf(oid: number, modifier: number, other: ReadonlyMap<number, ValueType>): ValueType {
  return builtInType(oid, modifier) ?? other.get(oid) ?? { kind: 'other', name: `with the number ${oid}` }
}

/** What the types are that aren't built in: enums by their values, citext as a text; all else is refused by its name. */
export async function otherTypes(ask: Ask, oids: readonly number[]): Promise<ReadonlyMap<number, ValueType>> {
  const unknown = [...new Set(oids.filter((oid) => builtInType(oid, -1) === undefined))]
  if (unknown.length === 0) return new Map()
  const rows = await ask(`SELECT t.oid, t.typname AS word, format_type(t.oid, NULL) AS name,
    (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)::text FROM pg_enum AS e WHERE e.enumtypid = t.oid) AS members
    FROM pg_type AS t WHERE t.oid IN (?)`, [unknown])
  return new Map(rows.map((row) => [Number(row['oid']), otherType(row)]))
}

function otherType({ word, name, members }: Record<string, Value>): ValueType {
  if (typeof members === 'string') return { kind: 'enum', values: JSON.parse(members) as string[] }
  return word === 'citext' ? { kind: 'text' } : { kind: 'other', name: String(name) }
}

/** The columns of the tables of these names. */
export async function columnNamesOf(ask: Ask, tables: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  if (tables.length === 0) return new Map()
  const rows = await ask(`SELECT c.relname AS owner, a.attname AS name FROM pg_attribute AS a, ${TABLES} AND c.relname IN (?) AND a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`, [tables])
  return namesByTable(tables, rows, (owner, table) => owner === table)
}

/** The primary key and the foreign keys of a table of the session's schema. */
export async function keysOf(ask: Ask, table: string): Promise<TableKeys> {
  const rows = await ask(`SELECT k.conname AS name, a.attname AS part, r.relname AS referenced, f.attname AS reference
    FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u(own, theirs, place)
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = u.own
    LEFT JOIN pg_class AS r ON r.oid = k.confrelid LEFT JOIN pg_attribute AS f ON f.attrelid = r.oid AND f.attnum = u.theirs
    WHERE n.nspname = current_schema() AND c.relname = ? AND (k.contype = 'p' OR (k.contype = 'f' AND r.relnamespace = n.oid)) ORDER BY k.conname, u.place`, [table])
  return keysIn(rows.map(({ name, part, referenced, reference }) => ({
    name: String(name), part: String(part), ...referenced !== null && { referenced: String(referenced), reference: String(reference) },
  })))
}

/** The tables (no views) whose names begin so. */
export async function tablesWithPrefix(ask: Ask, prefix: string): Promise<string[]> {
  const rows = await ask(`SELECT c.relname AS name FROM ${TABLES} AND starts_with(c.relname, ?) ORDER BY c.relname`, [prefix])
  return rows.map((row) => String(row['name']))
}

const COMMENTED = `SELECT c.relname AS name, obj_description(c.oid, 'pg_class') AS comment FROM ${TABLES}`
const byName = (rows: readonly Record<string, Value>[]): ReadonlyMap<string, string> => new Map(rows.map(({ name, comment }) => [String(name), String(comment ?? '')]))

/** The same with their comments. */
export async function commentsWithPrefix(ask: Ask, prefix: string): Promise<ReadonlyMap<string, string>> {
  return byName(await ask(`${COMMENTED} AND starts_with(c.relname, ?) ORDER BY c.relname`, [prefix]))
}

/** The comments of the tables of these names. */
export async function commentsOf(ask: Ask, tables: readonly string[]): Promise<ReadonlyMap<string, string>> {
  return tables.length === 0 ? new Map() : byName(await ask(`${COMMENTED} AND c.relname IN (?)`, [tables]))
}
