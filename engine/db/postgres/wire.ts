import { Client } from 'pg'
import type { FieldDef, QueryArrayResult, Submittable } from 'pg'
import { Duplex } from 'node:stream'
import { DatabaseError } from '../../errors.ts'
import { tooLate } from '../server-sessions.ts'
import { tlsOptions } from '../ssl.ts'
import { deferred, within } from '../waiting.ts'
import type { Address } from './address.ts'
import { databaseError, endsSession } from './errors.ts'
import type { Native } from './statement.ts'

/** A row as the server writes it: every value as its text. */
export type RawRow = readonly (string | null)[]

/** What a statement gave. */
export interface Answer {
  readonly rows: readonly RawRow[]
  readonly fields: readonly FieldDef[]
  /** `SELECT`, `INSERT`, …: what the server says it did. */
  readonly command: string
  readonly count: number
}

const GOODBYE_MS = 1_000
/** Every value as its text: pg's own parsers lose digits, and take a DATE for an instant of this machine's time zone. */
const AS_TEXT = { getTypeParser: () => (text: string): string => text }

/**
 * One connection of pg, with the one promise that pg doesn't keep: when it ends, for whatever reason, everything that
 * waits on it errors, and so does everything that is asked of it later, always with the same reason.
 */
export class Wire {
  readonly place: string
  readonly #client: Client
  readonly #onEnd: (busy: boolean) => void
  readonly #guards = new Set<(reason: Error) => void>()
  #ended: Error | undefined
  #last: Promise<unknown> = Promise.resolve()
  #pending = 0
  /** A COPY has rows that are still to be sent. */
  isSending = false

  constructor(client: Client, place: string, onEnd: (busy: boolean) => void) {
    this.#client = client
    this.place = place
    this.#onEnd = onEnd
    // An error that nobody listens to ends the process.
    client.on('error', (error) => this.end(databaseError(error, place)))
    client.on('end', () => this.end(new DatabaseError('the server closed the connection', {
      where: place, code: 'ECONNRESET', transient: true, wayOut: 'see whether the server runs, and try again',
    })))
  }

  /** Why it ended, if it did. */
  get ended(): Error | undefined { return this.#ended }
  /** How many statements are under way. */
  get pending(): number { return this.#pending }
  /** Bytes that came from the server so far. */
  get received(): number { return Number(Reflect.get(this.socket, 'bytesRead') ?? 0) }

  get socket(): Duplex {
    const connection: unknown = Reflect.get(this.#client, 'connection')
    const socket: unknown = typeof connection === 'object' && connection !== null ? Reflect.get(connection, 'stream') : undefined
    if (socket instanceof Duplex) return socket
    throw new TypeError('this release of pg has its socket elsewhere')
  }

  /** Runs a statement to its end, after those that were asked for before it. */
  run({ sql, values }: Native): Promise<Answer> {
    return this.guarded(async () => {
      const given = await this.#client.query({ text: sql, rowMode: 'array', types: AS_TEXT, ...values.length > 0 && { values: [...values] } })
      return answerOf(given)
    })
  }

  /** Hands pg something that speaks the protocol itself; the caller waits until it is done before anything else is asked for. */
  submit<T extends Submittable>(work: T): T {
    if (this.#ended !== undefined) throw this.#ended
    return this.#client.query(work)
  }

  /** Does something on the session in its turn; errors with the reason of the wire's end, if that comes first. */
  guarded<T>(work: () => Promise<T>): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const { promise, resolve, reject } = deferred<T>()
    this.#pending += 1
    const release = this.guard((reason) => { this.#pending -= 1; reject(reason) })
    const now = this.#last.then(async () => {
      if (this.#ended !== undefined) throw this.#ended
      return work()
    }).then((done) => {
      if (!release()) return
      this.#pending -= 1
      resolve(done)
    }, (error: unknown) => {
      if (!release()) return
      this.#pending -= 1
      reject(this.failed(error))
    })
    this.#last = now
    return promise
  }

  /** Calls `fail` if the wire ends, until the function that it returns is called; that one says whether it was in time. */
  guard(fail: (reason: Error) => void): () => boolean {
    if (this.#ended === undefined) this.#guards.add(fail)
    else fail(this.#ended)
    return () => this.#guards.delete(fail)
  }

  /** An error as everybody shall see it; where it is the session's end, it ends. */
  failed(error: unknown): Error {
    const clean = databaseError(error, this.place)
    if (endsSession(error)) this.end(clean)
    return this.#ended ?? clean
  }

  /** Ends it at once. */
  end(reason: Error): void {
    if (this.#ended !== undefined) return
    this.#ended = reason
    this.socket.destroy()
    const guards = [...this.#guards]
    this.#guards.clear()
    this.#onEnd(guards.length > 0)
    for (const fail of guards) fail(reason)
  }

  /** Says goodbye to the server and ends. */
  async close(): Promise<void> {
    if (this.#ended !== undefined) return
    if (this.#guards.size === 0) await within(this.#client.end(), GOODBYE_MS)
    this.end(new DatabaseError('the connection was closed', { where: this.place }))
  }
}

/** Connects and logs in; nothing is set up yet. `onEnd` hears whether something was under way when it ended. */
export async function openWire(address: Address, seconds: number, onEnd: (busy: boolean) => void = () => {}): Promise<Wire> {
  const { host, port, user, password, database, ssl, place } = address
  const client = new Client({
    host, port, user, password, database, ssl: ssl === undefined ? false : { ...tlsOptions(ssl) },
    connectionTimeoutMillis: Math.ceil(seconds * 1000),
    // A firewall that forgets silent connections would let a long statement wait for ever.
    keepAlive: true, keepAliveInitialDelayMillis: 10_000,
    application_name: 'starline', client_encoding: 'UTF8',
  })
  const wire = new Wire(client, place, onEnd)
  await wire.guarded(async () => { await client.connect() }).catch((error: unknown) => {
    const clean = databaseError(error, place)
    wire.end(clean)
    throw isTimeout(error) ? tooLate(place, seconds) : wire.ended ?? clean
  })
  return wire
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && /timeout expired/.test(`${error.message} ${error.cause instanceof Error ? error.cause.message : ''}`)
}

/** Of several results, the last one with rows; the counts are one sum. */
function answerOf(given: QueryArrayResult | readonly QueryArrayResult[]): Answer {
  const results: readonly QueryArrayResult[] = 'fields' in given ? [given] : given
  const last = results.findLast(({ fields }) => fields.length > 0) ?? results.at(-1)
  return {
    rows: (last?.rows ?? []) as RawRow[],
    fields: last?.fields ?? [],
    command: last?.command ?? '',
    count: results.reduce((sum, { rowCount, command }) => sum + (command === 'SELECT' ? 0 : rowCount ?? 0), 0),
  }
}
