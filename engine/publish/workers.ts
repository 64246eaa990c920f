import type { Connection, Database } from '../db/connection.ts'
import { workerName } from './holders.ts'
import { ensureLedger } from './ledger.ts'
import { silence } from './lease.ts'
import { readJson } from './read-json.ts'

/** A worker that gave a sign of life within the last minute. */
export interface LiveWorker {
  readonly worker: string
  /** The queues of ETLs that it takes, by their names. */
  readonly queues: readonly string[]
}

/** Says that this process works, and on what; again and again, for those are taken away that were silent for a minute. */
export async function enterWorker(connection: Connection, database: Database, queues: readonly string[]): Promise<void> {
  const { knex, now, after } = connection.dialect
  await ensureLedger(connection, database)
  const entry = { queues: JSON.stringify(queues), lease: knex.raw(after(silence)) }
  await connection.execute(knex('etl_worker').insert({ worker: workerName(), ...entry }).onConflict('worker').merge(entry))
  await connection.execute(knex('etl_worker').where('lease', '<=', knex.raw(now)).delete())
}

/** Says that this process works no more. */
export async function leaveWorkers(connection: Connection): Promise<void> {
  await connection.execute(connection.dialect.knex('etl_worker').where({ worker: workerName() }).delete())
}

/** Who works now, on whatever machine. */
export async function liveWorkers(connection: Connection): Promise<readonly LiveWorker[]> {
  const { knex, now } = connection.dialect
  const rows = await connection.query<{ worker: string; queues: string }>(knex('etl_worker').where('lease', '>', knex.raw(now)).orderBy('worker').select('worker', 'queues'))
  return rows.map(({ worker, queues }) => ({ worker, queues: (readJson(queues) as readonly string[] | undefined) ?? [] }))
}
