import type { DuckDBMaterializedResult } from '@duckdb/node-api'
import { DatabaseError } from '../../errors.ts'
import type { ChildKey, Connection, LoadOptions, LoadTarget, Obstacle, Runnable, Statement, StreamOptions, Swap, TableDescription, TableKeys } from '../connection.ts'
import { ANOTHER_SERVER } from '../flow.ts'
import type { Batches, Flow, LoadBatch, Relation, Row } from '../flow.ts'
import type { Merging } from '../merging.ts'
import { nothingKept, Session } from '../session.ts'
import type { Value, ValueType } from '../value-type.ts'
import type { Ask } from './describe.ts'
import { columnNamesOf, commentsOf, commentsWithPrefix, describeTable, keysOf, obstacleTo, tablesWithPrefix } from './describe.ts'
import { duckdbDialect } from './dialect.ts'
import { namingDuplicate } from './duplicate.ts'
import { knowsType } from './knows-type.ts'
import { loadRows } from './load.ts'
import { Locks } from './lock.ts'
import { childrenOf, duckdbMerging, parentsHere } from './merge.ts'
import { relationOf, whyOtherwise } from './relation.ts'
import type { RowsOfFiles } from './relation.ts'
import { asObjects } from './rows.ts'
import { statementsOf } from './statement.ts'
import { RowReading, startWithin } from './stream.ts'
import { swapTables } from './swap.ts'
import type { Wire } from './wire.ts'

/** What a source of another kind than a database file adds. */
export interface SessionOptions {
  /** Called with each statement before it runs; what it gives, behind the last row of one that is streamed. */
  readonly before?: (sql: string, glance?: boolean) => Promise<() => Promise<void>>
  /** What a result's column counts as. */
  readonly typed?: (type: ValueType) => ValueType
  /** What is known of a table that is none of DuckDB's own. */
  readonly known?: (table: string) => Promise<KnownTable | undefined>
  /** The names of such tables. */
  readonly names?: readonly string[]
  /** A query's rows for an instance that reads the files by itself; or why they have to be read here. */
  readonly related?: (sql: string) => Promise<RowsOfFiles | string>
  /** Makes an error of a statement one that its user understands. */
  readonly explained?: (error: unknown, sql: string) => unknown
}

/** A table that DuckDB sees as a view, described from elsewhere. */
export interface KnownTable {
  readonly description: TableDescription
  readonly keys: TableKeys
}

/** One session with a DuckDB instance: the contract of `Connection`. */
export class DuckdbConnection extends Session<Wire> implements Connection {
  readonly dialect = duckdbDialect
  protected readonly locks: Locks
  readonly #options: SessionOptions
  readonly #ask: Ask = (sql, values = []) => this.query<Record<string, Value>>({ sql, values })

  constructor(wire: Wire, options: SessionOptions = {}) {
    super(wire, wire.name)
    this.#options = options
    this.locks = new Locks(wire)
  }

  get merging(): Merging {
    return duckdbMerging(this.#ask)
  }

  async query<R = Record<string, unknown>>(statement: Runnable): Promise<R[]> {
    let rows: unknown[] = []
    for (const one of statementsOf(statement)) rows = asObjects(await this.#run(one))
    return rows as R[]
  }

  async execute(statement: Runnable): Promise<number> {
    let changed = 0
    for (const one of statementsOf(statement)) {
      const result = await this.#run(one).catch(async (error: unknown) => { throw await namingDuplicate(error, one.sql, (sql) => this.query(sql)) })
      changed += result.rowsChanged
    }
    return changed
  }

  async stream(statement: Statement, options: StreamOptions = {}): Promise<Flow<Batches>> {
    return await (options.glance === true ? this.#glanced(statement, options) : undefined) ?? this.#stream(statement, options)
  }

  /** A few rows of what is looked through later; nothing where anything goes wrong, for then all of it has to be looked at to say what. */
  async #glanced(statement: Statement, options: StreamOptions): Promise<Flow<Batches> | undefined> {
    try {
      const { columns, rows: { of } } = await this.#stream(statement, options, true)
      const batches: (readonly Row[])[] = []
      for await (const batch of of) batches.push(batch)
      return { columns, rows: { form: 'batches', of: listed(batches) } }
    } catch {
      return undefined
    }
  }

  async #stream(statement: Statement, options: StreamOptions, glance = false): Promise<Flow<Batches>> {
    const { typed = (type: ValueType) => type } = this.#options
    const explained = (error: unknown): unknown => this.#options.explained?.(error, statement.sql) ?? error
    let behind: (() => Promise<void>) | undefined
    const { columns, of } = await this.reading(options, async ({ idleSeconds, limit, release }) => {
      behind = await this.#options.before?.(statement.sql, glance)
      const result = await startWithin(this.wire, statement, idleSeconds, options.signal).catch((error: unknown) => { throw explained(error) })
      return new RowReading(this.wire, statement, result, { idleSeconds, limit, inTransaction: this.inTransaction, typed, explained, finish: release })
    })
    return { columns, rows: { form: 'batches', of: behind === undefined ? of : followed(of, behind) } }
  }

  async relate(statement: Statement, warehouse: Connection): Promise<Flow<Relation> | string> {
    const { related, typed = (type: ValueType) => type } = this.#options
    if (related === undefined || !(warehouse instanceof DuckdbConnection)) return ANOTHER_SERVER
    if ((statement.values ?? []).length > 0) return 'its query has values that are bound'
    const rows = await related(statement.sql)
    return typeof rows === 'string' ? rows : relationOf(rows, typed, {
      get isOpen() { return warehouse.isOpen }, otherwise: () => whyOtherwise(this.#ask, warehouse.#ask),
      execute: (sql) => warehouse.execute(sql), query: (sql) => warehouse.query(sql), transaction: (work) => warehouse.transaction(work), unlessEnded: (waiting) => warehouse.wire.unlessEnded(waiting),
    })
  }

  async describe(table: string): Promise<TableDescription | undefined> {
    const known = await this.#options.known?.(table)
    return known?.description ?? describeTable(this.#ask, table)
  }

  async columnNames(tables: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    return columnNamesOf(this.#ask, tables)
  }

  async comments(tables: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return commentsOf(this.#ask, tables)
  }

  async commentsLike(prefix: string): Promise<ReadonlyMap<string, string>> {
    return commentsWithPrefix(this.#ask, prefix)
  }

  async keys(table: string): Promise<TableKeys> {
    const known = await this.#options.known?.(table)
    return known?.keys ?? keysOf(this.#ask, table)
  }

  async tablesLike(prefix: string): Promise<string[]> {
    const own = (this.#options.names ?? []).filter((name) => name.toLowerCase().startsWith(prefix.toLowerCase()))
    return [...own, ...await tablesWithPrefix(this.#ask, prefix)]
  }

  async knowsType(declared: string): Promise<boolean> {
    return knowsType(this.#ask, declared)
  }

  async obstacle(table: string): Promise<Obstacle | undefined> {
    return obstacleTo(this.#ask, table)
  }

  async parents(): Promise<ReadonlySet<string>> {
    return parentsHere(this.#ask)
  }

  async children(table: string): Promise<readonly ChildKey[]> {
    return childrenOf(this.#ask, table)
  }

  async swap(swaps: readonly Swap[]): Promise<void> {
    if (!this.inTransaction) throw new DatabaseError('tables are swapped inside a transaction', { where: this.place })
    await swapTables({ place: this.place, ask: this.#ask, execute: (sql) => this.execute(sql) }, swaps)
  }

  protected begin(): Promise<unknown> {
    return this.wire.run({ sql: 'BEGIN TRANSACTION' })
  }

  /** Where a statement failed whose error was caught, DuckDB's COMMIT keeps nothing and says nothing. */
  protected async commit(failed: unknown): Promise<unknown> {
    if (failed !== undefined) {
      await this.wire.run({ sql: 'SELECT 1' }).catch((cause: unknown) => { throw nothingKept(this.place, failed, cause) })
    }
    return this.wire.run({ sql: 'COMMIT' })
  }

  protected rollback(): Promise<unknown> {
    return this.wire.run({ sql: 'ROLLBACK' })
  }

  protected bring(target: LoadTarget, batches: AsyncIterable<LoadBatch>, options: LoadOptions): Promise<number> {
    return loadRows(this.wire, target, batches, options)
  }

  async #run(statement: Statement): Promise<DuckDBMaterializedResult> {
    this.refuseOwned()
    await this.#options.before?.(statement.sql)
    try {
      return await this.wire.run(statement)
    } catch (error) {
      this.noted(error)
      throw this.#options.explained?.(error, statement.sql) ?? error
    }
  }
}

async function* followed<T>(batches: AsyncIterable<T>, behind: () => Promise<void>): AsyncGenerator<T> {
  yield* batches
  await behind()
}

async function* listed<T>(batches: readonly T[]): AsyncGenerator<T> {
  yield* batches
}
