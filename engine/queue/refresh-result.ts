import type { EtlType, Result } from '../etl/etl.ts'
import { labelOf } from '../etl/registry.ts'
import type { EtlReport, RefreshReport } from '../etl/run-all.ts'
import { CancelledError, messageOf, StarlineError, StoppedError } from '../errors.ts'
import { plural } from '../plural.ts'
import type { EndStatus } from '../publish/refresh.ts'

/** The dimensions' results, then the facts', in the order of the configuration. */
export type RefreshResult = readonly [dimensions: readonly Result[], facts: readonly Result[]]

/** The tuples of what is live. */
export function resultOf({ etls }: RefreshReport): RefreshResult {
  const of = (type: EtlType): Result[] => etls.flatMap(({ status, result }) => (status === 'published' && result?.[0] === type ? [result] : []))
  return [of('dimension'), of('fact')]
}

/** The tuple of one ETL that was asked for by itself. @throws why it failed */
export function etlResultOf(refresh: string, etl: EtlReport | undefined, ended: EndStatus): Result {
  if (etl?.status === 'published' && etl.result !== undefined) return etl.result
  throw etl?.error ?? failureOf(refresh, { etls: etl === undefined ? [] : [etl] }, ended) ?? new StarlineError('it is not active any more', { where: `refresh ${refresh}` })
}

/** One error that names everything that went wrong in a refresh; undefined where nothing did. */
export function failureOf(refresh: string, report: RefreshReport, ended: EndStatus | undefined): StarlineError | undefined {
  if (ended === 'cancelled') return new CancelledError('it was cancelled', { where: `refresh ${refresh}`, why: 'somebody asked for that', wayOut: publishedWords(report) })
  if (ended === 'stopped') return new StoppedError('it was stopped', { where: `refresh ${refresh}`, why: 'nobody went on with it for longer than its lease, or it was told to', wayOut: 'ask for a new one' })
  const failures = report.etls.filter(({ status }) => status === 'failed' || status === 'skipped').map(failureWords)
  if (report.error !== undefined) failures.push(messageOf(report.error))
  if (failures.length === 0) return undefined
  const bad = report.etls.filter(({ status }) => status === 'failed' || status === 'skipped').length
  return new StarlineError(bad === 0 ? 'it could not be published' : `${bad} of ${plural(report.etls.length, 'ETL')} did not load`, {
    where: `refresh ${refresh}`, why: failures.map((failure) => failure.slice(0, 1000)).join(' | '), wayOut: `${publishedWords(report)}; mend the cause and add them again`,
  })
}

function failureWords(report: EtlReport): string {
  const { error } = report
  const why = report.status === 'skipped' && error instanceof StarlineError ? `skipped, because ${error.why ?? ''}` : error?.message ?? 'it failed'
  return why.startsWith(labelOf(report)) ? why : `${labelOf(report)}: ${why}`
}

function publishedWords(report: RefreshReport): string {
  const published = resultOf(report).flat().map(([type, name, rows]) => `${type} ${name} ${rows}`)
  if (report.heldBack !== undefined) return `nothing was published, since ${report.heldBack}`
  return published.length === 0 ? 'nothing was published' : `published were ${published.join(' · ')}`
}
