import { ConfigurationError, DatabaseError, messageOf } from '../../errors.ts'
import type { ChildKey, Connection, LoadOptions, LoadTarget, Merge, Obstacle, Runnable, Statement, StreamOptions, Swap, TableDescription, TableKeys } from '../connection.ts'
import type { Flow, FlowColumn, Row } from '../flow.ts'
import { checkMerge, mergeStatements, mergeTables } from '../merge.ts'
import type { Merging } from '../merge.ts'
import { Turns } from '../turns.ts'
import type { Value } from '../value-type.ts'
import type { Address } from './address.ts'
import { describeTable, keysOf, otherTypes, tablesWithPrefix, typeOf } from './describe.ts'
import type { Ask } from './describe.ts'
import { postgresDialect } from './dialect.ts'
import { codeOf } from './errors.ts'
import { loadRows, reasonOf } from './load.ts'
import { Locks } from './lock.ts'
import { childrenOf, postgresMerging } from './merge.ts'
import { obstacleTo } from './obstacle.ts'
import { Portal, Preparing } from './portal.ts'
import { asObjects, kill } from './server.ts'
import type { Server } from './server.ts'
import { native, nativesOf } from './statement.ts'
import type { Native } from './statement.ts'
import { FIRST_ROWS, RowReading } from './stream.ts'
import { swapTables } from './swap.ts'
import { decoderOf } from './types.ts'
import type { Answer, Wire } from './wire.ts'

const IDLE_SECONDS = 300

/** What a session is made of. */
interface SessionParts {
  readonly address: Address
  readonly wire: Wire
  readonly server: Server
}

/** One session with a PostgreSQL server: the contract of `Connection`. */
export class PostgresConnection implements Connection {
  readonly dialect = postgresDialect
  readonly place: string
  readonly session: string
  readonly #parts: SessionParts
  readonly #locks: Locks
  readonly #ask: Ask = (sql, values = []) => this.query<Record<string, Value>>({ sql, values })
  #inTransaction = false
  /** The first statement of the transaction that failed: the server keeps nothing of it then. */
  #failedInside: unknown
  readonly #turns: Turns

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.#turns = new Turns(parts.wire)
    this.place = parts.address.place
    this.session = String(parts.server.pid)
    this.#locks = new Locks(this.#ask, parts.address, parts.server)
  }

  get isOpen(): boolean {
    return this.#parts.wire.ended === undefined
  }

  async query<R = Record<string, unknown>>(statement: Runnable): Promise<R[]> {
    let rows: unknown[] = []
    for (const one of nativesOf(statement)) rows = asObjects(await this.#run(one))
    return rows as R[]
  }

  async execute(statement: Runnable): Promise<number> {
    let changed = 0
    for (const one of nativesOf(statement)) changed += (await this.#run(one)).count
    return changed
  }

  async stream(statement: Statement, { signal, idleSeconds = IDLE_SECONDS, limit = Infinity }: StreamOptions = {}): Promise<Flow> {
    const one = native(statement)
    const { wire } = this.#parts
    const release = this.#turns.claim('a stream is read')
    try {
      if (signal?.aborted) throw reasonOf(signal, this.place)
      const columns = await this.#prepared(one)
      const rows = Math.max(0, Math.floor(limit))
      const portal = wire.submit(new Portal(one, Math.max(1, Math.min(FIRST_ROWS, rows))))
      const watch: { end?: () => void } = {}
      const reading = new RowReading(wire, portal, columns.map(({ column }) => column), columns.map(({ oid }) => decoderOf(oid)), {
        idleSeconds, limit: rows, interrupt: () => this.#interrupt(),
        finish: async () => { watch.end?.(); release() },
      })
      const stop = (): void => reading.abort(reasonOf(signal, this.place))
      signal?.addEventListener('abort', stop, { once: true })
      watch.end = () => signal?.removeEventListener('abort', stop)
      if (signal?.aborted) stop()
      return { columns: reading.columns, rows: { form: 'batches', of: reading } }
    } catch (error) {
      release()
      throw this.#noted(error)
    }
  }

  async load(target: LoadTarget, batches: AsyncIterable<readonly Row[]>, options: LoadOptions = {}): Promise<number> {
    const inTransaction = this.#inTransaction
    const release = this.#turns.claim('a table is loaded')
    const work = (): Promise<number> => loadRows(this.#parts.wire, target, batches, options)
    try {
      return await (inTransaction ? work() : this.#transact(work))
    } catch (error) {
      throw this.#noted(error)
    } finally {
      release()
    }
  }

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    this.#turns.refuseOwned()
    if (this.#inTransaction) throw new DatabaseError('a transaction can\'t be begun inside of another one', { where: this.place })
    return this.#transact(work)
  }

  async describe(table: string): Promise<TableDescription | undefined> {
    return describeTable(this.#ask, table)
  }

  async keys(table: string): Promise<TableKeys> {
    return keysOf(this.#ask, table)
  }

  async tablesLike(prefix: string): Promise<string[]> {
    return tablesWithPrefix(this.#ask, prefix)
  }

  async obstacle(table: string): Promise<Obstacle | undefined> {
    return obstacleTo(this.#ask, table)
  }

  async children(table: string): Promise<readonly ChildKey[]> {
    return childrenOf(this.#ask, table)
  }

  async lock(name: string): Promise<boolean> {
    try {
      return await this.#locks.take(name)
    } catch (error) {
      // The lock is somebody's who will never give it back, unless that one's session ends.
      if (error instanceof ConfigurationError) this.abort(error)
      throw error
    }
  }

  async unlock(name: string): Promise<void> {
    await this.#locks.giveBack(name)
  }

  async isFree(name: string): Promise<boolean> {
    return await this.holderOf(name) === undefined
  }

  async holderOf(name: string): Promise<string | undefined> {
    return this.#locks.holderOf(name)
  }

  async endHolder(name: string, session: string): Promise<boolean> {
    return this.#locks.endHolder(name, session)
  }

  async swap(swaps: readonly Swap[]): Promise<void> {
    if (swaps.length === 0) return
    if (!this.#inTransaction) throw new DatabaseError('tables are swapped inside a transaction', { where: this.place })
    await swapTables({ place: this.place, ask: this.#ask, execute: (sql) => this.execute(sql) }, swaps)
  }

  async merge(merges: readonly Merge[]): Promise<void> {
    if (!this.#inTransaction) throw new DatabaseError('tables are merged inside a transaction', { where: this.place })
    await mergeTables(this.#merging(), merges)
  }

  async checkMerge(merges: readonly Merge[]): Promise<void> {
    await checkMerge(this.#merging(), merges)
  }

  async mergeStatements(merge: Merge): Promise<readonly string[]> {
    return mergeStatements(this.#merging(), merge)
  }

  abort(reason: Error): void {
    this.#parts.wire.end(reason)
  }

  async close(): Promise<void> {
    await this.#parts.wire.close()
  }

  #merging(): Merging {
    return postgresMerging({ place: this.place, ask: this.#ask, execute: (sql) => this.execute(sql) })
  }

  async #run(one: Native): Promise<Answer> {
    this.#turns.refuseOwned()
    try {
      return await this.#parts.wire.run(one)
    } catch (error) {
      throw this.#noted(error)
    }
  }

  #noted(error: unknown): unknown {
    if (this.#inTransaction) this.#failedInside ??= error
    return error
  }

  /** What a statement's columns will be, and its plan in the server's hands. */
  async #prepared(one: Native): Promise<readonly { readonly column: FlowColumn, readonly oid: number }[]> {
    const { wire } = this.#parts
    const fields = await wire.guarded(() => wire.submit(new Preparing(one)).fields)
    if (fields.length === 0) throw new DatabaseError('the statement gives no rows', { where: this.place, wayOut: 'a source is a SELECT' })
    const ask: Ask = async (sql, values = []) => asObjects(await wire.run(native({ sql, values })))
    const other = await otherTypes(ask, fields.map(({ dataTypeID }) => dataTypeID))
    // Whatever was asked in between has taken the place of the statement.
    if (other.size > 0) await wire.guarded(() => wire.submit(new Preparing(one)).fields)
    return fields.map(({ name, dataTypeID, dataTypeModifier }) => ({ column: { name, type: typeOf(dataTypeID, dataTypeModifier, other) }, oid: dataTypeID }))
  }

  async #transact<T>(work: () => Promise<T>): Promise<T> {
    const { wire } = this.#parts
    await wire.run({ sql: 'BEGIN', values: [] })
    this.#inTransaction = true
    try {
      const result = await work()
      await this.#commit()
      return result
    } catch (error) {
      if (wire.ended === undefined) await wire.run({ sql: 'ROLLBACK', values: [] }).catch(() => {})
      throw error
    } finally {
      this.#inTransaction = false
      this.#failedInside = undefined
    }
  }

  /** Where a statement failed whose error was caught, the server's COMMIT keeps nothing, and is no error. */
  async #commit(): Promise<void> {
    const { command } = await this.#parts.wire.run({ sql: 'COMMIT', values: [] })
    if (command === 'COMMIT') return
    throw new DatabaseError('nothing of this transaction is kept: a statement in it failed', {
      where: this.place, ...this.#failedInside !== undefined && { why: messageOf(this.#failedInside) }, cause: this.#failedInside,
    })
  }

  /** Ends the statement that runs now, and lets the session live. */
  async #interrupt(): Promise<void> {
    const { address, server, wire } = this.#parts
    try {
      await kill(address, server, 'statement')
    } catch (cause) {
      return wire.end(new DatabaseError('a statement could not be ended, so its session was', { where: this.place, transient: true, cause }))
    }
    // The statement may have ended by itself meanwhile: then this one takes what was meant for it, and not the next.
    wire.run({ sql: 'SELECT pg_sleep(0)', values: [] }).catch((error: unknown) => {
      if (!/^(57014|25P02)$/.test(codeOf(error)) && wire.ended === undefined) wire.end(error instanceof Error ? error : new Error(messageOf(error)))
    })
  }
}
