import { BadValue, checker } from '../db/check.ts'
import { fits } from '../db/fits.ts'
import type { LoadTarget } from '../db/connection.ts'
import type { Flow, Row } from '../db/flow.ts'
import type { Value } from '../db/value-type.ts'
import { DatabaseError, DataError, within } from '../errors.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import { rowText } from './bad-rows.ts'
import type { BadRows } from './bad-rows.ts'
import type { Target, TargetColumn } from './etl.ts'
import { numbersOf } from './transform.ts'

/** Where rows are going, for the messages. */
export interface Place {
  /** Such as `dimension product`. */
  readonly etl: string
  /** The table as the user knows it, not its staging. */
  readonly table: string
  /** The flow's columns whose values tell a person which row it is. */
  readonly sample?: readonly string[]
}

/** A flow on its way to a place, and where the rows go that don't fit. */
export interface Aim extends Place {
  readonly flow: Flow
  readonly badRows: BadRows
}

/** A column to fill; `from` where the flow calls it something else. */
export interface FittedColumn extends TargetColumn {
  readonly from?: string
}

/** A column of the table, bound to its place in the flow's rows. */
export interface Fit {
  readonly column: FittedColumn
  readonly at: number
  /** The value as the column holds it. @throws {BadValue} */
  readonly check: (value: Value) => Value
}

/** Rows that fit, on their way to a table. */
export interface Fitted {
  readonly batches: AsyncIterable<readonly Row[]>
  /** How many rows the flow has given so far. */
  readonly read: () => number
}

/**
 * The typed boundary: the flow's columns by name, in the order of the table's, every value in its canonical form.
 *
 * With `numbered` each row begins with its number in the source, from 1 on. One batch is held at a time.
 * @throws {DataError} at once for a column that is missing, doubled or of a type that doesn't go; later, from the
 *   batches, for a value that the table can't hold as it is, unless its row is set aside
 */
export function fitted(aim: Aim, columns: readonly FittedColumn[], { numbered = false } = {}): Fitted {
  const { flow } = aim
  const bound = bind(flow, columns, aim)
  const before = numbered ? 1 : 0
  // A copy of a row is made twenty times as fast as an array of a length.
  const empty = Array.from<Value>({ length: bound.length + before })
  let read = 0
  async function* batches(): AsyncGenerator<readonly Row[]> {
    for await (const batch of flow.rows.of) {
      const numbers = numbersOf(flow, batch)
      const rows: Value[][] = []
      for (const [at, row] of batch.entries()) {
        read += 1
        const number = numbers?.[at] ?? read
        const made = empty.slice()
        if (numbered) made[0] = number
        if (fill(made, row, number)) rows.push(made)
      }
      yield rows
    }
  }
  function fill(made: Value[], row: Row, number: number): boolean {
    for (let i = 0; i < bound.length; i += 1) {
      const value = checked(bound[i]!, row, number, aim)
      if (value === undefined) return false
      made[i + before] = value
    }
    return true
  }
  return { batches: batches(), read: () => read }
}

/** Finds each column in the flow and holds the types against each other, once. @throws {DataError} naming both types */
export function bind(flow: Flow, columns: readonly FittedColumn[], place: Place): Fit[] {
  return columns.map((column) => {
    const at = positionOf(flow, column.from ?? column.name, place)
    const problem = fits(flow.columns[at]!.type, column.type)
    if (problem !== undefined) throw new DataError("the source's type doesn't go into the table", { where: whereOf(place, column.from ?? column.name), why: problem })
    return { column, at, check: checker(column.type, { nullable: column.nullable }) }
  })
}

/** Where a column stands in the flow's rows. @throws {DataError} where it is missing or doubled */
export function positionOf(flow: Flow, name: string, place: Place): number {
  const at = flow.columns.findIndex((column) => column.name === name)
  if (at === -1) {
    const names = flow.columns.map((column) => column.name)
    const meant = didYouMean(name, names)
    throw new DataError('the source brings no such column', {
      where: whereOf(place, name), why: `it brings ${names.join(', ')}`,
      wayOut: meant === undefined ? `SELECT it AS ${name}` : `Did you mean '${meant}'? Then SELECT it AS ${name}`,
    })
  }
  if (flow.columns.findLastIndex((column) => column.name === name) === at) return at
  throw new DataError('the source brings this column twice', {
    where: whereOf(place, name), wayOut: 'name each column of the source once',
  })
}

/**
 * One value of a row, as its column holds it; undefined where the column can't hold it and the row was set aside.
 *
 * Every value of every load comes by here, so this is the one place where a row turns out not to fit.
 * @throws {DataError} with the row, the reason and the way out where rows aren't set aside, or too many were
 */
export function checked(fit: Fit, row: Row, rowNumber: number, aim: Aim): Value | undefined {
  try {
    return fit.check(row[fit.at]!)
  } catch (error) {
    if (!(error instanceof BadValue)) throw error
    const column = fit.column.from ?? fit.column.name
    aim.badRows.take({ row: rowNumber, column, reason: error.reason, values: rowText(aim.flow.columns, row) }, badRow(error, row, rowNumber, column, row[fit.at]!, aim))
    return undefined
  }
}

function badRow(cause: BadValue, row: Row, rowNumber: number, column: string, value: Value, aim: Aim): DataError {
  return new DataError(`${rowWords(aim.flow, row, rowNumber, aim.sample)} brings a value that the table can't hold`, {
    where: whereOf(aim, column), why: cause.reason, cause,
    wayOut: value === null ? 'COALESCE it in the source, or let the column be NULL in the create'
      : 'correct or CAST it in the source, or give the column another type in the create',
  })
}

/**
 * Bulk-loads batches into a private table; how many rows went in. What the source throws comes through as it is.
 * @throws {DataError} with the ETL and the table where the database does not take the rows
 */
export async function loadInto(target: Target, table: string, columns: LoadTarget['columns'], batches: AsyncIterable<readonly Row[]>): Promise<number> {
  let thrown: unknown
  async function* watched(): AsyncGenerator<readonly Row[]> {
    try {
      yield* batches
    } catch (error) {
      thrown = error
      throw error
    }
  }
  try {
    const rows = await target.connection.load({ table, columns }, watched(), target)
    await target.sourceIsRead?.()
    return rows
  } catch (error) {
    throw thrown ?? notTaken(error, target)
  }
}

/** What a database said to rows, with the ETL and the table; a full disk or a lost connection is not the rows' fault. */
export function notTaken(error: unknown, { etl, definition }: Pick<Target, 'etl' | 'definition'>): unknown {
  const where = `${etl}, table ${definition.table}`
  const refused = error instanceof DataError || (error instanceof DatabaseError && error.refusesRows && !error.transient)
  if (!refused) return within(error, where)
  // One value of one row that this database has no room for, such as a character.
  if (error instanceof DataError && error.where?.startsWith('column ')) {
    return new DataError(error.what, { where: `${where}, ${error.where}`, cause: error, ...error.why && { why: error.why }, ...error.wayOut && { wayOut: error.wayOut } })
  }
  return new DataError('the table does not take the rows', {
    where, why: error.why ?? error.what, cause: error,
    wayOut: "let the source bring what the create's keys and checks allow, or change those; a UNIQUE text is compared as its collation says",
  })
}

/** A row for a person: `row 3 (product_id 7)`. */
function rowWords(flow: Flow, row: Row, rowNumber: number, sample: readonly string[] = []): string {
  const values = sample.flatMap((name) => {
    const at = flow.columns.findIndex((column) => column.name === name)
    return at === -1 ? [] : [`${name} ${valueWords(row[at])}`]
  })
  return values.length === 0 ? `row ${rowNumber}` : `row ${rowNumber} (${values.join(', ')})`
}

/** A value for a person: texts in quotes, bytes as their number. */
export function valueWords(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (typeof value === 'string') return `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  // What slipped past the types may hold anything.
  return `of type ${typeof value}`
}

const whereOf = ({ etl, table }: Place, column: string): string => `${etl}, table ${table}, column ${column}`
