import type { Connection } from '../db/connection.ts'
import { cancelled } from './heart.ts'
import { stagingName } from './names.ts'
import { endRequest, requestsOf } from './requests.ts'
import type { RequestEntry } from './requests.ts'

/** What is to end: a refresh, or one ETL of it. */
interface Unwanted {
  readonly refresh: string
  readonly etl?: RequestEntry
}

/** A run that somebody is at. */
interface RunAtWork {
  readonly type: string
  readonly name: string
  readonly worker: string
  /** Rows that it has read, as far as it has told. */
  readonly rows: number
}

/** Asks whoever works on it to end: their hearts find it within seconds. @returns whether it was under way */
export async function cancel(session: Connection, { refresh, etl }: Unwanted): Promise<boolean> {
  const { knex } = session.dialect
  if (etl === undefined) return await session.execute(knex('etl_refresh').where({ id: refresh }).whereIn('status', ['waiting', 'running']).update({ cancel: true })) === 1
  if (!(await isOpen(session, { refresh, etl }))) return false
  await endRequest(session, refresh, etl, 'cancelled', cancelled(`${etl.type} ${etl.name} of refresh ${refresh}`))
  return true
}

/** The runs that are being loaded. */
export async function runsAtWork(session: Connection, { refresh, etl }: Unwanted): Promise<readonly RunAtWork[]> {
  const { knex } = session.dialect
  return session.query<RunAtWork>(knex('etl_run').where({ refresh, status: 'running', ...etl && { etl_type: etl.type, etl_name: etl.name } })
    .select({ type: 'etl_type', name: 'etl_name', worker: 'worker', rows: knex.raw('COALESCE(rows_read, 0)') }))
}

/** Whether something of its runs that came to nothing is still there: who ends them enters that first, and then clears up. */
export async function hasStaging(session: Connection, { refresh, etl }: Unwanted): Promise<boolean> {
  const { knex } = session.dialect
  const runs = await session.query<{ target: string; fence: number }>(
    knex('etl_run').where({ refresh, ...etl && { etl_type: etl.type, etl_name: etl.name } }).whereIn('status', ['failed', 'abandoned']).select('target', 'fence'))
  for (const { target, fence } of runs) if (await session.describe(stagingName(target, fence)) !== undefined) return true
  return false
}

/** Whether nobody works on it any more, and nobody will. */
export async function hasEnded(session: Connection, unwanted: Unwanted): Promise<boolean> {
  return !(await isOpen(session, unwanted)) && (await runsAtWork(session, unwanted)).length === 0
}

async function isOpen(session: Connection, { refresh, etl }: Unwanted): Promise<boolean> {
  if (etl === undefined) return (await session.query(session.dialect.knex('etl_refresh').where({ id: refresh }).whereIn('status', ['waiting', 'running']).select('id'))).length > 0
  const request = (await requestsOf(session, refresh)).find(({ type, name }) => type === etl.type && name === etl.name)
  return request?.status === 'waiting' || request?.status === 'running'
}
