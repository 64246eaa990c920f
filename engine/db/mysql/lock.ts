import { createHash } from 'node:crypto'
import { numberOf } from './errors.ts'
import { literal } from './text.ts'

const NO_SUCH_SESSION = 1094

type Ask = <R>(sql: string) => Promise<R[]>

/** The named locks of one session. */
export class Locks {
  readonly #ask: Ask
  readonly #run: (sql: string) => Promise<unknown>
  readonly #database: string
  readonly #held = new Set<string>()

  /** Whether this session surely holds none. One whose statement failed may be held all the same, and its session counts as flawed. */
  get areFree(): boolean { return this.#held.size === 0 }

  constructor(ask: Ask, run: (sql: string) => Promise<unknown>, database: string) {
    this.#ask = ask
    this.#run = run
    this.#database = database
  }

  async take(name: string): Promise<boolean> {
    // The server counts: a lock taken twice must be given back twice.
    if (this.#held.has(name)) return true
    const [row] = await this.#ask<{ got: number | null }>(`SELECT GET_LOCK(${this.#literal(name)}, 0) AS got`)
    if (row?.got === 1) this.#held.add(name)
    return row?.got === 1
  }

  async giveBack(name: string): Promise<void> {
    if (!this.#held.delete(name)) return
    await this.#ask(`SELECT RELEASE_LOCK(${this.#literal(name)})`)
  }

  async holderOf(name: string): Promise<string | undefined> {
    const [row] = await this.#ask<{ holder: number | null }>(`SELECT IS_USED_LOCK(${this.#literal(name)}) AS holder`)
    return row?.holder === null || row?.holder === undefined ? undefined : String(row.holder)
  }

  async endHolder(name: string, session: string): Promise<boolean> {
    // A number is given once in a server's life, and this session is of the same life as the one that holds the lock now.
    if (await this.holderOf(name) !== session) return false
    try {
      await this.#run(`KILL CONNECTION ${Number(session)}`)
      return true
    } catch (error) {
      if (numberOf(error) === NO_SUCH_SESSION) return false
      throw error
    }
  }

  /** Locks are per server, not per database, and their names have at most 64 characters, whose case makes no difference. */
  #literal(name: string): string {
    const hash = createHash('sha256').update(`${this.#database}\0${name}`).digest('hex').slice(0, 40)
    return literal(`starline:${hash}`)
  }
}
