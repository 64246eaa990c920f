import { tokenize } from '../../sql/tokens.ts'
import type { Native } from './statement.ts'
import type { Answer } from './wire.ts'

interface Asking { readonly run: (one: Native) => Promise<Pick<Answer, 'rows'>> }

/** What of a query its plan leaves out. */
const UNSHOWN = /\b(?:LIMIT|OFFSET|FETCH|PRECEDING|FOLLOWING)\b/i

/**
 * What a plan ($1), a query ($2) and the views in it may call that is not of the server itself: functions, and those behind operators and casts.
 *
 * - One that is written in C and immutable is as good as the server's own.
 * - One in SQL that is not immutable stands in the plan, or what it does stands there. What is immutable may be worked out by the planner.
 * - A view names what it calls in its dependencies; any whose name is in the query is looked at.
 */
const CALLED = `WITH RECURSIVE views AS (
    SELECT c.oid FROM pg_class AS c WHERE c.relkind = 'v' AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) AND strpos(lower($2), lower(c.relname)) > 0
    UNION SELECT v.oid FROM views JOIN pg_rewrite AS r ON r.ev_class = views.oid JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
      JOIN pg_class AS v ON v.oid = d.refobjid AND v.relkind = 'v'
  ), in_views AS (
    SELECT d.refclassid AS class, d.refobjid AS id FROM views JOIN pg_rewrite AS r ON r.ev_class = views.oid JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
  )
  SELECT f.name, f.written, f.viewed FROM (
    SELECT p.oid, p.proname AS name, quote_ident(p.proname) || '(' AS written, EXISTS (SELECT 1 FROM in_views WHERE class = 'pg_proc'::regclass AND id = p.oid) AS viewed FROM pg_proc AS p
    UNION ALL SELECT o.oprcode, 'of the operator ' || o.oprname, o.oprname, EXISTS (SELECT 1 FROM in_views WHERE class = 'pg_operator'::regclass AND id = o.oid) FROM pg_operator AS o
    UNION ALL SELECT c.castfunc, 'of a cast to ' || format_type(c.casttarget, NULL), '::' || format_type(c.casttarget, NULL), false FROM pg_cast AS c
  ) AS f JOIN pg_proc AS p ON p.oid = f.oid JOIN pg_language AS l ON l.oid = p.prolang
  WHERE p.pronamespace <> 'pg_catalog'::regnamespace AND NOT (p.provolatile = 'i' AND l.lanname IN ('c', 'internal'))
    AND (f.viewed OR strpos($1, f.written) > 0 OR (strpos($2, f.written) > 0 AND NOT (l.lanname = 'sql' AND p.provolatile <> 'i')))`

/** A function of somebody's that a query calls, by its plan, its text and its views; undefined where there is none. It may ask who calls it, whatever it says of itself. */
export async function calledBy(sql: string, plan: string, { run }: Asking): Promise<string | undefined> {
  const text = `${sql}\n${callsIn(sql)}`
  const shown = UNSHOWN.test(sql) ? `${plan}\n${text}` : plan
  const { rows } = await run({ sql: CALLED, values: [shown, text] })
  // The end of another name is none.
  const isCalled = (written: string): boolean => !/^\w/.test(written) || [shown, text].some((each) => each.split(written).slice(0, -1).some((before) => !/[\w$]$/.test(before)))
  return rows.find(([, written, viewed]) => viewed === 't' || isCalled(written ?? ''))?.[0] ?? undefined
}

/** What stands before a bracket, in the ways in which a server may write it. */
function callsIn(sql: string): string {
  const { tokens } = tokenize(sql, 'standard')
  const names = tokens.filter(({ kind }, i) => (kind === 'word' || kind === 'quoted') && tokens[i + 1]?.text === '(').map(({ kind, value }) => kind === 'word' ? value.toLowerCase() : value)
  return names.flatMap((name) => [`${name}(`, `"${name.replaceAll('"', '""')}"(`]).join(' ')
}
