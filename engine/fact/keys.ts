import { fits } from '../db/fits.ts'
import type { Flow, FlowColumn, Row } from '../db/flow.ts'
import { UNKNOWN_KEY } from '../dimension/dimension.ts'
import type { Members } from '../dimension/dimension.ts'
import { ConfigurationError, DataError } from '../errors.ts'
import type { Target } from '../etl/etl.ts'
import { refusalsOf } from '../etl/refusals.ts'
import { positionOf, valueWords } from '../etl/load.ts'
import type { Place } from '../etl/load.ts'
import { byOf } from './fact.ts'
import type { DeclaredKey, OnMissing } from './fact.ts'

/** The table that keys go into. */
type KeyTarget = Pick<Target, 'etl' | 'columns' | 'definition'>

/** One key column at work. */
export interface KeyColumn {
  readonly name: string
  readonly onMissing: OnMissing
  readonly find: (row: Row) => number | undefined
  /** Where a row holds what was looked up, by name: for samples. */
  readonly looked: readonly { readonly name: string; readonly at: number }[]
  /** Where a row holds the values of its lookup. */
  readonly by: readonly number[]
  /** Rows that found nobody, so far. */
  missing: number
  /** One of them had brought a value for each column of the lookup. */
  tried: boolean
}

/**
 * Makes the key columns ready: the members of every dimension are read once for all the roles that ask alike.
 *
 * @throws {TooManyMembers} where a dimension has more than `most`
 * @throws {DataError} for a source column that is missing, or that is no instant where one is asked for
 */
export async function keyColumns(keys: Readonly<Record<string, DeclaredKey>>, flow: Flow, target: Target, most?: number): Promise<KeyColumn[]> {
  const place = { etl: target.etl, table: target.definition.table }
  const shared = new Map<string, Promise<Members>>()
  const columns: KeyColumn[] = []
  for (const [name, key] of Object.entries(keys)) {
    checkKeyColumn(name, target)
    const by = byOf(key).map((column) => positionOf(flow, column, place))
    const asOf = key.asOf === undefined ? {} : { asOf: positionOf(flow, key.asOf, place) }
    for (const at of [...Object.values(asOf), ...key.of.kind === 'date' ? by : []]) checkInstant(flow.columns[at], name, place)
    const members = await membersFor(key, target, shared, most)
    const options = { ...key.zone === undefined ? {} : { zone: key.zone }, ...key.earliest === undefined ? {} : { earliest: key.earliest } }
    const looked = [...byOf(key), ...key.asOf === undefined ? [] : [key.asOf]].map((column) => ({ name: column, at: positionOf(flow, column, place) }))
    columns.push({ name, onMissing: key.onMissing ?? 'unknown', find: members.finder({ by, ...asOf, ...options }), looked, by, missing: 0, tried: false })
  }
  return columns
}

/** What the keys would refuse before the first row; `columns` are the flow's, where they are known. */
export function keyRefusals(keys: Readonly<Record<string, DeclaredKey>>, columns: readonly FlowColumn[] | undefined, target: KeyTarget): readonly Error[] {
  const place = { etl: target.etl, table: target.definition.table }
  return Object.entries(keys).flatMap(([name, key]) => {
    const instants = [...key.asOf === undefined ? [] : [key.asOf], ...key.of.kind === 'date' ? byOf(key) : []]
    return refusalsOf(() => checkKeyColumn(name, target),
      // A column that lacks is told of with the others.
      ...instants.map((by) => () => checkInstant(columns?.find((column) => column.name === by), name, place)))
  })
}

/** Roles of one dimension that ask alike share one map. */
async function membersFor({ of, asOf }: DeclaredKey, target: Target, shared: Map<string, Promise<Members>>, most?: number): Promise<Members> {
  const { connection, signal, idleSeconds } = target
  const table = await target.tableOf(of)
  const alike = `${table}\n${asOf !== undefined}`
  const known = shared.get(alike)
  if (known !== undefined) return known
  const members = of.members({ connection, table, asOf: asOf !== undefined, ...most !== undefined && { most }, signal, idleSeconds })
  shared.set(alike, members)
  return members
}

/**
 * Looks up one key column for a batch: a key for each row, or what `onMissing` says.
 *
 * The places in the batch of those that find nobody are pushed to `missing`.
 * @throws {DataError} with up to three samples of the batch where `onMissing` is `fail`
 */
export function findKeys(column: KeyColumn, batch: readonly Row[], missing: number[], nameOf: (i: number) => string, place: Place): number[] {
  const keys = batch.map((row, i) => {
    const key = column.find(row)
    if (key === undefined) {
      missing.push(i)
      column.tried ||= column.by.every((at) => row[at] !== null)
    }
    return key ?? UNKNOWN_KEY
  })
  if (column.onMissing === 'fail' && missing.length > 0) throw foundNobody(column, batch, missing, nameOf, place)
  return keys
}

function foundNobody(column: KeyColumn, batch: readonly Row[], missing: readonly number[], nameOf: (i: number) => string, { etl, table }: Place): DataError {
  const samples = missing.slice(0, 3).map((i) => {
    const values = column.looked.map(({ name, at }) => `${name} ${valueWords(batch[i]?.[at])}`)
    return `${nameOf(i)} (${values.join(', ')})`
  })
  return new DataError('rows find no member', {
    where: `${etl}, table ${table}, column ${column.name}`, why: `there is none for ${samples.join('; ')}`,
    wayOut: "load the dimension first, see whether that column is what its lookup holds, or say what to do with such rows: onMissing: 'unknown' or 'reject'",
  })
}

function checkInstant(column: FlowColumn | undefined, key: string, { etl, table }: Place): void {
  const problem = column && fits(column.type, { kind: 'timestamp', precision: 9 })
  if (problem === undefined) return
  throw new DataError(`${column?.name} is no instant`, { where: `${etl}, table ${table}, column ${key}`, why: problem })
}

function checkKeyColumn(name: string, { etl, columns, definition }: KeyTarget): void {
  const column = columns.find((each) => each.name === name)
  if (column?.type.kind === 'integer') return
  throw new ConfigurationError(column === undefined ? 'the table has no such column' : 'a key is an integer', {
    where: `${etl}, table ${definition.table}, column ${name}`, wayOut: `declare it in the create: ${name} INT NOT NULL`,
  })
}
