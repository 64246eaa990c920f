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

  /** Everybody who waits errors with this reason, and everybody who comes later. */
  end(reason: Error): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    for (const reject of this.#waiting) reject(reason)
    this.#waiting.clear()
  }

  /** What is waited for, unless the end comes first. */
  async unlessEnded<T>(waiting: Promise<T>): Promise<T> {
    if (this.#reason !== undefined) {
      waiting.catch(() => {})
      throw this.#reason
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject)
      waiting.finally(() => this.#waiting.delete(reject)).then(resolve, reject)
    })
  }
}
