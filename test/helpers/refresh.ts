/** A whole refresh in one call, by the same journey as behind both doors. */

import { databasesOf, workerName } from '../../engine/etl/context.ts'
import type { Happening, RunContext } from '../../engine/etl/context.ts'
import type { Result } from '../../engine/etl/etl.ts'
import { entriesOf } from '../../engine/etl/registry.ts'
import type { Config, Entry } from '../../engine/etl/registry.ts'
import { runAll } from '../../engine/etl/run-all.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { messageOf } from '../../engine/errors.ts'
import { silent } from '../../engine/log.ts'
import type { Log } from '../../engine/log.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'

export interface LoadOptions {
  readonly concurrency?: number
  readonly failFast?: boolean
  readonly adopt?: boolean
  readonly log?: Log
  /** Aborted: the refresh stops with the signal's reason. */
  readonly signal?: AbortSignal
  readonly on?: (happening: Happening, entry?: Entry) => void
}

/**
 * Opens a configuration's databases and a refresh, runs the entries (all that are active unless told), publishes and
 * closes. An ETL's failure is in the report, as it is there for `run.ts`; `resultsOf` throws it.
 *
 *     const report = await loadAll(config)
 *     const report = await loadAll(config, [findEntry(config, 'dimension', 'school')])
 */
export async function loadAll(config: Config, entries: readonly Entry[] = entriesOf(config), options: LoadOptions = {}): Promise<RefreshReport> {
  const { concurrency = 1, failFast = false, adopt = false, log = silent, on = () => {} } = options
  const databases = databasesOf(config)
  const lost = new AbortController()
  const signal = AbortSignal.any([lost.signal, ...options.signal ? [options.signal] : []])
  try {
    const warehouse = await databases.warehouse()
    const refresh = await openRefresh(warehouse, { held: true, asked: { concurrency, failFast, adopt }, onLost: (error) => lost.abort(error) })
    const context: RunContext = { config, warehouse, source: (name) => databases.source(name), refresh, signal, adopt, worker: workerName(), log, on }
    const report = await runAll(entries, context, { concurrency, failFast })
    await refresh.end(firstError(report) === undefined ? 'succeeded' : 'failed')
    return report
  } finally {
    await databases.close()
  }
}

/** The tuples of a refresh. Throws what failed first. */
export function resultsOf(report: RefreshReport): Result[] {
  const error = firstError(report)
  if (error !== undefined) throw error
  return report.etls.map(({ result }) => result!)
}

const firstError = ({ etls, error }: RefreshReport): Error | undefined => etls.find((etl) => etl.error !== undefined)?.error ?? error

/** What a refresh says: its first error's text, or nothing. */
export async function saidOf(config: Config): Promise<string> {
  try {
    resultsOf(await loadAll(config))
    return ''
  } catch (error) {
    return messageOf(error)
  }
}
