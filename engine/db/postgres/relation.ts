import { DatabaseError, DataError, messageOf } from '../../errors.ts'
import { ANOTHER_SERVER } from '../flow.ts'
import type { Flow, FlowColumn, Relation, Scope } from '../flow.ts'
import type { Address } from './address.ts'
import type { Server } from './server.ts'
import type { Native } from './statement.ts'
import { quote } from './text.ts'
import type { Answer } from './wire.ts'

/** A session, as far as a relation needs it. */
export interface Side {
  readonly address: Address
  readonly server: Server
  readonly place: string
  readonly run: (one: Native) => Promise<Pick<Answer, 'count' | 'rows'>>
  /** What a statement's columns will be. */
  columns(one: Native): Promise<readonly FlowColumn[]>
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
  const there = <T>(work: () => Promise<T>): Promise<T> => warehouse.together(() => inSchema(source.server.schema, warehouse, work))
  try {
    const columns = await there(async () => {
      // Rights are looked at when a statement runs.
      await warehouse.run({ ...query, sql: `SELECT 1 FROM ${rows} AS s LIMIT 0` })
      return warehouse.columns(query)
    })
    const scope: Scope = { rows, table: (name) => `${quote(warehouse.server.schema)}.${quote(name)}` }
    const fill: Relation['fill'] = (sql) => there(async () => (await warehouse.run({ ...query, sql })).count).catch((error: unknown) => { throw refused(error, warehouse.place) })
    return { columns: columns.map(withoutNul), rows: { form: 'relation', scope, fill } }
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.transient) throw error
    return `the warehouse's user can't read it there (${messageOf(error)})`
  }
}

/** Behind one address there may be several servers: there the source's session is not among this one's. */
async function isOneDatabase({ address, server }: Side, warehouse: Side): Promise<boolean> {
  const { host, port, database } = warehouse.address
  if (address.host !== host || address.port !== port || address.database !== database) return false
  const { rows } = await warehouse.run({ sql: 'SELECT 1 FROM pg_stat_activity WHERE pid = $1::int AND datname = current_database()', values: [String(server.pid)] })
  return rows.length === 1
}

/** Where a statement fails the whole transaction ends, and its search path with it. */
async function inSchema<T>(schema: string, { server, run }: Side, work: () => Promise<T>): Promise<T> {
  const goTo = (name: string): Promise<unknown> => run({ sql: `SET LOCAL search_path = ${quote(name)}`, values: [] })
  await goTo(schema)
  const done = await work()
  await goTo(server.schema)
  return done
}

/** Where both sides are of this kind, no text has a character that the other could not hold. */
const withoutNul = ({ name, type }: FlowColumn): FlowColumn => ({ name, type: type.kind === 'text' ? { ...type, noNul: true } : type })

function refused(error: unknown, place: string): unknown {
  if (!(error instanceof DatabaseError) || !error.refusesRows) return error
  return new DataError('the server did not take the rows as they are', { where: place, ...error.why && { why: error.why }, cause: error })
}
