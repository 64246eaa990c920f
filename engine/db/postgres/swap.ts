import { setTimeout as pause } from 'node:timers/promises'
import { DatabaseError } from '../../errors.ts'
import type { Swap } from '../connection.ts'
import type { Value } from '../value-type.ts'
import { carriedSettings } from './carried.ts'
import { renameTable } from './ddl.ts'
import type { Ask } from './describe.ts'
import { codeOf } from './errors.ts'
import { childrenOf } from './merge.ts'
import { NAMED, obstacleTo } from './obstacle.ts'
import { quote } from './text.ts'

/** What a swap needs of a session. */
interface Session {
  readonly place: string
  readonly ask: Ask
  readonly execute: (sql: string) => Promise<unknown>
}

/** How long a publish may wait for readers in all. */
const PATIENCE_MS = 3_000
/**
 * How long it waits at a time, holding some of its locks: less than the second after which the server looks for deadlocks,
 * for a reader may hold one table and wait for another. While it waits, later readers wait behind it.
 */
const ATTEMPT_MS = 500
const PAUSE_MS = 50
const LOCK_NOT_HAD = '55P03'

/**
 * Makes staging tables live inside the caller's transaction: readers see the old tables until its COMMIT, and the new
 * ones after it. Owner and grants are copied, and views that read the old table are made anew on the new one.
 */
export async function swapTables(session: Session, swaps: readonly Swap[]): Promise<void> {
  const { ask, execute } = session
  for (const { live, staging, old } of swaps) {
    if (staging !== undefined && old !== undefined) for (const sql of await carriedSettings(ask, live, staging)) await execute(sql)
  }
  const views = await lockAll(session, swaps)
  for (const { live, staging } of swaps) if (staging === undefined) await refuseViews(session, live)
  // Again: something may have come to hang on a table since its load began.
  for (const { live } of swaps) await refuseObstacle(session, live)
  for (const { live, staging, old } of swaps) {
    if (old !== undefined) {
      if (staging !== undefined) for (const sql of await copyRights(ask, live, staging)) await execute(sql)
      await execute(renameTable(live, old))
    }
    if (staging !== undefined) await execute(renameTable(staging, live))
  }
  for (const view of views) await recreate(session, view)
}

async function refuseObstacle({ ask, place }: Session, live: string): Promise<void> {
  const [key] = await childrenOf(ask, live)
  const obstacle = key === undefined ? await obstacleTo(ask, live) : {
    what: `a foreign key of ${key.child} points at the table`, why: `${key.name} was made while the table was being published`, wayOut: 'run again',
  }
  if (obstacle === undefined) return
  const { what, ...more } = obstacle
  throw new DatabaseError(what, { where: `${place}, table ${live}`, ...more })
}

/** Takes every lock that the swap needs, or none: it waits for nobody later on. Gives the views that are to be made anew. */
async function lockAll(session: Session, swaps: readonly Swap[]): Promise<View[]> {
  const { execute } = session
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    await execute('SAVEPOINT locking')
    try {
      const views = await lockOnce(session, swaps)
      await execute('RELEASE SAVEPOINT locking')
      return views
    } catch (error) {
      if (codeOf(error) !== LOCK_NOT_HAD || performance.now() > deadline) throw error
      await execute('ROLLBACK TO SAVEPOINT locking')
      await pause(PAUSE_MS)
    }
  }
}

async function lockOnce({ ask, execute, place }: Session, swaps: readonly Swap[]): Promise<View[]> {
  const deadline = performance.now() + ATTEMPT_MS
  const locking = async (sql: string): Promise<void> => {
    await execute(`SET LOCAL lock_timeout = ${Math.max(1, Math.floor(deadline - performance.now()))}`)
    await execute(sql)
  }
  const live = swaps.filter(({ old }) => old !== undefined).map((swap) => swap.live)
  for (const table of live) await locking(`LOCK TABLE ${quote(table)} IN ACCESS EXCLUSIVE MODE`)
  const views: View[] = []
  // A view over two of the tables is found twice, and made anew once.
  for (const table of live) for (const view of await viewsOn(ask, table)) if (!views.some(({ name }) => name === view.name)) views.push(view)
  // LOCK TABLE would lock all that the view reads: making it as it is locks the view alone.
  for (const view of views) await recreate({ ask, place, execute: locking }, view)
  return views
}

/** A view, and the statement that makes it anew. */
interface View { readonly name: string, readonly sql: string }

/** The views that read a table, as they read while it still bears its name. Views over those follow them. */
async function viewsOn(ask: Ask, table: string): Promise<View[]> {
  const rows = await ask(`SELECT DISTINCT v.oid, v.oid::regclass::text AS name, pg_get_viewdef(v.oid) AS query, array_to_string(v.reloptions, ', ') AS options
    FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass JOIN pg_class AS v ON v.oid = r.ev_class
    WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ${NAMED} AND v.relkind = 'v' ORDER BY v.oid`, [table])
  return rows.map(({ name, query, options }) => ({
    name: String(name), sql: `CREATE OR REPLACE VIEW ${String(name)} ${typeof options === 'string' && options !== '' ? `WITH (${options}) ` : ''}AS ${String(query)}`,
  }))
}

/** A table that goes leaves its views with nothing to read. */
async function refuseViews({ ask, place }: Session, table: string): Promise<void> {
  const [view] = await viewsOn(ask, table)
  if (view !== undefined) throw new DatabaseError(`the view ${view.name} reads the table, which is to go`, { where: `${place}, table ${table}`, wayOut: `DROP VIEW ${view.name}, and make it anew when the table is back` })
}

async function recreate({ execute, place }: Session, { name, sql }: View): Promise<void> {
  try {
    await execute(sql)
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.transient) throw error
    throw new DatabaseError(`the view ${name} can't be made anew on the new table`, {
      where: place, why: error.why ?? error.message, wayOut: `change the view or drop it: DROP VIEW ${name}`, cause: error, ...error.code !== undefined && { code: error.code },
    })
  }
}

/** The statements that give the staging table the owner and the grants of the live one, and none that it has by default. */
async function copyRights(ask: Ask, live: string, staging: string): Promise<string[]> {
  const name = quote(staging)
  const given = await rightsOn(ask, live)
  const has = await rightsOn(ask, staging)
  const columns = new Set((await ask(`SELECT attname AS name FROM pg_attribute WHERE attrelid = ${NAMED} AND attnum > 0 AND NOT attisdropped`, [staging])).map((row) => String(row['name'])))
  const revoke = [...new Set(has.map(({ to }) => to))].map((to) => `REVOKE ALL ON TABLE ${name} FROM ${to}`)
  const grants = given.filter(({ column }) => column === undefined || columns.has(column)).map(({ to, right, column, grants: may }) =>
    `GRANT ${right}${column === undefined ? '' : ` (${quote(column)})`} ON TABLE ${name} TO ${to}${may ? ' WITH GRANT OPTION' : ''}`)
  const [owner] = await ask(`SELECT pg_get_userbyid(l.relowner) AS name FROM pg_class AS l JOIN pg_class AS s ON s.oid = ${NAMED}
    WHERE l.oid = ${NAMED} AND l.relowner <> s.relowner`, [staging, live])
  // Last: who gives a table away may no longer be the one to say who reads it.
  return [...revoke, ...grants, ...owner === undefined ? [] : [`ALTER TABLE ${name} OWNER TO ${quote(String(owner['name']))}`]]
}

interface Right { readonly to: string, readonly right: string, readonly column: string | undefined, readonly grants: boolean }

/** What others than the owner may do with a table or its columns. */
async function rightsOn(ask: Ask, table: string): Promise<Right[]> {
  const rows = await ask(`SELECT x.grantee, pg_get_userbyid(x.grantee) AS who, x.privilege_type AS privilege, x.is_grantable AS may, g.attname AS column_name
    FROM (SELECT c.relowner, c.relacl AS acl, NULL::name AS attname FROM pg_class AS c WHERE c.oid = ${NAMED}
      UNION ALL SELECT c.relowner, a.attacl, a.attname FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
      WHERE a.attrelid = ${NAMED} AND a.attacl IS NOT NULL AND NOT a.attisdropped) AS g, LATERAL aclexplode(g.acl) AS x
    WHERE x.grantee <> g.relowner ORDER BY 2, 3, 5`, [table, table])
  return rows.map(rightOf)
}

function rightOf({ grantee, who, privilege, may, column_name: column }: Record<string, Value>): Right {
  return {
    to: Number(grantee) === 0 ? 'PUBLIC' : quote(String(who)), right: String(privilege),
    column: column === null || column === undefined ? undefined : String(column), grants: may === true,
  }
}
