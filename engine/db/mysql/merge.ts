import { grouped } from '../merging.ts'
import type { ChildKey, MergedColumn, Merging, Shape } from '../merging.ts'
import type { Dialect } from '../dialect.ts'
import { literal, quote } from './text.ts'
import { readMysqlType } from './types.ts'

type Ask = <R>(sql: string) => Promise<R[]>

interface Session {
  readonly dialect: Dialect
  readonly query: Ask
  /** REPEATABLE READ: a transaction keeps to one moment, but for what it locks. */
  readonly repeatable: boolean
}

interface KeyRow { readonly name: string, readonly home: string, readonly here: string, readonly child: string, readonly columnName: string, readonly parent: string, readonly referenced: string }

/** Foreign keys, a row for each column of them, in the order in which they name their columns. */
const KEYS = `SELECT constraint_name AS name, table_schema AS home, DATABASE() AS here, table_name AS child, column_name AS columnName,
  referenced_table_name AS parent, referenced_column_name AS referenced FROM information_schema.key_column_usage`
const IN_ORDER = 'ORDER BY table_schema, table_name, constraint_name, ordinal_position'

/** The foreign keys of other tables, in any database that the user may look into, that point at a table. */
export async function childrenOf(query: Ask, table: string): Promise<readonly ChildKey[]> {
  const rows = await query<KeyRow>(`${KEYS} WHERE referenced_table_schema = DATABASE() AND referenced_table_name = ${literal(table)}
    AND (table_schema <> DATABASE() OR table_name <> referenced_table_name) ${IN_ORDER}`)
  return grouped(rows, ({ home, child, name }) => `${home} ${child} ${name}`).map((parts) => {
    const { name = '', home, here, child: own = '' } = parts[0] ?? {}
    const child = home === here ? quote(own) : `${quote(home ?? '')}.${quote(own)}`
    return {
      name, child, columns: parts.map(({ columnName }) => columnName), references: parts.map(({ referenced }) => referenced),
      drop: `ALTER TABLE ${child} DROP FOREIGN KEY ${quote(name)}`,
    }
  })
}

/** The tables here that foreign keys of others point at. One look for many: it opens every table of the server. */
export async function parentsHere(query: Ask): Promise<ReadonlySet<string>> {
  const rows = await query<{ parent: string }>(`SELECT DISTINCT referenced_table_name AS parent FROM information_schema.key_column_usage
    WHERE referenced_table_schema = DATABASE() AND (table_schema <> DATABASE() OR table_name <> referenced_table_name)`)
  return new Set(rows.map(({ parent }) => parent.toLowerCase()))
}

export function mysqlMerging({ dialect, query, repeatable }: Session): Merging {
  const equal = ({ name, type }: MergedColumn): string => dialect.same(`l.${quote(name)}`, `s.${quote(name)}`, type)
  return {
    // Not FOR UPDATE: that wants more than SELECT on a table of somebody's own.
    ...repeatable && { latest: 'LOCK IN SHARE MODE' },
    takesBack: (table) => takesBack(query, table),
    settled: 'LOCK IN SHARE MODE',
    // Whoever has read from a table in a transaction keeps everybody from changing it.
    hold: async (table) => { await query(`SELECT 1 FROM ${quote(table)} LIMIT 1`) },
    shapeOf: (table) => shapeOf(query, table),
    update: (live, staging, on, columns) => `UPDATE ${live} AS l JOIN ${staging} AS s ON ${on}
SET ${columns.map(({ name }) => `l.${quote(name)} = s.${quote(name)}`).join(', ')}
WHERE NOT (${columns.map(equal).join('\n  AND ')})`,
    insert: (live, columns, select) => `INSERT INTO ${live} (${columns})\n${select}`,
    lockGone: (live, gone) => `SELECT COUNT(*) AS n FROM ${live} AS l WHERE ${gone} FOR UPDATE`,
    // Not every server lets a DELETE of one table call it otherwise.
    remove: (live, gone) => `DELETE l FROM ${live} AS l WHERE ${gone}`,
  }
}

/** MyISAM, Aria and MEMORY don't. */
async function takesBack(query: Ask, table: string): Promise<boolean> {
  const rows = await query(`SELECT 1 AS one FROM information_schema.tables AS t JOIN information_schema.engines AS e ON e.engine = t.engine
    WHERE t.table_schema = DATABASE() AND t.table_name = ${literal(table)} AND e.transactions = 'YES'`)
  return rows.length > 0
}

async function shapeOf(query: Ask, table: string): Promise<Shape> {
  const name = literal(table)
  const columns = await query<{ name: string, type: string, nullable: string, computed: string | null }>(`SELECT column_name AS name, column_type AS type, is_nullable AS nullable, generation_expression AS computed
    FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ${name} ORDER BY ordinal_position`)
  const indexed = await query<{ name: string, columnName: string | null, nullable: string, part: number | null }>(`SELECT index_name AS name, column_name AS columnName, nullable, sub_part AS part
    FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ${name} AND non_unique = 0
    ORDER BY index_name <> 'PRIMARY', index_name, seq_in_index`)
  const pointing = await query<KeyRow>(`${KEYS} WHERE table_schema = DATABASE() AND table_name = ${name} AND referenced_table_schema = DATABASE() ${IN_ORDER}`)
  const usable = grouped(indexed, (part) => part.name).filter((parts) => parts.every(({ columnName, nullable, part }) => columnName !== null && nullable !== 'YES' && part === null))
  return {
    columns: columns.filter(({ computed }) => (computed ?? '') === '').map((column) => ({ name: column.name, type: readMysqlType(column.type, false), nullable: column.nullable === 'YES' })),
    keys: usable.map((parts) => parts.map(({ columnName }) => columnName ?? '')),
    parents: pointing.filter(({ parent }) => parent !== table).map(({ parent }) => parent),
    ownParents: pointing.filter(({ parent }) => parent === table).map(({ columnName }) => columnName),
  }
}
