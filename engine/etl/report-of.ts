import type { Connection } from '../db/connection.ts'
import { StarlineError } from '../errors.ts'
import { outcomeOf } from '../publish/refresh-outcome.ts'
import { requestsOf } from '../publish/requests.ts'
import type { KnownRequest } from '../publish/requests.ts'
import { runEnd, secondsBetween } from '../publish/standing.ts'
import { errorOf } from '../error-document.ts'
import { detailIn } from './flow-form.ts'
import { labelOf } from './registry.ts'
import type { Entry } from './registry.ts'
import type { EtlReport, RefreshReport } from './run-all.ts'

interface LastRun { readonly type: string; readonly name: string; readonly rows: number | null; readonly detail: string | null; readonly begun: string; readonly ended: string }

/**
 * What became of a refresh, by the ledger alone: the same report that whoever ran it by itself would have. The ETLs come in
 * the order of the configuration; one that is not active any more is left out.
 */
export async function reportOf(session: Connection, refresh: string, entries: readonly Entry[]): Promise<RefreshReport> {
  const requests = await requestsOf(session, refresh)
  const runs = await lastRuns(session, refresh)
  const etls = entries.flatMap((entry) => {
    const request = requests.find((one) => labelOf(one) === labelOf(entry))
    return request === undefined ? [] : [etlReport(entry, request, runs.get(labelOf(entry)), session.dialect.name)]
  })
  const { heldBack, error } = await outcomeOf(session, refresh)
  return { etls, ...heldBack !== undefined && { heldBack }, ...error !== undefined && { error: errorOf(error) } }
}

async function lastRuns(session: Connection, refresh: string): Promise<ReadonlyMap<string, LastRun>> {
  const { knex } = session.dialect
  const rows = await session.query<LastRun>(knex('etl_run').where({ refresh }).orderBy('fence').select({
    type: 'etl_type', name: 'etl_name', rows: 'rows_loaded', detail: 'detail', begun: 'started_at', ended: knex.raw(runEnd),
  }))
  return new Map(rows.map((run) => [labelOf(run), run]))
}

const statuses: Readonly<Record<string, EtlReport['status']>> = { succeeded: 'published', loaded: 'loaded', skipped: 'skipped', waiting: 'skipped' }

function etlReport({ type, name, etl }: Entry, { status, error }: KnownRequest, run: LastRun | undefined, dialect: string): EtlReport {
  const head = { type, name, table: etl.create.definition(dialect).table, seconds: run === undefined ? 0 : secondsBetween(run.begun, run.ended) }
  const how = statuses[status] ?? 'failed'
  if (how !== 'published' && how !== 'loaded') return { ...head, status: how, error: error ?? new StarlineError(`it ended as ${status}`, { where: `${type} ${name}` }) }
  return { ...head, status: how, result: [type, name, run?.rows ?? 0], ...typeof run?.detail === 'string' && detailIn(run.detail) }
}
