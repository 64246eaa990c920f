/** A fact some of whose dimensions are too large for memory: its rows land in the warehouse first, and their lookups are joins there. */

import type { Batches, Bytes, Flow, Relation } from '../db/flow.ts'
import type { ValueType } from '../db/value-type.ts'
import { insertable } from '../dimension/scene.ts'
import type { Stage } from '../dimension/scene.ts'
import type { Counts, Target } from '../etl/etl.ts'
import type { BadRows } from '../etl/bad-rows.ts'
import { fitted, loadInto, numbered } from '../etl/load.ts'
import type { FittedColumn } from '../etl/load.ts'
import { RowsNeeded } from '../etl/rows-needed.ts'
import { rejectedBefore } from '../etl/transform.ts'
import { byOf } from './fact.ts'
import type { DeclaredFact } from './fact.ts'
import { loadJoined, whyRead } from './joined.ts'

/** So many members of one dimension are held in memory: as integers with integer keys some 100 MB. */
export const MOST_MEMBERS = 2_000_000

const ROW_NUMBER: ValueType = { kind: 'integer', min: 1n, max: 2n ** 63n - 1n }

/** Whether the lookups could be joins, once the rows have landed. */
export const mayLand = (declared: DeclaredFact, flow: Flow, stage: Stage): boolean => whyRead(declared, columnsOf(declared, flow, stage), stage) === undefined

/** Lands the rows, every value checked, and loads the fact from there; by the columns of `sample` a row that doesn't fit is known. @throws {RowsNeeded} where a join is not the same as a look at each row after all */
export async function loadLanded(declared: DeclaredFact, flow: Flow, target: Target, sample: readonly string[]): Promise<Counts> {
  const { connection, badRows, etl, definition: { table } } = target
  const { dialect } = connection
  const columns = columnsOf(declared, flow, { ...target, dialect })
  const landing = target.working('i')
  target.log('Landing the rows: a dimension has too many members for memory', { event: 'landing', table: landing })
  const ranges: Flow[] = []
  const whole = inOne(flow, ranges)
  const measured = new Set(insertable(target).map(({ name }) => name))
  const lookedOnly = (column: string): boolean => !measured.has(column) || Object.hasOwn(declared.keys, column)
  const { batches, read } = fitted({ flow: whole, badRows: withoutLooked(badRows, lookedOnly), etl, table, sample }, columns, numbered)
  for (const sql of dialect.createLanding(landing, columns, target.comment)) await connection.execute(sql)
  const rows: Relation = {
    form: 'relation', scope: { rows: dialect.quote(landing), table: (name) => dialect.quote(name) },
    fill: (sql) => connection.execute(sql), gives: async (sql) => (await connection.query(sql)).length > 0,
  }
  try {
    await loadInto(target, landing, [{ name: 'row_no', type: ROW_NUMBER }, ...columns], batches)
    const counts = await loadJoined(declared, { columns, rows }, target)
    const rejected = ranges.reduce((sum, range) => sum + rejectedBefore(range), 0)
    return { ...counts, read: read() + rejected, rejected }
  } finally {
    // What went wrong before is what is to be told; a landing that is left is the janitor's.
    if (connection.isOpen) await connection.execute(dialect.dropTable(landing)).catch(() => undefined)
  }
}

/** A value that is looked up, and goes into no column, finds nobody where it is none: memory knows that, and a landing does not take it. */
const withoutLooked = (badRows: BadRows, lookedOnly: (column: string) => boolean): BadRows => ({
  ...badRows,
  take(row, error) {
    if (lookedOnly(row.column)) throw new RowsNeeded(`${row.column} of one of them is none, and nobody is found by it`, error)
    badRows.take(row, error)
  },
})

/** What the table takes by name, and what is looked up. */
function columnsOf({ keys }: DeclaredFact, flow: Flow, stage: Stage): readonly FittedColumn[] {
  const measures = insertable(stage).filter(({ name }) => !Object.hasOwn(keys, name))
  const looked = new Set(Object.values(keys).flatMap((key) => [...byOf(key), ...key.asOf === undefined ? [] : [key.asOf]]))
  const others = flow.columns.filter(({ name }) => looked.has(name) && !measures.some((column) => column.name === name))
  return [...measures, ...others.map(({ name, type }) => ({ name, type, nullable: true }))]
}

/** The ranges of a flow one after the other: rows that land are numbered. Each is kept in `ranges` when it is read. */
function inOne(flow: Flow, ranges: Flow[]): Flow {
  const { others = [], ...first } = flow
  ranges.push(first)
  if (others.length === 0) return flow
  const opened = [() => Promise.resolve(first), ...others.map((range) => async () => {
    const more = await range.open()
    ranges.push(more)
    return more
  })]
  const rows = first.rows.form === 'bytes'
    ? { form: 'bytes' as const, of: chained(opened, (range) => (range.rows as Bytes).of) } : { form: 'batches' as const, of: chained(opened, (range) => (range.rows as Batches).of) }
  return { columns: flow.columns, rows }
}

async function* chained<T>(ranges: readonly (() => Promise<Flow>)[], rowsOf: (flow: Flow) => AsyncIterable<T>): AsyncGenerator<T> {
  for (const open of ranges) yield* rowsOf(await open())
}
