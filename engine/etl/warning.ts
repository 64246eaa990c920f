import type { Counts } from './etl.ts'
import { plural } from '../plural.ts'

/** What somebody should have a look at, though nothing is wrong; undefined where there is nothing. */
export function warningOf({ read, rejected, grownFrom }: Counts): string | undefined {
  if (grownFrom === undefined) return undefined
  const rows = read - rejected
  return `the load brought ${plural(rows, 'row')}, ${Math.floor(rows / grownFrom)} times the ${grownFrom} of the last one`
}
