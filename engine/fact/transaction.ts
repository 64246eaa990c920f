import { staysPut } from '../db/flow.ts'
import type { Cells, Flow, LoadBatch } from '../db/flow.ts'
import { membersSql } from '../dimension/lookup.ts'
import { TooManyMembers } from '../dimension/dimension.ts'
import type { Brings, Dimension } from '../dimension/dimension.ts'
import { volumeOf } from '../dimension/declared.ts'
import { insertable } from '../dimension/scene.ts'
import type { Stage } from '../dimension/scene.ts'
import { badRowRules } from '../etl/bad-rows.ts'
import type { Counts, LoadRange, PlanStep, Target } from '../etl/etl.ts'
import { viewOf } from '../etl/batch-view.ts'
import { bind, fitColumn, loadInto, without } from '../etl/load.ts'
import type { Aim, Fit } from '../etl/load.ts'
import { loadRanges } from '../etl/load-ranges.ts'
import { queueOption } from '../etl/queue-name.ts'
import { rowName } from '../etl/row-name.ts'
import { rejectedBefore, transformed } from '../etl/transform.ts'
import type { TableDefinition } from '../sql/create.ts'
import { factNeeds, factProblems, factSpelling } from './declared.ts'
import { byOf } from './fact.ts'
import type { DeclaredFact, Fact, FactSpec, KeyColumns } from './fact.ts'
import { loadJoined, planJoined, whyRead } from './joined.ts'
import { findKeys, keyColumns, keyRefusals } from './keys.ts'
import type { KeyColumn } from './keys.ts'
import { loadLanded, MOST_MEMBERS, mayLand } from './landed.ts'
import { lostKeys } from './lost-keys.ts'
import { neverFound, TELLING } from './never-found.ts'

/**
 * A fact of events: one row for each, written once; the table is replaced as a whole by every load.
 *
 * `keys` say which dimension each key column looks up and by which columns of the source; all other columns of the
 * create, degenerate ones and measures, come from the source column of their name. A row whose lookup finds nobody
 * points at the unknown member and is counted, unless `onMissing` says otherwise.
 *
 * @throws {DataError} from its load: for a value that the table can't hold, and for a lookup that finds nobody where
 *   `onMissing` is `fail`
 * @example
 * const sale = transaction({
 *   source, create,
 *   keys: {
 *     date_key:   { of: date, by: 'sold_at', zone: 'America/New_York' },
 *     buyer_key:  { of: customer, by: 'buyer_id' },
 *     seller_key: { of: customer, by: 'seller_id' },
 *   },
 *   total: 'amount',
 * })
 */
export function transaction<SC extends string, R, CC extends string, const D extends { readonly [C in CC]?: Dimension }, A extends string = never>(
  spec: FactSpec<SC, R, A, CC, D> & Brings<NoInfer<SC | A>, CC, NoInfer<KeyColumns<D>>>,
): Fact<'transaction'> {
  // Each key's type hangs on its dimension's; here every key is one of any dimension
  const declared = spec as unknown as DeclaredFact
  const { source, create, keys = {}, adds = [] } = declared as Partial<DeclaredFact> & Pick<DeclaredFact, 'source' | 'create'>
  return Object.freeze({
    type: 'fact', kind: 'transaction', source, create, ...volumeOf(declared),
    ...badRowRules(declared), ...queueOption(declared), spelling: factSpelling(declared),
    uses: Object.freeze(Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, key.of]))),
    problems: (definition) => factProblems(declared, definition),
    needs: (definition) => factNeeds(declared, definition),
    sample: (definition) => grainOf(declared, definition),
    takesBytes: declared.transform === undefined,
    // Rows that are set aside are known by their number, which a row of a range has not.
    takesRanges: declared.onBadRow !== 'quarantine',
    rangeLoader: async (flow, target) => rangeLoader(declared, await keyColumns(keys, flow, target)),
    makes: makesOf(declared),
    ...declared.transform === undefined && { whyRead: (flow, stage) => whyRead(declared, flow.columns, stage) },
    transform: (flow) => transformed(flow, declared, adds, create.definition().table),
    load: (flow, target) => (staysPut(flow) ? loadJoined(declared, flow, target) : load(declared, flow, target)),
    refusals: (stage, columns) => keyRefusals(keys, columns, stage),
    unfit: (stage, connection) => lostKeys(keys, stage, connection),
    plan: (stage) => (stage.relation === undefined ? plan(declared, stage) : planJoined(declared, stage.relation, stage)),
  } satisfies Fact<'transaction'>)
}

async function load(declared: DeclaredFact, flow: Flow, target: Target): Promise<Counts> {
  // What doesn't fit is said before any member is read.
  fitsOf(declared, flow, target)
  const keys = await keysInMemory(declared, flow, target)
  if (keys === undefined) return loadLanded(declared, flow, target, grainOf(declared, target.definition))
  const { looked, tried, ...counts } = await loadRanges(flow, target, rangeLoader(declared, keys))
  const lonely = Object.entries(declared.keys).filter(([name]) => looked >= TELLING && counts.notFound[name] === looked && tried.includes(name))
  const tables = await Promise.all(lonely.map(async ([name, key]) => ({ name, key, table: await target.tableOf(key.of) })))
  return { ...counts, ...await neverFound(tables, target.connection), ...declared.total !== undefined && { total: await totalOf(declared.total, target) } }
}

/** Loads one range after the other, or several side by side: all of them look their keys up in the same members. */
const rangeLoader = (declared: DeclaredFact, keys: readonly KeyColumn[]): LoadRange => async (flow, target) => {
  const columns = insertable(target)
  const own = keys.map((column) => ({ ...column, missing: 0, tried: false }))
  const work: Work = {
    aim: aimOf(declared, flow, target), width: columns.length, keys: own.map((column) => [positionIn(columns, column), column]),
    fits: fitsOf(declared, flow, target).map((fit) => [positionIn(columns, fit.column), fit]), read: 0, rejected: 0, looked: 0,
  }
  // What a database says of a row counts in the range, too.
  const { range } = flow
  const named = range === undefined ? target : { ...target, etl: `${target.etl}, ${range.by} ${range.values}` }
  const staged = await loadInto(named, target.staging, columns, rowsOf(work))
  const before = rejectedBefore(flow)
  return {
    read: work.read + before, rejected: work.rejected + before, staged, notFound: Object.fromEntries(own.map(({ name, missing }) => [name, missing])),
    looked: work.looked, tried: own.filter((column) => column.tried).map(({ name }) => name),
  }
}

const aimOf = (declared: DeclaredFact, flow: Flow, { badRows, etl, definition }: Target): Aim => ({ flow, badRows, etl, table: definition.table, sample: grainOf(declared, definition) })

const fitsOf = (declared: DeclaredFact, flow: Flow, target: Target): readonly Fit[] =>
  bind(flow, insertable(target).filter(({ name }) => !Object.hasOwn(declared.keys, name)), aimOf(declared, flow, target))

/** What a row becomes, as far as its dimensions' creates don't say it. */
const makesOf = ({ keys = {}, adds = [], transform }: Partial<DeclaredFact>): NonNullable<Fact['makes']> => ({
  declared: JSON.stringify([Object.entries(keys).map(([name, { of, ...key }]) => [name, of.kind, of.key, of.lookup, key]), adds, transform?.toString()]),
  code: transform !== undefined,
})

/** The key columns; undefined where a dimension is too large for memory, and the lookups can be joins. */
async function keysInMemory(declared: DeclaredFact, flow: Flow, target: Target): Promise<KeyColumn[] | undefined> {
  const { mostMembers = MOST_MEMBERS, again = false } = target
  const most = !again && mayLand(declared, flow, { ...target, dialect: target.connection.dialect }) ? mostMembers : undefined
  try {
    return await keyColumns(declared.keys, flow, target, most)
  } catch (error) {
    if (error instanceof TooManyMembers) return undefined
    throw error
  }
}

/** One load under way: where each column goes, and what was counted. */
interface Work {
  readonly aim: Aim
  readonly width: number
  readonly keys: readonly (readonly [at: number, column: KeyColumn])[]
  readonly fits: readonly (readonly [at: number, fit: Fit])[]
  read: number
  rejected: number
  /** Rows that count: all but those that were set aside. */
  looked: number
}

/** The rows as the table holds them, one column of a batch at a time. */
async function* rowsOf(work: Work): AsyncGenerator<LoadBatch> {
  const { aim, width, keys, fits } = work
  const looked = [...new Set(keys.flatMap(([, column]) => column.looked.map(({ at }) => at)))]
  for await (const batch of aim.flow.rows.of) {
    const view = viewOf(aim.flow, batch, work.read)
    work.read += view.length
    const columns = Array.from<Cells>({ length: width })
    const left = new Set<number>()
    const rows = looked.length === 0 ? [] : view.rowsOf(looked)
    const nobody = keys.map(([at, column]) => {
      const missing: number[] = []
      columns[at] = findKeys(column, rows, missing, (i) => rowName(aim.flow, view.numberOf(i)), aim)
      if (column.onMissing === 'reject') for (const i of missing) left.add(i)
      return { column, missing }
    })
    work.rejected += left.size
    const rejected = new Set(left)
    for (const [at, fit] of fits) columns[at] = fitColumn(fit, view, left, aim)
    work.looked += view.length - left.size + rejected.size
    // A row that was set aside points at nobody.
    for (const { column, missing } of nobody) column.missing += missing.filter((i) => rejected.has(i) || !left.has(i)).length
    yield without(left, { length: view.length, columns })
  }
}

const positionIn = (columns: readonly { readonly name: string }[], { name }: { readonly name: string }): number =>
  columns.findIndex((column) => column.name === name)

/** What tells one row from another: the table's own key, else what its lookups go by. */
function grainOf({ keys }: DeclaredFact, { primaryKey, uniques }: TableDefinition): readonly string[] {
  const grain = primaryKey.length > 0 ? primaryKey : uniques[0] ?? []
  const own = grain.filter((name) => !Object.hasOwn(keys, name))
  return own.length > 0 ? own : [...new Set(Object.values(keys).flatMap(byOf))]
}

const totalSql = (measure: string, { staging, dialect }: Pick<Stage, 'staging' | 'dialect'>): string =>
  `SELECT SUM(${dialect.quote(measure)}) AS total FROM ${dialect.quote(staging)}`

async function totalOf(column: string, { connection, staging }: Target): Promise<NonNullable<Counts['total']>> {
  const [row] = await connection.query<{ total: string | number | bigint | null }>(totalSql(column, { staging, dialect: connection.dialect }))
  return { column, value: String(row?.total ?? 0) }
}

function plan(declared: DeclaredFact, stage: Stage): readonly PlanStep[] {
  const quote = (name: string): string => stage.dialect.quote(name)
  const lookups = new Map(Object.values(declared.keys).map(({ of, asOf }) => {
    const { table } = of.create.definition(stage.dialect.name)
    const lookup = of.kind === 'date' ? [] : of.lookup
    const sql = membersSql({ key: of.key, lookup, versions: of.options.includes('asOf'), create: of.create }, table, asOf !== undefined, stage.dialect)
    return [sql, { title: `read the members of ${table}`, sql }]
  }))
  return [
    ...lookups.values(),
    { title: 'load the rows with their keys', sql: `-- bulk load into ${quote(stage.staging)} (${insertable(stage).map(({ name }) => quote(name)).join(', ')})` },
    ...declared.total === undefined ? [] : [{ title: `sum up ${declared.total}`, sql: totalSql(declared.total, stage) }],
  ]
}
