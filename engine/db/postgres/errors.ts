import { asError, ConfigurationError, DatabaseError, StarlineError } from '../../errors.ts'
import { redact } from '../../redact.ts'
import { UNTRUSTED } from '../ssl.ts'

/** What pg throws: an error of the server with its fields, or one of Node's. */
interface DriverError extends Error {
  /** SQLSTATE, or Node's name. */
  code?: string
  severity?: string
  detail?: string
  where?: string
}

interface Meaning {
  readonly what?: string
  readonly transient?: boolean
  /** The session is over. */
  readonly ends?: boolean
  readonly wayOut?: string
}

const LOST: Meaning = { what: 'the connection was lost', transient: true, ends: true, wayOut: 'see whether the server runs, and try again' }
const REFUSED: Meaning = { what: 'nobody answers there', transient: true, ends: true, wayOut: 'see whether the server runs, and whether host and port are right' }
const DENIED: Meaning = { what: 'the user is not let in', ends: true, wayOut: "check the URL's user and password, and the server's pg_hba.conf" }
const FULL: Meaning = { what: 'the server takes no more connections', transient: true, ends: true, wayOut: 'close some, or raise max_connections' }

const NO_ROOM: Meaning = { what: 'the server has no room left', wayOut: "make room on the server's disk, then run again: what this run has left is cleared away then" }
const NOT_ALLOWED: Meaning = { what: 'the user may not do this', wayOut: 'GRANT the user what the message names' }
/** Of what the message says that somebody may not touch it, what is to be granted. */
const RIGHTS: Readonly<Record<string, string>> = {
  schema: 'USAGE, CREATE ON SCHEMA', table: 'SELECT ON TABLE', view: 'SELECT ON TABLE', sequence: 'USAGE ON SEQUENCE', database: 'CONNECT ON DATABASE', function: 'EXECUTE ON FUNCTION',
}

const BY_CODE: Readonly<Record<string, Meaning>> = {
  ECONNRESET: LOST, EPIPE: LOST, ERR_STREAM_DESTROYED: LOST, ERR_STREAM_WRITE_AFTER_END: LOST, ECONNABORTED: LOST,
  EHOSTUNREACH: REFUSED, ENETUNREACH: REFUSED, ECONNREFUSED: REFUSED, ETIMEDOUT: REFUSED, EAI_AGAIN: REFUSED,
  ENOTFOUND: { what: 'there is no such host', ends: true, wayOut: "check the URL's host" },
  ENOENT: { what: 'there is no such socket', transient: true, ends: true, wayOut: 'see whether the server runs, and whether socketPath is right' },
  '28000': DENIED, '28P01': DENIED, '53300': FULL,
  '3D000': { what: 'there is no such database', ends: true, wayOut: "create it, or correct the URL's last part" },
  '42P01': { what: 'there is no such table', wayOut: 'correct the name in the SQL, or make the table' },
  '42703': { what: 'there is no such column', wayOut: 'correct the name in the SQL' }, '42601': { what: 'the SQL can\'t be read', wayOut: 'correct it where the message says' },
  '42501': NOT_ALLOWED,
  '25006': { what: 'nothing may be written here', wayOut: 'a source is only read; write to the warehouse' },
  '40001': { what: 'a row changed while it was used', transient: true },
  '40P01': { what: 'a deadlock was resolved against this session', transient: true },
  '55P03': { what: 'a lock was not had in time', transient: true },
  '57014': { what: 'the statement was ended by somebody else', transient: true },
  '57P01': LOST, '57P02': LOST, '57P05': LOST, '25P03': LOST,
  '57P03': { what: 'the server is starting or stopping', transient: true, ends: true, wayOut: 'try again' },
  '53100': NO_ROOM,
  '53200': { what: 'the server has no memory left', transient: true },
}

/** Messages that no code tells. */
const BY_WORDS: readonly (readonly [RegExp, Meaning])[] = [
  // A file's limit and a quota have no code of their own.
  [/No space left|File too large|quota exceeded/i, NO_ROOM],
  [/terminated|not queryable|timeout expired/i, LOST],
  [/does not support SSL/i, { what: 'the server does not encrypt', ends: true, wayOut: 'leave ssl out of the URL, or switch it on in the server' }],
  [/certificate|self.signed|Hostname\/IP/i, {
    what: 'no trusted encrypted connection could be made', ends: true, wayOut: UNTRUSTED,
  }],
  [/password must be a string|SASL|SCRAM/i, DENIED],
]

/** SQLSTATEs that are about the rows: data exceptions, broken constraints, a key that is too long for its index. */
const ABOUT_ROWS = /^(22|23|54000)/

/**
 * Anything that pg threw, as a DatabaseError with its SQLSTATE, the place and the way out; an error of ours stays itself.
 * Neither the text of the statement nor a secret is in it.
 */
export function databaseError(thrown: unknown, place: string): Error {
  if (thrown instanceof StarlineError) return thrown
  const error: DriverError = firstOf(asError(thrown))
  const { what = 'the database refused', transient = false, wayOut } = meaningOf(error)
  const { code } = error
  const refusesRows = ABOUT_ROWS.test(code ?? '')
  const words = [error.message, (refusesRows ? error.detail : undefined) ?? '', /^COPY .*/.exec(error.where ?? '')?.[0] ?? ''].filter((word) => word !== '')
  return new DatabaseError(what, {
    where: place, why: redact(words.map((word) => word.replace(/\.$/, '')).join('. ')),
    ...wayOut !== undefined && { wayOut }, ...code !== undefined && { code }, transient, refusesRows, cause: clean(error),
  })
}

/** Whether the session is over after this error. */
export function endsSession(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  const error: DriverError = thrown
  return error.severity === 'FATAL' || error.severity === 'PANIC' || meaningOf(error).ends === true
}

/** The SQLSTATE of an error of this module; '' where it has none. */
export function codeOf(thrown: unknown): string {
  return thrown instanceof DatabaseError ? thrown.code ?? '' : ''
}

function meaningOf(error: DriverError): Meaning {
  const [, kind = '', name] = error.code === '42501' ? /^permission denied for (\w+) (.+)$/.exec(error.message) ?? [] : []
  if (RIGHTS[kind] !== undefined) return { ...NOT_ALLOWED, wayOut: `GRANT ${RIGHTS[kind]} ${name} TO the user` }
  const known = BY_CODE[error.code ?? ''] ?? BY_WORDS.find(([words]) => words.test(error.message))?.[1]
  if (known !== undefined) return known
  return error.code?.startsWith('08') === true || error.severity === 'FATAL' ? LOST : {}
}

/** Node reports several addresses tried as one AggregateError without a message. */
function firstOf(error: Error): Error {
  const [first] = error instanceof AggregateError ? error.errors as unknown[] : []
  return first instanceof Error ? first : error
}

function clean(error: DriverError): DriverError {
  error.message = redact(error.message)
  if (error.stack !== undefined) error.stack = redact(error.stack)
  if (error.detail !== undefined) error.detail = redact(error.detail)
  return error
}

/** A pooler that gives each transaction another session of the server's leaves locks and settings with somebody else. */
export function pooled(place: string): ConfigurationError {
  return new ConfigurationError('the statements of one connection go to several sessions of the server', {
    where: place, why: 'a pooler in between hands them out by transaction, and locks and settings belong to a session',
    wayOut: "connect to the server itself, or set PgBouncer's pool_mode to session",
  })
}
