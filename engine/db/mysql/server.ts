import type { Doing } from '../watch.ts'
import type { Address } from './address.ts'
import { asObjects } from './columns.ts'
import { accountOf } from './text.ts'
import { openWire } from './wire.ts'
import type { Wire } from './wire.ts'

/** What a session knows of its server and of itself. */
export interface Server {
  readonly mariadb: boolean
  /** The server's number for this session. */
  readonly id: number
  /** LOAD DATA LOCAL is allowed, as far as the server says. */
  readonly localInfile: boolean
  readonly maxPacket: number
  /** Names of tables are compared without regard to case. */
  readonly foldsNames: boolean
  /** Its log of changes holds statements: it refuses what reads without locks and writes. */
  readonly logsStatements: boolean
  /** A transaction keeps to the moment of its first SELECT. */
  readonly repeatable: boolean
  /** Which server, and which life of it: numbers of sessions begin anew with each. */
  readonly life: Life
}

interface Life { readonly server: string, readonly startedAt: number }

/** Seconds for which a statement waits for others to let go of a table. */
export const LOCK_SECONDS = 5

/** Bytes of a value by which rows are sorted: the server's default. */
export const SORTED_BYTES = 1024

/** Bytes that a statement's own table in memory may have: twice MariaDB's default. */
const HELD_BYTES = 33_554_432

/**
 * Sets a session up and asks what must be known.
 *
 * - SQL is read the same way on every server (sql_mode is set, not added to): strict, no ANSI_QUOTES, and backslashes
 *   escape, which every literal of ours relies on. ONLY_FULL_GROUP_BY stays off: a source's query that its owner's client
 *   runs must run here. NO_AUTO_VALUE_ON_ZERO, so that a 0 stays a 0. A source may speak of the zero dates that it holds.
 * - Messages are in English: the gate of a load reads them. Notes count as warnings, for some truncations are only notes.
 * - Nothing waits for a lock for the server's default of a day.
 * - A reader sees one snapshot; a writer uses READ COMMITTED, for under REPEATABLE READ its INSERT … SELECT would lock
 *   the gaps of what it reads. A server that logs statements refuses that, and keeps REPEATABLE READ.
 * - Sorting tells values apart by their first bytes: so many as the dialect counts on.
 * - A dimension that a statement holds in memory gets a key, and has room, whatever a server of MariaDB's is set to.
 * - GROUP_CONCAT would cut its result at some thousand characters with a mere warning.
 */
export async function setUp(wire: Wire, readOnly: boolean): Promise<Server> {
  const { fields, rows } = await wire.run(`SELECT ${FACTS}, ${LIFE}`)
  // Whether floats come as they were sent: else the driver must not touch any value.
  wire.bytesOnly = typeof rows[0]?.[0] !== 'string'
  const [facts = {}] = asObjects(fields ?? [], rows)
  wire.account = accountOf(String(facts['account']))
  const mariadb = String(facts['version']).includes('MariaDB')
  const logsStatements = facts['logged'] === 'STATEMENT'
  const repeatable = readOnly || logsStatements
  await wire.run(`SET ${settings({ mariadb, readOnly, repeatable }).join(', ')}`)
  return {
    mariadb,
    id: Number(facts['id']),
    localInfile: Number(facts['local_infile']) === 1,
    maxPacket: Number(facts['max_packet']),
    foldsNames: Number(facts['folds']) !== 0,
    logsStatements,
    repeatable,
    life: lifeIn(facts),
  }
}

/** The first column is a probe. MySQL keeps the last one in a table since it may do without the variable one day. */
const FACTS = `1e0 AS probe, VERSION() AS version, CONNECTION_ID() AS id, @@local_infile AS local_infile,
  @@max_allowed_packet AS max_packet, @@lower_case_table_names AS folds, CURRENT_USER() AS account,
  /*M! @@binlog_format */ /*!80000 (SELECT variable_value FROM performance_schema.session_variables WHERE variable_name = 'binlog_format') */ AS logged`

/** Each kind of server takes its own comment for a part of the statement. */
const LIFE = `CONCAT(@@hostname, ':', @@port, ':', @@server_id) AS server, UNIX_TIMESTAMP() AS now,
  (SELECT variable_value FROM /*M! information_schema.global_status */ /*!80000 performance_schema.global_status */ WHERE variable_name = 'Uptime') AS uptime`

/** One statement for all of them: each costs a way to the server and back. */
function settings({ mariadb, readOnly, repeatable }: Pick<Server, 'mariadb' | 'repeatable'> & { readonly readOnly: boolean }): readonly string[] {
  const mode = `${readOnly ? 'STRICT_TRANS_TABLES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION' : 'TRADITIONAL'},NO_AUTO_VALUE_ON_ZERO`
  const transaction = mariadb ? 'tx' : 'transaction'
  return [
    'NAMES utf8mb4', `sql_mode = '${mode}'`, "time_zone = '+00:00'", 'autocommit = 1', "lc_messages = 'en_US'", 'sql_notes = 1',
    'max_error_count = 64', `lock_wait_timeout = ${LOCK_SECONDS}`, 'innodb_lock_wait_timeout = 10', 'net_read_timeout = 600', 'net_write_timeout = 600',
    'wait_timeout = 604800', 'group_concat_max_len = 67108864', 'default_storage_engine = InnoDB', 'sql_safe_updates = 0', 'sql_auto_is_null = 0',
    ...mariadb ? ["optimizer_switch = 'derived_with_keys=on'", ...['tmp_memory_table_size', 'max_heap_table_size'].map((name) => `${name} = GREATEST(@@${name}, ${HELD_BYTES})`)] : [],
    `max_sort_length = ${SORTED_BYTES}`, `${transaction}_isolation = '${repeatable ? 'REPEATABLE-READ' : 'READ-COMMITTED'}'`, `${transaction}_read_only = ${readOnly ? 1 : 0}`,
  ]
}

export async function ask(wire: Wire, sql: string): Promise<Record<string, unknown>[]> {
  const { fields, rows } = await wire.run(sql)
  return asObjects(fields ?? [], rows)
}

const lifeIn = ({ server, now, uptime }: Record<string, unknown>): Life => ({ server: String(server), startedAt: Number(now) - Number(uptime) })

async function lifeOf(wire: Wire): Promise<Life> {
  const [facts = {}] = await ask(wire, `SELECT ${LIFE}`)
  return lifeIn(facts)
}

const HELP_SECONDS = 5
/** Both clocks count whole seconds. */
const SAME_LIFE_SECONDS = 1

/** Another session, for a moment, on the same life of the same server. @throws where it can't be had in time */
async function aside<T>(address: Address, life: Life, work: (wire: Wire) => Promise<T>): Promise<T> {
  const wire = await openWire(address, HELP_SECONDS)
  const late = setTimeout(() => wire.end(new Error('the server does not answer')), HELP_SECONDS * 1000)
  try {
    const now = await lifeOf(wire)
    if (now.server !== life.server || Math.abs(now.startedAt - life.startedAt) > SAME_LIFE_SECONDS) throw new Error('the server was started anew')
    return await work(wire)
  } finally {
    clearTimeout(late)
    await wire.close()
  }
}

/** Ends a session on the server, or only the statement that it runs. A number of another life may be somebody else's: it is left alone. */
export function kill(address: Address, { life, id }: Server, what: 'CONNECTION' | 'QUERY'): Promise<void> {
  return aside(address, life, async (wire) => { await wire.run(`KILL ${what} ${id}`) })
}

/** A killed session reads what it is sent to its end before it says so. */
const DOING: Readonly<Record<string, Doing>> = { Sleep: 'idle', Killed: 'killed' }
/** In a LOAD DATA LOCAL: MariaDB's words, and MySQL 8's. */
const WAITING = ['Reading from net', 'Receiving from client']

/** What the server does for a session now; undefined where it knows none of that number. */
export function doing(address: Address, { life, id }: Server): Promise<Doing | undefined> {
  return aside(address, life, async (wire) => {
    const sessions = await ask(wire, 'SHOW PROCESSLIST')
    return sessions.filter((each) => Number(each['Id']) === id)
      .map((each) => DOING[String(each['Command'])] ?? (WAITING.includes(String(each['State'])) ? 'waits' : 'works'))[0]
  })
}
