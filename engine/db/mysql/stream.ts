import { DatabaseError, DataError } from '../../errors.ts'
import type { FlowColumn } from '../flow.ts'
import { isFields, metaOf, typeOf } from './columns.ts'
import { databaseError } from './errors.ts'
import { deferred, within } from '../waiting.ts'
import type { Gathering } from './gathering.ts'
import { isPacket } from './packets.ts'
import type { Packet } from './packets.ts'
import { isRawRow } from './wire.ts'
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
  readonly place: string
  readonly idleSeconds: number
  /** Reads at most so many rows. */
  readonly limit: number
  /** Ends the statement on the server. Never rejects: where it can't be done, the wire is ended. */
  readonly interrupt: () => Promise<void>
  /** The statement has ended, whichever way: makes the session free for the next one. */
  readonly finish: () => Promise<void>
}

/**
 * Reads a query's rows in batches, at the reader's pace: the socket is paused while two batches wait.
 *
 * The statement ends in one of four ways, and `finish` is called once in each: all rows were read, the reader left,
 * it was aborted, or it failed.
 */
export class RowReading<Batch> implements AsyncIterableIterator<Batch> {
  /** Known when the server has begun to answer. */
  readonly columns: Promise<readonly FlowColumn[]>
  readonly #wire: Wire
  readonly #options: ReadOptions
  readonly #gathering: Gathering<Batch>
  readonly #full: Batch[] = []
  readonly #known = deferred<readonly FlowColumn[]>()
  /** The server has nothing more to say about this statement. */
  readonly #settled = deferred<void>()
  readonly #release: () => void
  #ended = false
  #rows = 0
  #isKnown = false
  /** Why the reader's next step errors. */
  #failure: Error | undefined
  /** Nobody wants further rows. */
  #left = false
  #paused = false
  #finished: Promise<void> | undefined
  #wake: (() => void) | undefined

  constructor(wire: Wire, sql: string, gathering: Gathering<Batch>, options: ReadOptions) {
    this.#wire = wire
    this.#options = options
    this.#gathering = gathering
    const query = wire.start(sql)
    gathering.prepare?.(query)
    this.#release = wire.guard((reason) => { this.#fail(reason); this.#over() })
    query.on('fields', (fields: unknown) => this.#takeFields(fields))
    query.on('result', (row: unknown, index: unknown) => this.#takeResult(row, index))
    query.on('error', (error) => this.#fail(databaseError(error, options.place, wire.account)))
    query.on('end', () => { this.#release(); this.#over() })
    const late = setTimeout(() => wire.end(this.#idle()), options.idleSeconds * 1000)
    this.columns = this.#known.promise.finally(() => clearTimeout(late)).catch(async (reason: unknown) => {
      await this.#done().catch(() => {})
      throw reason
    })
  }

  async next(): Promise<IteratorResult<Batch>> {
    await this.#waitForRows()
    if (this.#failure !== undefined) {
      await this.#done().catch(() => {})
      throw this.#failure
    }
    const batch = this.#full.shift()
    if (batch !== undefined) {
      this.#flow()
      return { done: false, value: batch }
    }
    await this.#done()
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<Batch>> {
    this.#full.length = 0
    await this.#done()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Makes the reader's next step error with this reason, and ends the statement. */
  abort(reason: Error): void {
    this.#fail(reason)
    this.#done().catch(() => {})
  }

  #takeFields(fields: unknown): void {
    if (!isFields(fields) || this.#isKnown) return
    const metas = fields.map(metaOf)
    this.#isKnown = true
    this.#gathering.begin(metas)
    this.#known.resolve(fields.map(({ name }, i) => ({ name, type: typeOf(metas[i] ?? metaOf(fields[0])) })))
  }

  #takeResult(row: unknown, index: unknown): void {
    if (this.#left || this.#failure !== undefined) return
    if (isRawRow(row) || isPacket(row)) {
      if (index === 0 || index === undefined) this.#takeRow(row)
      else this.#fail(new DataError('the statement gives more than one result', { where: this.#options.place }))
    } else if (!this.#isKnown) {
      // The header of a statement without rows; a procedure ends with one too.
      this.#fail(new DatabaseError('the statement gives no rows', { where: this.#options.place, wayOut: 'a source is a SELECT' }))
    }
  }

  #takeRow(row: RawRow | Packet): void {
    if (this.#rows >= this.#options.limit) return this.#leave()
    const gathering = this.#gathering
    gathering.add(row)
    this.#rows += 1
    if (this.#rows >= this.#options.limit) this.#leave()
    else if (gathering.rows >= BATCH_ROWS || gathering.bytes >= BATCH_BYTES) this.#flush()
  }

  /** There are rows enough: those that wait are still handed out. */
  #leave(): void {
    this.#flush()
    this.#left = true
  }

  #flush(): void {
    if (this.#gathering.rows > 0) this.#full.push(this.#gathering.take())
    if (this.#full.length >= MOST_WAITING && !this.#paused && !this.#ended) {
      this.#paused = true
      this.#wire.driver.pause()
    }
    this.#wake?.()
  }

  #flow(): void {
    if (!this.#paused || this.#wire.ended !== undefined) return
    this.#paused = false
    this.#wire.driver.resume()
  }

  #fail(reason: Error): void {
    // Who has left hears of no error, least of all of the one that ending the statement makes.
    if (this.#left) return
    this.#failure ??= reason
    this.#full.length = 0
    this.#gathering.drop()
    this.#known.reject(this.#failure)
    this.#wake?.()
  }

  #over(): void {
    this.#ended = true
    this.#flush()
    this.#settled.resolve()
    this.#wake?.()
  }

  async #waitForRows(): Promise<void> {
    const idleMs = this.#options.idleSeconds * 1000
    let since = performance.now()
    let seen = this.#rows
    while (this.#full.length === 0 && !this.#ended && !this.#left && this.#failure === undefined) {
      this.#flow()
      if (this.#full.length > 0) return
      await this.#nextEvent(Math.min(TICK_MS, idleMs))
      // A slow source's rows are handed on as they come, and not by the thousand only.
      if (this.#full.length === 0) this.#flush()
      if (this.#rows !== seen) { seen = this.#rows; since = performance.now() }
      if (performance.now() - since >= idleMs && !this.#ended) this.#wire.end(this.#idle())
    }
  }

  #nextEvent(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const tick = setTimeout(resolve, milliseconds)
      this.#wake = () => { clearTimeout(tick); resolve() }
    })
  }

  /** Once, however the reading ended: what still comes is thrown away, and the session is free again. */
  #done(): Promise<void> {
    this.#finished ??= this.#stop().then(this.#options.finish)
    return this.#finished
  }

  async #stop(): Promise<void> {
    this.#left = true
    this.#flow()
    await within(this.#settled.promise, GRACE_MS)
    if (!this.#ended) await this.#options.interrupt()
    await within(this.#settled.promise, END_MS)
    if (!this.#ended) this.#wire.end(new DatabaseError('a statement could not be ended, so its session was', { where: this.#options.place, transient: true }))
  }

  #idle(): DatabaseError {
    const { idleSeconds, place } = this.#options
    return new DatabaseError(`no row came for ${idleSeconds} s`, {
      where: place, code: 'STARLINE_IDLE', transient: true, wayOut: 'see what the server is doing, or allow it more seconds',
    })
  }
}
