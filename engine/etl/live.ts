import type { Connection, TableDescription } from '../db/connection.ts'
import { fits } from '../db/fits.ts'
import type { ValueType } from '../db/value-type.ts'
import { DataError } from '../errors.ts'
import { labelOf } from './registry.ts'
import type { Entry } from './registry.ts'

/**
 * A dimension keeps its members, and their rows go from the live table to staging without a look at each value: a database
 * would round and cut some of them silently where the create has changed.
 *
 * @returns the columns that are not in the live table as they are in staging
 * @throws {DataError} with every column that would lose something
 */
export async function checkLiveFits(connection: Connection, entry: Entry, live: TableDescription | undefined, staging: string): Promise<readonly string[]> {
  if (live === undefined || entry.type === 'fact') return []
  const made = await connection.describe(staging)
  const problems = live.columns.flatMap((from) => {
    const to = made?.columns.find(({ name }) => name === from.name)
    if (to === undefined || from.sqlType === to.sqlType) return []
    const reason = fits(from.type, to.type) ?? loss(from.type, to.type)
    return reason === undefined ? [] : [`column ${from.name} is ${from.sqlType} in the live table and ${to.sqlType} in the create: ${reason}`]
  })
  if (problems.length === 0) return columnsUnlike(live, made)
  throw new DataError('the members of the live table can\'t go into what the create declares', {
    where: `${labelOf(entry)}, table ${live.table}`, why: problems.join('; '),
    wayOut: 'change the create back, ALTER the live table yourself, or begin anew with --drop_tables',
  })
}

/** Columns of staging that the live table lacks, or has in another type. */
export function columnsUnlike(live: TableDescription, made: TableDescription | undefined): readonly string[] {
  const known = new Map(live.columns.map(({ name, sqlType }) => [name, sqlType]))
  return (made?.columns ?? []).filter(({ name, sqlType }) => known.get(name) !== sqlType).map(({ name }) => name)
}

/** What `fits` leaves to the check of each value, and no database calls an error. */
function loss(from: ValueType, to: ValueType): string | undefined {
  if (from.kind === 'decimal' && to.kind === 'decimal' && from.scale > to.scale) return 'digits after the point would be rounded away'
  if (from.kind === 'timestamp' && to.kind === 'timestamp' && from.precision > to.precision) return 'parts of seconds would be lost'
  if (from.kind === 'time' && to.kind === 'time' && from.precision > to.precision) return 'parts of seconds would be lost'
  if (to.kind === 'text' && to.trims && !(from.kind === 'text' && from.trims)) return 'blanks at the end of a text would be lost'
  if (to.kind === 'binary' && to.fills && from.kind === 'binary' && from.length !== to.length) return 'zero bytes would be added'
  return undefined
}
