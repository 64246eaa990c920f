import type { Counts } from './etl.ts'
import { plural } from '../plural.ts'

/** What somebody should have a look at, though the load went well. */
export interface Warning {
  /** The log's event. */
  readonly event: 'grown' | 'never-found'
  readonly text: string
}

/** What somebody should have a look at: a sentence each. */
export function warningsOf({ read, rejected, grownFrom, notFound = {}, neverFound = [] }: Counts): readonly Warning[] {
  const rows = read - rejected
  return [
    ...grownFrom === undefined ? [] : [{ event: 'grown', text: `the load brought ${plural(rows, 'row')}, ${Math.floor(rows / grownFrom)} times the ${grownFrom} of the last one` } as const],
    ...neverFound.map(({ column, by, table }) => ({
      event: 'never-found', text: `${column}: none of ${plural(notFound[column] ?? 0, 'row')} finds a member of ${table} by ${by.join(', ')}; is that what its lookup holds?`,
    } as const)),
  ]
}
