import { DatabaseError } from '../../errors.ts'
import { within } from '../waiting.ts'
import type { Wire } from './wire.ts'

const LET_GO_MS = 5_000

/** The named locks of one session: its process has the file to itself, so they are the instance's own. */
export class Locks {
  readonly #wire: Wire

  constructor(wire: Wire) {
    this.#wire = wire
  }

  async take(name: string): Promise<boolean> {
    if (this.#wire.ended !== undefined) throw this.#wire.ended
    const { locks } = this.#wire.instance
    const holder = locks.get(name)
    if (holder === undefined) locks.set(name, this.#wire)
    return holder === undefined || holder === this.#wire
  }

  async giveBack(name: string): Promise<void> {
    const { locks } = this.#wire.instance
    if (locks.get(name) === this.#wire) locks.delete(name)
  }

  async holderOf(name: string): Promise<string | undefined> {
    return this.#wire.instance.locks.get(name)?.name
  }

  async endHolder(name: string, session: string): Promise<boolean> {
    const holder = this.#wire.instance.locks.get(name)
    if (holder?.name !== session) return false
    const gone = holder.close(new DatabaseError('this session was ended: it was silent for too long, and another one wanted its lock', { where: this.#wire.place, transient: true }))
    // What it has open is rolled back when DuckDB has let go of it.
    await within(gone.catch(() => {}), LET_GO_MS)
    return true
  }
}
