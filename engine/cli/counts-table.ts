import { StoppedError } from '../errors.ts'
import type { Counts } from '../etl/etl.ts'
import type { EtlReport } from '../etl/run-all.ts'
import { plainTable, visibleWidth } from './plain-table.ts'
import { paint } from './terminal.ts'
import type { Screen } from './terminal.ts'
import { duration, grouped } from './words.ts'

interface Column {
  readonly head: string
  readonly of: (counts: Counts) => number | undefined
  /** Left out where a terminal is too narrow and there is nothing but noughts in it. */
  readonly spare?: true
}

const sum = (counts: Readonly<Record<string, number>> | undefined): number | undefined =>
  counts && Object.values(counts).reduce((total, n) => total + n, 0)

const columns: readonly Column[] = [
  { head: 'rows\nread', of: ({ read }) => read },
  { head: '\nloaded', of: ({ read, rejected }) => read - rejected },
  { head: '\nunchanged', of: ({ unchanged }) => unchanged },
  { head: 'over-\nwritten', of: ({ overwritten }) => overwritten, spare: true },
  { head: '\nnew', of: ({ newMembers }) => newMembers },
  { head: 'new\nversions', of: ({ newVersions }) => newVersions, spare: true },
  { head: '\nrejected', of: ({ rejected }) => rejected, spare: true },
  { head: 'members\nnot found', of: ({ notFound }) => sum(notFound), spare: true },
]

/** What each ETL did, row by row; a dash where a count has no meaning. */
export function countsTable(etls: readonly EtlReport[], screen: Screen): string {
  const wide = drawn(etls, columns, screen)
  if (visibleWidth(wide) <= screen.width()) return wide
  return drawn(etls, columns.filter(({ spare, of }) => !spare || etls.some(({ counts }) => counts && (of(counts) ?? 0) > 0)), screen)
}

function drawn(etls: readonly EtlReport[], shown: readonly Column[], screen: Screen): string {
  const isWhole = etls.every(({ status }) => status === 'published')
  const head = ['', ...shown.map((column) => column.head), '\nelapsed', ...isWhole ? [] : ['\nstatus']]
  const rows = etls.map(({ name, counts, seconds, status, error }) => [
    name,
    ...shown.map(({ of }) => cell(counts && of(counts))),
    status === 'skipped' ? '–' : duration(seconds),
    ...isWhole ? [] : [statusText(screen, status, error)],
  ])
  return plainTable(screen, head, rows, (column) => column > 0 && column <= shown.length + 1)
}

const cell = (n: number | undefined): string => (n === undefined ? '–' : grouped(n))

function statusText(screen: Screen, status: EtlReport['status'], error: Error | undefined): string {
  if (error instanceof StoppedError) return paint(screen, 'yellow', 'stopped')
  if (status === 'published') return ''
  return paint(screen, status === 'failed' ? 'red' : 'yellow', status === 'loaded' ? 'loaded, not published' : status)
}
