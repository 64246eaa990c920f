import type { Connection, Swap, TableDescription } from '../db/connection.ts'
import { changeStatements, mergeStatements } from '../db/merge.ts'
import { dialectBehind, isReadAsBytes, sharesMoments } from '../db/open.ts'
import type { Flow, Relation } from '../db/flow.ts'
import { messageOf, StarlineError, within } from '../errors.ts'
import { sourceUrl } from '../etl/context.ts'
import type { RunContext } from '../etl/context.ts'
import type { EtlType, PlanStep, Stage } from '../etl/etl.ts'
import { declaredColumns, lookAtSource } from '../etl/extract.ts'
import { whyInOneGo, whyValues } from '../etl/flow-form.ts'
import { isAsCreated } from '../etl/in-place.ts'
import { labelOf } from '../etl/registry.ts'
import type { Config, Entry } from '../etl/registry.ts'
import { beforeStatements } from '../publish/before.ts'
import { ledgerStatements, ledgerTables } from '../publish/ledger.ts'
import { commentWith, oldName, stagingName, workingName } from '../publish/names.ts'
import type { TableDefinition } from '../sql/create.ts'
import type { Work } from './before.ts'
import { clockOf } from '../etl/sessions.ts'
import { stagingTable } from '../etl/staging-table.ts'
import type { StagingTable } from '../etl/staging-table.ts'

/** What one ETL would do, statement by statement. */
interface PlannedEtl {
  readonly type: EtlType
  readonly name: string
  readonly kind: string
  readonly table: string
  readonly steps: readonly PlanStep[]
}

/** What is asked while a plan is made. */
type PlanContext = Pick<RunContext, 'config' | 'source' | 'signal' | 'log'>

/** What a run would do, in its order. */
export interface Plan {
  /** Makes the ledger's tables where they aren't there yet. */
  readonly ledger: readonly string[]
  readonly etls: readonly PlannedEtl[]
  /** Makes everything live, in one atomic step, or each table by itself as soon as it is loaded. */
  readonly publish: readonly string[]
  /** What those do, in words. */
  readonly how: string
}

/** What stands for a run's id, which only the run itself gives. */
const someRun = '<run>'

/** Plans a run. Reads the live state only. */
export async function planOf(session: Connection, context: PlanContext, work: Work, testsSources: boolean): Promise<Plan> {
  const { config } = context
  const refreshedAt = await clockOf(session)
  const etls: PlannedEtl[] = work.drop.map((entry) => dropPlan(session, entry))
  const swaps: ComingSwap[] = []
  // Where each goes live by itself, facts find their keys in what is live by then.
  const isEach = config.publish === 'each'
  const unreachable = new Map<string | undefined, string>()
  for (const entry of work.run) {
    const coming = await comingRun(session, entry, work.drop.includes(entry))
    const staging = stagingOf(session, coming)
    const stage = { ...stageOf(session, config, entry, coming, refreshedAt), mayChangeInPlace: await mayChange(session, config, entry, coming) }
    const rows = await rowsOf(session, context, entry, stage, unreachable)
    const steps = [
      ...sourceSteps(entry, config, rows, testsSources), ...all('make the staging table', staging.create),
      ...entry.etl.plan(typeof rows === 'object' ? { ...stage, relation: rows } : stage).map((step) => (isEach ? step : fromStaged(session, entry, step, swaps))),
      ...checkSteps(session, coming, staging.keys), ...stage.mayChangeInPlace ? await changeSteps(session, entry, coming) : [],
    ]
    swaps.push(coming.swap)
    etls.push({ ...head(entry, coming.swap.live), steps })
  }
  const publish: string[] = []
  const groups = isEach ? swaps.map((swap) => [swap]) : [swaps.toSorted((a, b) => (a.live < b.live ? -1 : 1))]
  for (const group of groups) publish.push(...await publishPlan(session, group))
  return { ledger: await ledgerPlan(session), etls, publish, how: isEach ? 'publish, each table as soon as it is loaded' : 'publish, in one atomic step' }
}

/** Tables that others point at are merged; the order is that of the publish but for facts that are merged, which come after a swap that commits by itself. */
async function publishPlan(session: Connection, group: readonly ComingSwap[]): Promise<readonly string[]> {
  const swaps: Swap[] = []
  const merges: string[] = []
  for (const swap of group) {
    if (swap.old === undefined || (await session.children(swap.live)).length === 0) swaps.push(swap)
    else merges.push(...await mergeStatements(session, swap))
  }
  return [...merges, ...swaps.length === 0 ? [] : session.dialect.swap(swaps)]
}

const head = ({ type, name, etl }: Entry, table: string): Omit<PlannedEtl, 'steps'> => ({ type, name, kind: etl.kind, table })

const all = (title: string, statements: readonly string[]): PlanStep[] => statements.map((sql) => ({ title, sql }))

function dropPlan({ dialect }: Connection, entry: Entry): PlannedEtl {
  const { table } = entry.etl.create.definition(dialect.name)
  return { ...head(entry, table), steps: [{ title: 'drop the table and the private ones around it', sql: dialect.dropTable(table) }] }
}

type ComingSwap = Swap & { readonly staging: string }

/** The run that would come: its names, and what it would start from. */
interface ComingRun {
  readonly definition: TableDefinition
  readonly fence: number
  readonly lastKey: number
  readonly live: TableDescription | undefined
  readonly swap: ComingSwap
}

async function comingRun(session: Connection, { etl }: Entry, isDropped: boolean): Promise<ComingRun> {
  const definition = etl.create.definition(session.dialect.name)
  const { table } = definition
  const live = isDropped ? undefined : await session.describe(table)
  const known = await targetOf(session, table)
  // Dropping takes a fence of its own.
  const fence = known.fence + (isDropped ? 2 : 1)
  const swap = { live: table, staging: stagingName(table, fence), old: live && oldName(table, fence), definition }
  return { definition, fence, lastKey: known.lastKey, live, swap }
}

/** What the ledger knows of a table: nothing, where there is no ledger yet. */
async function targetOf(session: Connection, table: string): Promise<{ fence: number; lastKey: number }> {
  if (!(await session.tablesLike('etl_')).includes('etl_target')) return { fence: 0, lastKey: 0 }
  const [row] = await session.query<{ fence: number; last_key: number }>(
    session.dialect.knex('etl_target').where({ target: table }).select('fence', 'last_key'))
  return { fence: row?.fence ?? 0, lastKey: row?.last_key ?? 0 }
}

/** The rows where they stay in the warehouse's server; or why they are read, where there is a choice. A source that is out of reach is waited for once. */
async function rowsOf(session: Connection, context: PlanContext, entry: Entry, stage: Stage, unreachable: Map<string | undefined, string>): Promise<Flow<Relation> | string | undefined> {
  const { from } = entry.etl.source
  const known = unreachable.get(from)
  if (known !== undefined && entry.etl.whyRead !== undefined) return known
  try {
    return await lookAtSource(entry, context, stage.refreshedAt, stage, session)
  } catch (error) {
    const why = `it can't be asked now (${messageOf(error)})`
    if (error instanceof StarlineError && error.transient) unreachable.set(from, why)
    return why
  }
}

function sourceSteps(entry: Entry, config: Config, rows: Flow<Relation> | string | undefined, isTested: boolean): PlanStep[] {
  const { source } = entry.etl
  const stays = typeof rows === 'object'
  const why = typeof rows === 'string' ? `, for ${rows}` : ''
  return all(`${stays ? 'let the warehouse itself read' : 'read'} the ${source.from ?? 'default'} source${stays ? `, whose rows never leave it${entry.etl.source.ranges === undefined ? '' : ', and in no ranges'}` : `${formOf(entry, config)}${rangesOf(entry, config)}`}${why}${isTested ? '; before all else a few rows of it, as its test' : ''}`, [sourceText(entry, config).trim()])
}

/** In which form the rows come, where there is a choice, and why. */
function formOf(entry: Entry, config: Config): string {
  const { etl } = entry
  if (etl.source.standsAlone || !isReadAsBytes(sourceUrl(config, etl.source.from))) return ''
  const why = whyValues(entry, config)
  return why === undefined ? ' as bytes, of which lookups and checks alone make values' : ` as values, for ${why}`
}

/** Whether the rows come in ranges, and why they don't. */
function rangesOf(entry: Entry, config: Config): string {
  const { ranges, from } = entry.etl.source
  if (ranges === undefined) return ''
  const why = whyInOneGo(entry, config)
  if (why !== undefined) return `, ${why}`
  const moment = ranges.frozen ? 'and nobody changes them meanwhile' : sharesMoments(sourceUrl(config, from)) ? 'all of one moment' : 'which will be refused without frozen: true'
  return `, in ${ranges.count} ranges of ${ranges.by} side by side, ${moment}`
}

/** Of several texts the one that the source's URL needs. */
function sourceText(entry: Entry, config: Config): string {
  const { source } = entry.etl
  const database = source.textFor && dialectBehind(sourceUrl(config, source.from))
  try {
    return database === undefined ? source.text : source.textFor?.(database) ?? source.text
  } catch (error) {
    throw within(error, `source of ${labelOf(entry)}`)
  }
}

const stagingOf = ({ dialect }: Connection, { definition, swap }: ComingRun): StagingTable =>
  stagingTable(dialect, definition, swap.staging, commentWith(definition.comment, someRun))

/** What an ETL would load into, were it run now. */
export async function comingStage(session: Connection, config: Config, entry: Entry): Promise<Stage> {
  return stageOf(session, config, entry, await comingRun(session, entry, false), '')
}

function stageOf({ dialect }: Connection, { deadlines }: Config, entry: Entry, run: ComingRun, refreshedAt: string): Stage {
  const { definition, fence, lastKey, live, swap } = run
  return {
    etl: labelOf(entry), dialect, definition, columns: declaredColumns(definition, dialect), staging: swap.staging, lastKey, refreshedAt,
    comment: commentWith(undefined, someRun), live: live && { table: live.table, columns: live.columns.map(({ name }) => name) },
    working: (letter) => workingName(definition.table, letter, fence),
    signal: new AbortController().signal, idleSeconds: deadlines.idleSeconds, onRows() {}, log() {},
  }
}

/** A fact finds its keys in what this very run has staged of its dimensions. */
function fromStaged({ dialect }: Connection, { etl }: Entry, { title, sql }: PlanStep, swaps: readonly ComingSwap[]): PlanStep {
  const used = new Set(Object.values(etl.uses).map(({ create }) => create.definition(dialect.name).table))
  return { title, sql: swaps.filter(({ live }) => used.has(live)).reduce((text, { live, staging }) => text.replaceAll(dialect.quote(live), dialect.quote(staging)), sql) }
}

const checkSteps = ({ dialect }: Connection, { definition, swap }: ComingRun, keys: readonly string[]): PlanStep[] => [
  ...all('make its keys', keys),
  ...all('make its indexes', dialect.createIndexes(definition, swap.staging)),
  ...all('hold the rows against the count', [`SELECT COUNT(*) AS n FROM ${dialect.quote(swap.staging)}`]),
]

/** Whether the live table itself is changed where little changes. */
const mayChange = async (session: Connection, config: Config, entry: Entry, { definition, live }: ComingRun): Promise<boolean> =>
  await isAsCreated(entry, config, session, definition, live) && (await session.children(definition.table)).length === 0

async function changeSteps(session: Connection, { etl: { changesBy: key } }: Entry, { definition, fence, swap }: ComingRun): Promise<PlanStep[]> {
  if (key === undefined) return []
  return [
    ...all('keep the rows that are overwritten, for a rollback, where the live table itself is changed', await beforeStatements(session, definition, swap.staging, { runId: someRun, fence }, key)),
    ...all('publish it by these changes of the live table, in one transaction, where staging has nothing else', await changeStatements(session, swap, [key])),
  ]
}

async function ledgerPlan(session: Connection): Promise<readonly string[]> {
  const present = await session.tablesLike('etl_')
  return ledgerStatements(session.dialect, ledgerTables.filter((name) => !present.includes(name)))
}
