import type { Connection, Database } from '../db/connection.ts'
import type { Unwanted } from '../etl/queue-door.ts'
import type { Config } from '../etl/registry.ts'
import { silent } from '../log.ts'
import { overOf } from '../publish/heart.ts'
import { keptDocument } from '../publish/kept-error.ts'
import { openRefresh } from '../publish/refresh.ts'
import { advance, parentOf } from './advance.ts'
import { isTaken } from './jobs.ts'
import type { Jobs } from './jobs.ts'
import { etlJobId, jobIdOf } from './message.ts'
import type { Asked } from './message.ts'
import { wantedOf } from './wanted.ts'

/**
 * Takes the jobs away that nobody has begun, of a refresh that was cancelled or of one ETL of it. Where nobody works on the
 * refresh any more, it is ended here: there may be no worker that would.
 */
export async function clearJobs(config: Config, warehouse: Database, session: Connection, jobs: Jobs, { refresh, etl }: Unwanted, asked: Asked): Promise<void> {
  if (etl !== undefined) await isTaken(jobs.queueOf(etl), etlJobId({ ...etl, refresh }))
  const wanted = await wantedOf(session, refresh, config)
  if (asked.task === 'refreshDataWarehouse') await advance({ refresh, session, wanted, queueOf: (entry) => jobs.queueOf(entry), parent: parentOf(jobs.main, refresh), log: silent })
  const over = await overOf(session, refresh)
  if (over === undefined) return
  // One that a worker is at ends by itself: its job, and those that it waits for, can't be taken away.
  if (!(await isTaken(jobs.own(asked), jobIdOf(refresh, asked)))) return
  const open = await openRefresh(warehouse, { id: refresh, held: false, onLost() {} })
  if (open.ended === undefined) await open.end(over.status, { error: keptDocument(over.error) })
  else await open.leave()
}
