import { asError, ConfigurationError, DatabaseError, StarlineError } from '../../errors.ts'
import { redact } from '../../redact.ts'
import {
  CHANGED, DEADLOCK, firstOf, FULL, KILLED, LOST, NO_COLUMN, NO_DATABASE, NO_ROOM, NO_TABLE, NODE_MEANINGS, NOT_ALLOWED,
  READ_ONLY, TAKEN, UNENCRYPTED, UNREADABLE, UNTRUSTWORTHY, WAITED,
} from '../meanings.ts'
import type { Meaning } from '../meanings.ts'

/** What pg throws: an error of the server with its fields, or one of Node's. */
interface DriverError extends Error {
  /** SQLSTATE, or Node's name. */
  code?: string
  severity?: string
  detail?: string
  where?: string
}

const DENIED: Meaning = { what: 'the user is not let in', ends: true, wayOut: "check the URL's user and password, and the server's pg_hba.conf" }

/** Of what the message says that somebody may not touch it, what is to be granted. */
const RIGHTS: Readonly<Record<string, string>> = {
  schema: 'USAGE, CREATE ON SCHEMA', table: 'SELECT ON TABLE', view: 'SELECT ON TABLE', sequence: 'USAGE ON SEQUENCE', database: 'CONNECT ON DATABASE', function: 'EXECUTE ON FUNCTION',
}

/** What a statement does to the table that it names first. */
const WRITES = /^\s*(INSERT|UPDATE|DELETE)\s+(?:INTO\s+|FROM\s+)?(?:"?\w+"?\.)?"?(\w+)"?(?=[\s(]|$)/i

/** By SQLSTATE, or the name that Node gives. */
const BY_CODE: Readonly<Record<string, Meaning>> = {
  ...NODE_MEANINGS,
  '28000': DENIED, '28P01': DENIED, '53300': FULL, '3D000': { ...NO_DATABASE, ends: true },
  '42P07': TAKEN, '42P01': NO_TABLE, '42703': NO_COLUMN, '42601': UNREADABLE, '42501': NOT_ALLOWED, '25006': READ_ONLY,
  '40001': CHANGED, '40P01': DEADLOCK, '55P03': WAITED, '57014': KILLED,
  '57P01': LOST, '57P02': LOST, '57P05': LOST, '25P03': LOST,
  '57P03': { what: 'the server is starting or stopping', transient: true, ends: true, wayOut: 'try again' },
  '53100': NO_ROOM,
  '53200': { what: 'the server has no memory left', transient: true },
}

/** A snapshot is had from the session that has exported it as long as that one lasts. */
const MOMENT_GONE: Meaning = { what: 'the session is gone whose moment this one was to share', transient: true, wayOut: 'try again' }

/** Messages that no code tells. */
const BY_WORDS: readonly (readonly [RegExp, Meaning])[] = [
  // A file's limit and a quota have no code of their own.
  [/No space left|File too large|quota exceeded/i, NO_ROOM],
  [/terminated|not queryable|timeout expired/i, LOST],
  [/invalid snapshot identifier|snapshot ".+" does not exist|could not import the requested snapshot/i, MOMENT_GONE],
  [/does not support SSL/i, UNENCRYPTED],
  [/certificate|self.signed|Hostname\/IP/i, UNTRUSTWORTHY],
  [/password must be a string|SASL|SCRAM/i, DENIED],
]

/** SQLSTATEs that are about the rows: data exceptions, broken constraints, a key that is too long for its index. */
const ABOUT_ROWS = /^(22|23|54000)/

/**
 * Anything that pg threw, as a DatabaseError with its SQLSTATE, the place and the way out; an error of ours stays itself.
 * Neither the text of the statement nor a secret is in it: `sql` tells which right was missing, where the server names the table alone.
 */
export function databaseError(thrown: unknown, place: string, sql = ''): Error {
  if (thrown instanceof StarlineError) return thrown
  const error: DriverError = firstOf(asError(thrown))
  const { what = 'the database refused', transient = false, wayOut } = meaningOf(error, sql)
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

/** Whether a statement was refused because the user may not do it. */
export const isDenied = (thrown: unknown): boolean => thrown instanceof Error && 'code' in thrown && thrown.code === '42501'

/** The SQLSTATE of an error of this module; '' where it has none. */
export function codeOf(thrown: unknown): string {
  return thrown instanceof DatabaseError ? thrown.code ?? '' : ''
}

function meaningOf(error: DriverError, sql = ''): Meaning {
  const [, kind = '', name] = error.code === '42501' ? /^permission denied for (\w+) (.+)$/.exec(error.message) ?? [] : []
  if (RIGHTS[kind] !== undefined) return { ...NOT_ALLOWED, wayOut: `GRANT ${kind === 'table' ? written(sql, name) : ''}${RIGHTS[kind]} ${name} TO the user` }
  const known = BY_CODE[error.code ?? ''] ?? BY_WORDS.find(([words]) => words.test(error.message))?.[1]
  if (known !== undefined) return known
  return error.code?.startsWith('08') === true || error.severity === 'FATAL' ? LOST : {}
}

/** The right to write that a statement wants on a table, beside the one to read it; nothing where it only reads that one. */
function written(sql: string, table: string | undefined): string {
  const [, verb = '', first] = WRITES.exec(sql) ?? []
  return first === undefined || first !== table ? '' : `${verb.toUpperCase()}, `
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
