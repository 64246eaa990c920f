import { BusyError, CancelledError, ConfigurationError, DatabaseError, DataError, FencedError, messageOf, StarlineError, StoppedError } from './errors.ts'

/** An error as JSON: what `--json` shows, and what the ledger keeps of a failure. */
export interface ErrorDocument {
  readonly name: string
  readonly message: string
  readonly what?: string
  /** Each of several things that are wrong at once. */
  readonly problems?: readonly string[]
  readonly where?: string
  readonly why?: string
  readonly wayOut?: string
  /** Trying again can help. */
  readonly transient?: boolean
}

/** An error for a program: each text of it is one line, but for what a database says. */
export function errorDocument(error: unknown): ErrorDocument {
  if (!(error instanceof StarlineError)) return { name: error instanceof Error ? error.name : 'Error', message: messageOf(error) }
  const { name, message, what, where, problems, why, wayOut, transient } = error
  return {
    name, message: problems.length === 0 ? message : `${what}: ${problems.join('; ')}`, what, transient, ...problems.length > 0 && { problems },
    ...where !== undefined && { where }, ...why !== undefined && { why }, ...wayOut !== undefined && { wayOut },
  }
}

const classes = { BusyError, CancelledError, ConfigurationError, DataError, FencedError, StoppedError, StarlineError } as const

/** The error that a document was made of, as far as it says. */
export function errorOf(document: ErrorDocument): Error {
  const { name, message, what, where, problems, why, wayOut, transient = false } = document
  if (what === undefined) return Object.assign(new Error(message), { name })
  const details = { ...problems !== undefined && { problems }, ...where !== undefined && { where }, ...why !== undefined && { why }, ...wayOut !== undefined && { wayOut } }
  if (name === 'DatabaseError') return new DatabaseError(what, { ...details, transient })
  const Known = Object.entries(classes).find(([known]) => known === name)?.[1] ?? StarlineError
  return new Known(what, details)
}
