import { Client } from 'pg'
import type { ClientConfig, FieldDef, QueryArrayResult, Submittable } from 'pg'
import { Duplex } from 'node:stream'
import { tooLate } from '../server-sessions.ts'
import { tlsOptions } from '../ssl.ts'
import { ServerWire } from '../server-wire.ts'
import type { Address } from './address.ts'
import { databaseError, endsSession, isDenied } from './errors.ts'
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

/** Every value as its text: pg's own parsers lose digits, and take a DATE for an instant of this machine's time zone. */
const AS_TEXT = { getTypeParser: () => (text: string): string => text }

/** One connection of pg. */
export class Wire extends ServerWire {
  readonly #client: Client
  #last: Promise<unknown> = Promise.resolve()

  constructor(client: Client, place: string, onEnd: (busy: boolean) => void) {
    super(place, onEnd)
    this.#client = client
    // An error that nobody listens to ends the process.
    client.on('error', (error) => this.end(databaseError(error, place)))
    client.on('end', () => this.lost('ECONNRESET'))
  }

  get socket(): Duplex { return socketOf(this.#client) }

  /** Runs a statement to its end, after those that were asked for before it. */
  run({ sql, values }: Native): Promise<Answer> {
    return this.guarded(async () => {
      const given = await this.#client.query({ text: sql, rowMode: 'array', types: AS_TEXT, ...values.length > 0 && { values: [...values] } })
        .catch((error: unknown) => { throw isDenied(error) ? databaseError(error, this.place, sql) : error })
      return answerOf(given)
    })
  }

  /** Hands pg something that speaks the protocol itself; the caller waits until it is done before anything else is asked for. */
  submit<T extends Submittable>(work: T): T {
    if (this.ended !== undefined) throw this.ended
    return this.#client.query(work)
  }

  /** Does something on the session in its turn; errors with the reason of the wire's end, if that comes first. */
  guarded<T>(work: () => Promise<T>): Promise<T> {
    if (this.ended !== undefined) return Promise.reject(this.ended)
    const { promise, resolve, reject } = this.underWay<T>()
    this.#last = this.#last.then(async () => {
      if (this.ended !== undefined) throw this.ended
      return work()
    }).then(resolve, reject)
    return promise
  }

  protected read(error: unknown): { readonly clean: Error, readonly ends: boolean } {
    return { clean: databaseError(error, this.place), ends: endsSession(error) }
  }

  protected leave(): Promise<void> {
    return this.#client.end()
  }
}

/** The connection under a client of pg's. */
export function socketOf(client: object): Duplex {
  const connection: unknown = Reflect.get(client, 'connection')
  const socket: unknown = typeof connection === 'object' && connection !== null ? Reflect.get(connection, 'stream') : undefined
  if (socket instanceof Duplex) return socket
  throw new TypeError('this release of pg has its socket elsewhere')
}

/** What pg is told of a server. */
export function settingsOf({ host, port, user, password, database, ssl }: Address, seconds: number): ClientConfig {
  return {
    host, port, user, password, database, ssl: ssl === undefined ? false : { ...tlsOptions(ssl) },
    connectionTimeoutMillis: Math.ceil(seconds * 1000),
    // A firewall that forgets silent connections would let a long statement wait for ever.
    keepAlive: true, keepAliveInitialDelayMillis: 10_000,
    application_name: 'starline', client_encoding: 'UTF8',
  }
}

/** Connects and logs in; nothing is set up yet. `onEnd` hears whether something was under way when it ended. */
export async function openWire(address: Address, seconds: number, onEnd: (busy: boolean) => void = () => {}): Promise<Wire> {
  const { place } = address
  const client = new Client(settingsOf(address, seconds))
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
