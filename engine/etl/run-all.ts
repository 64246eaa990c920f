import type { Connection } from '../db/connection.ts'
import { BusyError, messageOf, StarlineError } from '../errors.ts'
import { outcomesOf } from '../publish/outcome.ts'
import { publish, stagedRuns } from '../publish/publish.ts'
import type { StagedRun } from '../publish/publish.ts'
import { fenced } from '../publish/stage.ts'
import type { RunContext } from './context.ts'
import type { Counts, EtlType, Result } from './etl.ts'
import { entriesOf, labelOf } from './registry.ts'
import type { Entry } from './registry.ts'
import { runEtl } from './run-etl.ts'

/** What became of one ETL of a refresh. */
export interface EtlReport {
  readonly type: EtlType
  readonly name: string
  readonly table: string
  /** `loaded`: staged, but not published, because the publish failed or was not reached. */
  readonly status: 'published' | 'loaded' | 'failed' | 'skipped'
  readonly result?: Result
  readonly counts?: Counts
  readonly seconds: number
  /** Why it failed or was skipped. */
  readonly error?: StarlineError | Error
}

export interface RunAllOptions {
  /** How many ETLs run side by side. */
  readonly concurrency: number
  /** Stops at the first failure and publishes nothing. */
  readonly failFast: boolean
}

/** What became of a refresh: an entry for each ETL, and the error of the publish if it failed. */
export interface RefreshReport {
  readonly etls: readonly EtlReport[]
  readonly error?: Error
}

/**
 * Runs dimensions, then facts, and publishes what succeeded as one star.
 *
 * A fact whose dimension failed is skipped; both stay as they were. Never throws for an ETL's failure: it is reported.
 */
export async function runAll(entries: readonly Entry[], context: RunContext, options: RunAllOptions): Promise<RefreshReport> {
  const reports = new Map<Entry, EtlReport>()
  for (const type of ['dimension', 'fact'] as const) {
    await inTurn(entries.filter((entry) => entry.type === type), options.concurrency, async (entry) => {
      if (options.failFast && [...reports.values()].some(({ status }) => status === 'failed')) return
      reports.set(entry, await runOne(entry, context, reports))
    })
  }
  const done = entries.map((entry) => reports.get(entry) ?? skipped(entry, context, 'an earlier one failed and --fail_fast was asked for'))
  if (options.failFast && done.some(({ status }) => status === 'failed')) return { etls: done }
  try {
    context.signal.throwIfAborted()
    const published = (await publishStaged(context)).map(({ target }) => target)
    return { etls: await afterPublish(done, published, context) }
  } catch (error) {
    context.log.error(`Could not publish: ${messageOf(error)}`, { event: 'publish-failed', refresh: context.refresh.id })
    return { etls: done, error: error as Error }
  }
}

/** What is live is published. What was staged and is not was overtaken: a newer run has raised its fence meanwhile. */
async function afterPublish(reports: readonly EtlReport[], published: readonly string[], context: RunContext): Promise<readonly EtlReport[]> {
  const isLeft = ({ status, table }: EtlReport): boolean => status === 'loaded' && !published.includes(table)
  // A request that is asked for again may have been published before.
  const before = reports.some(isLeft) ? await succeededBefore(context) : []
  return reports.map((report) => {
    if (report.status !== 'loaded') return report
    if (!isLeft(report) || before.includes(labelOf(report))) return { ...report, status: 'published' }
    return { ...report, status: 'failed', error: fenced(report.table) }
  })
}

async function succeededBefore(context: RunContext): Promise<readonly string[]> {
  const session = await context.warehouse.connect()
  try {
    return (await outcomesOf(session, context.refresh.id)).filter(({ status }) => status === 'succeeded').map(({ type, name }) => `${type} ${name}`)
  } finally {
    await session.close()
  }
}

/**
 * Publishes everything that the refresh has staged, in one atomic step; what it published.
 *
 * Where the session is lost on the way, nobody here knows whether the step was done: a second session looks, and goes on.
 */
export async function publishStaged(context: RunContext): Promise<readonly StagedRun[]> {
  const session = await context.warehouse.connect()
  try {
    return await publishOn(session, context)
  } catch (error) {
    if (session.isOpen || context.signal.aborted) throw error
    context.log.warn(`The session of the publish was lost, and another one looks what was done: ${messageOf(error)}`, { event: 'publish-again', refresh: context.refresh.id })
  } finally {
    await session.close()
  }
  const second = await context.warehouse.connect()
  try {
    return await publishOn(second, context)
  } finally {
    await second.close()
  }
}

async function publishOn(session: Connection, context: RunContext): Promise<readonly StagedRun[]> {
  const stop = (): void => session.abort(context.signal.reason as Error)
  context.signal.addEventListener('abort', stop, { once: true })
  try {
    context.signal.throwIfAborted()
    const runs = await stagedRuns(session, context.refresh.id)
    const definitions = entriesOf(context.config).map(({ etl }) => etl.create.definition(session.dialect.name))
    const untidy = await publish(session, runs, ({ target }) => definitions.find(({ table }) => table === target),
      (step) => context.on({ what: 'step', step }))
    if (untidy !== undefined) context.log.warn(`Could not clear away what was replaced: ${messageOf(untidy)}`, { event: 'untidy', refresh: context.refresh.id })
    context.log.info(`Published ${runs.length} tables`, { event: 'published', refresh: context.refresh.id, tables: runs.map(({ target }) => target) })
    return runs
  } finally {
    context.signal.removeEventListener('abort', stop)
  }
}

async function runOne(entry: Entry, context: RunContext, earlier: ReadonlyMap<Entry, EtlReport>): Promise<EtlReport> {
  const broken = [...earlier.values()].find((report) => report.status === 'failed' && Object.values(entry.etl.uses)
    .some((used) => used.create.definition(context.warehouse.dialectName).table === report.table))
  if (broken !== undefined) return skipped(entry, context, `dimension ${broken.name}, which it uses, failed`)
  const begun = performance.now()
  context.on({ what: 'started' }, entry)
  try {
    const { result, table, counts, seconds } = await runEtl(entry, context)
    context.on({ what: 'loaded' }, entry)
    return { type: entry.type, name: entry.name, table, status: 'loaded', result, counts, seconds }
  } catch (error) {
    context.on({ what: 'failed' }, entry)
    context.log.error(`Failed ${labelOf(entry)}: ${messageOf(error)}`, { event: 'failed', type: entry.type, name: entry.name, refresh: context.refresh.id })
    return {
      type: entry.type, name: entry.name, table: tableOf(entry, context), status: 'failed',
      seconds: (performance.now() - begun) / 1000, error: error as Error,
    }
  }
}

function skipped(entry: Entry, context: RunContext, why: string): EtlReport {
  context.on({ what: 'skipped' }, entry)
  context.log.warn(`Skipped ${labelOf(entry)}: ${why}`, { event: 'skipped', type: entry.type, name: entry.name, refresh: context.refresh.id })
  return { type: entry.type, name: entry.name, table: tableOf(entry, context), status: 'skipped', seconds: 0, error: new StarlineError('skipped', { where: labelOf(entry), why }) }
}

const tableOf = ({ etl }: Entry, { warehouse }: RunContext): string => etl.create.definition(warehouse.dialectName).table

/** Does the work for every item, so many side by side, in order. */
async function inTurn<T>(items: readonly T[], concurrency: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values()
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, async () => {
    for (const item of queue) await work(item)
  }))
}

/** Whether a refresh failed only because somebody else was at work. */
export const isBusy = ({ etls, error }: RefreshReport): boolean =>
  [error, ...etls.filter(({ status }) => status === 'failed').map((report) => report.error)].some((one) => one instanceof BusyError)
