import type { Obstacle } from '../connection.ts'
import type { Value } from '../value-type.ts'
import type { Ask } from './describe.ts'
import { quote } from './text.ts'

/** The relation of a name in the session's schema. */
export const NAMED = "(SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relname = ?)"

/**
 * What a swap could not carry along. A view is made anew on the new table; its owner, grants and comment stay with it.
 * All else that hangs on the old table would go on hanging there, without a word. A table that foreign keys point at is merged.
 */
export async function obstacleTo(ask: Ask, table: string): Promise<Obstacle | undefined> {
  const [first] = await ask(ALL_LOOKS, [table])
  if (first === undefined) return undefined
  return LOOKS[Number(first['look'])]?.say(JSON.parse(String(first['found'])) as Record<string, Value>, table)
}

interface Look {
  readonly sql: string
  readonly say: (found: Record<string, Value>, table: string) => Obstacle
}

const name = ({ name: found }: Record<string, Value>): string => String(found)
const STAYS = 'it would stay with the rows that a publish replaces, and be gone with them'

const MINE = (owner: string): string => `pg_has_role(current_user, ${owner}, 'USAGE')`

const LOOKS: readonly Look[] = [
  {
    sql: `SELECT c.relname AS name, c.relkind AS kind FROM pg_class AS c WHERE c.oid = ${NAMED} AND c.relkind <> 'r'`,
    say: (found, table) => {
      const { word, drop } = KINDS[String(found['kind'])] ?? { word: 'no plain table', drop: 'TABLE' }
      return { what: `${name(found)} is ${word}, and no table can be published under its name`, wayOut: `DROP ${drop} ${quote(table)}, or give the create another name` }
    },
  },
  {
    sql: `SELECT pg_get_userbyid(c.relowner) AS name, current_user AS me FROM pg_class AS c WHERE c.oid = ${NAMED} AND NOT ${MINE('c.relowner')}`,
    say: (found, table) => ({
      what: `the table belongs to ${name(found)}`, why: 'only its owner, and members of that role, can rename it',
      wayOut: `GRANT ${quote(name(found))} TO ${quote(String(found['me']))}, or ALTER TABLE ${quote(table)} OWNER TO ${quote(String(found['me']))}`,
    }),
  },
  {
    sql: `SELECT pg_get_userbyid(c.relowner) AS name, current_schema() AS place FROM pg_class AS c JOIN pg_roles AS me ON me.rolname = current_user
      WHERE c.oid = ${NAMED} AND c.relowner <> me.oid AND NOT me.rolsuper AND NOT has_schema_privilege(c.relowner, c.relnamespace, 'CREATE')`,
    say: (found) => ({
      what: `the table belongs to ${name(found)}, who may make none in ${String(found['place'])}`, why: 'the table that replaces it could not be handed to its owner',
      wayOut: `GRANT CREATE ON SCHEMA ${quote(String(found['place']))} TO ${quote(name(found))}`,
    }),
  },
  {
    sql: `SELECT DISTINCT v.oid::regclass::text AS name, pg_get_userbyid(v.relowner) AS owner, current_user AS me FROM pg_depend AS d
      JOIN pg_rewrite AS r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass JOIN pg_class AS v ON v.oid = r.ev_class
      WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ${NAMED} AND v.relkind = 'v' AND NOT ${MINE('v.relowner')}`,
    say: (found) => ({
      what: `the view ${name(found)} reads the table and belongs to ${String(found['owner'])}`, why: 'only its owner, and members of that role, can make it anew on the table that a publish brings',
      wayOut: `GRANT ${quote(String(found['owner']))} TO ${quote(String(found['me']))}, or ALTER VIEW ${name(found)} OWNER TO ${quote(String(found['me']))}`,
    }),
  },
  {
    sql: `SELECT DISTINCT v.oid::regclass::text AS name FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_class AS v ON v.oid = r.ev_class WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ${NAMED} AND v.relkind = 'm'`,
    say: (found) => ({
      what: `the materialized view ${name(found)} reads the table`, why: 'it would go on reading the rows that a publish replaces',
      wayOut: `DROP MATERIALIZED VIEW ${name(found)}, and make it anew after each load`,
    }),
  },
  {
    sql: `SELECT t.tgname AS name FROM pg_trigger AS t WHERE t.tgrelid = ${NAMED} AND NOT t.tgisinternal ORDER BY t.tgname`,
    say: (found, table) => ({ what: `the table has the trigger ${name(found)}`, why: STAYS, wayOut: `DROP TRIGGER ${quote(name(found))} ON ${quote(table)}` }),
  },
  {
    sql: `SELECT c.relname AS name FROM pg_class AS c WHERE c.oid = ${NAMED} AND c.relrowsecurity`,
    say: (_, table) => ({
      what: 'the table has row-level security', why: 'its policies would stay with the rows that a publish replaces',
      wayOut: `ALTER TABLE ${quote(table)} DISABLE ROW LEVEL SECURITY, and secure a view over it instead`,
    }),
  },
  {
    sql: `SELECT r.rulename AS name FROM pg_rewrite AS r WHERE r.ev_class = ${NAMED}`,
    say: (found, table) => ({ what: `the table has the rule ${name(found)}`, why: STAYS, wayOut: `DROP RULE ${quote(name(found))} ON ${quote(table)}` }),
  },
  {
    sql: `SELECT i.inhrelid::regclass::text AS name FROM pg_inherits AS i WHERE i.inhparent = ${NAMED}`,
    say: (found) => ({ what: `${name(found)} inherits from the table`, why: 'it would go on with the table that a publish replaces', wayOut: `ALTER TABLE ${name(found)} NO INHERIT it` }),
  },
  {
    sql: `SELECT p.polname AS name FROM pg_policy AS p WHERE p.polrelid = ${NAMED}`,
    say: (found, table) => ({ what: `the table has the policy ${name(found)}`, why: STAYS, wayOut: `DROP POLICY ${quote(name(found))} ON ${quote(table)}` }),
  },
  {
    sql: `SELECT i.inhparent::regclass::text AS name FROM pg_inherits AS i WHERE i.inhrelid = ${NAMED}`,
    say: (found) => ({ what: `the table is a part of ${name(found)}`, why: `${name(found)} would go on with the rows that a publish replaces`, wayOut: `take it out of ${name(found)}: DETACH PARTITION, or NO INHERIT` }),
  },
  {
    sql: `SELECT t.spcname AS name, current_user AS me FROM pg_class AS c LEFT JOIN pg_tablespace AS t ON t.oid = c.reltablespace
      WHERE c.oid = ${NAMED} AND t.spcname IS NOT NULL AND t.spcname <> current_setting('default_tablespace')`,
    say: (found) => ({
      what: `the table lies in the tablespace ${name(found)}`, why: 'the one that replaces it would not',
      wayOut: `ALTER ROLE ${quote(String(found['me']))} SET default_tablespace = ${quote(name(found))}, so that new tables are made there`,
    }),
  },
  {
    sql: `SELECT x.indexrelid::regclass::text AS name FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indrelid WHERE x.indrelid = ${NAMED} AND x.indisreplident AND c.relreplident = 'i'`,
    say: (found, table) => ({
      what: `the table's replica identity is the index ${name(found)}`, why: STAYS, wayOut: `ALTER TABLE ${quote(table)} REPLICA IDENTITY DEFAULT, which is the primary key, or FULL`,
    }),
  },
  {
    sql: `SELECT pg_describe_object(d.classid, d.objid, d.objsubid) AS name FROM pg_depend AS d JOIN pg_type AS t ON t.typrelid = ${NAMED}
      WHERE d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray) AND d.deptype = 'n'`,
    say: (found) => ({ what: `${name(found)} uses the table's row as a type`, why: STAYS, wayOut: 'drop it, or let it name the columns that it needs' }),
  },
  {
    sql: `SELECT p.pubname AS name FROM pg_publication_rel AS r JOIN pg_publication AS p ON p.oid = r.prpubid WHERE r.prrelid = ${NAMED}`,
    say: (found, table) => ({
      what: `the publication ${name(found)} replicates the table`, why: 'it would go on with the table that a publish replaces',
      wayOut: `ALTER PUBLICATION ${quote(name(found))} DROP TABLE ${quote(table)}, or publish FOR ALL TABLES`,
    }),
  },
  {
    sql: `SELECT pg_describe_object(d.classid, d.objid, d.objsubid) AS name FROM pg_depend AS d
      WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ${NAMED} AND d.classid IN ('pg_proc'::regclass, 'pg_statistic_ext'::regclass)`,
    say: (found) => ({ what: `${name(found)} depends on the table`, why: STAYS, wayOut: 'drop it, and make it anew after the load or without that dependency' }),
  },
]

/** All of them in one statement: what the first of them has found. */
const ALL_LOOKS = `WITH it AS MATERIALIZED (SELECT ${NAMED} AS oid)
${LOOKS.map(({ sql }, at) => `(SELECT ${at} AS look, row_to_json(found)::text AS found FROM (${sql.replaceAll(NAMED, '(SELECT oid FROM it)')}) AS found LIMIT 1)`).join('\nUNION ALL ')}
ORDER BY look LIMIT 1`

const KINDS: Readonly<Record<string, { readonly word: string, readonly drop: string }>> = {
  v: { word: 'a view', drop: 'VIEW' }, m: { word: 'a materialized view', drop: 'MATERIALIZED VIEW' }, S: { word: 'a sequence', drop: 'SEQUENCE' },
  f: { word: 'a foreign table', drop: 'FOREIGN TABLE' }, p: { word: 'a partitioned table', drop: 'TABLE' }, i: { word: 'an index', drop: 'INDEX' },
  I: { word: 'an index', drop: 'INDEX' }, c: { word: 'a composite type', drop: 'TYPE' },
}
