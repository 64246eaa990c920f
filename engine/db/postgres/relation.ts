import { randomInt } from 'node:crypto'
import { DatabaseError, DataError } from '../../errors.ts'
import { ANOTHER_SERVER } from '../flow.ts'
import type { Flow, FlowColumn, Relation, Scope } from '../flow.ts'
import type { Address } from './address.ts'
import { calledBy } from './called.ts'
import type { Server } from './server.ts'
import type { Native } from './statement.ts'
import { quote } from './text.ts'
import { isCastOtherwise } from './types.ts'
import type { Answer } from './wire.ts'

/** A column of a query, and the number of its type. */
interface Column { readonly column: FlowColumn, readonly oid: number }

/** A session, as far as a relation needs it. */
export interface Side {
  readonly address: Address
  readonly server: Server
  readonly place: string
  readonly run: (one: Native) => Promise<Pick<Answer, 'count' | 'rows'>>
  /** What a statement's columns will be. */
  columns(one: Native): Promise<readonly Column[]>
  /** Does the work in a transaction, in that which is under way where there is one. */
  together<T>(work: () => Promise<T>): Promise<T>
}

/**
 * A source's query for a session with a warehouse in the same database, whose user may read the source's tables: there the
 * server copies the rows by itself. Names in the query mean what they mean to the source, for the one statement.
 */
export async function related(query: Native, source: Side, warehouse: Side): Promise<Flow<Relation> | string> {
  if (!await isOneDatabase(source, warehouse)) return ANOTHER_SERVER
  const rows = `(\n${query.sql}\n)`
  const there = <T>(work: () => Promise<T>): Promise<T> => warehouse.together(() => onPath(source.server.path, warehouse, work))
  try {
    const { columns, own } = await there(async () => {
      const why = await whyOwn(query, source, warehouse)
      return { columns: why === undefined ? await warehouse.columns(query) : [], own: why }
    })
    if (own !== undefined) return own
    const scope: Scope = { rows, table: (name) => `${quote(warehouse.server.schema)}.${quote(name)}` }
    const fill: Relation['fill'] = (sql) => there(async () => (await warehouse.run({ ...query, sql })).count).catch((error: unknown) => { throw refused(error, warehouse.place) })
    const gives: Relation['gives'] = (sql) => there(async () => (await warehouse.run({ ...query, sql })).rows.length > 0)
    return { columns: columns.map(carried), rows: { form: 'relation', scope, fill, gives } }
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.transient) throw error
    return `the warehouse's user can't read it there (${error.why ?? error.what}), which GRANT SELECT would let it`
  }
}

/**
 * One address may lead to several servers, several addresses to one, and what servers say of themselves may be the same of
 * two that were copied: an advisory lock is of one database alone, and this one nobody else can have. Where they say otherwise nothing is asked.
 */
async function isOneDatabase(source: Side, warehouse: Side): Promise<boolean> {
  if (source.server.database !== warehouse.server.database) return false
  const key = [0, 0].map(() => String(randomInt(2 ** 31)))
  // It ends with its transaction, also behind a pooler.
  return source.together(async () => {
    const { rows: [got] } = await source.run({ sql: 'SELECT pg_try_advisory_xact_lock($1::int, $2::int)', values: key })
    const { rows } = await warehouse.run({
      sql: `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND classid = $1::oid AND objid = $2::oid AND objsubid = 2 AND pid = $3::int AND granted`,
      values: [...key, String(source.server.pid)],
    })
    return got?.[0] === 't' && rows.length === 1
  })
}

/** Where a statement fails the whole transaction ends, and these settings with it. Where a policy would hide rows of one of both users alone, the server is made to refuse the statement. */
async function onPath<T>(path: readonly string[], { server, run }: Side, work: () => Promise<T>): Promise<T> {
  const goTo = (schemas: readonly string[], policies: 'on' | 'off'): Promise<unknown> =>
    run({ sql: "SELECT set_config('search_path', $1, true), set_config('row_security', $2, true)", values: [schemas.map(quote).join(', '), policies] })
  await goTo(path, 'off')
  const done = await work()
  await goTo(server.path, 'on')
  return done
}

/** In a plan, views written out: what gives each user or each session something else, and what writes. */
const OWN = /\b(?:CURRENT_USER|SESSION_USER|USER|CURRENT_ROLE)\b|\b(?:current_setting|set_config|nextval|currval|lastval|setval|pg_backend_pid|pg_has_role|has_\w+_privilege|inet_\w+_(?:addr|port)|pg_\w*advisory\w*)\(/

/**
 * Why a query may bring the warehouse's session other rows than the source's; undefined where its plan does not say so. Rights
 * are looked at with the plan.
 */
async function whyOwn({ sql, values }: Native, source: Side, warehouse: Side): Promise<string | undefined> {
  const { path } = source.server
  const plan = async ({ run }: Side): Promise<string> => {
    const { rows } = await run({ sql: `EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM (\n${sql}\n) AS s`, values })
    return rows.map(([line]) => line ?? '').join('\n')
  }
  const planned = await plan(warehouse)
  const own = OWN.exec(planned)
  if (own !== null) return `${own[0].replace('(', '')} may be something else to each session`
  if (/\bForeign Scan\b/.test(planned)) return 'a foreign table may be something else to each user'
  const called = await calledBy(sql, planned, warehouse)
  if (called !== undefined) return `it calls the function ${called}, which may be something else to each user`
  const { rows: [found] } = await warehouse.run({ sql: 'SELECT to_json(current_schemas(false))::text', values: [] })
  if (JSON.stringify(JSON.parse(found?.[0] ?? '[]')) !== JSON.stringify(path)) return "the warehouse's user may not look for names where the source's does"
  await source.together(() => onPath(path, source, () => plan(source)))
  return undefined
}

/** Where both sides are of this kind, no text has a character that the other could not hold. */
const carried = ({ column: { name, type }, oid }: Column): FlowColumn =>
  ({ name, type: isCastOtherwise(oid) ? { kind: 'other', name: 'an address' } : type.kind === 'text' ? { ...type, noNul: true } : type })

function refused(error: unknown, place: string): unknown {
  if (!(error instanceof DatabaseError) || !error.refusesRows) return error
  return new DataError('the server did not take the rows as they are', { where: place, ...error.why && { why: error.why }, cause: error })
}
