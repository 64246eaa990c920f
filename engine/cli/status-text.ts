import { messageOf, StarlineError } from '../errors.ts'
import { errorOf } from '../error-document.ts'
import type { FlowForm } from '../etl/flow-form.ts'
import { labelOf } from '../etl/registry.ts'
import type { EtlStanding, RefreshStanding } from '../publish/standing.ts'
import { formLines } from './form-lines.ts'
import { plainTable, visibleWidth } from './plain-table.ts'
import { paint } from './terminal.ts'
import type { Screen } from './terminal.ts'
import { counted, duration, folded, grouped } from './words.ts'

/** A refresh with all that is known of its ETLs. */
export interface Shown {
  readonly refresh: RefreshStanding
  readonly etls: readonly EtlStanding[]
  /** Rows of the run of each ETL that was live before, where that was asked. */
  readonly before: ReadonlyMap<string, number>
  /** How the rows of each ETL came, where that was asked. */
  readonly flows: ReadonlyMap<string, FlowForm>
  /** The queue of each ETL whose queue no worker takes. */
  readonly untaken: ReadonlyMap<string, string>
}

const colours: Readonly<Record<string, 'green' | 'red' | 'yellow'>> = {
  running: 'green', failed: 'red', stopped: 'red', skipped: 'yellow', cancelled: 'yellow', abandoned: 'yellow', rolled_back: 'yellow',
}
const coloured = (screen: Screen, status: string): string => {
  const colour = colours[status]
  const words = status.replace('_', ' ')
  return colour === undefined ? words : paint(screen, colour, words)
}

/** The refreshes that there are, a line each. */
export function listText(shown: readonly Shown[], screen: Screen, place: string): string {
  if (shown.length === 0) return `Nothing was asked for yet in ${place}.\n\nNext: npx starline run --run_dimensions --run_facts\n`
  const rows = shown.map(({ refresh, etls }) => [
    refresh.id, coloured(screen, refresh.status), refresh.startedAt.slice(0, 19), duration(refresh.seconds), refresh.held ? 'run.ts' : 'queue', sumOf(etls, refresh.cancel && !refresh.finishedAt),
  ])
  const table = plainTable(screen, ['refresh', 'status', 'begun (UTC)', 'took', 'by', 'ETLs'], rows, (column) => column === 3)
  const narrow = visibleWidth(table) <= screen.width() ? table : rows.map((row) => folded(row.join('  '), screen.width(), 2)).join('\n')
  const [first] = shown
  return `${narrow}\n\nNext: npx starline status ${first?.refresh.id ?? ''}\n`
}

/** `2 of 5 live, 1 running, 2 failed`. */
function sumOf(etls: readonly EtlStanding[], isEnding: boolean): string {
  const count = (...statuses: readonly EtlStanding['status'][]): number => etls.filter(({ status }) => statuses.includes(status)).length
  const parts = [
    [count('loaded'), 'loaded'], [count('running'), 'running'], [count('waiting'), 'waiting'], [count('failed'), 'failed'], [count('skipped'), 'skipped'], [count('cancelled', 'abandoned'), 'not loaded'],
  ] as const
  const rest = parts.flatMap(([n, word]) => (n === 0 ? [] : [`${n} ${word}`]))
  return [...etls.length === 0 ? [] : [`${count('succeeded')} of ${etls.length} live`], ...rest, ...isEnding ? ['being cancelled'] : []].join(', ')
}

/** One refresh, ETL by ETL. */
export function refreshText({ refresh, etls, before, untaken, flows }: Shown, screen: Screen): string {
  const head = `refresh ${refresh.id}: ${coloured(screen, refresh.status)}${refresh.cancel && refresh.finishedAt === null ? ', being cancelled' : ''}, by ${refresh.held ? 'run.ts' : 'the queue'}, `
    + `${refresh.status === 'waiting' ? 'asked for' : 'begun'} ${refresh.startedAt.slice(0, 19)} (UTC), ${duration(refresh.seconds)}`
  const { heldBack, dropped = [], error } = refresh.outcome
  const parts = [
    folded(head, screen.width(), 2),
    etls.length === 0 ? '' : tableOf({ etls, before }, screen),
    folded(dropped.length === 0 ? '' : `dropped  ${dropped.join(', ')}`, screen.width(), 2),
    formLines(etls.map((etl) => ({ name: etl.name, flow: flows.get(labelOf(etl)) })), screen.width()).join('\n'),
    folded([...waitingLines(etls), ...untakenLines(etls, untaken), ...etls.flatMap(whyOf), ...heldBack === undefined ? [] : [`nothing was published: ${heldBack}`], ...error === undefined ? [] : [messageOf(errorOf(error))]].join('\n'), screen.width(), 2),
    nextOf(refresh, etls),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function tableOf({ etls, before }: Pick<Shown, 'etls' | 'before'>, screen: Screen): string {
  const rows = (withWorker: boolean): string[][] => etls.map(({ type, name, status, attempts, run }) => [
    type, name, coloured(screen, status), cell(run?.rows ?? run?.rowsRead ?? undefined), cell(before.get(labelOf({ type, name }))), run === undefined ? '–' : duration(run.seconds), attempts === 0 ? '–' : grouped(attempts),
    ...withWorker ? [run?.worker ?? ''] : [],
  ])
  const head = ['type', 'name', 'status', 'rows', 'before', 'took', 'attempts']
  const wide = plainTable(screen, [...head, 'worker'], rows(true), isNumber)
  return visibleWidth(wide) <= screen.width() ? wide : plainTable(screen, head, rows(false), isNumber)
}

const isNumber = (column: number): boolean => column >= 3 && column <= 6
const cell = (rows: number | undefined): string => (rows === undefined ? '–' : grouped(rows))

/** What waits, and for what: those that wait for the same share a line. */
function waitingLines(etls: readonly EtlStanding[]): string[] {
  const isOpen = (label: string): boolean => etls.some((one) => labelOf(one) === label && (one.status === 'waiting' || one.status === 'running'))
  const waiting = etls.filter(({ status }) => status === 'waiting').map((etl) => ({
    label: labelOf(etl), what: etl.dependsOn.filter(isOpen).join(', ') || (etl.attempts > 0 ? 'another attempt' : 'a worker'),
  }))
  return [...new Set(waiting.map(({ what }) => what))].map((what) => {
    const labels = waiting.filter((one) => one.what === what).map(({ label }) => label)
    return `${labels.join(', ')} ${labels.length === 1 ? 'waits' : 'wait'} for ${what}`
  })
}

/** The queues in which something waits and which no worker takes, with what to type. */
function untakenLines(etls: readonly EtlStanding[], untaken: Shown['untaken']): string[] {
  const waiting = etls.filter(({ status }) => status === 'waiting').map(labelOf)
  return [...new Set(waiting.flatMap((label) => untaken.get(label) ?? []))].map((queue) => {
    const labels = waiting.filter((label) => untaken.get(label) === queue)
    return `no worker takes queue ${queue} now${labels.length === waiting.length ? '' : `, in which ${labels.join(', ')} ${labels.length === 1 ? 'is' : 'are'}`}: npm run worker -- --queues ${queue}`
  })
}

/** Why an ETL has not succeeded. */
function whyOf({ error, status, ...etl }: EtlStanding): string[] {
  if (error === undefined || status === 'waiting') return []
  const why = status === 'skipped' && error instanceof StarlineError ? `skipped: ${error.why ?? ''}` : error.message
  return [why.startsWith(labelOf(etl)) ? why : `${labelOf(etl)}: ${why}`]
}

function nextOf({ id, status, held }: RefreshStanding, etls: readonly EtlStanding[]): string {
  const left = etls.filter((one) => one.status !== 'succeeded').length
  if (status === 'running' || status === 'waiting') return `Next: npx starline cancel ${id}`
  return held || left === 0 || status === 'rolled_back' || status === 'succeeded' ? '' : `Next: npx starline retry ${id}  (${counted(left, 'ETL')})`
}
