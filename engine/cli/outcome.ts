import { BusyError, ConfigurationError } from '../errors.ts'
import type { RefreshReport } from '../etl/run-all.ts'
import type { SourceCheck } from '../etl/source-check.ts'
import type { LastPublished } from '../publish/last-published.ts'
import type { Plan } from './plan.ts'

/** What was asked for: how many ETLs, and whether a refresh was joined that others had asked for. */
export interface Asked {
  readonly etls: number
  readonly joined: boolean
}

/** What became of a whole command: what the report and the JSON document are made of. */
export interface Outcome {
  /** The refresh's id; undefined where nothing was to be written. */
  readonly refresh?: string
  readonly sources?: readonly SourceCheck[]
  /** The tables that were dropped, in order. */
  readonly dropped?: readonly string[]
  readonly report?: RefreshReport
  /** Workers did it: what came to nothing can be asked of them once more. */
  readonly byWorkers?: boolean
  /** The refresh was asked for through the queue, and not waited for. */
  readonly asked?: Asked
  /** The refresh that was rolled back. */
  readonly rolledBack?: LastPublished
  /** What would be done, and the same as text: of a dry run. */
  readonly plan?: Plan
  readonly planText?: string
  /** What ended the command before its end. */
  readonly error?: Error
  readonly seconds: number
}

/** Everything that went wrong; what was only skipped because of it is left out. */
export function failuresOf({ sources = [], report, error }: Outcome): readonly Error[] {
  const each = [
    ...sources.map((source) => source.error),
    ...(report?.etls ?? []).map((etl) => (etl.status === 'failed' ? etl.error : undefined)),
    report?.error, error,
  ]
  return each.filter((one) => one !== undefined)
}

/** 0 all well, 1 an ETL or a check failed, 2 only the command line or the configuration is wrong, 3 only somebody else was at work. */
export function exitCodeOf(outcome: Outcome): number {
  return codeOf(failuresOf(outcome), outcome.report?.etls.some(({ status }) => status === 'published'))
}

/** The same for errors alone. Where anything was published, nothing is merely a matter of declarations any more. */
export function codeOf(failures: readonly Error[], isPublished = false): number {
  if (failures.length === 0) return 0
  if (failures.every((error) => error instanceof BusyError)) return 3
  return !isPublished && failures.every((error) => error instanceof ConfigurationError) ? 2 : 1
}
