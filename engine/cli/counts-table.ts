import { StoppedError } from '../errors.ts'
import type { Counts } from '../etl/etl.ts'
import type { EtlReport } from '../etl/run-all.ts'
import { plainTable, visibleWidth } from './plain-table.ts'
import { paint } from './terminal.ts'
import type { Screen } from './terminal.ts'
import { duration, grouped, wrapped } from './words.ts'

interface Column {
  readonly head: string
  readonly of: (counts: Counts) => number | undefined
  /** Left out where a terminal is too narrow and there is nothing but noughts in it. */
  readonly spare?: true
  /** A narrower head. */
  readonly short?: string
}

const sum = (counts: Readonly<Record<string, number>> | undefined): number | undefined =>
  counts && Object.values(counts).reduce((total, n) => total + n, 0)

const columns: readonly Column[] = [
  { head: 'rows\nread', of: ({ read }) => read },
  { head: '\nloaded', of: ({ read, rejected }) => read - rejected },
  { head: '\nunchanged', short: 'un-\nchanged', of: ({ unchanged }) => unchanged },
  { head: 'over-\nwritten', of: ({ overwritten }) => overwritten, spare: true },
  { head: '\nnew', of: ({ newMembers }) => newMembers },
  { head: 'new\nversions', of: ({ newVersions }) => newVersions, spare: true },
  { head: '\nrejected', short: 're-\njected', of: ({ rejected }) => rejected, spare: true },
  { head: 'members\nnot found', short: 'not\nfound', of: ({ notFound }) => sum(notFound), spare: true },
]

/** What each ETL did, row by row; a dash where a count has no meaning. Where a terminal has no room for a table, a few lines for each. */
export function countsTable(etls: readonly EtlReport[], screen: Screen): string {
  const needed = columns.filter(({ spare, of }) => !spare || etls.some(({ counts }) => counts && (of(counts) ?? 0) > 0))
  const short = needed.map((column) => ({ ...column, head: column.short ?? column.head }))
  const tries = [() => drawn(etls, columns, screen), () => drawn(etls, needed, screen), () => drawn(etls, short, screen), () => drawn(etls, short, screen, false)]
  for (const text of tries) if (visibleWidth(text()) <= screen.width()) return text()
  return etls.map((etl) => listed(etl, needed, screen)).join('\n')
}

function drawn(etls: readonly EtlReport[], shown: readonly Column[], screen: Screen, isTimed = true): string {
  const isWhole = etls.every(({ status }) => status === 'published')
  const head = ['', ...shown.map((column) => column.head), ...isTimed ? ['\nelapsed'] : [], ...isWhole ? [] : ['\nstatus']]
  const rows = etls.map(({ name, counts, seconds, status, error }) => [
    name,
    ...shown.map(({ of }) => cell(counts && of(counts))),
    ...isTimed ? [status === 'skipped' ? '–' : duration(seconds)] : [],
    ...isWhole ? [] : [statusText(screen, status, error)],
  ])
  return plainTable(screen, head, rows, (column) => column > 0 && column <= shown.length + (isTimed ? 1 : 0))
}

/** The same as words: `product  rows read 850 · loaded 850 · new 850`. */
function listed({ name, counts, status, error }: EtlReport, shown: readonly Column[], screen: Screen): string {
  const said = shown.flatMap(({ head, of }) => {
    const n = counts && of(counts)
    return n === undefined ? [] : [`${head.trim().replaceAll(/-\n/g, '').replaceAll('\n', ' ')} ${grouped(n)}`]
  })
  const word = statusText(screen, status, error)
  return wrapped(`${name}  `, [...word === '' ? [] : [word], ...said], screen.width())
}

const cell = (n: number | undefined): string => (n === undefined ? '–' : grouped(n))

function statusText(screen: Screen, status: EtlReport['status'], error: Error | undefined): string {
  if (error instanceof StoppedError) return paint(screen, 'yellow', 'stopped')
  if (status === 'published') return ''
  return paint(screen, status === 'failed' ? 'red' : 'yellow', status === 'loaded' ? 'loaded, not published' : status)
}
