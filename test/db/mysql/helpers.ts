import { connect as dial, createServer } from 'node:net'
import type { Socket } from 'node:net'
import type { Connection, Database, LoadTarget, OpenOptions, StreamOptions } from '../../../engine/db/connection.ts'
import { valuesOf } from '../../../engine/db/flow.ts'
import type { Flow, FlowColumn, Row } from '../../../engine/db/flow.ts'
import { openMysql } from '../../../engine/db/mysql.ts'
import type { Tuning } from '../../../engine/db/server-sessions.ts'
import type { Value, ValueType } from '../../../engine/db/value-type.ts'
import { freshDatabase } from '../../helpers/servers/index.ts'
import type { FreshDatabase } from '../../helpers/servers/index.ts'

/** A database of one's own with sessions on it; `end` closes and drops everything. */
export interface Scene {
  readonly fresh: FreshDatabase
  readonly database: Database
  readonly session: Connection
  /** Another database (of the same server) or the same one with other options; closed at the end. */
  open(options?: OpenOptions, url?: string, tuning?: Tuning): Promise<Database>
  connect(options?: OpenOptions, url?: string, tuning?: Tuning): Promise<Connection>
  end(): Promise<void>
}

export async function scene(serverUrl?: string): Promise<Scene> {
  const made = await freshDatabase('mysql', serverUrl)
  // A driver is tried with what only an administrator may do, too.
  const fresh = { ...made, url: made.adminUrl }
  const opened: Database[] = []
  const open = async (options: OpenOptions = {}, url = fresh.url, tuning?: Tuning): Promise<Database> => {
    const database = await openMysql(url, options, tuning)
    opened.push(database)
    return database
  }
  const database = await open()
  return {
    fresh, database, open,
    session: await database.connect(),
    connect: async (options, url, tuning) => (await open(options, url, tuning)).connect(),
    async end() {
      for (const each of opened) await each.close()
      await fresh.drop().catch(() => {})
    },
  }
}

export const text = (length?: number): ValueType => ({ kind: 'text', ...length !== undefined && { length } })
export const integer: ValueType = { kind: 'integer', min: -(2n ** 63n), max: 2n ** 63n - 1n }

/** A target whose column types are not looked at. */
export function into(table: string, ...names: string[]): LoadTarget {
  return { table, columns: names.map((name) => ({ name, type: text() })) }
}

/** Rows in batches of so many. */
export async function* batchesOf(rows: readonly (readonly Value[])[], size = 1_000): AsyncGenerator<readonly Row[]> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size)
}

/** Batches made while they are asked for. */
export async function* madeRows(count: number, row: (i: number) => Row, size = 1_000): AsyncGenerator<readonly Row[]> {
  for (let at = 0; at < count; at += size) yield Array.from({ length: Math.min(size, count - at) }, (_, i) => row(at + i))
}

export async function rowsOf(flow: Flow): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of valuesOf(flow)) rows.push(...batch)
  return rows
}

export async function read(session: Connection, sql: string, options?: StreamOptions): Promise<{ columns: readonly FlowColumn[], rows: Row[] }> {
  const flow = await session.stream({ sql }, options)
  return { columns: flow.columns, rows: await rowsOf(flow) }
}

/** What a promise was rejected with. @throws where it was not */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise
  } catch (error) {
    if (error instanceof Error) return error
    throw new Error(`something else than an Error was thrown: ${String(error)}`, { cause: error })
  }
  throw new Error('it was expected to fail, and did not')
}

/** Waits until it is so. @throws where it isn't within some seconds */
export async function eventually(what: string, isSo: () => boolean | Promise<boolean>, seconds = 20): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (!await isSo()) {
    if (performance.now() > deadline) throw new Error(`it never came true that ${what}`)
    await new Promise((resolve) => { setTimeout(resolve, 10) })
  }
}

/** A door to a server that can stop to let bytes through without closing, or drop everybody. */
export interface Proxy {
  readonly url: string
  /** From now on nothing passes, either way, and nobody is told. */
  freeze(): void
  /** The same for the connections that there are; later ones pass. */
  stall(): void
  /** Bytes that went to the server so far. */
  readonly sent: number
  cut(): void
  close(): Promise<void>
}

/** `alter` may change what the server says; it must keep its length. */
export async function proxyTo(url: string, alter: (bytes: Buffer) => Buffer = (bytes) => bytes): Promise<Proxy> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  const stalled = new Set<Socket>()
  let frozen = false
  let sent = 0
  const server = createServer((client) => {
    const upstream = dial(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => { if (!stalled.has(socket)) { client.destroy(); upstream.destroy() } })
      if (frozen) { stalled.add(socket); socket.pause() }
    }
    client.on('data', (bytes) => { sent += bytes.length })
    for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
      from.on('data', (bytes) => { if (!to.write(from === upstream ? alter(bytes) : bytes)) from.pause() })
      to.on('drain', () => { if (!stalled.has(from)) from.resume() })
    }
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const through = new URL(url)
  const address = server.address()
  through.port = typeof address === 'object' ? String(address?.port) : ''
  through.hostname = '127.0.0.1'
  const stall = (): void => { for (const socket of sockets) { stalled.add(socket); socket.pause() } }
  const cut = (): void => { for (const socket of sockets) socket.destroy() }
  return {
    url: through.href,
    get sent() { return sent },
    freeze() { frozen = true; stall() },
    stall,
    cut,
    close: () => new Promise((resolve) => { cut(); server.close(() => resolve()) }),
  }
}
