/** Where and why something went wrong, and the way out of it. */
export interface ErrorDetails {
  /** The place: an ETL, a table, a column, a file's line, a path in the configuration. */
  readonly where?: string
  /** Each of several things that are wrong at once, a line each. */
  readonly problems?: readonly string[]
  /** The reason, in the words of whoever refused. */
  readonly why?: string
  /** What the reader can do now. */
  readonly wayOut?: string
  readonly cause?: unknown
}

/**
 * An error that says what happened, where, why, and the way out.
 *
 * `transient` says whether trying again can help; the queue retries only then.
 */
export class StarlineError extends Error {
  /** What happened, without the rest of the message. */
  readonly what: string
  readonly where: string | undefined
  /** Each of several things that are wrong at once; none where `what` says it all. */
  readonly problems: readonly string[]
  readonly why: string | undefined
  readonly wayOut: string | undefined
  readonly transient: boolean = false
  readonly #details: ErrorDetails

  constructor(what: string, details: ErrorDetails = {}) {
    super(sentence(what, details), details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.what = what
    this.where = details.where
    this.problems = details.problems ?? []
    this.why = details.why
    this.wayOut = details.wayOut
    this.#details = details
  }

  /** The same error, seen from further away: the place it happened in is named before its own. */
  within(place: string): this {
    return this.#like({ where: this.where === undefined ? place : `${place}, ${this.where}` })
  }

  /** The same error, of which more is known: what is added to its reason, and to its way out. */
  knowing({ why, wayOut }: { readonly why?: string; readonly wayOut: string }): this {
    return this.#like({ ...why !== undefined && { why: both(this.why, why) }, wayOut: both(this.wayOut, wayOut) })
  }

  #like(details: ErrorDetails): this {
    const Same = this.constructor as new (what: string, details: ErrorDetails) => this
    const seen = new Same(this.what, { ...this.#details, ...details })
    if (this.stack !== undefined) seen.stack = this.stack.replace(this.message, seen.message)
    return seen
  }
}

/** The declarations or the command line are wrong: nothing was begun. */
export class ConfigurationError extends StarlineError {}

/** Data that can't be loaded without changing or losing some of it. */
export class DataError extends StarlineError {}

/** A newer run of the same table took over: this one may not publish any more. */
export class FencedError extends StarlineError {}

/** Somebody else is loading the table now. */
export class BusyError extends StarlineError {
  override readonly transient = true
}

/** The run was told to stop: Ctrl-C, a deadline, a cancelled refresh. */
export class StoppedError extends StarlineError {}

/** Somebody has cancelled the refresh, or this ETL of it. */
export class CancelledError extends StoppedError {}

/** A database refused, stalled or went away. Transient where another attempt can succeed. */
export class DatabaseError extends StarlineError {
  override readonly transient: boolean
  /** The database's own code, such as `ER_LOCK_WAIT_TIMEOUT`. */
  readonly code: string | undefined
  /** It is about the rows, not about the database: a value that does not fit, a key that comes twice, a broken CHECK. */
  readonly refusesRows: boolean

  constructor(what: string, details: ErrorDetails & { readonly transient?: boolean; readonly code?: string; readonly refusesRows?: boolean } = {}) {
    super(what, details)
    this.transient = details.transient ?? false
    this.code = details.code
    this.refusesRows = details.refusesRows ?? false
  }
}

function sentence(what: string, { where, problems = [], why, wayOut }: ErrorDetails): string {
  const head = [where === undefined ? what : `${where}: ${what}`, ...problems.map((problem) => `\n  - ${problem}`)].join('')
  return [head, why, wayOut && `Way out: ${wayOut}`].filter((part) => part !== undefined && part !== '').join('. ')
    .replaceAll(/([.?!])\. /g, '$1 ')
}

const both = (first: string | undefined, second: string): string => (first === undefined ? second : `${first.replace(/\.$/, '')}; ${second}`)

/** Whatever was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Names the place of an error of ours; anything else is handed on as it is. */
export function within(error: unknown, place: string): unknown {
  return error instanceof StarlineError ? error.within(place) : error
}
