import type { ChildKey, MergedColumn, Merging, Shape } from '../merging.ts'
import type { Value } from '../value-type.ts'
import type { Ask } from './describe.ts'
import { NAMED } from './obstacle.ts'
import { quote } from './text.ts'

/** The names of a constraint's columns in their order, as JSON. */
const columnsOf = (numbers: string, table: string): string =>
  `(SELECT json_agg(a.attname ORDER BY n.at)::text FROM unnest(${numbers}) WITH ORDINALITY AS n (attnum, at) JOIN pg_attribute AS a ON a.attrelid = ${table} AND a.attnum = n.attnum)`

/** The foreign keys of other tables, in any schema, that point at a table. That of a partitioned table stands for those of its parts. */
export async function childrenOf(ask: Ask, table: string): Promise<readonly ChildKey[]> {
  const rows = await ask(`SELECT k.conname AS name, k.conrelid::regclass::text AS child, ${columnsOf('k.conkey', 'k.conrelid')} AS columns, ${columnsOf('k.confkey', 'k.confrelid')} AS referenced
    FROM pg_constraint AS k WHERE k.contype = 'f' AND k.confrelid = ${NAMED} AND k.conrelid <> k.confrelid AND k.conparentid = 0 ORDER BY 2, 1`, [table])
  return rows.map(({ name, child, columns, referenced }) => ({
    name: String(name), child: String(child), columns: names(columns), references: names(referenced), drop: `ALTER TABLE ${String(child)} DROP CONSTRAINT ${quote(String(name))}`,
  }))
}

/** The tables of the session's schema that foreign keys of others point at. */
export async function parentsHere(ask: Ask): Promise<ReadonlySet<string>> {
  const rows = await ask(`SELECT DISTINCT p.relname AS parent FROM pg_constraint AS k JOIN pg_class AS p ON p.oid = k.confrelid JOIN pg_namespace AS n ON n.oid = p.relnamespace
    WHERE k.contype = 'f' AND k.conrelid <> k.confrelid AND k.conparentid = 0 AND n.nspname = current_schema()`)
  return new Set(rows.map(({ parent }) => String(parent).toLowerCase()))
}

export function postgresMerging(ask: Ask): Merging {
  return {
    takesBack: () => Promise.resolve(true),
    // What every writer takes: readers and writers go on, and nobody makes a foreign key meanwhile.
    hold: async (table) => { await ask(`LOCK TABLE ${quote(table)} IN ROW EXCLUSIVE MODE`) },
    holdAlone: async (table) => { await ask(`LOCK TABLE ${quote(table)} IN SHARE ROW EXCLUSIVE MODE`) },
    shapeOf: (table) => shapeOf(ask, table),
    // Compared byte by byte: no type needs an equality, and none is taken at its word.
    update: (live, staging, on, columns) => `UPDATE ${live} AS l
SET ${columns.map(({ name }) => `${quote(name)} = s.${quote(name)}`).join(', ')}
FROM ${staging} AS s
WHERE ${on}
  AND ROW(${columns.map(({ name }) => `l.${quote(name)}`).join(', ')})::record *<> ROW(${columns.map(({ name }) => `s.${quote(name)}`).join(', ')})::record`,
    insert: (live, columns, select) => `INSERT INTO ${live} (${columns}) OVERRIDING SYSTEM VALUE\n${select}`,
    lockGone: (live, gone) => `WITH gone AS MATERIALIZED (SELECT 1 FROM ${live} AS l WHERE ${gone} FOR UPDATE OF l) SELECT COUNT(*) AS n FROM gone`,
    remove: (live, gone) => `DELETE FROM ${live} AS l WHERE ${gone}`,
  }
}

async function shapeOf(ask: Ask, table: string): Promise<Shape> {
  const columns = await ask(`SELECT a.attname AS name, a.attidentity = 'a' AS fixed, NOT a.attnotnull AS nullable FROM pg_attribute AS a
    WHERE a.attrelid = ${NAMED} AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum`, [table])
  const keys = await ask(`SELECT ${columnsOf('i.indkey::int2[]', 'i.indrelid')} AS columns FROM pg_index AS i
    WHERE i.indrelid = ${NAMED} AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnatts = i.indnkeyatts
      AND NOT EXISTS (SELECT 1 FROM pg_attribute AS a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) AND NOT a.attnotnull)
    ORDER BY i.indisprimary DESC, i.indexrelid`, [table])
  const pointing = await ask(`SELECT p.relname AS parent, k.confrelid = k.conrelid AS own, ${columnsOf('k.conkey', 'k.conrelid')} AS columns
    FROM pg_constraint AS k JOIN pg_class AS p ON p.oid = k.confrelid WHERE k.contype = 'f' AND k.conrelid = ${NAMED}`, [table])
  const own = pointing.filter((key) => key['own'] === true)
  return {
    columns: columns.map(columnOf), keys: keys.map((key) => names(key['columns'])),
    parents: pointing.filter((key) => !own.includes(key)).map(({ parent }) => String(parent)),
    ownParents: own.flatMap((key) => names(key['columns'])),
  }
}

const columnOf = ({ name, fixed, nullable }: Record<string, Value>): MergedColumn =>
  ({ name: String(name), type: { kind: 'other', name: 'any' }, nullable: nullable === true, fixed: fixed === true })

const names = (json: Value | undefined): string[] => JSON.parse(String(json ?? '[]')) as string[]
