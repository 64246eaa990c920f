import type { Queue } from 'bullmq'
import { BusyError, DatabaseError, messageOf, StarlineError } from '../errors.ts'
import { entriesOf, labelOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { redact } from '../redact.ts'
import { openLine } from './backend.ts'
import type { Asked } from './message.ts'
import { addJob, queueOf as queueCalled, queuesOn } from './queues.ts'

/** An ETL, by its name: one that is not active any more may have jobs still. */
interface Named { readonly type: string; readonly name: string }

/** The jobs in the queue, for whoever looks after them from outside of a worker. */
export interface Jobs {
  readonly main: Queue
  /** The queue of an ETL's job. */
  queueOf(entry: Named): Queue
  /** The queue of the job that does what was asked for. */
  own(asked: Asked): Queue
  /** Adds the job that does it; one that is there stays as it is. */
  add(refresh: string, asked: Asked): Promise<void>
}

/**
 * Does a piece of work on the jobs, over a connection of its own.
 *
 * @throws {DatabaseError} where the queue can't be reached, or does not answer
 */
export async function withJobs<T>(config: Config, work: (jobs: Jobs) => Promise<T>): Promise<T> {
  const line = await openLine(config.queue, { seconds: config.deadlines.connectSeconds, comesBack: false, warehouse: config.warehouse })
  const queues = queuesOn(line)
  const queueOf = (etl: Named): Queue => {
    const entry = entriesOf(config).find((one) => labelOf(one) === labelOf(etl))
    return entry === undefined ? queues.named(queueCalled('default')) : queues.of(entry)
  }
  const own = (asked: Asked): Queue => (asked.task === 'processEtl' ? queueOf(asked) : queues.main)
  try {
    return await work({
      main: queues.main, queueOf, own,
      add: (refresh, asked) => addJob(own(asked), refresh, asked),
    })
  } catch (error) {
    throw error instanceof StarlineError ? error : new DatabaseError('the queue did not answer', {
      where: line.place, why: redact(messageOf(error)), transient: true, wayOut: 'look whether its server is well, then try again',
    })
  } finally {
    await line.close()
  }
}

/** Takes a job away, unless a worker is at it. @returns whether there is none now */
export const isTaken = async (queue: Queue, id: string): Promise<boolean> => await queue.getJobState(id) === 'unknown' || await queue.remove(id) === 1

/** The same, where a worker may be about to enter its end. @throws {BusyError} where it goes on working on it */
export async function takeAway(queue: Queue, id: string, what: string): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await isTaken(queue, id))) {
    if (performance.now() > end) throw new BusyError('a worker is still at work on it', { where: what, wayOut: 'try again in a minute' })
    await new Promise((resolve) => { setTimeout(resolve, 100) })
  }
}
