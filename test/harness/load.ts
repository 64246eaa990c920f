/** One load of the star, by the same functions as behind both doors. */

import { databasesOf, workerName } from '../../engine/etl/context.ts'
import type { Happening, RunContext } from '../../engine/etl/context.ts'
import { entriesOf } from '../../engine/etl/registry.ts'
import type { Config, Entry } from '../../engine/etl/registry.ts'
import { isBusy, runAll } from '../../engine/etl/run-all.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import type { Database } from '../../engine/db/connection.ts'
import { BusyError, FencedError, messageOf, StarlineError } from '../../engine/errors.ts'
import { silent } from '../../engine/log.ts'
import type { Log } from '../../engine/log.ts'
import { askAgain } from '../../engine/publish/again.ts'
import { lastPublished } from '../../engine/publish/last-published.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { rollback } from '../../engine/publish/rollback.ts'
import { fewOf, watchFew } from './few.ts'
import type { FailPoint, Job, Note, Report } from './job.ts'
import type { Violation } from './judge.ts'
import { withoutLocks } from './lockless.ts'
import { watch } from './reader.ts'
import type { Reader } from './reader.ts'
import { starOf } from './star.ts'

/** Told after each step, before anything else is done. */
export type AtStep = (point: FailPoint) => void

/** Loads one generation and tells of every step. `given` is the warehouse where it is open in this process already. */
export async function load(job: Job, note: (note: Note) => void, atStep: AtStep, given?: Database, log: Log = silent): Promise<Report> {
  const config = job.few === undefined ? starOf(job, (took) => note({ what: 'took', took })) : fewOf(job)
  const databases = databasesOf(config)
  const lost = new AbortController()
  const at = (point: FailPoint): void => {
    note({ what: 'step', ...point })
    atStep(point)
  }
  const watched = job.watched && { ...job.watched }
  let reader: Reader | undefined
  try {
    const opened = given ?? await databases.warehouse()
    const warehouse = job.lockless ? withoutLocks(opened) : opened
    const tell = (violation: Violation): void => note({ what: 'violation', ...violation })
    reader = watched && (job.few === undefined ? watch(await opened.connect(), watched, tell, 2) : watchFew(await opened.connect(), () => job.few!, tell, 2))
    const held = job.door === 'run'
    if (job.refresh !== undefined) await takeUpAgain(warehouse, job.refresh)
    const refresh = await openRefresh(warehouse, {
      held, asked: { generation: job.generation }, onLost: (error) => lost.abort(error),
      ...job.refresh === undefined ? {} : { id: job.refresh }, ...job.leaseSeconds === undefined ? {} : { leaseSeconds: job.leaseSeconds },
    })
    note({ what: 'refresh', id: refresh.id })
    at({ step: 'opened' })
    const on = (happening: Happening, entry?: Entry): void => {
      if (happening.what === 'step' || happening.what === 'loaded' || happening.what === 'published') {
        at({ step: happening.what === 'step' ? happening.step : 'run', ...entry && { etl: entry.name } })
      }
    }
    if (job.back === true) {
      await rollBack(config, warehouse, refresh.id, (step) => at({ step }))
      await refresh.end('succeeded')
      const report = { results: [], published: [], errors: [], busy: false, fenced: false, final: [] }
      note({ what: 'report', report })
      return report
    }
    const context: RunContext = {
      config, warehouse, source: (name) => databases.source(name), refresh, signal: lost.signal, adopt: false, worker: workerName(), log, on,
    }
    const report = reportOf(await runAll(entriesOf(config).filter(({ name }) => job.only?.includes(name) ?? true), context, { concurrency: 1, failFast: job.whole ?? false }))
    at({ step: 'ending' })
    await refresh.end(report.errors.length === 0 ? 'succeeded' : 'failed')
    at({ step: 'ended' })
    await reader?.stop()
    if (reader && watched) note({ what: 'seen', path: watched.seen, polls: reader.polls() })
    note({ what: 'report', report })
    return report
  } finally {
    await reader?.stop()
    await databases.close()
  }
}

async function rollBack(config: Config, warehouse: Database, refresh: string, step: (name: string) => void): Promise<void> {
  const session = await warehouse.connect()
  try {
    const definitions = entriesOf(config).map(({ etl }) => etl.create.definition(session.dialect.name))
    await rollback(session, await lastPublished(session), { refresh, worker: workerName(), step, definitionOf: (target) => definitions.find(({ table }) => table === target) })
  } finally {
    await session.close()
  }
}

/** A refresh that failed before is asked for once more, as `starline retry` does; one that was left at work is gone on with. */
async function takeUpAgain(warehouse: Database, id: string): Promise<void> {
  const session = await warehouse.connect()
  try {
    if (!(await session.tablesLike('etl_')).includes('etl_refresh')) return
    const [failed] = await session.query(session.dialect.knex('etl_refresh').where({ id, status: 'failed' }).select('id'))
    if (failed !== undefined) await askAgain(session, id, 'harness', true, 60)
  } finally {
    await session.close()
  }
}

function reportOf(report: RefreshReport): Report {
  const errors = [...report.etls.flatMap(({ error }) => error ?? []), ...report.error ? [report.error] : []]
  return {
    results: report.etls.flatMap(({ result }) => (result === undefined ? [] : [result])),
    published: report.etls.filter(({ status }) => status === 'published').map(({ name }) => name),
    errors: errors.map(messageOf), busy: isBusy(report), fenced: errors.some((error) => error instanceof FencedError),
    final: errors.filter(isFinal).map((error) => error.stack ?? messageOf(error)),
  }
}

/** What is known of a load that threw. */
export function reportOfError(error: unknown): Report {
  const final = !(error instanceof Error) || isFinal(error) ? [error instanceof Error ? error.stack ?? error.message : String(error)] : []
  return { results: [], published: [], errors: [messageOf(error)], busy: error instanceof BusyError, fenced: error instanceof FencedError, final }
}

/** What was skipped, or overtaken, is so for another error's or loader's sake. */
const isFinal = (error: Error): boolean =>
  !(error instanceof StarlineError && (error.transient || error instanceof FencedError || error.what === 'skipped'))
