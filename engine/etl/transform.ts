import { setImmediate as turnOfOthers } from 'node:timers/promises'
import { valuesOf } from '../db/flow.ts'
import type { AnyFlow, Batches, Flow, FlowColumn, Row } from '../db/flow.ts'
import type { Value, ValueType } from '../db/value-type.ts'
import { DataError, messageOf } from '../errors.ts'
import { rowName } from './row-name.ts'

/** A declaration that may have a function of rows: one that makes a new row of each, or answers null to reject it. */
interface Transforming {
  /** A method, so that a function of a row of any type may stand here. */
  transform?(row: unknown): Readonly<Record<string, unknown>> | null
}

type RowFunction = (row: unknown) => unknown

/** What the flow was before the function, and what the function did with its rows so far. */
interface Passed {
  readonly columns: readonly FlowColumn[]
  rejected: number
  /** The numbers that rows had in the source, for batches behind a rejected row. */
  readonly numbers: WeakMap<readonly Row[], readonly number[]>
}

/** Rides on the flow: load asks how many rows were rejected before it saw any. */
const passedKey = Symbol('what transform did with the rows')

export type TransformedFlow = AnyFlow & {
  readonly [passedKey]?: Passed
}

/**
 * Puts every row through a declaration's `transform`, where there is one: it gets the row as an object and returns a new one, or null to reject it.
 *
 * The row that it gets is its own: nothing that it does to it is seen elsewhere. The columns are the source's and those
 * that it `adds`; other names in its rows are not looked at. A function may make text of a number and a number of text,
 * so no column (but bytes) has a type any more: each value is read as what it goes to. A Date becomes its instant.
 * @throws {DataError} from the rows: with the row's number where the function throws or leaves a column out
 */
export function transformed(flow: Flow, declared: Transforming, adds: readonly string[], table: string): Flow {
  if (declared.transform === undefined) return flow
  const { others } = flow
  if (others !== undefined) {
    const { others: _, ...own } = flow
    const first = transformed(own, declared, adds, table)
    return { ...first, others: others.map((range) => ({ ...range, open: async () => transformed(await range.open(), declared, adds, table) })) }
  }
  const fn = (row: unknown): unknown => declared.transform!(row)
  const given = flow.columns.map((column) => column.name)
  const columns: FlowColumn[] = [...given, ...adds.filter((name) => !given.includes(name))].map((name, i) => {
    const type = flow.columns[i]?.type
    return { name, type: type?.kind === 'binary' ? type : { kind: 'text', untyped: true } }
  })
  const passed: Passed = { columns: flow.columns, rejected: 0, numbers: new WeakMap() }
  const rows: Batches = { form: 'batches', of: through(flow, fn, columns, `table ${table}, transform`, passed) }
  const made: TransformedFlow = { columns, rows, ...flow.range && { range: flow.range }, [passedKey]: passed }
  return made
}

/** The rows that a transform has rejected so far; 0 for a flow without one. */
export function rejectedBefore(flow: TransformedFlow): number {
  return flow[passedKey]?.rejected ?? 0
}

/** The numbers that a batch's rows had in the source, from 1 on; undefined where none was rejected before them. */
export function numbersOf(flow: TransformedFlow, batch: readonly Row[]): readonly number[] | undefined {
  return flow[passedKey]?.numbers.get(batch)
}

/** The type that the source gave a column, whatever a transform made of it since; undefined for one that was added. */
export function typeAtSource(flow: TransformedFlow, name: string): ValueType | undefined {
  return (flow[passedKey] ?? flow).columns.find((column) => column.name === name)?.type
}

/** Milliseconds that a function computes before others have their turn: leases, deadlines, Ctrl-C and other loads wait for the same thread. */
const turn = 20

async function* through(flow: Flow, fn: RowFunction, columns: readonly FlowColumn[], where: string, passed: Passed): AsyncGenerator<readonly Row[]> {
  const asObject = objectsOf(flow.columns.map((column) => column.name))
  const names = columns.map(({ name }) => name)
  let rowNumber = 0
  const nameOf = (): string => rowName(flow, rowNumber)
  let since = performance.now()
  for await (const batch of valuesOf(flow)) {
    const rows: Row[] = []
    const numbers: number[] = []
    for (const row of batch) {
      rowNumber += 1
      const made = call(fn, asObject(row), where, nameOf)
      if (made === null) passed.rejected += 1
      else {
        const values = Array.from<Value>({ length: names.length })
        for (let i = 0; i < names.length; i += 1) values[i] = valueOf(made, names[i]!, where, nameOf)
        rows.push(values)
        numbers.push(rowNumber)
      }
      if (performance.now() - since < turn) continue
      await turnOfOthers()
      since = performance.now()
    }
    if (passed.rejected > 0) passed.numbers.set(rows, numbers)
    yield rows
  }
}

/** Rows as objects that are all made alike, which is what engines are quick with. */
function objectsOf(names: readonly string[]): (row: Row) => Record<string, unknown> {
  // What is assigned to this name would be no column.
  if (names.includes('__proto__')) return (row) => Object.fromEntries(names.map((name, i) => [name, row[i]]))
  return (row) => {
    const made: Record<string, unknown> = {}
    for (let i = 0; i < names.length; i += 1) made[names[i]!] = row[i]
    return made
  }
}

function call(fn: RowFunction, row: Record<string, unknown>, where: string, nameOf: () => string): Readonly<Record<string, unknown>> | null {
  let made: unknown
  try {
    made = fn(row)
  } catch (error) {
    throw new DataError(`${nameOf()} made the function throw`, { where, why: messageOf(error), cause: error, wayOut: 'correct the function, or let it answer null to reject the row' })
  }
  if (made === null || isRow(made)) return made
  throw new DataError(`${nameOf()} got ${made instanceof Promise ? 'a promise' : typeof made} from the function`, { where, wayOut: 'return a row at once, or null to reject it' })
}

const isRow = (made: unknown): made is Readonly<Record<string, unknown>> => typeof made === 'object' && !(made instanceof Promise)

/** A row may be made of getters, which are code of the function's as well. */
function read(made: Readonly<Record<string, unknown>>, name: string, where: string, nameOf: () => string): unknown {
  try {
    return made[name]
  } catch (error) {
    throw new DataError(`${nameOf()} came back from the function with a column ${name} that can't be read`, { where, why: messageOf(error), cause: error, wayOut: 'return a plain row' })
  }
}

/** What it really is, the checks of the table find out. */
function valueOf(made: Readonly<Record<string, unknown>>, name: string, where: string, nameOf: () => string): Value {
  const value = read(made, name, where, nameOf)
  if (value === undefined) {
    throw new DataError(`${nameOf()} came back from the function without the column ${name}`, { where, wayOut: `return { ...row } with it, and null in it where there is no value` })
  }
  if (!(value instanceof Date)) return value as Value
  if (!Number.isNaN(value.getTime())) return value.toISOString()
  throw new DataError(`${nameOf()} came back from the function with a Date in ${name} that is no time`, { where, wayOut: 'look what the Date was made of, and return null where there is no time' })
}
