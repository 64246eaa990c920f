import type { Connection } from '../db/connection.ts'
import { errorOf } from '../error-document.ts'
import type { ErrorDocument } from '../error-document.ts'
import { StarlineError } from '../errors.ts'
import { keptDocument } from './kept-error.ts'
import { requestKey } from './ledger.ts'
import { readJson } from './read-json.ts'
import { inLots } from './lots.ts'

/** How far an ETL of a refresh is, for good: a request that is to be tried again is `waiting`. */
export type RequestStatus = 'waiting' | 'running' | 'loaded' | 'succeeded' | 'failed' | 'skipped' | 'cancelled' | 'abandoned' | 'rolled_back'

/** Nothing more comes of it by itself. */
export const endedBadly: readonly RequestStatus[] = ['failed', 'skipped', 'cancelled', 'abandoned']

/** One ETL that was asked for. */
export interface RequestEntry {
  readonly type: string
  readonly name: string
}

export interface KnownRequest extends RequestEntry {
  readonly status: RequestStatus
  readonly attempts: number
  /** The ETLs that it waits for, or waited for: `dimension product`. */
  readonly dependsOn: readonly string[]
  /** Why it failed, or was skipped. */
  readonly error: Error | undefined
}

function errorIn(text: string | null): Error | undefined {
  const document = readJson(text) as ErrorDocument | undefined
  return document && errorOf(document)
}

/** Enters what a refresh was asked for. What is known stays as it is. */
export async function enterRequests(connection: Connection, refresh: string, wanted: readonly (RequestEntry & { readonly dependsOn: readonly string[] })[]): Promise<void> {
  if (wanted.length === 0) return
  const rows = wanted.map(({ type, name, dependsOn }) => ({
    request_key: requestKey(refresh, type, name), refresh, etl: `${type} ${name}`, depends_on: JSON.stringify(dependsOn), status: 'waiting', attempts: 0,
  }))
  await inLots(rows, async (lot) => { await connection.execute(connection.dialect.knex('etl_request').insert([...lot]).onConflict('request_key').ignore()) })
}

/** What a refresh was asked for, and what became of it. */
export async function requestsOf(connection: Connection, refresh: string): Promise<readonly KnownRequest[]> {
  return (await connection.query<RequestRow>(connection.dialect.knex('etl_request').where({ refresh }).select(requestColumns))).map(readRequest)
}

/** The same of one ETL: who asks for one reads no others, of which there may be many. */
export async function requestOf(connection: Connection, refresh: string, { type, name }: RequestEntry): Promise<KnownRequest | undefined> {
  const [row] = await connection.query<RequestRow>(connection.dialect.knex('etl_request').where({ request_key: requestKey(refresh, type, name) }).select(requestColumns))
  return row && readRequest(row)
}

interface RequestRow { readonly etl: string; readonly status: RequestStatus; readonly attempts: number; readonly depends: string | null; readonly error: string | null }

const requestColumns: Readonly<Record<keyof RequestRow, string>> = { etl: 'etl', status: 'status', attempts: 'attempts', depends: 'depends_on', error: 'error' }

function readRequest({ etl, status, attempts, depends, error }: RequestRow): KnownRequest {
  const [type = '', name = ''] = etl.split(' ')
  return { type, name, status, attempts, dependsOn: (readJson(depends) as readonly string[] | undefined) ?? [], error: errorIn(error) }
}

/**
 * The refresh of the queue that has begun before this one, is at work, and was asked for some of the same ETLs; undefined
 * where there is none. Two that each hold a table which the other one wants would wait for each other.
 */
export async function earlierOf(connection: Connection, refresh: string): Promise<string | undefined> {
  const { knex } = connection.dialect
  const [earlier] = await connection.query<{ id: string }>(
    knex('etl_refresh as other').join('etl_refresh as own', 'own.id', knex.raw('?', [refresh]))
      .where({ 'other.status': 'running', 'other.held': false }).whereRaw('other.id <> own.id')
      .whereRaw('(other.started_at < own.started_at OR (other.started_at = own.started_at AND other.id < own.id))')
      .whereExists(knex('etl_request as theirs').join('etl_request as ours', 'ours.etl', 'theirs.etl').whereRaw('theirs.refresh = other.id AND ours.refresh = own.id').select(knex.raw('1')))
      .orderBy('other.started_at').limit(1).select({ id: 'other.id' }))
  return earlier?.id
}

/** Whether another worker is at the same request by now, or has loaded it: this one's run is not the newest of it any more. */
export async function isElsewhere(connection: Connection, refresh: string, { type, name }: RequestEntry, worker: string): Promise<boolean> {
  const [newest] = await connection.query<{ status: string; worker: string | null }>(
    connection.dialect.knex('etl_run').where({ request_key: requestKey(refresh, type, name) }).orderBy('fence', 'desc').limit(1).select('status', 'worker'))
  return newest !== undefined && ['running', 'staged', 'publishing'].includes(newest.status) && newest.worker !== worker
}

/** Enters the end of a request that came to nothing, unless it has ended. */
export async function endRequest(connection: Connection, refresh: string, { type, name }: RequestEntry, status: 'failed' | 'skipped' | 'cancelled', error: unknown): Promise<void> {
  const { knex } = connection.dialect
  await connection.execute(knex('etl_request').where({ request_key: requestKey(refresh, type, name) })
    .whereNotIn('status', ['succeeded', 'rolled_back', ...status === 'failed' ? ['cancelled'] : []]).update({ status, error: errorText(error) }))
}

/** An error as the ledger keeps it. */
export const errorText = (error: unknown): string => JSON.stringify(keptDocument(error instanceof Error ? error : new StarlineError(String(error))))
