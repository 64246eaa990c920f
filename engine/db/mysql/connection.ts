import { DatabaseError } from '../../errors.ts'
import type { ChildKey, Connection, LoadOptions, LoadTarget, Merge, Obstacle, Runnable, Statement, StreamOptions, Swap, TableDescription, TableKeys } from '../connection.ts'
import type { Dialect } from '../dialect.ts'
import type { Flow, Row } from '../flow.ts'
import { checkMerge, mergeStatements, mergeTables } from '../merge.ts'
import type { Merging } from '../merge.ts'
import { Turns } from '../turns.ts'
import type { Address } from './address.ts'
import { asObjects } from './columns.ts'
import { renameTables } from './ddl.ts'
import { describeTable, keysOf, tablesWithPrefix } from './describe.ts'
import { numberOf } from './errors.ts'
import { loadRows, reasonOf } from './load.ts'
import { lockName } from './lock.ts'
import { childrenOf, mysqlMerging } from './merge.ts'
import { obstacleTo } from './obstacle.ts'
import { kill, LOCK_SECONDS } from './server.ts'
import type { Server } from './server.ts'
import { bound, textsOf } from './statement.ts'
import { RowReading } from './stream.ts'
import { literal } from './text.ts'
import type { Wire } from './wire.ts'

const IDLE_SECONDS = 300
const IN_TRANSACTION = 1
const INTERRUPTED = 1317
/** While a RENAME waits for a reader, all later readers wait behind it: it gives up soon, and is tried again. */
const SWAP_SECONDS = 1
const NO_SUCH_SESSION = 1094

/** What a session is made of. */
export interface SessionParts {
  readonly address: Address
  readonly wire: Wire
  readonly server: Server
  readonly dialect: Dialect
  readonly readOnly: boolean
}

/** One session with a MySQL or MariaDB server: the contract of `Connection`. */
export class MysqlConnection implements Connection {
  readonly dialect: Dialect
  readonly place: string
  readonly session: string
  readonly #parts: SessionParts
  readonly #locks = new Set<string>()
  #inTransaction = false
  readonly #turns: Turns

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.dialect = parts.dialect
    this.#turns = new Turns(parts.wire)
    this.place = parts.address.place
    this.session = String(parts.server.id)
  }

  get isOpen(): boolean {
    return this.#parts.wire.ended === undefined
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

  async stream(statement: Statement, { signal, idleSeconds = IDLE_SECONDS, limit }: StreamOptions = {}): Promise<Flow> {
    const sql = bound(statement)
    const release = this.#turns.claim('a stream is read')
    const { wire, readOnly } = this.#parts
    const snapshot = readOnly && !this.#inTransaction
    let stop: (() => void) | undefined
    const finish = async (): Promise<void> => {
      if (stop !== undefined) signal?.removeEventListener('abort', stop)
      try {
        if (wire.ended !== undefined) return
        if (limit !== undefined) await wire.run('SET SESSION sql_select_limit = DEFAULT')
        if (snapshot) await wire.run('COMMIT')
      } finally {
        release()
      }
    }
    try {
      signal?.throwIfAborted()
      if (snapshot) await wire.run('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY')
      // Not a LIMIT around the query: a derived table can't have two columns of one name.
      if (limit !== undefined) await wire.run(`SET SESSION sql_select_limit = ${Math.max(0, Math.floor(limit))}`)
    } catch (error) {
      await finish().catch(() => {})
      throw error
    }
    const reading = new RowReading(wire, sql, { idleSeconds, limit: limit ?? Infinity, place: this.place, interrupt: () => this.#interrupt(), finish })
    stop = () => reading.abort(reasonOf(signal, this.place))
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    return { columns: await reading.columns, rows: { form: 'batches', of: reading } }
  }

  async load(target: LoadTarget, batches: AsyncIterable<readonly Row[]>, options: LoadOptions = {}): Promise<number> {
    const { wire, server } = this.#parts
    const release = this.#turns.claim('a table is loaded')
    const work = (): Promise<number> => loadRows({ wire, server, place: this.place }, target, batches, options)
    try {
      return await (this.#inTransaction ? work() : this.#transact(work))
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
    return describeTable((sql) => this.query(sql), table, this.#parts.server)
  }

  async keys(table: string): Promise<TableKeys> {
    const described = await this.describe(table)
    return keysOf((sql) => this.query(sql), described?.table ?? table)
  }

  async tablesLike(prefix: string): Promise<string[]> {
    return tablesWithPrefix((sql) => this.query(sql), prefix, this.#parts.server)
  }

  async obstacle(table: string): Promise<Obstacle | undefined> {
    return obstacleTo((sql) => this.query(sql), table)
  }

  async children(table: string): Promise<readonly ChildKey[]> {
    return childrenOf((sql) => this.query(sql), table)
  }

  async lock(name: string): Promise<boolean> {
    // The server counts: a lock taken twice must be given back twice.
    if (this.#locks.has(name)) return true
    const [row] = await this.query<{ got: number | null }>(`SELECT GET_LOCK(${this.#lockLiteral(name)}, 0) AS got`)
    if (row?.got === 1) this.#locks.add(name)
    return row?.got === 1
  }

  async unlock(name: string): Promise<void> {
    if (!this.#locks.delete(name)) return
    await this.query(`SELECT RELEASE_LOCK(${this.#lockLiteral(name)})`)
  }

  async isFree(name: string): Promise<boolean> {
    return await this.holderOf(name) === undefined
  }

  async holderOf(name: string): Promise<string | undefined> {
    const [row] = await this.query<{ holder: number | null }>(`SELECT IS_USED_LOCK(${this.#lockLiteral(name)}) AS holder`)
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

  async swap(swaps: readonly Swap[]): Promise<void> {
    if (swaps.length === 0) return
    if (this.#inTransaction) throw new DatabaseError('a RENAME TABLE would commit the open transaction', { where: this.place })
    await this.#run(`SET SESSION lock_wait_timeout = ${SWAP_SECONDS}`)
    try {
      await this.#run(renameTables(swaps))
    } finally {
      if (this.isOpen) await this.#run(`SET SESSION lock_wait_timeout = ${LOCK_SECONDS}`)
    }
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
    return mysqlMerging({ place: this.place, dialect: this.dialect, query: (sql) => this.query(sql), execute: (sql) => this.execute(sql), repeatable: this.#parts.server.repeatable })
  }

  #lockLiteral(name: string): string {
    return literal(lockName(this.#parts.address.database, name))
  }

  async #run(sql: string): Promise<Awaited<ReturnType<Wire['run']>>> {
    this.#turns.refuseOwned()
    const answer = await this.#parts.wire.run(sql)
    this.#stillInTransaction(answer.header?.serverStatus)
    return answer
  }

  /** DDL commits on MySQL: whoever believes to be in a transaction must hear of it. */
  #stillInTransaction(status: number | undefined): void {
    if (!this.#inTransaction || status === undefined || (status & IN_TRANSACTION) !== 0) return
    throw new DatabaseError('a statement committed the transaction that it was part of', {
      where: this.place, wayOut: 'create and drop tables before the transaction',
    })
  }

  async #transact<T>(work: () => Promise<T>): Promise<T> {
    const { wire, readOnly } = this.#parts
    await wire.run(readOnly ? 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY' : 'START TRANSACTION')
    this.#inTransaction = true
    try {
      const result = await work()
      this.#inTransaction = false
      await wire.run('COMMIT')
      return result
    } catch (error) {
      this.#inTransaction = false
      // Always: a lock wait timeout has undone its own statement only.
      if (wire.ended === undefined) await wire.run('ROLLBACK').catch(() => {})
      throw error
    }
  }

  /** Ends the statement that runs now, and lets the session live. */
  async #interrupt(): Promise<void> {
    const { address, server, wire } = this.#parts
    try {
      await kill(address, server, 'QUERY')
    } catch (cause) {
      return wire.end(new DatabaseError('a statement could not be ended, so its session was', { where: this.place, transient: true, cause }))
    }
    // The statement may have ended by itself meanwhile: then this one takes what was meant for it, and not the next.
    wire.run('DO 0').catch((error: unknown) => {
      if (numberOf(error) !== INTERRUPTED) wire.end(error instanceof Error ? error : new Error(String(error)))
    })
  }
}
