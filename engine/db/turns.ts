import { DatabaseError } from '../errors.ts'

/** A connection, as far as it matters for whose turn it is. */
interface Ending {
  readonly place: string
  /** Why it ended, if it did. */
  readonly ended: Error | undefined
}

/** What has a session to itself: a stream or a load, which nothing else may come between. */
export class Turns {
  readonly #wire: Ending
  #owner: string | undefined

  constructor(wire: Ending) {
    this.#wire = wire
  }

  /** @throws the reason of the session's end; or {DatabaseError} where something has the session to itself */
  refuseOwned(): void {
    if (this.#wire.ended !== undefined) throw this.#wire.ended
    if (this.#owner === undefined) return
    throw new DatabaseError(`this session is busy: ${this.#owner}`, { where: this.#wire.place, wayOut: 'use another session' })
  }

  /** Takes the session, until the function that it returns is called. */
  claim(what: string): () => void {
    this.refuseOwned()
    this.#owner = what
    return () => { this.#owner = undefined }
  }
}
