import { createConnection } from 'mysql2'
import type { Connection as Driver, FieldPacket, Query, QueryError, QueryOptions, ResultSetHeader } from 'mysql2'
import type { Duplex, Readable } from 'node:stream'
import { DatabaseError } from '../../errors.ts'
import type { Address } from './address.ts'
import { databaseError, endsSession } from './errors.ts'

/** A row as the server sent it: each value's bytes. */
export type RawRow = (Buffer | null)[]

/** What a statement gave: rows and their columns, or a header that counts. */
export interface Answer {
  readonly rows: readonly RawRow[]
  readonly fields: readonly FieldPacket[] | undefined
  readonly header: ResultSetHeader | undefined
}

/**
 * One connection of mysql2, with the one promise that mysql2 doesn't keep: when it ends, for whatever reason, everything
 * that waits on it errors, and so does everything that is asked of it later, always with the same reason.
 */
export interface Wire {
  readonly driver: Driver
  /** Why it ended, if it did. */
  readonly ended: Error | undefined
  /** How many statements are under way. */
  readonly pending: number
  /** Bytes that came from the server so far. */
  readonly received: number
  /** Bytes that wait to be taken by the server. */
  readonly unsent: number
  run(sql: string, infile?: (path: string) => Readable): Promise<Answer>
  /** Starts a query whose rows come as events. */
  start(sql: string): Query
  /** Calls `fail` if the wire ends, until the function that it returns is called. */
  guard(fail: (reason: Error) => void): () => void
  /** Ends it at once. */
  end(reason: Error): void
  /** Says goodbye to the server and ends. */
  close(): Promise<void>
}

/** The driver never casts: what each column's bytes mean is decided here, by its metadata. */
const RAW = { rowsAsArray: true, typeCast: false } as const
const GOODBYE_MS = 1_000

/** Connects and logs in; nothing is set up yet. `onEnd` hears whether something was under way when it ended. */
export async function openWire(address: Address, seconds: number, onEnd: (busy: boolean) => void = () => {}): Promise<Wire> {
  const driver = connect(address, seconds)
  const guards = new Set<(reason: Error) => void>()
  let ended: Error | undefined
  let pending = 0

  const end = (reason: Error): void => {
    if (ended !== undefined) return
    ended = reason
    // Not `driver.destroy()`: it only ends its own half, and waits for a server that may be gone.
    socketOf(driver).destroy()
    onEnd(guards.size > 0)
    for (const fail of guards) fail(reason)
    guards.clear()
  }
  const guard = (fail: (reason: Error) => void): () => void => {
    if (ended !== undefined) fail(ended)
    else guards.add(fail)
    return () => { guards.delete(fail) }
  }
  const failed = (error: unknown): Error => {
    const clean = databaseError(error, address.place)
    if (endsSession(error)) end(clean)
    return ended ?? clean
  }
  const wire: Wire = {
    driver,
    get ended() { return ended },
    get pending() { return pending },
    get received() { return socketOf(driver).bytesRead },
    get unsent() { return socketOf(driver).writableLength },
    guard,
    end,
    run(sql, infile) {
      return new Promise<Answer>((resolve, reject) => {
        if (ended !== undefined) return reject(ended)
        pending += 1
        const settle = (then: () => void): void => {
          if (!guards.delete(fail)) return
          pending -= 1
          then()
        }
        const fail = (reason: Error): void => {
          guards.delete(fail)
          pending -= 1
          reject(reason)
        }
        guards.add(fail)
        driver.query({ ...RAW, sql, ...infile && { infileStreamFactory: infile } }, (error: QueryError | null, result: unknown, fields: unknown) => {
          settle(() => { if (error) reject(failed(error)); else resolve(answerOf(result, fields)) })
        })
      })
    },
    start(sql) {
      if (ended !== undefined) throw ended
      const options: QueryOptions = { ...RAW, sql }
      const query = driver.query(options)
      query.on('error', failed)
      return query
    },
    close() {
      return new Promise((resolve) => {
        const over = (): void => {
          clearTimeout(deadline)
          end(new DatabaseError('the connection was closed', { where: address.place }))
          resolve()
        }
        const deadline = setTimeout(over, GOODBYE_MS)
        if (ended !== undefined || pending > 0) return over()
        driver.end(over)
      })
    },
  }
  // mysql2 may emit any number of errors after the first one, and an error that nobody listens to ends the process.
  driver.on('error', (error) => end(databaseError(error, address.place)))
  driver.on('end', () => end(new DatabaseError('the server closed the connection', { where: address.place, code: 'PROTOCOL_CONNECTION_LOST', transient: true })))
  await new Promise<void>((resolve, reject) => {
    const release = guard(reject)
    driver.once('connect', () => { release(); resolve() })
  })
  return wire
}

function connect({ host, port, socketPath, user, password, database, ssl }: Address, seconds: number): Driver {
  return createConnection({
    ...socketPath === undefined ? { host, port } : { socketPath },
    user, password, database,
    ...ssl && { ssl: { ...ssl } },
    charset: 'utf8mb4',
    connectTimeout: Math.ceil(seconds * 1000),
    // A firewall that forgets silent connections would let a long statement wait for ever.
    enableKeepAlive: true,
    keepAliveInitialDelay: 10_000,
    multipleStatements: false,
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
    timezone: 'Z',
  })
}

interface Socket extends Duplex { readonly bytesRead: number }

function socketOf(driver: Driver): Socket {
  return (driver as unknown as { stream: Socket }).stream
}

/** Of several results, as a procedure gives, the first one with rows. */
function answerOf(result: unknown, fields: unknown): Answer {
  if (!Array.isArray(result)) return { rows: [], fields: undefined, header: result as ResultSetHeader }
  const several = Array.isArray(fields) && fields.some((each) => each === undefined || Array.isArray(each))
  if (!several) return { rows: result as RawRow[], fields: fields as FieldPacket[], header: undefined }
  const at = (fields as unknown[]).findIndex((each) => Array.isArray(each))
  return at < 0
    ? { rows: [], fields: undefined, header: result[0] as ResultSetHeader }
    : { rows: result[at] as RawRow[], fields: (fields as FieldPacket[][])[at], header: undefined }
}
