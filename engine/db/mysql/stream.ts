import type { FieldPacket } from 'mysql2'
import { DatabaseError, DataError } from '../../errors.ts'
import type { FlowColumn, Row } from '../flow.ts'
import { decoderOf, metaOf, typeOf } from './columns.ts'
import type { Decode } from './columns.ts'
import { databaseError } from './errors.ts'
import type { RawRow, Wire } from './wire.ts'

const BATCH_ROWS = 1_000
/** Rows can be large: a batch also ends at about so many bytes. */
const BATCH_BYTES = 1 << 20
const MOST_WAITING = 2
const TICK_MS = 250
/** A statement that is about to end by itself is not worth another connection. */
const GRACE_MS = 30
const END_MS = 10_000

/** How one reading of rows is watched. */
export interface ReadOptions {
  readonly idleSeconds: number
  /** Reads at most so many rows. */
  readonly limit: number
  readonly place: string
  /** Ends the statement on the server. Never rejects: where it can't be done, the wire is ended. */
  interrupt(): Promise<void>
  /** The statement has ended, whichever way: makes the session free for the next one. */
  finish(): Promise<void>
}

export interface RowReading {
  /** Known when the server has begun to answer. */
  readonly columns: Promise<readonly FlowColumn[]>
  readonly batches: AsyncIterableIterator<readonly Row[]>
  /** Makes the reader's next step error with this reason, and ends the statement. */
  abort(reason: Error): void
}

/** Reads a query's rows in batches, at the reader's pace: the socket is paused while two batches wait. */
export function readRows(wire: Wire, sql: string, options: ReadOptions): RowReading {
  const { fields, batches, abort } = startReading(wire, sql, options)
  const late = setTimeout(() => wire.end(idle(options)), options.idleSeconds * 1000)
  const columns = fields
    .then((known) => known.map((field) => ({ name: field.name, type: typeOf(metaOf(field)) })))
    .finally(() => clearTimeout(late))
  return { columns, batches, abort }
}

function idle({ idleSeconds, place }: ReadOptions): DatabaseError {
  return new DatabaseError(`no row came for ${idleSeconds} s`, {
    where: place, code: 'STARLINE_IDLE', transient: true, wayOut: 'see what the server is doing, or allow it more seconds',
  })
}

function startReading(wire: Wire, sql: string, options: ReadOptions) {
  const { idleSeconds, limit, place, interrupt, finish } = options
  const full: Row[][] = []
  let current: Row[] = []
  let currentBytes = 0
  let decoders: readonly Decode[] = []
  let rows = 0
  /** The server has nothing more to say about this statement. */
  let ended = false
  /** Why the reader's next step errors. */
  let failure: Error | undefined
  /** Nobody wants further rows. */
  let left = false
  let paused = false
  let finished: Promise<void> | undefined
  let wake: () => void = () => {}
  let knowFields: (fields: readonly FieldPacket[]) => void = () => {}
  let failFields: (reason: Error) => void = () => {}
  const fields = new Promise<readonly FieldPacket[]>((resolve, reject) => { knowFields = resolve; failFields = reject })
  let over: () => void = () => {}
  const settled = new Promise<void>((resolve) => { over = () => { ended = true; resolve() } })

  const fail = (reason: Error): void => {
    // Who has left hears of no error: the one that ending the statement makes least of all.
    if (left) return
    failure ??= reason
    full.length = 0
    current = []
    failFields(failure)
    wake()
  }
  const query = wire.start(sql)
  const release = wire.guard((reason) => { fail(reason); over() })
  query.on('fields', (given: FieldPacket[] | undefined, index?: number) => {
    if (given === undefined || (index ?? 0) > 0 || decoders.length > 0) return
    decoders = given.map((field) => decoderOf(metaOf(field)))
    knowFields(given)
  })
  query.on('result', (row: unknown, index?: number) => {
    if (left || failure !== undefined) return
    if (!Array.isArray(row)) {
      // The header of a statement without rows, or the one with which a procedure ends.
      if (decoders.length === 0) fail(new DatabaseError('the statement gives no rows', { where: place, wayOut: 'a source is a SELECT' }))
      return
    }
    if ((index ?? 0) > 0) return fail(new DataError('the statement gives more than one result', { where: place }))
    take(row as RawRow)
  })
  query.on('error', (error) => fail(databaseError(error, place)))
  query.on('end', () => {
    release()
    over()
    if (current.length > 0) flush()
    wake()
  })

  function take(raw: RawRow): void {
    rows += 1
    const row = new Array<Row[number]>(raw.length)
    for (let i = 0; i < raw.length; i += 1) {
      const bytes = raw[i] ?? null
      if (bytes !== null) currentBytes += bytes.length
      row[i] = (decoders[i] as Decode)(bytes)
    }
    current.push(row)
    if (rows >= limit) { left = true; flush(); wake(); return }
    if (current.length >= BATCH_ROWS || currentBytes >= BATCH_BYTES) flush()
  }

  function flush(): void {
    full.push(current)
    current = []
    currentBytes = 0
    if (full.length >= MOST_WAITING && !paused && !left && !ended) {
      paused = true
      wire.driver.pause()
    }
    wake()
  }

  function flow(): void {
    if (!paused) return
    paused = false
    wire.driver.resume()
  }

  /** Lets the server end the statement; what still comes is thrown away. */
  async function stop(): Promise<void> {
    left = true
    flow()
    await within(settled, GRACE_MS)
    if (!ended) await interrupt()
    await within(settled, END_MS)
    if (!ended) wire.end(new DatabaseError('the statement could not be ended', { where: place, transient: true }))
  }

  /** Once, after the statement: the session is free for the next one. */
  function done(): Promise<void> {
    finished ??= stop().then(finish)
    return finished
  }

  async function next(): Promise<IteratorResult<readonly Row[]>> {
    const deadline = idleSeconds * 1000
    let since = performance.now()
    let seen = rows
    while (full.length === 0 && !ended && failure === undefined && !left) {
      flow()
      if (full.length > 0) break
      await new Promise<void>((resolve) => {
        const tick = setTimeout(resolve, Math.min(TICK_MS, deadline))
        wake = () => { clearTimeout(tick); resolve() }
      })
      // A slow source's rows are handed on as they come, and not only by the thousand.
      if (full.length === 0 && current.length > 0 && !ended) flush()
      if (rows !== seen) { seen = rows; since = performance.now() }
      if (performance.now() - since >= deadline && full.length === 0 && !ended) wire.end(idle(options))
    }
    if (failure !== undefined) {
      const reason = failure
      await done().catch(() => {})
      throw reason
    }
    const batch = full.shift()
    if (batch !== undefined) {
      if (full.length < MOST_WAITING) flow()
      return { done: false, value: batch }
    }
    await done()
    return { done: true, value: undefined }
  }

  fields.catch(() => {})
  return {
    fields: fields.catch(async (reason: unknown) => {
      await done().catch(() => {})
      throw reason
    }),
    batches: {
      next,
      async return() {
        full.length = 0
        current = []
        await done()
        return { done: true as const, value: undefined }
      },
      [Symbol.asyncIterator]() { return this },
    } satisfies AsyncIterableIterator<readonly Row[]>,
    abort(reason: Error) {
      fail(reason)
      done().catch(() => {})
    },
  }
}

/** Waits for it, but no longer than so many milliseconds. */
async function within(settled: Promise<void>, milliseconds: number): Promise<void> {
  let late: NodeJS.Timeout | undefined
  await Promise.race([settled, new Promise((resolve) => { late = setTimeout(resolve, milliseconds) })])
  clearTimeout(late)
}
