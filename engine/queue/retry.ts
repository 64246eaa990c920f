import type { Connection } from '../db/connection.ts'
import { findEntry, labelOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { askAgain } from '../publish/again.ts'
import { requestsOf } from '../publish/requests.ts'
import { workHere } from './here.ts'
import { takeAway } from './jobs.ts'
import type { Jobs } from './jobs.ts'
import { refreshLease } from './leases.ts'
import { etlJobId, jobIdOf } from './message.ts'
import type { Asked } from './message.ts'

/**
 * Does once more what came to nothing of a refresh: its old jobs are taken away first, since a job that has failed would
 * end it again, then the ledger is told, then its job is added. Whoever dies in between has lost nothing: it is asked for
 * again, or a worker finds it in the ledger.
 *
 * @returns the ETLs that wait again
 * @throws {BusyError} where a worker is still at one of its jobs, or another refresh is at work
 */
export async function retryThrough(config: Config, session: Connection, jobs: Jobs, refresh: string, asked: Asked): Promise<readonly string[]> {
  const isAlone = asked.task === 'processEtl'
  if (isAlone) findEntry(config, asked.type, asked.name)
  await takeAway(jobs.own(asked), jobIdOf(refresh, asked), `refresh ${refresh}`)
  for (const { type, name } of await requestsOf(session, refresh)) {
    await takeAway(jobs.queueOf({ type, name }), etlJobId({ type, name, refresh }), `${labelOf({ type, name })} of refresh ${refresh}`)
  }
  const again = await askAgain(session, refresh, asked.task, isAlone, refreshLease)
  await jobs.add(refresh, asked)
  await workHere(config)
  return again
}
