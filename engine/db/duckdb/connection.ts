import type { DuckDBMaterializedResult, DuckDBResult } from '@duckdb/node-api'
import { DatabaseError, messageOf } from '../../errors.ts'
import type { ChildKey, Connection, LoadOptions, LoadTarget, Merge, Obstacle, Runnable, Statement, StreamOptions, Swap, TableDescription, TableKeys } from '../connection.ts'
import type { Flow, Row } from '../flow.ts'
import { checkMerge, mergeStatements, mergeTables } from '../merge.ts'
import type { Merging } from '../merge.ts'
import { Turns } from '../turns.ts'
import type { Value, ValueType } from '../value-type.ts'
import { describeTable, keysOf, obstacleTo, tablesWithPrefix } from './describe.ts'
import { duckdbDialect } from './dialect.ts'
import { loadRows, reasonOf } from './load.ts'
import { childrenOf, duckdbMerging } from './merge.ts'
import { asObjects } from './rows.ts'
import { statementsOf } from './statement.ts'
import { RowReading, tooLate } from './stream.ts'
import { swapTables } from './swap.ts'
import { within } from '../waiting.ts'
import type { Wire } from './wire.ts'

const IDLE_SECONDS = 300
const LET_GO_MS = 5_000

/** What a source of another kind than a database file adds. */
export interface SessionOptions {
  /** Called with each statement before it runs. */
  readonly before?: (sql: string) => Promise<void>
  /** What a result's column counts as. */
  readonly typed?: (type: ValueType) => ValueType
  /** What is known of a table that is none of DuckDB's own. */
  readonly known?: (table: string) => Promise<KnownTable | undefined>
  /** The names of such tables. */
  readonly names?: readonly string[]
  /** Makes an error of a statement one that its user understands. */
  readonly explained?: (error: unknown) => unknown
}

/** A table that DuckDB sees as a view, described from elsewhere. */
export interface KnownTable {
  readonly description: TableDescription
  readonly keys: TableKeys
}

/** One session with a DuckDB instance: the contract of `Connection`. */
export class DuckdbConnection implements Connection {
  readonly dialect = duckdbDialect
  readonly place: string
  readonly session: string
  readonly #wire: Wire
  readonly #options: SessionOptions
  #inTransaction = false
  /** The first statement of the transaction that failed: DuckDB keeps nothing of it then. */
  #failedInside: unknown
  readonly #turns: Turns

  constructor(wire: Wire, options: SessionOptions = {}) {
    this.#wire = wire
    this.#options = options
    this.#turns = new Turns(wire)
    this.place = wire.place
    this.session = wire.name
  }

  get isOpen(): boolean {
    return this.#wire.ended === undefined
  }

  async query<R = Record<string, unknown>>(statement: Runnable): Promise<R[]> {
    let rows: unknown[] = []
    for (const one of statementsOf(statement)) rows = asObjects(await this.#run(one))
    return rows as R[]
  }

  async execute(statement: Runnable): Promise<number> {
    let changed = 0
    for (const one of statementsOf(statement)) changed += (await this.#run(one)).rowsChanged
    return changed
  }

  async stream(statement: Statement, { signal, idleSeconds = IDLE_SECONDS, limit = Infinity }: StreamOptions = {}): Promise<Flow> {
    const release = this.#turns.claim('a stream is read')
    try {
      const result = await this.#begin(statement, signal, idleSeconds)
      const watch: { end?: () => void } = {}
      const reading = new RowReading(this.#wire, statement, result, {
        idleSeconds, limit, inTransaction: this.#inTransaction, typed: this.#options.typed ?? ((type) => type),
        explained: this.#options.explained ?? ((error) => error),
        finish: () => {
          watch.end?.()
          release()
        },
      })
      if (signal !== undefined) {
        const stop = (): void => reading.abort(reasonOf(signal))
        signal.addEventListener('abort', stop, { once: true })
        watch.end = () => signal.removeEventListener('abort', stop)
        if (signal.aborted) stop()
      }
      return { columns: reading.columns, rows: { form: 'batches', of: reading } }
    } catch (error) {
      release()
      throw error
    }
  }

  async load(target: LoadTarget, batches: AsyncIterable<readonly Row[]>, options: LoadOptions = {}): Promise<number> {
    const inTransaction = this.#inTransaction
    const release = this.#turns.claim('a table is loaded')
    const work = (): Promise<number> => loadRows(this.#wire, target, batches, options)
    try {
      return await (inTransaction ? work() : this.#transact(work))
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
    const known = await this.#options.known?.(table)
    return known?.description ?? describeTable((sql, values) => this.query({ sql, values }), table)
  }

  async keys(table: string): Promise<TableKeys> {
    const known = await this.#options.known?.(table)
    return known?.keys ?? keysOf((sql, values) => this.query<Record<string, Value>>({ sql, values }), table)
  }

  async tablesLike(prefix: string): Promise<string[]> {
    const own = (this.#options.names ?? []).filter((name) => name.toLowerCase().startsWith(prefix.toLowerCase()))
    return [...own, ...await tablesWithPrefix((sql, values) => this.query({ sql, values }), prefix)]
  }

  async obstacle(table: string): Promise<Obstacle | undefined> {
    return obstacleTo((sql, values) => this.query<Record<string, Value>>({ sql, values }), table)
  }

  async children(table: string): Promise<readonly ChildKey[]> {
    return childrenOf((sql) => this.query<Record<string, Value>>(sql), table)
  }

  async lock(name: string): Promise<boolean> {
    if (this.#wire.ended !== undefined) throw this.#wire.ended
    const { locks } = this.#wire.instance
    const holder = locks.get(name)
    if (holder === undefined) locks.set(name, this.#wire)
    return holder === undefined || holder === this.#wire
  }

  async unlock(name: string): Promise<void> {
    const { locks } = this.#wire.instance
    if (locks.get(name) === this.#wire) locks.delete(name)
  }

  async isFree(name: string): Promise<boolean> {
    return await this.holderOf(name) === undefined
  }

  async holderOf(name: string): Promise<string | undefined> {
    return this.#wire.instance.locks.get(name)?.name
  }

  async endHolder(name: string, session: string): Promise<boolean> {
    const holder = this.#wire.instance.locks.get(name)
    if (holder?.name !== session) return false
    const gone = holder.close(new DatabaseError('this session was ended: it was silent for too long, and another one wanted its lock', { where: this.place, transient: true }))
    // What it has open is rolled back when DuckDB has let go of it.
    await within(gone.catch(() => {}), LET_GO_MS)
    return true
  }

  async swap(swaps: readonly Swap[]): Promise<void> {
    if (!this.#inTransaction) throw new DatabaseError('tables are swapped inside a transaction', { where: this.place })
    const session = {
      place: this.place,
      query: (sql: string, values: readonly unknown[]) => this.query<Record<string, Value>>({ sql, values }),
      execute: (sql: string) => this.execute(sql),
    }
    await swapTables(session, swaps)
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
    this.#wire.end(reason)
  }

  async close(): Promise<void> {
    await this.#wire.close()
  }

  #merging(): Merging {
    return duckdbMerging({ place: this.place, query: (sql) => this.query<Record<string, Value>>(sql), execute: (sql) => this.execute(sql) })
  }

  async #run(statement: Statement): Promise<DuckDBMaterializedResult> {
    this.#turns.refuseOwned()
    await this.#options.before?.(statement.sql)
    try {
      return await this.#wire.run(statement)
    } catch (error) {
      if (this.#inTransaction) this.#failedInside ??= error
      throw this.#options.explained?.(error) ?? error
    }
  }

  /** Begins a stream within the idle deadline: a query that sorts has no first row for long. */
  async #begin(statement: Statement, signal: AbortSignal | undefined, idleSeconds: number): Promise<DuckDBResult> {
    if (signal?.aborted) throw reasonOf(signal)
    await this.#options.before?.(statement.sql)
    let isLate = false
    const late = setTimeout(() => {
      isLate = true
      this.#wire.interrupt()
    }, idleSeconds * 1000)
    const stop = (): void => this.#wire.interrupt()
    signal?.addEventListener('abort', stop, { once: true })
    try {
      return await this.#wire.stream(statement)
    } catch (error) {
      if (signal?.aborted) throw reasonOf(signal)
      if (isLate) throw tooLate(this.place, idleSeconds)
      throw this.#options.explained?.(error) ?? error
    } finally {
      clearTimeout(late)
      signal?.removeEventListener('abort', stop)
    }
  }

  async #transact<T>(work: () => Promise<T>): Promise<T> {
    await this.#wire.run({ sql: 'BEGIN TRANSACTION' })
    this.#inTransaction = true
    try {
      const result = await work()
      await this.#refuseBroken()
      await this.#wire.run({ sql: 'COMMIT' })
      return result
    } catch (error) {
      // Where the COMMIT itself failed there is nothing left to roll back.
      if (this.#wire.ended === undefined) await this.#wire.run({ sql: 'ROLLBACK' }).catch(() => {})
      throw error
    } finally {
      this.#inTransaction = false
      this.#failedInside = undefined
    }
  }

  /** Where a statement failed whose error was caught, DuckDB's COMMIT keeps nothing and says nothing. */
  async #refuseBroken(): Promise<void> {
    if (this.#failedInside === undefined) return
    try {
      await this.#wire.run({ sql: 'SELECT 1' })
    } catch (error) {
      throw new DatabaseError('nothing of this transaction is kept: a statement in it failed', {
        where: this.place, why: messageOf(this.#failedInside), cause: error,
      })
    }
  }
}
