import { StatementType } from '@duckdb/node-api'
import type { DuckDBAppender, DuckDBConnection, DuckDBPreparedStatement, DuckDBResult } from '@duckdb/node-api'
import { DatabaseError } from '../../errors.ts'
import type { Statement } from '../connection.ts'
import { databaseError } from './errors.ts'
import type { SharedInstance } from './instance.ts'
import { release } from './instance.ts'
import { bind } from './statement.ts'

const INTERRUPT_AGAIN_MS = 20

/**
 * One connection of the shared instance. Its statements run one after the other; when it ends, whatever waits errors at
 * once, and the connection is closed as soon as DuckDB lets go of it.
 */
export class Wire {
  readonly place: string
  readonly instance: SharedInstance
  readonly readOnly: boolean
  readonly #connection: DuckDBConnection
  /** Why it has ended. */
  ended: Error | undefined
  readonly #end: PromiseWithReject
  #last: Promise<unknown> = Promise.resolve()
  #closed: Promise<void> | undefined

  constructor(instance: SharedInstance, connection: DuckDBConnection, place: string, readOnly: boolean) {
    this.instance = instance
    this.#connection = connection
    this.place = place
    this.readOnly = readOnly
    this.#end = rejectable()
  }

  /** Runs one statement to its end; what it gives is in memory. */
  async run(statement: Statement): Promise<DuckDBResult> {
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
        return await prepared.stream()
      } finally {
        prepared.destroySync()
      }
    })
  }

  /** Does something with a streamed result, in its turn. */
  async turn<T>(work: () => Promise<T>): Promise<T> {
    return this.#do(work)
  }

  async appender(table: string, catalog: string | null): Promise<DuckDBAppender> {
    return this.#do(() => this.#connection.createAppender(table, 'main', catalog))
  }

  /** Waits for something outside, such as a source's next rows, but not beyond the wire's end. */
  async unlessEnded<T>(waiting: Promise<T>): Promise<T> {
    return Promise.race([waiting, this.#end.promise])
  }

  /** Stops the statement under way: it errors, and the connection stays. */
  interrupt(): void {
    if (this.#closed === undefined) this.#connection.interrupt()
  }

  /** Ends the session: what is under way errors with this reason. */
  end(reason: Error): void {
    if (this.ended !== undefined) return
    this.ended = reason
    this.#end.reject(reason)
    for (const [name, holder] of this.instance.locks) if (holder === this) this.instance.locks.delete(name)
    this.#closed = this.#disconnect()
    this.#closed.catch(() => {})
  }

  /** Resolves when DuckDB has let go. */
  async close(): Promise<void> {
    this.end(new DatabaseError('this session is closed', { where: this.place }))
    await this.#closed
  }

  async #disconnect(): Promise<void> {
    // An interrupt that comes before the statement has begun is forgotten: so it is said again until there is silence.
    const again = setInterval(() => this.#connection.interrupt(), INTERRUPT_AGAIN_MS)
    this.#connection.interrupt()
    await this.#last.catch(() => {})
    clearInterval(again)
    this.#connection.closeSync()
    await release(this.instance, this)
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
    return Promise.race([now, this.#end.promise])
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

interface PromiseWithReject { readonly promise: Promise<never>; readonly reject: (reason: Error) => void }

function rejectable(): PromiseWithReject {
  let reject: (reason: Error) => void = () => {}
  const promise = new Promise<never>((_, no) => { reject = no })
  promise.catch(() => {})
  return { promise, reject }
}
