import { BusyError, messageOf, StarlineError } from '../errors.ts'
import { fenced } from '../publish/fenced.ts'
import type { RunContext } from './context.ts'
import type { Counts, EtlType, Result } from './etl.ts'
import { isPublishedAlone, publishOne, publishRefresh, wentLive } from './go-live.ts'
import { labelOf } from './registry.ts'
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
  /** Stops at the first failure and publishes nothing more. */
  readonly failFast: boolean
}

/** What became of a refresh: an entry for each ETL, and the error of the publish if it failed. */
export interface RefreshReport {
  readonly etls: readonly EtlReport[]
  /** Why nothing was published, though something had loaded. */
  readonly heldBack?: string
  readonly error?: Error
}

/**
 * Runs dimensions, then facts, and publishes as the configuration's `publish` says: what succeeded as one star, unless told.
 *
 * A fact whose dimension failed is skipped; both stay as they were. With `failFast` nothing is published after a failure:
 * nothing at all, or where each goes live by itself, what is not live yet. Never throws for an ETL's failure: it is reported.
 */
export async function runAll(entries: readonly Entry[], context: RunContext, options: RunAllOptions): Promise<RefreshReport> {
  const reports = new Map<Entry, EtlReport>()
  const isOver = (): boolean => options.failFast && [...reports.values()].some(({ status }) => status === 'failed')
  for (const type of ['dimension', 'fact'] as const) {
    await inTurn(entries.filter((entry) => entry.type === type), options.concurrency, async (entry) => {
      if (!isOver()) reports.set(entry, await runOne(entry, context, reports, isOver))
    })
  }
  const done = entries.map((entry) => reports.get(entry) ?? skipped(entry, context, 'an earlier one failed and --fail_fast was asked for'))
  if (isOver()) return { etls: done }
  try {
    context.signal.throwIfAborted()
    const { runs, heldBack, missing = [] } = await publishRefresh(entries, context)
    if (heldBack !== undefined) return { etls: done.map((report) => (missing.includes(labelOf(report)) ? overtaken(report) : report)), heldBack }
    return { etls: await afterPublish(done, runs.map(({ target }) => target), context) }
  } catch (error) {
    context.log.error(`Could not publish: ${messageOf(error)}`, { event: 'publish-failed', refresh: context.refresh.id })
    // One that a database commits in several steps may have failed between them.
    const live = await wentLive(context).catch((): readonly string[] => [])
    return { etls: done.map((report) => (report.status === 'loaded' && live.includes(labelOf(report)) ? { ...report, status: 'published' } : report)), error: error as Error }
  }
}

/** What is live is published. What was staged and is not was overtaken: a newer run has raised its fence meanwhile. */
async function afterPublish(reports: readonly EtlReport[], published: readonly string[], context: RunContext): Promise<readonly EtlReport[]> {
  const isLeft = ({ status, table }: EtlReport): boolean => status === 'loaded' && !published.includes(table)
  // A request that is asked for again may have been published before.
  const before = reports.some(isLeft) ? await wentLive(context) : []
  return reports.map((report) => {
    if (report.status !== 'loaded') return report
    if (!isLeft(report) || before.includes(labelOf(report))) return { ...report, status: 'published' }
    return overtaken(report)
  })
}

/** It had loaded, and is not staged any more. What failed says so itself. */
const overtaken = (report: EtlReport): EtlReport => (report.status === 'loaded' ? { ...report, status: 'failed', error: fenced(report.table) } : report)

async function runOne(entry: Entry, context: RunContext, earlier: ReadonlyMap<Entry, EtlReport>, isOver: () => boolean): Promise<EtlReport> {
  const broken = [...earlier.values()].find((report) => report.status === 'failed' && Object.values(entry.etl.uses)
    .some((used) => used.create.definition(context.warehouse.dialectName).table === report.table))
  if (broken !== undefined) return skipped(entry, context, `dimension ${broken.name}, which it uses, failed`)
  const begun = performance.now()
  context.on({ what: 'started' }, entry)
  try {
    const { result, table, counts, seconds } = await runEtl(entry, context)
    const goesLive = isPublishedAlone(context) && !isOver()
    if (goesLive) await publishOne(entry, context)
    context.on({ what: goesLive ? 'published' : 'loaded' }, entry)
    return { type: entry.type, name: entry.name, table, status: goesLive ? 'published' : 'loaded', result, counts, seconds }
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
