import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../db/connection.ts'
import { StarlineError, StoppedError } from '../errors.ts'
import { labelOf } from '../etl/registry.ts'
import type { Entry } from '../etl/registry.ts'
import { reportOf } from '../etl/report-of.ts'
import { etlsIn, refreshIn } from '../publish/standing.ts'
import type { EtlStanding, RefreshStanding } from '../publish/standing.ts'
import type { Progress } from './progress.ts'
import type { Draft } from './scene.ts'

/** Milliseconds between two looks into the ledger: a person sees no difference, and the warehouse hardly notices. */
const lookEvery = 250

/** Seconds without a worker at it after which somebody should be told. */
const patience = 5

/** What a refresh is followed with. */
interface Following {
  readonly session: Connection
  readonly entries: readonly Entry[]
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** Waits until a refresh has ended, and shows meanwhile what becomes of each ETL. Its end becomes the outcome's. @throws {StoppedError} when the waiting ends before */
export async function follow(refresh: string, { session, entries, progress, signal }: Following, outcome: Draft): Promise<void> {
  const seen = new Map<string, EtlStanding>()
  let idleSince = performance.now()
  let isTold = false
  for (;;) {
    const standing = await standingOf(session, refresh)
    const etls = await etlsIn(session, refresh)
    for (const entry of entries) show(progress, entry, seen, etls.find((one) => labelOf(one) === labelOf(entry)))
    if (isOver(standing)) return enterEnd(session, standing, entries, outcome)
    if (etls.some(({ status }) => status === 'running') || etls.every(({ status }) => status !== 'waiting')) idleSince = performance.now()
    const isIdle = performance.now() - idleSince > patience * 1000
    if (isIdle && !isTold) progress.say(`no worker has taken it for ${patience} seconds: npm run worker starts one, npx starline status ${refresh} says what it waits for`)
    isTold = isIdle
    progress.doing(`refresh ${refresh}${isIdle ? ' waits for a worker: npm run worker' : `: ${sumOf(etls)}`}`)
    await pause(signal, refresh)
  }
}

/** `3 of 11 loaded, 1 failed`. */
function sumOf(etls: readonly EtlStanding[]): string {
  const count = (...words: readonly string[]): number => etls.filter(({ status }) => words.includes(endings[status] ?? '')).length
  const failed = count('failed', 'skipped')
  return `${count('loaded', 'published')} of ${etls.length} loaded${failed === 0 ? '' : `, ${failed} not`}`
}

/** Where it waits, Ctrl-C ends the waiting alone. */
async function pause(signal: AbortSignal, refresh: string): Promise<void> {
  await sleep(lookEvery, undefined, { signal }).catch(() => undefined)
  if (signal.aborted) {
    throw new StoppedError('stopped waiting, and the refresh goes on', {
      where: `refresh ${refresh}`, wayOut: `npx starline status ${refresh} follows it, npx starline cancel ${refresh} ends it`,
    })
  }
}

async function standingOf(session: Connection, refresh: string): Promise<RefreshStanding> {
  const standing = await refreshIn(session, refresh)
  if (standing !== undefined) return standing
  throw new StarlineError('the ledger does not know this refresh any more', { where: `refresh ${refresh}`, wayOut: 'look whether the ledger was emptied, and ask for a new one' })
}

const isOver = ({ status }: RefreshStanding): boolean => status !== 'waiting' && status !== 'running'

/** What has happened to an ETL since the last look. */
function show(progress: Progress, entry: Entry, seen: Map<string, EtlStanding>, now: EtlStanding | undefined): void {
  if (now === undefined) return
  const before = seen.get(labelOf(entry))
  seen.set(labelOf(entry), now)
  const wasBegun = before !== undefined && before.status !== 'waiting' || (before?.attempts ?? 0) > 0
  const { seconds } = now.run ?? {}
  if (now.attempts > 0 && !wasBegun) progress.on({ what: 'started' }, entry, { seconds })
  if (now.status === 'running' && before !== undefined && now.attempts > before.attempts && before.attempts > 0) progress.say(`${labelOf(entry)} is tried again`)
  if (now.status === 'waiting' && before?.status === 'running') progress.say(`${labelOf(entry)} is to be tried again${now.run?.worker === undefined ? '' : `: it failed on ${now.run.worker}`}`)
  const rows = now.run?.rowsRead ?? 0
  if (rows > 0) progress.on({ what: 'rows', rows }, entry)
  const ended = endings[now.status]
  if (ended !== undefined && (before === undefined || endings[before.status] === undefined)) progress.on({ what: ended }, entry, { seconds, rows: now.run?.rows ?? undefined })
}

const endings: Readonly<Partial<Record<EtlStanding['status'], 'loaded' | 'published' | 'failed' | 'skipped'>>> = {
  loaded: 'loaded', succeeded: 'published', failed: 'failed', cancelled: 'failed', abandoned: 'failed', skipped: 'skipped',
}

async function enterEnd(session: Connection, { id, status, outcome: { dropped } }: RefreshStanding, entries: readonly Entry[], outcome: Draft): Promise<void> {
  outcome.report = await reportOf(session, id, entries)
  if (dropped !== undefined) outcome.dropped = dropped
  const isTold = outcome.report.error !== undefined || outcome.report.etls.some(({ error }) => error !== undefined)
  if (status !== 'succeeded' && !isTold) outcome.error = new StarlineError(`it ended as ${status.replace('_', ' ')}`, { where: `refresh ${id}`, wayOut: `npx starline status ${id} says how far it came` })
}
