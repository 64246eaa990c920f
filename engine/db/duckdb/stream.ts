import { ResultReturnType } from '@duckdb/node-api'
import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'
import { DatabaseError } from '../../errors.ts'
import type { Statement } from '../connection.ts'
import type { FlowColumn, Row } from '../flow.ts'
import type { Value, ValueType } from '../value-type.ts'
import { databaseError } from './errors.ts'
import { Ending } from '../ending.ts'
import { chunkReader, rowsOf } from './read-vectors.ts'
import { valueTypeOf } from './result-type.ts'
import { bind } from './statement.ts'
import { onAbort, reasonOf } from '../waiting.ts'
import type { Wire } from './wire.ts'

/** How one reading of rows is watched. */
export interface ReadOptions {
  readonly idleSeconds: number
  readonly limit: number
  readonly inTransaction: boolean
  /** What a file's text counts as. */
  readonly typed: (type: ValueType) => ValueType
  /** Makes an error one that its reader understands. */
  readonly explained: (error: unknown) => unknown
  /** The reading has ended, whichever way: makes the session free for the next statement. */
  readonly finish: () => void
}

/** Begins a stream within the idle deadline: a query that sorts has no first row for long. */
export async function startWithin(wire: Wire, statement: Statement, idleSeconds: number, signal: AbortSignal | undefined): Promise<DuckDBResult> {
  if (signal?.aborted) throw reasonOf(signal)
  let isLate = false
  const late = setTimeout(() => {
    isLate = true
    wire.interrupt()
  }, idleSeconds * 1000)
  const unwatch = onAbort(signal, () => wire.interrupt())
  try {
    return await wire.stream(statement)
  } catch (error) {
    if (signal?.aborted) throw reasonOf(signal)
    throw isLate ? tooLate(wire.place, idleSeconds) : error
  } finally {
    clearTimeout(late)
    unwatch()
  }
}

/** No row came within the idle deadline. */
function tooLate(place: string, idleSeconds: number): DatabaseError {
  return new DatabaseError(`no row came for ${idleSeconds} s`, { where: place, transient: true })
}

/**
 * Reads a query's rows chunk by chunk, at the reader's pace and one chunk ahead.
 *
 * It ends in one of four ways, and `finish` is called once in each: all rows were read, the reader left, it was aborted,
 * or it failed.
 */
export class RowReading implements AsyncIterableIterator<readonly Row[]> {
  readonly columns: readonly FlowColumn[]
  readonly #wire: Wire
  readonly #statement: Statement
  readonly #options: ReadOptions
  readonly #read: (chunk: DuckDBDataChunk) => Value[][]
  #result: DuckDBResult | undefined
  #ahead: Promise<DuckDBDataChunk | null> | undefined
  #rows = 0
  readonly #failed = new Ending()

  constructor(wire: Wire, statement: Statement, result: DuckDBResult, options: ReadOptions) {
    this.#wire = wire
    this.#statement = statement
    this.#options = options
    this.#result = result
    const types = result.columnTypes()
    this.columns = result.columnNames().map((name, at) => {
      const type = types[at]
      return { name, type: type === undefined ? { kind: 'null' } : options.typed(valueTypeOf(type)) }
    })
    this.#read = chunkReader(types)
  }

  async next(): Promise<IteratorResult<readonly Row[]>> {
    try {
      const rows = this.#rows < this.#options.limit ? await this.#nextRows() : undefined
      if (rows !== undefined) return { done: false, value: rows }
    } catch (error) {
      await this.#leave()
      throw this.#options.explained(error)
    }
    await this.#leave()
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<readonly Row[]>> {
    await this.#leave()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Makes the reader's next step, or the one under way, error with this reason. */
  abort(reason: Error): void {
    this.#failed.end(reason)
    this.#leave().catch(() => {})
  }

  async #nextRows(): Promise<Row[] | undefined> {
    if (this.#failed.reason !== undefined) throw this.#failed.reason
    const result = this.#result
    if (result === undefined) return undefined
    const chunk = await this.#within(this.#ahead ?? this.#fetch(result))
    this.#ahead = undefined
    if (chunk === null || chunk.rowCount === 0) return this.#atEnd(result)
    const wanted = Math.min(chunk.rowCount, this.#options.limit - this.#rows)
    this.#rows += wanted
    if (this.#rows < this.#options.limit) this.#ahead = this.#fetch(result)
    return rowsOf(this.#read(chunk), wanted)
  }

  #fetch(result: DuckDBResult): Promise<DuckDBDataChunk | null> {
    const fetched = this.#wire.turn(() => result.fetchChunk())
    fetched.catch(() => {})
    return fetched
  }

  /** A result that fails half-way ends like one that is complete: only its type tells, and the words must be asked for again. */
  async #atEnd(result: DuckDBResult): Promise<undefined> {
    this.#result = undefined
    const failed = result.returnType === ResultReturnType.INVALID
    this.#wire.done(result, failed)
    if (!failed) return undefined
    throw await this.#within(this.#words())
  }

  async #words(): Promise<Error> {
    const { sql, values = [] } = this.#statement
    const connection = await (await this.#wire.instance.duckdb).connect()
    try {
      const prepared = await connection.prepare(`SELECT bit_xor(hash(starline_again)) FROM (${sql.replace(/;\s*$/, '')}\n) AS starline_again`)
      bind(prepared, values)
      await prepared.run()
    } catch (error) {
      const told = databaseError(error, this.#wire.place)
      if (!(told instanceof DatabaseError && /^(Catalog|Binder|Parser)$/.test(told.code ?? ''))) return told
    } finally {
      connection.closeSync()
    }
    return new DatabaseError('the query failed half-way', { where: this.#wire.place, why: 'DuckDB does not say why', transient: true })
  }

  /** Waits within the idle deadline, and not beyond an abort. */
  async #within<T>(waiting: Promise<T>): Promise<T> {
    const { idleSeconds } = this.#options
    const timer = setTimeout(() => this.#failed.end(tooLate(this.#wire.place, idleSeconds)), idleSeconds * 1000)
    try {
      return await this.#failed.unlessEnded(waiting)
    } finally {
      clearTimeout(timer)
    }
  }

  #left: Promise<void> | undefined
  async #leave(): Promise<void> {
    this.#left ??= this.#free().catch(() => {}).finally(() => this.#options.finish())
    return this.#left
  }

  async #free(): Promise<void> {
    const result = this.#result
    this.#result = undefined
    this.#ahead = undefined
    // A session that has ended clears up by itself.
    if (result === undefined || this.#wire.ended !== undefined) return
    if (this.#options.inTransaction && this.#failed.reason === undefined) {
      // An interrupt would end the transaction with it; another statement ends the result alone.
      this.#wire.done(result, true)
      await this.#wire.run({ sql: 'SELECT 1' })
    } else await this.#wire.giveUp(result)
  }
}
