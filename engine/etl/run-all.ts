import { BusyError, messageOf, StarlineError } from '../errors.ts'
import { fenced } from '../publish/fenced.ts'
import { endRequest, enterRequests } from '../publish/requests.ts'
import type { RunContext } from './context.ts'
import type { Counts, Etl, EtlType, Result } from './etl.ts'
import type { FlowForm } from './flow-form.ts'
import { isPublishedAlone, publishOne, publishRefresh, wentLive } from './go-live.ts'
import { neededBy, nextSteps } from './graph.ts'
import type { Blocked, Stage } from './graph.ts'
import { labelOf } from './registry.ts'
import type { Entry } from './registry.ts'
import { runEtl } from './run-etl.ts'
import { onBorrowed } from './sessions.ts'

/** What became of one ETL of a refresh. */
export interface EtlReport {
  readonly type: EtlType
  readonly name: string
  readonly table: string
  /** `loaded`: staged, but not published, because the publish failed or was not reached. */
  readonly status: 'published' | 'loaded' | 'failed' | 'skipped'
  readonly result?: Result
  readonly counts?: Counts
  /** How its rows came, where it loaded. */
  readonly flow?: FlowForm
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
 * Runs each ETL as soon as all that it uses is loaded, and publishes as the configuration's `publish` says: what succeeded as
 * one star, unless told.
 *
 * A fact whose dimension failed is skipped; both stay as they were. With `failFast` nothing is published after a failure:
 * nothing at all, or where each goes live by itself, what is not live yet. Never throws for an ETL's failure: it is reported.
 */
export async function runAll(entries: readonly Entry[], context: RunContext, options: RunAllOptions): Promise<RefreshReport> {
  const reports = new Map<Entry, EtlReport>()
  const isOver = (): boolean => options.failFast && [...reports.values()].some(({ status }) => status === 'failed')
  await onBorrowed(context.warehouse, (session) => enterRequests(session, context.refresh.id, requestsFor(entries, tableOf(context))))
  await inOrder(entries, { ...context, failFast: options.failFast }, options.concurrency, reports, isOver)
  const done = entries.map((entry) => reports.get(entry) ?? skipped(entry, context, 'an earlier one failed and --fail_fast was asked for'))
  const report = isOver() ? { etls: done } : await publishAll(entries, done, context)
  await enterFailures(report, context)
  return report
}

/** What is asked of a refresh, with what each ETL waits for. */
export const requestsFor = (entries: readonly Entry[], tableOfEtl: (etl: Etl) => string) =>
  entries.map((entry) => ({ type: entry.type, name: entry.name, dependsOn: neededBy(entry, entries, tableOfEtl).map(labelOf) }))

/** So many at a time, in the order of the configuration where several may begin. */
async function inOrder(entries: readonly Entry[], context: RunContext, concurrency: number, reports: Map<Entry, EtlReport>, isOver: () => boolean): Promise<void> {
  const running = new Map<Entry, Promise<void>>()
  const stageOf = (entry: Entry): Stage => (running.has(entry) ? 'running' : stages[reports.get(entry)?.status ?? 'waiting'])
  const start = async (entry: Entry): Promise<void> => {
    reports.set(entry, await runOne(entry, context, isOver))
    running.delete(entry)
  }
  for (;;) {
    const { ready, blocked } = nextSteps(entries, stageOf, tableOf(context))
    for (const one of isOver() ? [] : blocked) reports.set(one.entry, skipped(one.entry, context, blockedWords(one, reports.get(one.by)?.status === 'failed')))
    for (const entry of isOver() ? [] : ready.slice(0, Math.max(1, concurrency) - running.size)) running.set(entry, start(entry))
    if (running.size === 0) return
    await Promise.race(running.values())
  }
}

const stages = { waiting: 'waiting', published: 'loaded', loaded: 'loaded', failed: 'broken', skipped: 'broken' } as const satisfies Record<EtlReport['status'] | 'waiting', Stage>

/** Why an ETL was skipped. */
export const blockedWords = ({ by, looksUp }: Blocked, failed: boolean): string => `${labelOf(by)}, which it ${looksUp ? 'uses' : 'refers to'}, ${failed ? 'failed' : 'was skipped'}`

async function publishAll(entries: readonly Entry[], done: readonly EtlReport[], context: RunContext): Promise<RefreshReport> {
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

/** What came to nothing, for whoever reads the ledger. That this can't be entered changes nothing. */
async function enterFailures({ etls }: RefreshReport, context: RunContext): Promise<void> {
  const failures = etls.filter(({ status }) => status === 'failed' || status === 'skipped')
  if (failures.length === 0) return
  try {
    await onBorrowed(context.warehouse, async (session) => {
      for (const failure of failures) await endRequest(session, context.refresh.id, failure, failure.status === 'skipped' ? 'skipped' : 'failed', failure.error)
    })
  } catch (error) {
    context.log.warn(`Could not enter what failed: ${messageOf(error)}`, { event: 'ledger-unreachable', refresh: context.refresh.id })
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

async function runOne(entry: Entry, context: RunContext, isOver: () => boolean): Promise<EtlReport> {
  const begun = performance.now()
  context.on({ what: 'started' }, entry)
  try {
    const { result, table, counts, flow, seconds } = await runEtl(entry, context)
    const goesLive = isPublishedAlone(context) && !isOver()
    // What was changed in place is live.
    if (goesLive && counts.inPlace === undefined) await publishOne(entry, context)
    context.on({ what: goesLive ? 'published' : 'loaded' }, entry)
    return { type: entry.type, name: entry.name, table, status: goesLive ? 'published' : 'loaded', result, counts, ...flow && { flow }, seconds }
  } catch (error) {
    context.on({ what: 'failed' }, entry)
    context.log.error(`Failed ${labelOf(entry)}: ${messageOf(error)}`, { event: 'failed', type: entry.type, name: entry.name, refresh: context.refresh.id })
    return {
      type: entry.type, name: entry.name, table: tableOf(context)(entry.etl), status: 'failed',
      seconds: (performance.now() - begun) / 1000, error: error as Error,
    }
  }
}

function skipped(entry: Entry, context: RunContext, why: string): EtlReport {
  context.on({ what: 'skipped' }, entry)
  context.log.warn(`Skipped ${labelOf(entry)}: ${why}`, { event: 'skipped', type: entry.type, name: entry.name, refresh: context.refresh.id })
  return { type: entry.type, name: entry.name, table: tableOf(context)(entry.etl), status: 'skipped', seconds: 0, error: new StarlineError('skipped', { where: labelOf(entry), why }) }
}

const tableOf = ({ warehouse }: RunContext) => (etl: Etl): string => etl.create.definition(warehouse.dialectName).table

/** Whether a refresh failed only because somebody else was at work. */
export const isBusy = ({ etls, error }: RefreshReport): boolean =>
  [error, ...etls.filter(({ status }) => status === 'failed').map((report) => report.error)].some((one) => one instanceof BusyError)
