import { randomUUID } from 'node:crypto'
import { DatabaseError, DataError } from '../../errors.ts'
import { ANOTHER_SERVER } from '../flow.ts'
import type { Flow, FlowColumn, Relation, Scope } from '../flow.ts'
import { tokenize } from '../../sql/tokens.ts'
import type { ValueType } from '../value-type.ts'
import type { Address } from './address.ts'
import { isFields, isSentRounded, metaOf, typeOf } from './columns.ts'
import { asDataError, insertCounts } from './gate.ts'
import { whyOwn } from './own-rows.ts'
import type { Server } from './server.ts'
import { YEAR } from './types.ts'
import { literal, quote } from './text.ts'
import type { Wire } from './wire.ts'

/** A session, as far as a relation needs it. */
interface Side {
  readonly address: Address
  readonly server: Server
  readonly place: string
  readonly run: Wire['run']
}

/** Clocks are read in whole seconds. */
const SAME_LIFE_SECONDS = 1

/**
 * A source's query for a session with a warehouse on the same server, whose user may read the source's tables: there the
 * server copies the rows by itself. Names in the query mean what they mean to the source, for the session goes there for
 * the one statement.
 */
export async function related(sql: string, source: Side, warehouse: Side): Promise<Flow<Relation> | string> {
  if (!await isOneServer(source, warehouse)) return ANOTHER_SERVER
  if (warehouse.server.logsStatements) return 'the server logs statements, so that a copy would lock the rows of its source'
  const rows = `(\n${sql}\n)`
  const there = <T>(work: () => Promise<T>): Promise<T> => inDatabase(source.address.database, warehouse, work)
  try {
    const { fields } = await there(() => warehouse.run(`SELECT * FROM ${rows} AS s LIMIT 0`))
    const own = await whyOwn(sql, source.address.database, warehouse)
    if (own !== undefined) return own
    const rounded = isFields(fields) ? fields.find((field) => isSentRounded(metaOf(field))) : undefined
    if (rounded !== undefined) return `column ${rounded.name} is a DOUBLE that is rounded when it is read`
    const scope: Scope = { rows, table: (name) => `${quote(warehouse.address.database)}.${quote(name)}` }
    const fill: Relation['fill'] = (statement) => there(() => filled(statement, warehouse))
    const gives: Relation['gives'] = (query) => there(async () => (await warehouse.run(query)).rows.length > 0)
    return { columns: columnsOf(fields), rows: { form: 'relation', scope, fill, gives, ...statesOrder(sql) && { losesOrder: true } } }
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.transient) throw error
    return `the warehouse's user can't read it there (${error.why ?? error.what}), which GRANT SELECT would let it`
  }
}

/** The server leaves the ORDER BY of a derived table out. One in brackets is the whole query's where it opens with them. */
function statesOrder(sql: string): boolean {
  const { tokens } = tokenize(sql, 'mysql')
  const opening = tokens.findIndex(({ text }) => text !== '(')
  let depth = 0
  return tokens.some(({ kind, text }) => {
    if (kind === 'punctuation') depth += text === '(' ? 1 : text === ')' ? -1 : 0
    return depth <= opening && kind === 'word' && text.toUpperCase() === 'ORDER'
  })
}

/**
 * One address may lead to several servers, several addresses to one, and what servers say of themselves may be the same of
 * two that were copied: a lock is of one server alone, and this one nobody else can have. Where they say otherwise nothing is asked.
 */
async function isOneServer(source: Side, warehouse: Side): Promise<boolean> {
  const [{ server: { life, id } }, other] = [source, warehouse.server.life]
  if (life.server !== other.server || Math.abs(life.startedAt - other.startedAt) > SAME_LIFE_SECONDS) return false
  const name = literal(`starline:${randomUUID()}`)
  const got = await source.run(`SELECT GET_LOCK(${name}, 0)`)
  try {
    const seen = await warehouse.run(`SELECT IS_USED_LOCK(${name})`)
    return textIn(got) === '1' && textIn(seen) === String(id)
  } finally {
    await source.run(`DO RELEASE_LOCK(${name})`)
  }
}

/** The one value of a result, which the driver gives as text or as bytes. */
const textIn = ({ rows }: { readonly rows: readonly (readonly unknown[])[] }): string => String(rows[0]?.[0])

async function inDatabase<T>(database: string, { address, run }: Side, work: () => Promise<T>): Promise<T> {
  await run(`USE ${quote(database)}`)
  try {
    return await work()
  } finally {
    await run(`USE ${quote(address.database)}`)
  }
}

function columnsOf(fields: unknown): readonly FlowColumn[] {
  return isFields(fields) ? fields.map((field) => ({ name: field.name, type: withYearZero(typeOf(metaOf(field))) })) : []
}

/** A YEAR may hold the year 0, which no other kind of load takes. */
const withYearZero = (type: ValueType): ValueType => (type === YEAR ? { kind: 'integer', min: 0n, max: YEAR_MOST } : type)
const YEAR_MOST = 2155n

/** What an INSERT … SELECT has put in, without a warning. */
async function filled(sql: string, { run, place }: Side): Promise<number> {
  try {
    const { header } = await run(sql)
    const counts = insertCounts(header, header?.affectedRows ?? 0)
    if (counts?.warnings === 0 && counts.skipped === 0 && counts.records === counts.affected) return counts.affected
    throw new DataError('the server did not take the rows as they are', { where: place, why: `it has ${counts?.warnings ?? 'unknown'} warnings` })
  } catch (error) {
    throw asDataError(error, place)
  }
}
