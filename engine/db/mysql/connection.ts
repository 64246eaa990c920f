import { DatabaseError } from '../../errors.ts'
import type { ChildKey, Connection, LoadOptions, LoadTarget, Obstacle, Runnable, Statement, StreamOptions, Swap, TableDescription, TableKeys } from '../connection.ts'
import type { Dialect } from '../dialect.ts'
import { ANOTHER_SERVER } from '../flow.ts'
import type { Batches, Bytes, Flow, FlowColumn, LoadBatch, Relation } from '../flow.ts'
import type { Merging } from '../merging.ts'
import { Session } from '../session.ts'
import type { Address } from './address.ts'
import { ByteRows } from './byte-rows.ts'
import { asObjects } from './columns.ts'
import { renameTables } from './ddl.ts'
import { columnNamesOf, commentsOf, commentsWithPrefix, describeTable, keysOf, tablesWithPrefix } from './describe.ts'
import { numberOf } from './errors.ts'
import type { Gathering } from './gathering.ts'
import { loadRows } from './load.ts'
import { knowsType } from './knows-type.ts'
import { Locks } from './lock.ts'
import { childrenOf, mysqlMerging, parentsHere } from './merge.ts'
import { obstacleTo } from './obstacle.ts'
import { related } from './relation.ts'
import { kill, LOCK_SECONDS } from './server.ts'
import type { Server } from './server.ts'
import { bound, textsOf } from './statement.ts'
import { RowReading } from './stream.ts'
import { ValueRows } from './value-rows.ts'
import type { Wire } from './wire.ts'

const IN_TRANSACTION = 1
const INTERRUPTED = 1317
/** While a RENAME waits for a reader, all later readers wait behind it: it gives up soon, and is tried again. */
const SWAP_SECONDS = 1

/** What a session is made of. */
export interface SessionParts {
  readonly address: Address
  readonly wire: Wire
  readonly server: Server
  readonly dialect: Dialect
  readonly readOnly: boolean
  /** Asked at its end: see `Session`. */
  readonly keep: (() => boolean) | undefined
}

/** One session with a MySQL or MariaDB server: the contract of `Connection`. */
export class MysqlConnection extends Session<Wire> implements Connection {
  readonly dialect: Dialect
  protected readonly locks: Locks
  readonly #parts: SessionParts
  readonly #ask = <R>(sql: string): Promise<R[]> => this.query<R>(sql)

  constructor(parts: SessionParts) {
    super(parts.wire, String(parts.server.id), parts.keep)
    this.#parts = parts
    this.dialect = parts.dialect
    this.locks = new Locks(this.#ask, (sql) => this.#run(sql), parts.address.database)
  }

  get merging(): Merging {
    return mysqlMerging({ dialect: this.dialect, query: this.#ask, repeatable: this.#parts.server.repeatable })
  }

  async query<R = Record<string, unknown>>(statement: Runnable): Promise<R[]> {
    let rows: unknown[] = []
    for (const sql of textsOf(statement)) {
      const answer = await this.#run(sql)
      rows = asObjects(answer.fields ?? [], answer.rows)
    }
    return rows as R[]
  }

  async execute(statement: Runnable): Promise<number> {
    let changed = 0
    for (const sql of textsOf(statement)) {
      const { header } = await this.#run(sql)
      changed += header?.affectedRows ?? 0
    }
    return changed
  }

  async stream(statement: Statement, options: StreamOptions = {}): Promise<Flow<Batches>> {
    const { columns, of } = await this.#read(statement, options, new ValueRows())
    return { columns, rows: { form: 'batches', of } }
  }

  async streamBytes(statement: Statement, options: StreamOptions = {}): Promise<Flow<Bytes>> {
    const { columns, of } = await this.#read(statement, options, new ByteRows())
    return { columns, rows: { form: 'bytes', of } }
  }

  async relate(statement: Statement, warehouse: Connection): Promise<Flow<Relation> | string> {
    return warehouse instanceof MysqlConnection ? related(bound(statement), this.#side(), warehouse.#side()) : ANOTHER_SERVER
  }

  async describe(table: string): Promise<TableDescription | undefined> {
    return describeTable(this.#ask, table, this.#parts.server)
  }

  async columnNames(tables: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    return columnNamesOf(this.#ask, tables, this.#parts.server)
  }

  async comments(tables: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return commentsOf(this.#ask, tables, this.#parts.server)
  }

  async commentsLike(prefix: string): Promise<ReadonlyMap<string, string>> {
    return commentsWithPrefix(this.#ask, prefix, this.#parts.server)
  }

  async keys(table: string): Promise<TableKeys> {
    const described = await this.describe(table)
    return keysOf(this.#ask, described?.table ?? table)
  }

  async tablesLike(prefix: string): Promise<string[]> {
    return tablesWithPrefix(this.#ask, prefix, this.#parts.server)
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
    if (swaps.length === 0) return
    if (this.inTransaction) throw new DatabaseError('a RENAME TABLE would commit the open transaction', { where: this.place })
    await this.#run(`SET SESSION lock_wait_timeout = ${SWAP_SECONDS}`)
    try {
      await this.#run(renameTables(swaps))
    } finally {
      if (this.isOpen) await this.#run(`SET SESSION lock_wait_timeout = ${LOCK_SECONDS}`)
    }
  }

  protected begin(): Promise<unknown> {
    return this.wire.run(this.#parts.readOnly ? 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY' : 'START TRANSACTION')
  }

  protected commit(): Promise<unknown> {
    return this.wire.run('COMMIT')
  }

  protected rollback(): Promise<unknown> {
    return this.wire.run('ROLLBACK')
  }

  protected bring(target: LoadTarget, batches: AsyncIterable<LoadBatch>, options: LoadOptions): Promise<number> {
    return loadRows({ wire: this.wire, server: this.#parts.server, place: this.place }, target, batches, options)
  }

  #read<Batch>(statement: Statement, options: StreamOptions, gathering: Gathering<Batch>): Promise<{ readonly columns: readonly FlowColumn[]; readonly of: RowReading<Batch> }> {
    const sql = bound(statement)
    return this.reading(options, async ({ idleSeconds, limit, release }) => {
      const tidy = await this.#prepare(limit)
      const finish = async (): Promise<void> => tidy().finally(release)
      return new RowReading(this.wire, sql, gathering, { idleSeconds, limit, place: this.place, interrupt: () => this.#interrupt(), finish })
    })
  }

  async #run(sql: string): Promise<Awaited<ReturnType<Wire['run']>>> {
    this.refuseOwned()
    const answer = await this.wire.run(sql)
    this.#stillInTransaction(answer.header?.serverStatus)
    return answer
  }

  #side(): Parameters<typeof related>[1] {
    return { ...this.#parts, place: this.place, run: (sql) => this.#run(sql) }
  }

  /** DDL commits on MySQL: whoever believes to be in a transaction must hear of it. */
  #stillInTransaction(status: number | undefined): void {
    if (!this.inTransaction || status === undefined || (status & IN_TRANSACTION) !== 0) return
    throw new DatabaseError('a statement committed the transaction that it was part of', {
      where: this.place, wayOut: 'create and drop tables before the transaction',
    })
  }

  /** A source is read as it was at one moment, and no further than so many rows; gives what undoes both. */
  async #prepare(limit: number): Promise<() => Promise<void>> {
    const snapshot = this.#parts.readOnly && !this.inTransaction
    const tidy = async (): Promise<void> => {
      if (this.wire.ended === undefined && limit < Infinity) await this.wire.run('SET SESSION sql_select_limit = DEFAULT')
      if (this.wire.ended === undefined && snapshot) await this.wire.run('COMMIT')
    }
    try {
      if (snapshot) await this.begin()
      // Not a LIMIT around the query: a derived table can't have two columns of one name.
      if (limit < Infinity) await this.wire.run(`SET SESSION sql_select_limit = ${Math.max(0, Math.floor(limit))}`)
      return tidy
    } catch (error) {
      await tidy().catch(() => {})
      throw error
    }
  }

  #interrupt(): Promise<void> {
    const { address, server, wire } = this.#parts
    return wire.interrupt(() => kill(address, server, 'QUERY'), () => wire.run('DO 0'), (error) => numberOf(error) === INTERRUPTED)
  }
}
