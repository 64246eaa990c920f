import { BadValue } from '../db/check.ts'
import type { Flow, Row } from '../db/flow.ts'
import type { Value } from '../db/value-type.ts'
import { messageOf } from '../errors.ts'
import { queueOption } from '../etl/queue-name.ts'
import { refusalsOf } from '../etl/refusals.ts'
import type { Source, SourceContext } from '../source/source.ts'
import type { TableDefinition } from '../sql/create.ts'
import type { Create } from '../sql/define-create.ts'
import { spellingProblems } from '../sql/spelling.ts'
import type { Keys } from '../sql/spelling.ts'
import { unfitMembers } from './carried.ts'
import { CALENDAR } from './calendar-columns.ts'
import { calendar } from './calendar.ts'
import { dayJoin } from './join.ts'
import type { CalendarOptions } from './calendar.ts'
import type { Declared } from './declared.ts'
import { columnNames, keyTypeProblem, LANDING_OWN, nameProblem, neededNames, unsignedProblem } from './declared.ts'
import type { Dimension, Members, MembersRequest, Positions } from './dimension.ts'
import { keyOf, membersSql } from './lookup.ts'
import { checkLive } from './match.ts'
import { sceneOf } from './scene.ts'
import { loadScd1, planScd1 } from './scd1.ts'
import { dateKeyIn } from './zone.ts'

/** Days in one batch of the source. */
const BATCH = 1000

interface DateSpec<CC extends string, Key extends CC> extends CalendarOptions {
  readonly create: Create<CC>
  /** The column of the key: yyyymmdd, as the calendar gives it. */
  readonly key: Key
  /** Values of the unknown member, where what the engine chooses is refused by a constraint or isn't liked. */
  readonly unknown?: { readonly [C in NoInfer<Exclude<CC, Key>>]?: Value }
  /** The name of the queue that its jobs wait in, so that heavy ones can have workers of their own. Default: the one of all others. */
  readonly queue?: string
}

const DATE_KEYS = {
  create: 'must', key: 'must', from: 'must', through: 'must', fiscalYearStart: 'may', unknown: 'may', queue: 'may',
} as const satisfies Keys<keyof DateSpec<string, string>>

/**
 * A date dimension: one member a day, counted rather than read from anywhere.
 *
 * The create takes of the calendar's columns those that it names; its key is yyyymmdd. Members outside of a range that
 * was narrowed stay. A fact's `keys` give the instant in `by`, and the time zone in which it becomes a day in `zone`
 * (UTC unless told); days before `earliest` become it.
 *
 * @example
 * const calendar = date({ create, key: 'date_key', from: '2012-01-01', through: '2017-12-30', fiscalYearStart: 7 })
 */
export function date<CC extends string, Key extends CC>(spec: DateSpec<CC, Key>): Dimension<'date', readonly [Key], 'zone' | 'earliest'> {
  const { key, unknown } = spec
  const source = calendarSource(spec, key)
  const declared: Declared = { source, key, lookup: [key], ...unknown === undefined ? {} : { unknown } }
  return Object.freeze({
    type: 'dimension', kind: 'date', spelling: spellingProblems(spec, DATE_KEYS), source, create: spec.create, key, lookup: [key] as const, uses: {},
    // Its days are declared: no source can lose them, and a range may be narrowed.
    minRows: 0, maxDropPct: 100, ...queueOption(spec),
    options: ['zone', 'earliest'] as const,
    problems: (definition) => dateProblems(spec, declared, definition),
    needs: (definition) => neededNames(declared, definition, []),
    transform: (flow: Flow) => flow,
    load: (flow, target) => loadScd1(declared, flow, target, []),
    refusals: (stage) => refusalsOf(() => checkLive(sceneOf(stage, key, [key], []))),
    unfit: (stage, connection) => unfitMembers(sceneOf(stage, key, [key], []), connection),
    plan: (stage) => planScd1(declared, stage, []),
    joined: (request) => dayJoin(key, spec, request),
    members: (request) => dayMembers(spec, request),
  } satisfies Dimension<'date', readonly [Key], 'zone' | 'earliest'>)
}

/** The calendar as a source: its own columns, and its key under the name that the create has for it. */
function calendarSource(spec: CalendarOptions, key: string): Source {
  const names = CALENDAR.map(({ name }) => name)
  const extra = names.includes(key) ? [] : [key]
  return Object.freeze({
    from: undefined,
    standsAlone: true,
    text: `the days from ${spec.from} through ${spec.through}`,
    columns: [...extra, ...names],
    async read(context: SourceContext) {
      const days = calendar(spec)
      const [dateKey] = days.columns
      const keys = dateKey === undefined ? [] : extra.map((name) => ({ ...dateKey, name }))
      return { columns: [...keys, ...days.columns], rows: { form: 'batches' as const, of: batches(days.rows(), keys.length > 0, context.limit) } }
    },
  })
}

async function* batches(rows: Iterable<Row>, doublesKey: boolean, limit = Infinity): AsyncGenerator<readonly Row[]> {
  let batch: Row[] = []
  let count = 0
  for (const row of rows) {
    if (count >= limit) break
    count += 1
    batch.push(doublesKey ? [row[0]!, ...row] : row)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function dateProblems(spec: CalendarOptions & { readonly key: string }, declared: Declared, definition: TableDefinition): string[] {
  const columns = columnNames(definition)
  const brought = declared.source.columns
  return [
    ...calendarProblem(spec),
    ...nameProblem('key', spec.key, columns, definition.table),
    ...keyTypeProblem(spec.key, definition),
    ...unsignedProblem(spec.key, definition),
    ...columns.flatMap((name) => nameProblem(`the create of ${definition.table}`, name, brought, 'the calendar')),
    ...Object.keys(declared.unknown ?? {}).flatMap((name) => nameProblem('unknown', name, columns, definition.table)),
    ...LANDING_OWN.filter((name) => columns.includes(name)).map((name) => `the create names a column ${name}, which the engine needs for itself`),
  ]
}

function calendarProblem(spec: CalendarOptions): string[] {
  try {
    calendar(spec)
    return []
  } catch (error) {
    return [messageOf(error)]
  }
}

/** The days that the table has. */
async function dayMembers({ key, create }: Pick<DateSpec<string, string>, 'key' | 'create'>, { connection, table, signal, idleSeconds }: MembersRequest): Promise<Members> {
  const sql = membersSql({ key, lookup: [], versions: false, create }, table, false, connection.dialect)
  const flow = await connection.stream({ sql }, { signal, idleSeconds })
  const days = new Set<number>()
  for await (const batch of flow.rows.of) for (const row of batch) days.add(keyOf(row, key, table))
  return { finder: (positions) => dayFinder(days, positions) }
}

function dayFinder(days: ReadonlySet<number>, { by: [at = 0], zone = 'UTC', earliest }: Positions): (row: Row) => number | undefined {
  const dayOf = dateKeyIn(zone, earliest === undefined ? {} : { earliest })
  return (row) => {
    try {
      const day = dayOf(row[at]!)
      return day !== null && days.has(day) ? day : undefined
    } catch (error) {
      if (error instanceof BadValue) return undefined
      throw error
    }
  }
}
