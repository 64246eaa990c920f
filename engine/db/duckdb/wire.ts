import { StatementType } from '@duckdb/node-api'
import type { DuckDBAppender, DuckDBConnection, DuckDBMaterializedResult, DuckDBPreparedStatement, DuckDBResult } from '@duckdb/node-api'
import { DatabaseError } from '../../errors.ts'
import type { Statement } from '../connection.ts'
import { databaseError } from './errors.ts'
import type { SharedInstance } from './instance.ts'
import { connect, release } from './instance.ts'
import { Ending } from '../ending.ts'
import { bind } from './statement.ts'

const INTERRUPT_AGAIN_MS = 20

let sessions = 0

/** Opens a session's connection. */
export async function openWire(instance: SharedInstance, place: string, readOnly: boolean): Promise<Wire> {
  const session = {}
  return new Wire(instance, session, await connect(instance, session), place, readOnly)
}

/**
 * One connection of the shared instance. Its statements run one after the other; when it ends, whatever waits errors at
 * once, and the connection is closed as soon as DuckDB lets go of it.
 */
export class Wire {
  /** Once in a process: for the ledger, and for whoever must end it. */
  readonly name = `${process.pid}-${sessions += 1}`
  readonly place: string
  readonly instance: SharedInstance
  readonly readOnly: boolean
  readonly #session: object
  readonly #connection: DuckDBConnection
  readonly #ending = new Ending()
  #last: Promise<unknown> = Promise.resolve()
  /** Streamed results that were not read to their end. */
  readonly #open = new Set<DuckDBResult>()
  #closed: Promise<void> | undefined

  constructor(instance: SharedInstance, session: object, connection: DuckDBConnection, place: string, readOnly: boolean) {
    this.instance = instance
    this.#session = session
    this.#connection = connection
    this.place = place
    this.readOnly = readOnly
  }

  /** Why it has ended. */
  get ended(): Error | undefined {
    return this.#ending.reason
  }

  /** Runs one statement to its end; what it gives is in memory. */
  async run(statement: Statement): Promise<DuckDBMaterializedResult> {
    return this.#do(async () => {
      const prepared = await this.#prepare(statement)
      try {
        return await prepared.run()
      } finally {
        prepared.destroySync()
      }
    })
  }

  /** Begins to read a statement's rows: not in memory. */
  async stream(statement: Statement): Promise<DuckDBResult> {
    return this.#do(async () => {
      const prepared = await this.#prepare(statement)
      try {
        const result = await prepared.stream()
        this.#open.add(result)
        return result
      } finally {
        prepared.destroySync()
      }
    })
  }

  /** Does something with a streamed result, in its turn. */
  async turn<T>(work: () => Promise<T>): Promise<T> {
    return this.#do(work)
  }

  /** A streamed result was read to its end. One that failed, or was cut off by another statement, stays until it is collected. */
  done(result: DuckDBResult, isStale = false): void {
    this.#open.delete(result)
    if (isStale) this.instance.stale.add(new WeakRef(result))
  }

  /** Gives a streamed result up: only a result that is read to its end lets go of its transaction and of the file. */
  async giveUp(result: DuckDBResult): Promise<void> {
    this.interrupt()
    await this.#do(async () => {
      await drain(result)
      this.done(result)
    })
  }

  async appender(table: string, catalog: string | null): Promise<DuckDBAppender> {
    return this.#do(() => this.#connection.createAppender(table, 'main', catalog))
  }

  /** Waits for something outside, such as a source's next rows, but not beyond the wire's end. */
  async unlessEnded<T>(waiting: Promise<T>): Promise<T> {
    return this.#ending.unlessEnded(waiting)
  }

  /** Stops the statement under way: it errors, and the connection stays. */
  interrupt(): void {
    if (this.#closed === undefined) this.#connection.interrupt()
  }

  /** Ends the session: what is under way errors with this reason. */
  end(reason: Error): void {
    if (this.ended !== undefined) return
    this.#ending.end(reason)
    for (const [name, holder] of this.instance.locks) if (holder === this) this.instance.locks.delete(name)
    this.#closed = this.#disconnect()
    this.#closed.catch(() => {})
  }

  /** Resolves when DuckDB has let go. */
  async close(reason: Error = new DatabaseError('this session is closed', { where: this.place })): Promise<void> {
    this.end(reason)
    await this.#closed
  }

  async #disconnect(): Promise<void> {
    // An interrupt that comes before the statement has begun is forgotten: so it is said again until there is silence.
    const again = setInterval(() => this.#connection.interrupt(), INTERRUPT_AGAIN_MS)
    this.#connection.interrupt()
    await this.#last.catch(() => {})
    for (const result of this.#open) await drain(result).catch(() => {})
    clearInterval(again)
    this.#connection.closeSync()
    await release(this.instance, this.#session)
  }

  async #do<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last
    const now = (async () => {
      await before.catch(() => {})
      if (this.ended !== undefined) throw this.ended
      try {
        return await work()
      } catch (error) {
        throw databaseError(error, this.place)
      }
    })()
    this.#last = now
    now.catch(() => {})
    return this.#ending.unlessEnded(now)
  }

  async #prepare({ sql, values = [] }: Statement): Promise<DuckDBPreparedStatement> {
    const prepared = await this.#connection.prepare(sql)
    try {
      if (this.readOnly && prepared.statementType !== StatementType.SELECT) {
        throw new DatabaseError('this database is open for reading only', { where: this.place, why: 'The statement is no SELECT' })
      }
      bind(prepared, values)
      return prepared
    } catch (error) {
      prepared.destroySync()
      throw error
    }
  }
}

/** Soon at its end, once it is interrupted. */
async function drain(result: DuckDBResult): Promise<void> {
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0;) chunk = await result.fetchChunk()
}
