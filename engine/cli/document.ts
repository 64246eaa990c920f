import type { EtlReport } from '../etl/run-all.ts'
import type { Result } from '../etl/etl.ts'
import { warningsOf } from '../etl/warning.ts'
import { labelOf } from '../etl/registry.ts'
import { StarlineError } from '../errors.ts'
import type { LastPublished } from '../publish/last-published.ts'
import { plural } from '../plural.ts'
import { redact } from '../redact.ts'
import type { Outcome } from './outcome.ts'
import { errorDocument } from '../error-document.ts'

/** The one document of `--json`: what was published, what each ETL did, and what went wrong. */
export function documentText(outcome: Outcome): string {
  return `${JSON.stringify(clean(documentOf(outcome)), undefined, 2)}\n`
}

function documentOf({ asked, refresh, sources, dropped, report, rolledBack, plan, error, seconds }: Outcome): unknown {
  const etls = report?.etls ?? []
  const failure = error ?? report?.error ?? summaryOf(sources, etls)
  return {
    refresh: refresh ?? null,
    ...asked && { asked },
    results: [resultsOf(etls, 'dimension'), resultsOf(etls, 'fact')],
    etls: plan?.etls ?? etls.map(etlDocument),
    ...sources && {
      sources: sources.map(({ entry, rows, error: problem }) => ({
        type: entry.type, name: entry.name, ok: problem === undefined, rows, ...problem && { error: errorDocument(problem) },
      })),
    },
    ...dropped && { dropped },
    ...rolledBack && { rolledBack: rollbackDocument(rolledBack) },
    ...report?.heldBack !== undefined && { heldBack: report.heldBack },
    ...plan && { ledger: plan.ledger, publish: plan.publish },
    seconds,
    ...failure && { error: errorDocument(failure) },
  }
}

function rollbackDocument({ refresh, publishedAt, tables }: LastPublished): unknown {
  return {
    refresh, publishedAt,
    tables: tables.map(({ run: { type, name, target, replaced }, liveRows, oldRows }) => ({ type, name, table: target, status: replaced === null ? 'taken away' : 'put back', rows: oldRows ?? null, rowsBefore: liveRows ?? null })),
  }
}

/** One error for a reader who looks at nothing else: how many failed, and which. */
function summaryOf(sources: Outcome['sources'] = [], etls: readonly EtlReport[]): StarlineError | undefined {
  const untested = sources.filter((source) => source.error !== undefined).map(({ entry }) => labelOf(entry))
  const failed = etls.filter(({ status }) => status === 'failed').map(labelOf)
  if (untested.length > 0) return new StarlineError(`${untested.length} of ${plural(sources.length, 'source')} failed the test`, { why: untested.join(', ') })
  if (failed.length > 0) return new StarlineError(`${failed.length} of ${plural(etls.length, 'ETL')} failed`, { why: failed.join(', ') })
  return undefined
}

/** The tuples of what is live now: a run that was loaded and not published is not among them. */
function resultsOf(etls: readonly EtlReport[], type: Result[0]): Result[] {
  return etls.flatMap(({ status, result }) => (status === 'published' && result?.[0] === type ? [result] : []))
}

function etlDocument({ type, name, table, status, result, counts, flow, seconds, error }: EtlReport): unknown {
  const warning = counts && warningsOf(counts).map(({ text }) => text).join('; ')
  return {
    type, name, table, status, rows: result?.[2] ?? null, seconds,
    ...counts && { counts }, ...flow && { flow }, ...warning && { warning }, ...error && { error: errorDocument(error) },
  }
}

/** Takes secrets out of every text, before quotes and backslashes are escaped. */
export function clean(value: unknown): unknown {
  if (typeof value === 'string') return redact(value)
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(clean)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, clean(inner)]))
}
