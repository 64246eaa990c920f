import { DatabaseError, DataError, messageOf } from '../errors.ts'

/**
 * Rows that were to stay where they are have to be read after all, or rows that were read once more: some of them would not
 * go in as they are, or somebody must look at them to say which. Thrown by a kind's `load`, with its tables as they were before.
 */
export class RowsNeeded extends Error {
  override readonly name = 'RowsNeeded'

  /** Ends a sentence: `the rows are read, for <reason>`. */
  readonly reason: string

  constructor(reason: string, cause?: unknown) {
    super(`the rows have to be read, for ${reason}`, { cause })
    this.reason = reason
  }
}

/** What a statement over a relation threw, as a need to read its rows where it was about them. */
export function asNeed(error: unknown): unknown {
  if (error instanceof RowsNeeded) return error
  const isAboutRows = error instanceof DataError || (error instanceof DatabaseError && !error.transient)
  return isAboutRows ? new RowsNeeded(`the warehouse does not take them by itself: ${messageOf(error)}`, error) : error
}
