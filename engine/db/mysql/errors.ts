import { ConfigurationError, DatabaseError } from '../../errors.ts'
import { redact } from '../../redact.ts'
import {
  CHANGED, DEADLOCK, firstOf, FULL, KILLED, LOST, NO_COLUMN, NO_DATABASE, NO_ROOM, NO_TABLE, NODE_MEANINGS, NOT_ALLOWED,
  READ_ONLY, TAKEN, UNENCRYPTED, UNREADABLE, UNTRUSTWORTHY, WAITED,
} from '../meanings.ts'
import type { Meaning } from '../meanings.ts'

/** What mysql2 throws and hands to callbacks. */
interface DriverError extends Error {
  code?: string
  errno?: number
  sqlState?: string
  sqlMessage?: string
  fatal?: boolean
  sql?: string
}

const DENIED: Meaning = { what: 'the user is not let in', wayOut: "check the URL's user and password, that this user may connect from this machine, and whether the server wants encryption (ssl=true)" }
const TOO_LARGE: Meaning = { what: 'a row or statement is larger than the server takes', ends: true, wayOut: "raise the server's max_allowed_packet" }
const OVERDUE: Meaning = { what: 'the statement took longer than the server allows' }

/** By the name that Node or mysql2 gives. */
const BY_NAME: Readonly<Record<string, Meaning>> = {
  ...NODE_MEANINGS, PROTOCOL_CONNECTION_LOST: LOST, HANDSHAKE_NO_SSL_SUPPORT: UNENCRYPTED, HANDSHAKE_SSL_ERROR: UNTRUSTWORTHY,
}

/** By number: names differ between MySQL and MariaDB from 1900 on. */
const BY_NUMBER: Readonly<Record<number, Meaning>> = {
  1040: FULL, 1203: FULL, 1226: FULL,
  1044: { ...NOT_ALLOWED, wayOut: "GRANT the user of the message what docs/guide/grants.md says, or correct the URL's database: a name that is mistyped is refused so too" }, 1045: DENIED, 1698: DENIED, 1095: NOT_ALLOWED, 1142: NOT_ALLOWED, 1143: NOT_ALLOWED, 1227: NOT_ALLOWED, 1370: NOT_ALLOWED,
  1049: NO_DATABASE,
  1129: { what: 'the server has blocked this machine', wayOut: 'FLUSH HOSTS on the server' },
  1130: DENIED,
  1050: TAKEN, 1065: { what: 'the SQL is empty', wayOut: 'write one statement: a source is one SELECT' },
  1146: NO_TABLE, 1054: NO_COLUMN, 1064: UNREADABLE,
  1205: WAITED, 1213: DEADLOCK, 3572: WAITED,
  1020: CHANGED,
  1412: { what: 'a table was changed while it was read', transient: true },
  1317: KILLED, 1969: OVERDUE, 3024: OVERDUE,
  1053: LOST, 1077: LOST, 1079: LOST, 1080: LOST, 1152: LOST, 1158: LOST, 1159: LOST, 1160: LOST, 1161: LOST, 1184: LOST, 1927: LOST, 2006: LOST, 2013: LOST,
  1153: TOO_LARGE, 1301: TOO_LARGE,
  1021: NO_ROOM, 1114: NO_ROOM,
  1047: { what: 'the node is not part of its cluster now', transient: true },
  1792: READ_ONLY,
}

/** 4031 is an idle client's end on MySQL, and something else on MariaDB. */
const IDLE_TOO_LONG = /disconnected by the server because of inactivity/

/** Which rights are missing, and whose. */
const DENIED_COMMAND = /^([A-Z, ]+) command denied to user ('(?:[^']|'')*')@(?:'(?:[^']|'')*' for table (.*))?/

/** MariaDB's own numbers, which mysql2 names after MySQL's. */
const MARIADB_NAMES: Readonly<Record<number, string>> = {
  1927: 'ER_CONNECTION_KILLED', 1969: 'ER_STATEMENT_TIMEOUT', 4025: 'ER_CONSTRAINT_FAILED', 4166: 'ER_LOAD_INFILE_CAPABILITY_DISABLED',
}

const OWN_WORDS = new Set(['PROTOCOL_CONNECTION_LOST', 'PROTOCOL_UNEXPECTED_PACKET', 'PROTOCOL_ERROR'])

/**
 * Anything that mysql2 threw, as a DatabaseError with its code, the place and the way out; an error of ours stays itself.
 * Neither the text of the statement nor a secret is in it. `account` is whom the server takes the session for: its messages
 * name the host that one comes from, and a GRANT wants the one that the account has.
 */
export function databaseError(thrown: unknown, place: string, account?: string): Error {
  if (!(thrown instanceof Error)) return new DatabaseError('the database failed', { where: place, why: redact(String(thrown)) })
  if (thrown instanceof DatabaseError || thrown instanceof ConfigurationError) return thrown
  const error: DriverError = firstOf(thrown)
  const code = codeOf(error)
  const { what = 'the database refused', transient = false, wayOut } = meaningOf(error, account)
  const why = OWN_WORDS.has(code ?? '') ? undefined : redact(error.sqlMessage ?? error.message)
  return new DatabaseError(what, { where: place, ...why && { why }, ...wayOut && { wayOut }, ...code && { code }, transient, refusesRows: refusesData(error), cause: clean(error) })
}

/** Whether the session is over after this error. */
export function endsSession(thrown: unknown): boolean {
  return thrown instanceof Error && ((thrown as DriverError).fatal === true || meaningOf(thrown).ends === true)
}

/** Whether the server refused a value: it does not fit, is doubled, or breaks a rule of the table. */
export function refusesData(thrown: unknown): boolean {
  const { errno = 0, sqlState = '' } = driverError(thrown)
  return /^2[23]/.test(sqlState) || [1265, 1366, 1364, 1526, 3140, 3819, 4025].includes(errno)
}

/** The server's number for an error of this module or of mysql2; 0 where it has none. */
export function numberOf(thrown: unknown): number {
  return driverError(thrown).errno ?? 0
}

function driverError(thrown: unknown): DriverError {
  const error = thrown instanceof DatabaseError && thrown.cause instanceof Error ? thrown.cause : thrown
  return error instanceof Error ? error : new Error('')
}

function meaningOf(error: DriverError, account?: string): Meaning {
  if (IDLE_TOO_LONG.test(error.message)) return LOST
  const [, rights, user, table = ''] = DENIED_COMMAND.exec(error.sqlMessage ?? '') ?? []
  if (rights !== undefined) {
    const database = /^`(?:[^`]|``)+`(?=\.)/.exec(table)?.[0] ?? '<the database>'
    return { ...NOT_ALLOWED, wayOut: `GRANT ${rights} ON ${database}.* TO ${account ?? `${user}, under the host that it is known by`}; what it needs: docs/guide/grants.md` }
  }
  return BY_NUMBER[error.errno ?? 0] ?? BY_NAME[error.code ?? ''] ?? (error.fatal ? LOST : {})
}

function codeOf(error: DriverError): string | undefined {
  return MARIADB_NAMES[error.errno ?? 0] ?? error.code
}

/** The driver's error without the statement, which may hold data. */
function clean(error: DriverError): DriverError {
  delete error.sql
  error.message = redact(error.message)
  if (error.stack) error.stack = redact(error.stack)
  if (error.sqlMessage) error.sqlMessage = redact(error.sqlMessage)
  return error
}
