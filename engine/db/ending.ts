/**
 * Something that may end while others wait for something else.
 *
 * Not a Promise.race with a promise of long life: that one would keep every result it was ever raced with.
 */
export class Ending {
  readonly #waiting = new Set<(reason: Error) => void>()
  #reason: Error | undefined

  /** Why it has ended. */
  get reason(): Error | undefined {
    return this.#reason
  }

  /** Whether anybody waits. */
  get isWaitedFor(): boolean {
    return this.#waiting.size > 0
  }

  /** Everybody who waits errors with this reason, after `first`, and everybody who comes later. */
  end(reason: Error, first: (isWaitedFor: boolean) => void = () => {}): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    first(waiting.length > 0)
    for (const fail of waiting) fail(reason)
  }

  /** Calls `fail` at the end, until the function that it returns is called; that one says whether it was in time. */
  guard(fail: (reason: Error) => void): () => boolean {
    if (this.#reason === undefined) this.#waiting.add(fail)
    else fail(this.#reason)
    return () => this.#waiting.delete(fail)
  }

  /** What is waited for, unless the end comes first. */
  async unlessEnded<T>(waiting: Promise<T>): Promise<T> {
    if (this.#reason !== undefined) {
      waiting.catch(() => {})
      throw this.#reason
    }
    return new Promise<T>((resolve, reject) => {
      const release = this.guard(reject)
      waiting.finally(release).then(resolve, reject)
    })
  }
}
