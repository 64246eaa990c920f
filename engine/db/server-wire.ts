import type { Duplex } from 'node:stream'
import { asError, DatabaseError } from '../errors.ts'
import { Ending } from './ending.ts'
import { deferred, within } from './waiting.ts'
import type { Deferred } from './waiting.ts'

const GOODBYE_MS = 1_000

/**
 * One connection of a driver, with the one promise that drivers don't keep: when it ends, for whatever reason, everything
 * that waits on it errors, and so does everything that is asked of it later, always with the same reason.
 */
export abstract class ServerWire {
  readonly place: string
  readonly #onEnd: (busy: boolean) => void
  readonly #ending = new Ending()
  #pending = 0
  #isFlawless = true
  /** A load has rows that are still to be sent. */
  isSending = false

  constructor(place: string, onEnd: (busy: boolean) => void) {
    this.place = place
    this.#onEnd = onEnd
  }

  /** The driver's own socket. */
  abstract get socket(): Duplex
  /** A driver's error as everybody shall see it, and whether it is the session's end. */
  protected abstract read(error: unknown): { readonly clean: Error, readonly ends: boolean }
  /** Says goodbye to the server. */
  protected abstract leave(): Promise<unknown>

  /** Why it ended, if it did. */
  get ended(): Error | undefined { return this.#ending.reason }
  /** How many statements are under way. */
  get pending(): number { return this.#pending }
  /** Whether no statement has failed on it. */
  get isFlawless(): boolean { return this.#isFlawless }
  /** Bytes that came from the server so far. */
  get received(): number { return Number(Reflect.get(this.socket, 'bytesRead') ?? 0) }

  /** Calls `fail` if the wire ends, until the function that it returns is called; that one says whether it was in time. */
  guard(fail: (reason: Error) => void): () => boolean {
    return this.#ending.guard(fail)
  }

  /** An error as everybody shall see it; where it is the session's end, it ends. */
  failed(error: unknown): Error {
    this.#isFlawless = false
    const { clean, ends } = this.read(error)
    if (ends) this.end(clean)
    return this.ended ?? clean
  }

  /** Ends it at once. */
  end(reason: Error): void {
    this.#ending.end(reason, (busy) => {
      this.socket.destroy()
      this.#onEnd(busy)
    })
  }

  /** Says goodbye to the server and ends. */
  async close(): Promise<void> {
    if (this.ended !== undefined) return
    if (!this.#ending.isWaitedFor) await within(this.leave(), GOODBYE_MS)
    this.end(new DatabaseError('the connection was closed', { where: this.place }))
  }

  /**
   * Ends the statement that runs now, by `kill` from another session, and lets this one live. It may have ended by itself
   * meanwhile: then `empty`, a statement that does nothing, takes what was meant for it, and not the next.
   */
  async interrupt(kill: () => Promise<void>, empty: () => Promise<unknown>, isTheKill: (error: unknown) => boolean): Promise<void> {
    try {
      await kill()
    } catch (cause) {
      return this.end(new DatabaseError('a statement could not be ended, so its session was', { where: this.place, transient: true, cause }))
    }
    empty().catch((error: unknown) => {
      if (!isTheKill(error)) this.end(asError(error))
    })
  }

  /** The server closed the connection, under the name that the driver has for that. */
  protected lost(code: string): void {
    this.end(new DatabaseError('the server closed the connection', { where: this.place, code, transient: true, wayOut: 'see whether the server runs, and try again' }))
  }

  /** A statement that is under way until it is settled, or the wire ends. */
  protected underWay<T>(): { readonly promise: Promise<T>, readonly resolve: (value: T) => void, readonly reject: (error: unknown) => void } {
    const { promise, resolve, reject }: Deferred<T> = deferred<T>()
    this.#pending += 1
    const release = this.guard((reason) => { this.#pending -= 1; reject(reason) })
    const inTime = (): boolean => {
      if (!release()) return false
      this.#pending -= 1
      return true
    }
    return {
      promise,
      resolve: (value) => { if (inTime()) resolve(value) },
      reject: (error) => { if (inTime()) reject(this.failed(error)) },
    }
  }
}
