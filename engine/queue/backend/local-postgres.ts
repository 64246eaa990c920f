import { PGlite } from '@electric-sql/pglite'
import type { PgNotification, PgPool, PgPoolClient, PgQueryable, PgQueryResult } from 'bullmq'

/** Far less memory than a server takes for itself. */
const settings = ['shared_buffers=8MB']

type Heard = (message: PgNotification) => void

/**
 * The library, whose timers keep no process alive: after each statement it sets one of ten seconds, by which it would write
 * down what it has counted. All of it happens in one piece, so nobody else's timers are met.
 */
class Library extends PGlite {
  override execProtocolRawSync(message: Uint8Array): Uint8Array {
    const { setTimeout } = globalThis
    const quiet = (...how: Parameters<typeof setTimeout>): NodeJS.Timeout => setTimeout(...how).unref()
    globalThis.setTimeout = Object.assign(quiet, setTimeout)
    try {
      return super.execProtocolRawSync(message)
    } finally {
      globalThis.setTimeout = setTimeout
    }
  }
}

/** A PostgreSQL in this process. It has one session, so all that is asked goes through it in turn. */
export class LocalPostgres {
  readonly #server: PGlite
  #last: Promise<unknown> = Promise.resolve()
  #schema: string | undefined

  private constructor(server: PGlite) {
    this.#server = server
  }

  static async start(): Promise<LocalPostgres> {
    const server = new Library({ postgresqlconf: settings })
    await server.waitReady
    return new LocalPostgres(server)
  }

  /** Does something that nobody else's statements may come between, with names looked for in this schema. */
  alone<T>(schema: string, work: (session: PgQueryable) => Promise<T>): Promise<T> {
    const now = this.#last.then(async () => {
      if (this.#schema !== schema) await this.#server.exec(`SET search_path TO "${schema}"`)
      this.#schema = schema
      return work({ query: (text, values) => ask(this.#server, text, values) })
    })
    this.#last = now.catch(() => undefined)
    return now
  }

  /** As many sessions as are wanted, all of them this one. */
  pool(schema: string): PgPool {
    const query = <R>(text: string, values?: readonly unknown[]): Promise<PgQueryResult<R>> => this.alone(schema, (session) => session.query<R>(text, values))
    const pool: PgPool = {
      query,
      connect: () => Promise.resolve(new LocalSession(query, this.#server)),
      end: () => Promise.resolve(),
      on: () => pool,
      removeAllListeners: () => pool,
    }
    return pool
  }

  async close(): Promise<void> {
    await this.#last
    await this.#server.close()
  }
}

/** A text of several statements has no values, and one with values has one statement. */
async function ask<R>(server: PGlite, text: string, values: readonly unknown[] = []): Promise<PgQueryResult<R>> {
  const result = values.length > 0 ? await server.query<R>(text, [...values]) : (await server.exec(text)).at(-1)
  return { rows: (result?.rows ?? []) as R[], rowCount: result?.affectedRows ?? 0 }
}

/** What BullMQ takes for a session of a pool's: it never breaks, and hears all that is notified. */
class LocalSession implements PgPoolClient {
  readonly query: PgPoolClient['query']
  readonly #server: PGlite
  readonly #deaf = new Map<Heard, () => void>()

  constructor(query: PgQueryable['query'], server: PGlite) {
    this.query = query
    this.#server = server
  }

  on(event: string, listener: Heard | ((error: Error) => void) | (() => void)): this {
    if (event !== 'notification') return this
    const hear = listener as Heard
    this.#deaf.set(hear, this.#server.onNotification((channel, payload) => hear({ channel, payload })))
    return this
  }

  removeListener(_event: 'notification', listener: Heard): this {
    this.#deaf.get(listener)?.()
    this.#deaf.delete(listener)
    return this
  }

  removeAllListeners(): this {
    for (const listener of this.#deaf.keys()) this.removeListener('notification', listener)
    return this
  }

  release(): void {
    this.removeAllListeners()
  }
}
