import { judgeOf } from '../db/byte-judge.ts'
import type { Judge } from '../db/byte-judge.ts'
import { BadValue, checker } from '../db/check.ts'
import { fits } from '../db/fits.ts'
import type { LoadTarget } from '../db/connection.ts'
import { asRows } from '../db/flow.ts'
import type { Cells, ColumnBatch, Flow, LoadBatch, Row } from '../db/flow.ts'
import type { Value } from '../db/value-type.ts'
import { DatabaseError, DataError, within } from '../errors.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import { viewOf } from './batch-view.ts'
import type { BatchView } from './batch-view.ts'
import { rowText } from './bad-rows.ts'
import type { BadRows } from './bad-rows.ts'
import type { Target, TargetColumn } from './etl.ts'
import { rowName } from './row-name.ts'

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
  /** Whether a batch's bytes may go as they came; undefined where each value is looked at. */
  readonly judge: Judge | undefined
}

/** Rows that fit, on their way to a table. */
export interface Fitted {
  readonly batches: AsyncIterable<LoadBatch>
  /** How many rows the flow has given so far. */
  readonly read: () => number
}

/**
 * The typed boundary: the flow's columns by name, in the order of the table's, every value in its canonical form.
 *
 * `lead` makes columns of the engine's own, which stand before them. One batch is held at a time.
 * @throws {DataError} at once for a column that is missing, doubled or of a type that doesn't go; later, from the
 *   batches, for a value that the table can't hold as it is, unless its row is set aside
 */
export function fitted(aim: Aim, columns: readonly FittedColumn[], lead: (view: BatchView) => readonly Cells[] = () => []): Fitted {
  const { flow } = aim
  const bound = bind(flow, columns, aim)
  let read = 0
  async function* batches(): AsyncGenerator<LoadBatch> {
    for await (const batch of flow.rows.of) {
      const view = viewOf(flow, batch, read)
      read += view.length
      const left = new Set<number>()
      const fitting = bound.map((fit) => fitColumn(fit, view, left, aim))
      yield without(left, { length: view.length, columns: [...lead(view), ...fitting] })
    }
  }
  return { batches: batches(), read: () => read }
}

/** Each row begins with its number in the source, from 1 on. */
export const numbered = (view: BatchView): readonly Cells[] => [Array.from({ length: view.length }, (_, i) => view.numberOf(i))]

/** A batch without the rows that were left out. */
export const without = (left: ReadonlySet<number>, batch: ColumnBatch): LoadBatch =>
  left.size === 0 ? batch : asRows(batch).filter((_, i) => !left.has(i))

/**
 * One column of a batch, as the table holds it. Rows that were left out before are not looked at, and those that don't fit
 * are left out from now on.
 *
 * @throws {DataError} for a value that the column can't hold as it is, unless its row is set aside
 */
export function fitColumn(fit: Fit, view: BatchView, left: Set<number>, aim: Aim): Cells {
  if (view.bytes !== undefined && fit.judge?.(view.bytes, fit.at)) return { batch: view.bytes, at: fit.at }
  return view.column(fit.at).map((given, i) => {
    if (left.has(i)) return null
    const value = checked(fit, given, view, i, aim)
    if (value === undefined) left.add(i)
    return value ?? null
  })
}

/** Finds each column in the flow and holds the types against each other, once. @throws {DataError} naming both types */
export function bind(flow: Flow, columns: readonly FittedColumn[], place: Place): Fit[] {
  return columns.map((column) => {
    const at = positionOf(flow, column.from ?? column.name, place)
    const problem = fits(flow.columns[at]!.type, column.type)
    if (problem !== undefined) throw new DataError("the source's type doesn't go into the table", { where: whereOf(place, column.from ?? column.name), why: problem })
    const { type, nullable } = column
    return { column, at, check: checker(type, { nullable }), judge: judgeOf(flow.columns[at]!.type, type, { nullable }) }
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
 * Every value of every load comes by here or past a judge, so this is the one place where a row turns out not to fit.
 * @throws {DataError} with the row, the reason and the way out where rows aren't set aside, or too many were
 */
function checked(fit: Fit, value: Value, view: BatchView, i: number, aim: Aim): Value | undefined {
  try {
    return fit.check(value)
  } catch (error) {
    if (!(error instanceof BadValue)) throw error
    const column = fit.column.from ?? fit.column.name
    const [row, number] = [view.row(i), view.numberOf(i)]
    aim.badRows.take({ row: number, column, reason: error.reason, values: rowText(aim.flow.columns, row) }, badRow(error, row, number, column, value, aim))
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
export async function loadInto(target: Target, table: string, columns: LoadTarget['columns'], batches: AsyncIterable<LoadBatch>): Promise<number> {
  const source = watched(batches)
  try {
    const rows = await target.connection.load({ table, columns }, source.batches, target)
    await target.sourceIsRead?.()
    return rows
  } catch (error) {
    throw source.thrown() ?? notTaken(error, target)
  }
}

/** The same batches, and what their source threw: that is told as it is, whatever a database makes of it. */
export function watched(batches: AsyncIterable<LoadBatch>): { readonly batches: AsyncIterable<LoadBatch>; readonly thrown: () => unknown } {
  let thrown: unknown
  async function* all(): AsyncGenerator<LoadBatch> {
    try {
      yield* batches
    } catch (error) {
      thrown = error
      throw error
    }
  }
  return { batches: all(), thrown: () => thrown }
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
  const told = flow.range === undefined || sample.includes(flow.range.by) ? sample : [...sample, flow.range.by]
  const values = told.flatMap((name) => {
    const at = flow.columns.findIndex((column) => column.name === name)
    return at === -1 ? [] : [`${name} ${valueWords(row[at])}`]
  })
  return values.length === 0 ? rowName(flow, rowNumber) : `${rowName(flow, rowNumber)} (${values.join(', ')})`
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
