import { DatabaseError, messageOf } from '../errors.ts'
import type { LoadOptions, LoadTarget, StreamOptions } from './connection.ts'
import type { FlowColumn, LoadBatch } from './flow.ts'
import { IDLE_SECONDS, onAbort, reasonOf } from './waiting.ts'

/** A connection of a driver, as far as every session needs it. */
interface Wire {
  readonly place: string
  /** Whether no statement has failed on it; undefined where nobody asks. */
  readonly isFlawless?: boolean
  /** How many statements are under way. */
  readonly pending?: number
  /** Why it ended, if it did. */
  readonly ended: Error | undefined
  end(reason: Error): void
  close(): Promise<void>
}

/** The named locks of one session: see `Connection`. */
interface Locks {
  /** Whether this session surely holds none; undefined where nobody asks. */
  readonly areFree?: boolean
  take(name: string): Promise<boolean>
  giveBack(name: string): Promise<void>
  holderOf(name: string): Promise<string | undefined>
  endHolder(name: string, session: string): Promise<boolean>
}

/** Rows that are being read. */
interface Reading {
  readonly columns: readonly FlowColumn[] | Promise<readonly FlowColumn[]>
  abort(reason: Error): void
}

/** How a reading is watched; `release` makes the session free for the next one. */
interface Watching {
  readonly idleSeconds: number
  readonly limit: number
  readonly release: () => void
}

/** What a session is on every database: one thing at a time, one transaction at a time, and an end. The drivers add the rest of `Connection`. */
export abstract class Session<W extends Wire> {
  readonly place: string
  readonly session: string
  protected readonly wire: W
  readonly #keep: (() => boolean) | undefined
  /** Why nothing more may be asked of it, though its wire lives on. */
  #left: Error | undefined
  protected abstract readonly locks: Locks
  /** What has the session to itself: a stream or a load, which nothing else may come between. */
  #owner: string | undefined
  #inTransaction = false
  /** The first statement of the transaction that failed: some databases keep nothing of it then. */
  #failedInside: unknown

  /** @param keep asked at its end, where it is as it was at its beginning: whether somebody takes its wire over */
  constructor(wire: W, session: string, keep?: () => boolean) {
    this.wire = wire
    this.place = wire.place
    this.session = session
    this.#keep = keep
  }

  protected abstract begin(): Promise<unknown>
  /** `failed` is what the first statement that failed has thrown, where its error was caught. @throws where nothing of the transaction is kept */
  protected abstract commit(failed: unknown): Promise<unknown>
  protected abstract rollback(): Promise<unknown>
  /** Loads rows inside a transaction, and throws after whatever must end it. */
  protected abstract bring(target: LoadTarget, batches: AsyncIterable<LoadBatch>, options: LoadOptions): Promise<number>

  get isOpen(): boolean {
    return this.wire.ended === undefined && this.#left === undefined
  }

  get inTransaction(): boolean {
    return this.#inTransaction
  }

  async load(target: LoadTarget, batches: AsyncIterable<LoadBatch>, options: LoadOptions = {}): Promise<number> {
    const release = this.#claim('a table is loaded')
    const work = (): Promise<number> => this.bring(target, batches, options)
    try {
      return await (this.#inTransaction ? work() : this.#transact(work))
    } catch (error) {
      throw this.noted(error)
    } finally {
      release()
    }
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    this.refuseOwned()
    if (this.#inTransaction) throw new DatabaseError('a transaction can\'t be begun inside of another one', { where: this.place })
    return this.#transact(work)
  }

  async lock(name: string): Promise<boolean> {
    return this.locks.take(name)
  }

  async unlock(name: string): Promise<void> {
    await this.locks.giveBack(name)
  }

  async holderOf(name: string): Promise<string | undefined> {
    return this.locks.holderOf(name)
  }

  async endHolder(name: string, session: string): Promise<boolean> {
    return this.locks.endHolder(name, session)
  }

  abort(reason: Error): void {
    if (this.#left === undefined) this.wire.end(reason)
  }

  async close(): Promise<void> {
    if (this.#left !== undefined) return
    const keep = this.#isAsAtFirst() ? this.#keep : undefined
    this.#left = keep && new DatabaseError('the connection was closed', { where: this.place })
    if (keep?.() !== true) await this.wire.close()
  }

  /** Whether whoever comes next finds nothing of what was done here. Where anything failed, nobody can tell. */
  #isAsAtFirst(): boolean {
    const { ended, isFlawless, pending } = this.wire
    return ended === undefined && isFlawless === true && pending === 0 && this.#owner === undefined && !this.#inTransaction && this.locks.areFree === true
  }

  /** @throws the reason of the session's end; or {DatabaseError} where something has the session to itself */
  protected refuseOwned(): void {
    const ended = this.wire.ended ?? this.#left
    if (ended !== undefined) throw ended
    if (this.#owner === undefined) return
    throw new DatabaseError(`this session is busy: ${this.#owner}`, { where: this.place, wayOut: 'use another session' })
  }

  /** Keeps an error of a statement for the end of the transaction that it is part of. */
  protected noted(error: unknown): unknown {
    if (this.#inTransaction) this.#failedInside ??= error
    return error
  }

  /** Reads rows: the session is theirs until `release` is called, whichever way the reading ends. */
  protected async reading<R extends Reading>(
    { signal, idleSeconds = IDLE_SECONDS, limit = Infinity }: StreamOptions, start: (watching: Watching) => R | Promise<R>,
  ): Promise<{ readonly columns: readonly FlowColumn[]; readonly of: R }> {
    const free = this.#claim('a stream is read')
    const watch: { end?: () => void } = {}
    const release = (): void => {
      watch.end?.()
      free()
    }
    try {
      if (signal?.aborted) throw reasonOf(signal)
      const of = await start({ idleSeconds, limit, release })
      watch.end = onAbort(signal, (reason) => of.abort(reason))
      return { columns: await of.columns, of }
    } catch (error) {
      release()
      throw this.noted(error)
    }
  }

  /** Takes the session, until the function that it returns is called. */
  #claim(what: string): () => void {
    this.refuseOwned()
    this.#owner = what
    let isMine = true
    return () => {
      if (isMine) this.#owner = undefined
      isMine = false
    }
  }

  async #transact<T>(work: () => Promise<T>): Promise<T> {
    await this.begin()
    this.#inTransaction = true
    try {
      const result = await work()
      await this.commit(this.#leave())
      return result
    } catch (error) {
      this.#leave()
      // Always: some errors undo their own statement only.
      if (this.wire.ended === undefined) await this.rollback().catch(() => {})
      throw error
    }
  }

  #leave(): unknown {
    const failed = this.#failedInside
    this.#inTransaction = false
    this.#failedInside = undefined
    return failed
  }
}

/** For a COMMIT that keeps nothing, since a statement had failed whose error was caught. */
export function nothingKept(place: string, failed: unknown, cause = failed): DatabaseError {
  return new DatabaseError('nothing of this transaction is kept: a statement in it failed', {
    where: place, ...failed !== undefined && { why: messageOf(failed) }, cause,
  })
}
