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
  for (const look of LOOKS) {
    const [found] = await ask(look.sql, [table])
    if (found !== undefined) return look.say(found, table)
  }
  return undefined
}

interface Look {
  readonly sql: string
  readonly say: (found: Record<string, Value>, table: string) => Obstacle
}

const name = ({ name: found }: Record<string, Value>): string => String(found)
const STAYS = 'it would stay with the rows that a publish replaces, and be gone with them'

const LOOKS: readonly Look[] = [
  {
    sql: `SELECT c.relname AS name, c.relkind AS kind FROM pg_class AS c WHERE c.oid = ${NAMED} AND c.relkind <> 'r'`,
    say: (found, table) => {
      const { word, drop } = KINDS[String(found['kind'])] ?? { word: 'no plain table', drop: 'TABLE' }
      return { what: `${name(found)} is ${word}, and no table can be published under its name`, wayOut: `DROP ${drop} ${quote(table)}, or give the create another name` }
    },
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

const KINDS: Readonly<Record<string, { readonly word: string, readonly drop: string }>> = {
  v: { word: 'a view', drop: 'VIEW' }, m: { word: 'a materialized view', drop: 'MATERIALIZED VIEW' }, S: { word: 'a sequence', drop: 'SEQUENCE' },
  f: { word: 'a foreign table', drop: 'FOREIGN TABLE' }, p: { word: 'a partitioned table', drop: 'TABLE' }, i: { word: 'an index', drop: 'INDEX' },
  I: { word: 'an index', drop: 'INDEX' }, c: { word: 'a composite type', drop: 'TYPE' },
}
