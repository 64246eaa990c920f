import { ConfigurationError, DatabaseError } from '../../errors.ts'
import type { ChildKey, Connection, LoadOptions, LoadTarget, Obstacle, Runnable, Statement, StreamOptions, Swap, TableDescription, TableKeys } from '../connection.ts'
import { ANOTHER_SERVER } from '../flow.ts'
import type { Batches, Bytes, Flow, FlowColumn, LoadBatch, Relation } from '../flow.ts'
import type { Merging } from '../merging.ts'
import { nothingKept, Session } from '../session.ts'
import type { Value } from '../value-type.ts'
import type { Address } from './address.ts'
import { ByteRows } from './byte-rows.ts'
import { columnNamesOf, commentsOf, commentsWithPrefix, describeTable, keysOf, otherTypes, tablesWithPrefix, typeOf } from './describe.ts'
import type { Ask } from './describe.ts'
import { postgresDialect } from './dialect.ts'
import { codeOf } from './errors.ts'
import type { Gathering } from './gathering.ts'
import { loadRows } from './load.ts'
import { knowsType } from './knows-type.ts'
import { Locks } from './lock.ts'
import { childrenOf, parentsHere, postgresMerging } from './merge.ts'
import { obstacleTo } from './obstacle.ts'
import { related } from './relation.ts'
import type { Side } from './relation.ts'
import { Portal, Preparing } from './portal.ts'
import { asObjects, kill } from './server.ts'
import type { Server } from './server.ts'
import { native, nativesOf } from './statement.ts'
import type { Native } from './statement.ts'
import { FIRST_ROWS, RowReading } from './stream.ts'
import { swapTables } from './swap.ts'
import { literal } from './text.ts'
import { decoderOf } from './types.ts'
import { ValueRows } from './value-rows.ts'
import type { Answer, Wire } from './wire.ts'

/** A transaction that ends with its session. */
const ONE_MOMENT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'

/** What a session is made of. */
interface SessionParts {
  readonly address: Address
  readonly wire: Wire
  readonly server: Server
  /** Asked at its end: see `Session`. */
  readonly keep: (() => boolean) | undefined
}

/** One session with a PostgreSQL server: the contract of `Connection`. */
export class PostgresConnection extends Session<Wire> implements Connection {
  readonly dialect = postgresDialect
  protected readonly locks: Locks
  readonly #parts: SessionParts
  readonly #ask: Ask = (sql, values = []) => this.query<Record<string, Value>>({ sql, values })

  constructor(parts: SessionParts) {
    super(parts.wire, String(parts.server.pid), parts.keep)
    this.#parts = parts
    this.locks = new Locks(this.#ask, parts.address, parts.server)
  }

  get merging(): Merging {
    return postgresMerging(this.#ask)
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

  async stream(statement: Statement, options: StreamOptions = {}): Promise<Flow<Batches>> {
    const { columns, of } = await this.#reading(statement, options, (oids) => new ValueRows(oids.map(decoderOf)))
    return { columns, rows: { form: 'batches', of } }
  }

  async streamBytes(statement: Statement, options: StreamOptions = {}): Promise<Flow<Bytes>> {
    const { columns, of } = await this.#reading(statement, options, (oids) => new ByteRows(oids))
    return { columns, rows: { form: 'bytes', of } }
  }

  async shareMoment(): Promise<string> {
    await this.execute(ONE_MOMENT)
    const [moment] = await this.query<{ id: string }>('SELECT pg_export_snapshot() AS id')
    return moment?.id ?? ''
  }

  async joinMoment(moment: string): Promise<void> {
    await this.execute(ONE_MOMENT)
    await this.execute(`SET TRANSACTION SNAPSHOT ${literal(moment)}`)
  }

  async relate(statement: Statement, warehouse: Connection): Promise<Flow<Relation> | string> {
    return warehouse instanceof PostgresConnection ? related(native(statement), this.#side(), warehouse.#side()) : ANOTHER_SERVER
  }

  async describe(table: string): Promise<TableDescription | undefined> {
    return describeTable(this.#ask, table)
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
    return keysOf(this.#ask, table)
  }

  async tablesLike(prefix: string): Promise<string[]> {
    return tablesWithPrefix(this.#ask, prefix)
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

  override async lock(name: string): Promise<boolean> {
    try {
      return await super.lock(name)
    } catch (error) {
      // The lock is somebody's who will never give it back, unless that one's session ends.
      if (error instanceof ConfigurationError) this.abort(error)
      throw error
    }
  }

  async swap(swaps: readonly Swap[]): Promise<void> {
    if (swaps.length === 0) return
    if (!this.inTransaction) throw new DatabaseError('tables are swapped inside a transaction', { where: this.place })
    await swapTables({ place: this.place, ask: this.#ask, execute: (sql) => this.execute(sql) }, swaps)
  }

  protected begin(): Promise<unknown> {
    return this.wire.run({ sql: 'BEGIN', values: [] })
  }

  /** Where a statement failed whose error was caught, the server's COMMIT keeps nothing, and is no error. */
  protected async commit(failed: unknown): Promise<void> {
    const { command } = await this.wire.run({ sql: 'COMMIT', values: [] })
    if (command !== 'COMMIT') throw nothingKept(this.place, failed)
  }

  protected rollback(): Promise<unknown> {
    return this.wire.run({ sql: 'ROLLBACK', values: [] })
  }

  protected bring(target: LoadTarget, batches: AsyncIterable<LoadBatch>, options: LoadOptions): Promise<number> {
    return loadRows(this.wire, target, batches, options)
  }

  #reading<Batch extends { readonly length: number }>(
    statement: Statement, options: StreamOptions, gatheringOf: (oids: readonly number[]) => Gathering<Batch>,
  ): Promise<{ readonly columns: readonly FlowColumn[]; readonly of: RowReading<Batch> }> {
    const one = native(statement)
    return this.reading(options, async ({ idleSeconds, limit, release }) => {
      const columns = await this.#prepared(one)
      const rows = Math.max(0, Math.floor(limit))
      const gathering = gatheringOf(columns.map(({ oid }) => oid))
      const portal = this.wire.submit(new Portal(one, gathering, Math.max(1, Math.min(FIRST_ROWS, rows))))
      return new RowReading(this.wire, portal, columns.map(({ column }) => column), gathering, {
        idleSeconds, limit: rows, interrupt: () => this.#interrupt(), finish: async () => release(),
      })
    })
  }

  async #run(one: Native): Promise<Answer> {
    this.refuseOwned()
    try {
      return await this.wire.run(one)
    } catch (error) {
      throw this.noted(error)
    }
  }

  #side(): Side {
    return {
      ...this.#parts, place: this.place, run: (one) => this.#run(one), columns: (one) => this.#prepared(one),
      together: (work) => (this.inTransaction ? work() : this.transaction(work)),
    }
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

  #interrupt(): Promise<void> {
    const { address, server, wire } = this.#parts
    return wire.interrupt(() => kill(address, server, 'statement'), () => wire.run({ sql: 'SELECT pg_sleep(0)', values: [] }), (error) => /^(57014|25P02)$/.test(codeOf(error)))
  }
}
