import { UNTRUSTED } from './ssl.ts'

/** What an error of a driver means to its reader. */
export interface Meaning {
  readonly what?: string
  readonly transient?: boolean
  /** The session is over. */
  readonly ends?: boolean
  readonly wayOut?: string
}

export const LOST: Meaning = { what: 'the connection was lost', transient: true, ends: true, wayOut: 'see whether the server runs, and try again' }
export const FULL: Meaning = { what: 'the server takes no more connections', transient: true, ends: true, wayOut: 'close some, or raise max_connections' }
export const NOT_ALLOWED: Meaning = { what: 'the user may not do this', wayOut: 'GRANT the user what the message names' }
export const NO_ROOM: Meaning = { what: 'the server has no room left', wayOut: "make room on the server's disk, then run again: what this run has left is cleared away then" }
export const NO_DATABASE: Meaning = { what: 'there is no such database', wayOut: "create it, or correct the URL's last part" }
export const NO_TABLE: Meaning = { what: 'there is no such table', wayOut: 'correct the name in the SQL, or make the table' }
export const NO_COLUMN: Meaning = { what: 'there is no such column', wayOut: 'correct the name in the SQL' }
export const TAKEN: Meaning = { what: 'there is a table of this name already', wayOut: 'rename it or drop it, then run again' }
export const UNREADABLE: Meaning = { what: 'the SQL can\'t be read', wayOut: 'correct it where the message says' }
export const READ_ONLY: Meaning = { what: 'nothing may be written here', wayOut: 'a source is only read; write to the warehouse' }
export const WAITED: Meaning = { what: 'a lock was not had in time', transient: true }
export const DEADLOCK: Meaning = { what: 'a deadlock was resolved against this session', transient: true }
export const CHANGED: Meaning = { what: 'a row changed while it was used', transient: true }
export const KILLED: Meaning = { what: 'the statement was ended by somebody else', transient: true }
export const UNENCRYPTED: Meaning = { what: 'the server does not encrypt', ends: true, wayOut: 'leave ssl out of the URL, or switch it on in the server' }
export const UNTRUSTWORTHY: Meaning = { what: 'no trusted encrypted connection could be made', ends: true, wayOut: UNTRUSTED }
const REFUSED: Meaning = { what: 'nobody answers there', transient: true, ends: true, wayOut: 'see whether the server runs, and whether host and port are right' }

/** By the name that Node gives. */
export const NODE_MEANINGS: Readonly<Record<string, Meaning>> = {
  ECONNRESET: LOST, EPIPE: LOST, ERR_STREAM_DESTROYED: LOST, ERR_STREAM_WRITE_AFTER_END: LOST, ECONNABORTED: LOST,
  EHOSTUNREACH: REFUSED, ENETUNREACH: REFUSED, ECONNREFUSED: REFUSED, ETIMEDOUT: REFUSED, EAI_AGAIN: REFUSED,
  ENOTFOUND: { what: 'there is no such host', ends: true, wayOut: "check the URL's host" },
  ENOENT: { what: 'there is no such socket', transient: true, ends: true, wayOut: 'see whether the server runs, and whether socketPath is right' },
}

/** Node reports several addresses tried as one AggregateError without a message. */
export function firstOf(error: Error): Error {
  const [first] = error instanceof AggregateError ? error.errors as unknown[] : []
  return first instanceof Error ? first : error
}
