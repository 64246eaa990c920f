import type { Connection as Protocol, FieldDef, Submittable } from 'pg'
import { deferred } from '../waiting.ts'
import type { Gathering } from './gathering.ts'
import type { Native } from './statement.ts'
import type { RawRow } from './wire.ts'

/** The messages of the protocol that pg's types leave out. */
interface Speaks {
  parse(query: { readonly name: string, readonly text: string }): void
  describe(what: { readonly type: 'S' | 'P', readonly name: string }): void
  bind(given: { readonly portal: string, readonly statement: string, readonly values: readonly (string | null)[] }): void
  execute(what: { readonly portal: string, readonly rows: number }): void
  flush(): void
  sync(): void
}

const speaks = (connection: Protocol): Speaks => connection as unknown as Speaks

/** Has the server read a statement, and hears what its columns will be: none where it gives no rows. */
export class Preparing implements Submittable {
  readonly #sql: string
  readonly #done = deferred<readonly FieldDef[]>()
  readonly fields = this.#done.promise
  #found: readonly FieldDef[] = []

  constructor({ sql }: Native) {
    this.#sql = sql
  }

  submit(connection: Protocol): void {
    const to = speaks(connection)
    to.parse({ name: '', text: this.#sql })
    to.describe({ type: 'S', name: '' })
    to.sync()
  }

  handleRowDescription({ fields }: { readonly fields: readonly FieldDef[] }): void { this.#found = fields }
  handleReadyForQuery(): void { this.#done.resolve(this.#found) }
  handleError(error: Error): void { this.#done.reject(error) }
}

/** Rows have come; `last` where there are no more. */
interface Fetched { readonly last: boolean }

/**
 * The rows of the statement that was prepared last, so many at a time: the server stands still in between, and nothing
 * is on its way that nobody has asked for.
 */
export class Portal implements Submittable {
  readonly #values: readonly (string | null)[]
  readonly #gathering: Gathering<unknown>
  readonly #first: number
  #connection: Speaks | undefined
  #fetching = deferred<Fetched>()
  readonly #idle = deferred<void>()
  #over = false

  constructor({ values }: Native, gathering: Gathering<unknown>, first: number) {
    this.#values = values
    this.#gathering = gathering
    this.#first = first
  }

  /** The rows that were asked for have come. */
  get fetched(): Promise<Fetched> { return this.#fetching.promise }
  /** The session is free for the next statement. */
  get free(): Promise<void> { return this.#idle.promise }

  submit(connection: Protocol): void {
    const to = this.#connection = speaks(connection)
    this.#gathering.begin?.(connection.stream)
    to.bind({ portal: '', statement: '', values: this.#values })
    this.#ask(this.#first)
  }

  /** Asks for so many rows more. */
  fetch(rows: number): void {
    this.#fetching = deferred()
    this.#ask(rows)
  }

  /** Wants no more rows. */
  leave(): void {
    if (this.#over) return
    this.#over = true
    this.#connection?.sync()
  }

  #ask(rows: number): void {
    this.#connection?.execute({ portal: '', rows })
    this.#connection?.flush()
  }

  handleRowDescription(): void { /* It was heard before. */ }

  handleDataRow({ fields }: { readonly fields: RawRow }): void {
    this.#gathering.add(fields)
  }

  handlePortalSuspended(): void { this.#fetching.resolve({ last: false }) }
  handleCommandComplete(): void { this.#complete() }
  handleEmptyQuery(): void { this.#complete() }

  handleReadyForQuery(): void { this.#idle.resolve() }

  handleError(error: Error): void {
    // Until it hears this, the server ignores whatever follows its error.
    this.leave()
    this.#fetching.reject(error)
    this.#idle.resolve()
  }

  #complete(): void {
    this.leave()
    this.#fetching.resolve({ last: true })
  }
}
