import { asError, DatabaseError } from '../../errors.ts'
import type { FlowColumn } from '../flow.ts'
import { deferred, within } from '../waiting.ts'
import type { Gathering } from './gathering.ts'
import type { Portal } from './portal.ts'
import type { Wire } from './wire.ts'

const MOST_ROWS = 1_000
/** Rows can be large: a batch also ends at about so many bytes. */
const BATCH_BYTES = 1 << 20
/** Rows can be slow: they are handed on at least about so often. */
const BATCH_MS = 1_000
export const FIRST_ROWS = 100
const TICK_MS = 250
/** A statement that is about to end by itself is not worth another connection. */
const GRACE_MS = 30
const END_MS = 10_000

/** How one reading of rows is watched. */
export interface ReadOptions {
  readonly idleSeconds: number
  /** Reads at most so many rows. */
  readonly limit: number
  /** Ends the statement on the server. Never rejects: where it can't be done, the wire is ended. */
  readonly interrupt: () => Promise<void>
  /** The statement has ended, whichever way: makes the session free for the next one. */
  readonly finish: () => Promise<void>
}

/**
 * Reads a portal's rows in batches, at the reader's pace: the next batch is asked for while the reader works on one.
 *
 * The statement ends in one of four ways, and `finish` is called once in each: all rows were read, the reader left,
 * it was aborted, or it failed.
 */
export class RowReading<Batch extends { readonly length: number }> implements AsyncIterableIterator<Batch> {
  readonly columns: readonly FlowColumn[]
  readonly #wire: Wire
  readonly #portal: Portal
  readonly #gathering: Gathering<Batch>
  readonly #options: ReadOptions
  readonly #release: () => boolean
  #left: number
  /** Rows that were handed on, and about how many bytes. */
  #came = 0
  #bytes = 0
  #last = false
  /** Lets go of the rows that are waited for now. */
  #giveUp: ((reason: Error) => void) | undefined
  #failure: Error | undefined
  #isFetching = true
  #asked = performance.now()
  #size = FIRST_ROWS
  #finished: Promise<void> | undefined

  constructor(wire: Wire, portal: Portal, columns: readonly FlowColumn[], gathering: Gathering<Batch>, options: ReadOptions) {
    this.#wire = wire
    this.#portal = portal
    this.columns = columns
    this.#gathering = gathering
    this.#options = options
    this.#left = options.limit
    this.#release = wire.guard((reason) => this.#fail(reason))
    if (this.#left <= 0) this.#last = true
  }

  async next(): Promise<IteratorResult<Batch>> {
    if (this.#failure === undefined && !this.#last) {
      try {
        const batch = await this.#batch()
        if (batch.length > 0) return { done: false, value: batch }
      } catch (error) {
        this.#fail(this.#wire.failed(error))
      }
    }
    await this.#done().catch((error: unknown) => this.#fail(asError(error)))
    if (this.#failure !== undefined) throw this.#failure
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<Batch>> {
    this.#last = true
    await this.#done()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Makes the reader's next step error with this reason, and ends the statement. */
  abort(reason: Error): void {
    if (this.#finished !== undefined) return
    this.#fail(reason)
    this.#done().catch(() => {})
  }

  async #batch(): Promise<Batch> {
    const [before, bytesBefore] = [this.#came, this.#bytes]
    const { last } = await this.#fetched()
    this.#isFetching = false
    this.#came = this.#gathering.came
    this.#bytes = this.#gathering.bytes
    const rows = this.#came - before
    this.#left -= rows
    this.#last = last || this.#left <= 0
    if (!this.#last) this.#askForMore(rows, this.#bytes - bytesBefore)
    // No row of the next batch has come yet: nobody else has had a turn.
    return this.#gathering.take()
  }

  #askForMore(came: number, bytes: number): void {
    // Large rows may stand behind many small ones: the last of them say more than all do.
    const aRow = Math.max(1, bytes / Math.max(1, came), this.#bytes / Math.max(1, this.#came))
    const byBytes = BATCH_BYTES / aRow
    const bySpeed = performance.now() - this.#asked > BATCH_MS ? came / 2 : came * 10
    this.#size = Math.max(1, Math.floor(Math.min(MOST_ROWS, byBytes, bySpeed, this.#left)))
    this.#isFetching = true
    this.#asked = performance.now()
    this.#portal.fetch(this.#size)
  }

  /** What was asked for, unless the wire's end, an abort or the idle deadline come first. */
  async #fetched(): Promise<Awaited<Portal['fetched']>> {
    const idleMs = this.#options.idleSeconds * 1000
    let since = performance.now()
    let seen = this.#gathering.came
    const watch = setInterval(() => {
      if (this.#gathering.came !== seen) { seen = this.#gathering.came; since = performance.now() }
      if (performance.now() - since >= idleMs) this.#wire.end(this.#idle())
    }, Math.min(TICK_MS, idleMs))
    const stopped = deferred<never>()
    this.#giveUp = stopped.reject
    try {
      return await Promise.race([this.#portal.fetched, stopped.promise])
    } finally {
      clearInterval(watch)
    }
  }

  #fail(reason: Error): void {
    this.#failure ??= reason
    this.#giveUp?.(this.#failure)
  }

  /** Once, however the reading ended. */
  #done(): Promise<void> {
    this.#finished ??= this.#stop().then(this.#options.finish)
    return this.#finished
  }

  async #stop(): Promise<void> {
    this.#release()
    if (this.#wire.ended !== undefined) return
    if (this.#isFetching) {
      const over = this.#portal.fetched.then(() => {}, () => {})
      const isOver = { yet: false }
      void over.then(() => { isOver.yet = true })
      await within(over, GRACE_MS)
      if (!isOver.yet) await this.#options.interrupt()
      await within(over, END_MS)
    }
    this.#portal.leave()
    const isFree = { yet: false }
    await within(this.#portal.free.then(() => { isFree.yet = true }), END_MS)
    if (!isFree.yet) this.#wire.end(new DatabaseError('a statement could not be ended, so its session was', { where: this.#wire.place, transient: true }))
  }

  #idle(): DatabaseError {
    const { idleSeconds } = this.#options
    return new DatabaseError(`no row came for ${idleSeconds} s`, {
      where: this.#wire.place, code: 'STARLINE_IDLE', transient: true, wayOut: 'see what the server is doing, or allow it more seconds',
    })
  }
}
