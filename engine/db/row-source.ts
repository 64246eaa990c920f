import { DataError } from '../errors.ts'
import { asRows } from './flow.ts'
import type { ColumnBatch, LoadBatch, Row } from './flow.ts'
import { deferred } from './waiting.ts'

/** The texts of some rows, and how long they are together. */
export interface Texts {
  readonly texts: readonly string[]
  readonly length: number
}

/** How rows are written: one as a text, or a batch of columns at once. Both say the same. */
export interface Lines {
  readonly row: (row: Row) => string
  readonly columns: (batch: ColumnBatch) => Buffer
}

/** The rows of a load as texts of some size, however large or small the batches are that bring them. */
export class RowSource {
  readonly #iterator: AsyncIterator<LoadBatch>
  readonly #onRows: ((rows: number) => void) | undefined
  #batch: LoadBatch = []
  #at = 0
  #taken = 0
  #ended = false
  #reason: Error | undefined
  /** Lets go of the batch that is waited for now. */
  #giveUp: ((reason: Error) => void) | undefined

  constructor(batches: AsyncIterable<LoadBatch>, onRows?: (rows: number) => void) {
    this.#iterator = batches[Symbol.asyncIterator]()
    this.#onRows = onRows
  }

  /** Rows taken so far. */
  get taken(): number { return this.#taken }

  /** The texts of the next rows, until they are `size` long or `rows` many; undefined at the end. */
  async next(text: (row: Row) => string, size: number, rows = Infinity): Promise<Texts | undefined> {
    const texts: string[] = []
    let length = 0
    while (length < size && texts.length < rows && await this.#hasRow()) {
      // Over the rows of one batch without a promise for each.
      const batch = this.#asRows()
      for (; this.#at < batch.length && length < size && texts.length < rows; this.#at += 1) {
        const row = batch[this.#at]
        if (row === undefined) continue
        const one = this.#textOf(row, text)
        texts.push(one)
        length += one.length
        this.#taken += 1
      }
    }
    return texts.length === 0 ? undefined : { texts, length }
  }

  /** The next rows as bytes: a batch of columns as a whole, or rows until they are some `size` characters long; undefined at the end. */
  async nextLines(lines: Lines, size: number): Promise<Buffer | undefined> {
    if (await this.#hasRow() && 'columns' in this.#batch) {
      const written = this.#writtenAtOnce(this.#batch, lines)
      if (written !== undefined) return written
    }
    const next = await this.next(lines.row, size)
    return next && Buffer.from(next.texts.join(''), 'utf8')
  }

  /** From now on every step errors so. */
  stop(reason: Error): void {
    this.#reason ??= reason
    this.#giveUp?.(this.#reason)
  }

  throwIfStopped(): void {
    if (this.#reason !== undefined) throw this.#reason
  }

  /** Tells the source that nobody wants more; not awaited, for a source that is stuck would keep the load from ending. */
  close(): void {
    if (!this.#ended) Promise.resolve(this.#iterator.return?.()).catch(() => {})
  }

  #asRows(): readonly Row[] {
    const rows = asRows(this.#batch)
    this.#batch = rows
    return rows
  }

  /** Undefined where a row can't be written: row by row it is told which. */
  #writtenAtOnce(batch: ColumnBatch, lines: Lines): Buffer | undefined {
    try {
      const written = lines.columns(batch)
      this.#at = batch.length
      this.#taken += batch.length
      return written
    } catch (error) {
      if (error instanceof DataError) return undefined
      throw error
    }
  }

  async #hasRow(): Promise<boolean> {
    while (this.#at >= this.#batch.length && !this.#ended) {
      this.throwIfStopped()
      if (this.#batch.length > 0) this.#onRows?.(this.#taken)
      const step = await this.#step()
      this.#ended = step.done === true
      this.#batch = step.done === true ? [] : step.value
      this.#at = 0
    }
    return !this.#ended
  }

  /** A promise of its own for each batch: one for the whole load would keep every batch that it was ever raced with. */
  async #step(): Promise<IteratorResult<LoadBatch>> {
    const stopped = deferred<never>()
    this.#giveUp = stopped.reject
    return Promise.race([this.#iterator.next(), stopped.promise])
  }

  #textOf(row: Row, text: (row: Row) => string): string {
    try {
      return text(row)
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      throw new DataError(`row ${this.#taken + 1} can't be loaded as it is`, {
        ...error.where && { where: `column ${error.where}` }, ...error.why && { why: error.why }, ...error.wayOut && { wayOut: error.wayOut },
      })
    }
  }
}
