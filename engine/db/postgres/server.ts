import { ConfigurationError } from '../../errors.ts'
import type { Value } from '../value-type.ts'
import type { Doing } from '../watch.ts'
import type { Address } from './address.ts'
import { pooled } from './errors.ts'
import { native } from './statement.ts'
import { quote } from './text.ts'
import { decoderOf } from './types.ts'
import { openWire } from './wire.ts'
import type { Answer, Wire } from './wire.ts'

/** What a session knows of itself: a process of the server, and when it began, for its number is given again. */
export interface Server {
  readonly pid: number
  readonly startedAt: string
  /** Which database it is in, and which life of its server: what it says of itself, and another one might say as well. */
  readonly database: string
  /** Where its tables are. */
  readonly schema: string
  /** Where its names are looked for, one schema after the other. */
  readonly path: readonly string[]
}

/**
 * - Everything is in UTC, texts are literal (no backslash is an escape), floats are written to their last digit.
 * - Nothing waits for a lock for ever, and no deadline of the server's own ends a long load.
 * - A session that is open for writing but silent, while its reader takes its time, is not thrown out.
 * - A server (14 and later) that works for a client who is gone notices it.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  TimeZone: 'UTC', DateStyle: 'ISO, YMD', IntervalStyle: 'postgres', bytea_output: 'hex', extra_float_digits: '3', standard_conforming_strings: 'on',
  client_encoding: 'UTF8', client_min_messages: 'warning', lock_timeout: '10s', statement_timeout: '0', idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0', transaction_timeout: '0', transform_null_equals: 'off', default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off', client_connection_check_interval: '10s', xmlbinary: 'base64', array_nulls: 'on',
}

/** For statements of ours alone: what is compiled for one of them costs more than it saves, as they are told by the rows that are guessed of new tables. */
const OWN = { jit: 'off' }

/** Sets a session up and asks what must be known. @throws {ConfigurationError} where its schema is not there */
export async function setUp(wire: Wire, { schema, user, place }: Address, readOnly: boolean): Promise<Server> {
  const settings = { ...SETTINGS, default_transaction_read_only: readOnly ? 'on' : 'off', ...!readOnly && OWN, ...schema !== undefined && { search_path: quote(schema) } }
  // A server without a setting is older than it: such a one is left out.
  const [set] = await ask(wire, `SELECT count(set_config(s.name, v.value, false)), pg_backend_pid() AS pid FROM pg_settings AS s JOIN (VALUES ${Object.keys(settings).map(() => '(?, ?)').join(', ')})
    AS v (name, value) ON lower(s.name) = lower(v.name)`, Object.entries(settings).flat())
  const [facts] = await ask(wire, `SELECT pg_backend_pid() AS pid, current_schema() AS schema, to_json(current_schemas(false))::text AS path,
    concat_ws(' ', pg_postmaster_start_time(), (SELECT oid FROM pg_database WHERE datname = current_database()), current_database()) AS database,
    (SELECT backend_start::text FROM pg_stat_activity WHERE pid = pg_backend_pid()) AS started_at`)
  if (facts?.['pid'] !== set?.['pid']) throw pooled(place)
  if (typeof facts?.['schema'] !== 'string') {
    const name = quote(schema ?? 'warehouse')
    throw new ConfigurationError(schema === undefined ? 'this user has no schema to work in' : `there is no schema ${schema} that this user may use`, {
      where: place, wayOut: `CREATE SCHEMA ${name} where there is none, then GRANT USAGE ON SCHEMA ${name} TO ${quote(user)}${schema === undefined ? ', and name it in the URL by ?schema=' : ''}`,
    })
  }
  return { pid: Number(facts['pid']), startedAt: String(facts['started_at']), database: String(facts['database']), schema: facts['schema'], path: JSON.parse(String(facts['path'])) as string[] }
}

async function ask(wire: Wire, sql: string, values: readonly unknown[] = []): Promise<Record<string, Value>[]> {
  return asObjects(await wire.run(native({ sql, values })))
}

/** Rows of a small result as objects, by their columns' names. */
export function asObjects({ fields, rows }: Answer): Record<string, Value>[] {
  const decoders = fields.map(({ dataTypeID }) => decoderOf(dataTypeID))
  return rows.map((row) => Object.fromEntries(fields.map(({ name }, at) => {
    const text = row[at] ?? null
    return [name, text === null ? null : decoders[at]?.(text) ?? null]
  })))
}

const HELP_SECONDS = 5

/** Another session, for a moment. @throws where it can't be had in time */
async function aside<T>(address: Address, work: (wire: Wire) => Promise<T>): Promise<T> {
  const wire = await openWire(address, HELP_SECONDS)
  const late = setTimeout(() => wire.end(new Error('the server does not answer')), HELP_SECONDS * 1000)
  try {
    return await work(wire)
  } finally {
    clearTimeout(late)
    await wire.close()
  }
}

/** The session alone: a number of another life of the server may be somebody else's. */
const ITSELF = "pg_stat_activity WHERE pid = ? AND backend_start = (? :: timestamptz)"

/** Ends a session on the server, or only the statement that it runs. */
export function kill(address: Address, { pid, startedAt }: Server, what: 'session' | 'statement'): Promise<void> {
  const end = what === 'session' ? 'pg_terminate_backend' : 'pg_cancel_backend'
  return aside(address, async (wire) => { await ask(wire, `SELECT ${end}(pid) FROM ${ITSELF}`, [pid, startedAt]) })
}

/** What the server does for a session now; undefined where it knows none of that number. */
export function doing(address: Address, { pid, startedAt }: Server): Promise<Doing | undefined> {
  return aside(address, async (wire) => {
    const [found] = await ask(wire, `SELECT state = 'active' AS works, coalesce(wait_event = 'ClientRead', false) AS waits FROM ${ITSELF}`, [pid, startedAt])
    if (found === undefined) return undefined
    return found['works'] !== true ? 'idle' : found['waits'] === true ? 'waits' : 'works'
  })
}
