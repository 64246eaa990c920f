import { createConnection } from 'mysql2'
import type { Connection as Driver, ConnectionOptions, FieldPacket, Query, QueryOptions, ResultSetHeader } from 'mysql2'
import { connect as dial, isIP } from 'node:net'
import { Duplex } from 'node:stream'
import type { Readable } from 'node:stream'
import type { Address } from './address.ts'
import { isFields, readAsText } from './columns.ts'
import type { Raw } from './columns.ts'
import { databaseError, endsSession } from './errors.ts'
import { tlsOptions } from '../ssl.ts'
import type { Ssl } from '../ssl.ts'
import { ServerWire } from '../server-wire.ts'
import { deferred } from '../waiting.ts'

/** A row as the driver gives it. */
export type RawRow = readonly Raw[]

/** What a statement gave: rows and their columns, or a header that counts. */
export interface Answer {
  readonly rows: readonly RawRow[]
  readonly fields: readonly FieldPacket[] | undefined
  readonly header: ResultSetHeader | undefined
}

const KEEP_ALIVE_MS = 10_000
const FLOW_EVENTS = ['pause', 'drain'] as const

/** One connection of mysql2. */
export class Wire extends ServerWire {
  readonly driver: Driver
  /** The driver casts nothing: every value comes as its bytes. Slower, and as exact. */
  bytesOnly = false
  /** Whom the server takes this session for, as a GRANT names it: `'etl'@'%'`; undefined until that was asked. */
  account: string | undefined

  constructor(driver: Driver, place: string, onEnd: (busy: boolean) => void) {
    super(place, onEnd)
    this.driver = driver
    // mysql2 may emit any number of errors after the first one, and an error that nobody listens to ends the process.
    driver.on('error', (error) => this.end(databaseError(error, place)))
    driver.on('end', () => this.lost('PROTOCOL_CONNECTION_LOST'))
  }

  /** Bytes that wait to be taken by the server. */
  get unsent(): number { return this.socket.writableLength }

  get socket(): Duplex {
    const socket: unknown = Reflect.get(this.driver, 'stream')
    if (socket instanceof Duplex) return socket
    throw new TypeError('this release of mysql2 has its socket elsewhere')
  }

  /** Runs a statement to its end. `infile` gives the stream that LOAD DATA LOCAL asks for; it belongs to this statement alone. */
  run(sql: string, infile?: (path: string) => Readable): Promise<Answer> {
    if (this.ended !== undefined) return Promise.reject(this.ended)
    const { promise, resolve, reject } = this.underWay<Answer>()
    const tidy = infile && this.#tidier()
    const query = this.driver.query({ ...this.#options(sql), ...infile && { infileStreamFactory: infile } }, (error: unknown, result: unknown, fields: unknown) => {
      tidy?.()
      if (error) reject(error)
      else resolve(answerOf(result, fields))
    })
    query.on('fields', readAsText)
    return promise
  }

  #options(sql: string): QueryOptions {
    return { sql, rowsAsArray: true, ...this.bytesOnly && { typeCast: false } }
  }

  /** Starts a query whose rows come as events. */
  start(sql: string): Query {
    if (this.ended !== undefined) throw this.ended
    const query = this.driver.query(this.#options(sql))
    query.on('fields', readAsText)
    query.on('error', (error) => this.failed(error))
    return query
  }

  protected read(error: unknown): { readonly clean: Error, readonly ends: boolean } {
    return { clean: databaseError(error, this.place, this.account), ends: endsSession(error) }
  }

  protected leave(): Promise<void> {
    return new Promise((resolve) => { this.driver.end(() => resolve()) })
  }

  /** mysql2 leaves its listeners on the socket where the stream of a LOAD DATA LOCAL has failed. */
  #tidier(): () => void {
    const socket = this.socket
    const before = FLOW_EVENTS.map((event) => socket.listeners(event))
    return () => {
      for (const [i, event] of FLOW_EVENTS.entries()) {
        const own = socket.listeners(event).filter((listener) => !before[i]?.includes(listener))
        for (const listener of own) Reflect.apply(socket.removeListener.bind(socket), undefined, [event, listener])
      }
    }
  }
}

/** Connects and logs in; nothing is set up yet. `onEnd` hears whether something was under way when it ended. */
export async function openWire(address: Address, seconds: number, onEnd: (busy: boolean) => void = () => {}): Promise<Wire> {
  const wire = new Wire(connect(address, seconds), address.place, onEnd)
  const connected = deferred<void>()
  const release = wire.guard(connected.reject)
  wire.driver.once('connect', () => { release(); connected.resolve() })
  await connected.promise
  return wire
}

function connect({ host, port, socketPath, user, password, database, ssl }: Address, seconds: number): Driver {
  return createConnection({
    ...socketPath === undefined ? { host, port } : { socketPath },
    user, password, database,
    ...ssl && encrypted(ssl, host, port),
    charset: 'utf8mb4',
    connectTimeout: Math.ceil(seconds * 1000),
    // A firewall that forgets silent connections would let a long statement wait for ever.
    enableKeepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    multipleStatements: false,
    supportBigNumbers: true,
    dateStrings: true,
    jsonStrings: true,
    timezone: 'Z',
  })
}

/** mysql2 asks the certificate of a server without a name for the name `localhost`; with a dot at its end an address counts as a name, and is compared as an address. */
function encrypted(ssl: Ssl, host: string, port: number): Pick<ConnectionOptions, 'ssl' | 'host' | 'stream'> {
  const options = { ssl: { ...tlsOptions(ssl), verifyIdentity: ssl.verify === 'name' } }
  if (isIP(host) === 0) return options
  return { ...options, host: `${host}.`, stream: () => dial({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS }) }
}

/** Of several results, as a procedure gives, the first one with rows. */
function answerOf(result: unknown, fields: unknown): Answer {
  if (isHeader(result)) return { rows: [], fields: undefined, header: result }
  if (isFields(fields) && isRows(result)) return { rows: result, fields, header: undefined }
  if (!Array.isArray(fields) || !Array.isArray(result)) return { rows: [], fields: undefined, header: undefined }
  const at = fields.findIndex(isFields)
  return answerOf(result[Math.max(at, 0)], fields[at])
}

export function isRawRow(row: unknown): row is RawRow {
  return Array.isArray(row)
}

function isRows(rows: unknown): rows is readonly RawRow[] {
  return Array.isArray(rows) && (rows.length === 0 || isRawRow(rows[0]))
}

function isHeader(result: unknown): result is ResultSetHeader {
  return typeof result === 'object' && result !== null && 'affectedRows' in result
}
