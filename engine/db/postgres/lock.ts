import { createHash } from 'node:crypto'
import type { Address } from './address.ts'
import type { Ask } from './describe.ts'
import { pooled } from './errors.ts'
import type { Server } from './server.ts'

/** Who holds an advisory lock of one number in this database. */
const HELD = `FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND classid = ? AND objid = ?`

/** The named locks of one session. */
export class Locks {
  readonly #ask: Ask
  readonly #address: Address
  readonly #server: Server
  readonly #held = new Set<string>()

  /** Whether this session surely holds none. One whose statement failed may be held all the same, and its session counts as flawed. */
  get areFree(): boolean { return this.#held.size === 0 }

  constructor(ask: Ask, address: Address, server: Server) {
    this.#ask = ask
    this.#address = address
    this.#server = server
  }

  /** @throws {ConfigurationError} where the lock went to another session of the server's than this one */
  async take(name: string): Promise<boolean> {
    // The server counts: a lock taken twice must be given back twice.
    if (this.#held.has(name)) return true
    const [row] = await this.#ask('SELECT pg_try_advisory_lock(?) AS got, pg_backend_pid() AS pid', [this.#number(name)])
    if (Number(row?.['pid']) !== this.#server.pid) throw pooled(this.#address.place)
    if (row?.['got'] === true) this.#held.add(name)
    return row?.['got'] === true
  }

  async giveBack(name: string): Promise<void> {
    if (!this.#held.delete(name)) return
    await this.#ask('SELECT pg_advisory_unlock(?)', [this.#number(name)])
  }

  async holderOf(name: string): Promise<string | undefined> {
    const [row] = await this.#ask(`SELECT pid ${HELD}`, this.#halves(name))
    return row === undefined ? undefined : String(row['pid'])
  }

  async endHolder(name: string, session: string): Promise<boolean> {
    const [row] = await this.#ask(`SELECT pg_terminate_backend(pid) AS ended ${HELD} AND pid = ?`, [...this.#halves(name), Number(session)])
    return row?.['ended'] === true
  }

  /** An advisory lock is a number, and one for the whole database: those of two schemas must not meet. */
  #number(name: string): bigint {
    return createHash('sha256').update(`${this.#address.database}\0${this.#server.schema}\0${name}`).digest().readBigInt64BE()
  }

  /** As the server shows it: two unsigned halves. */
  #halves(name: string): bigint[] {
    const number = BigInt.asUintN(64, this.#number(name))
    return [number >> 32n, number & 0xffff_ffffn]
  }
}
