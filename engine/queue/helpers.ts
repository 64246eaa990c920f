import { setTimeout as sleep } from 'node:timers/promises'
import { workerName } from '../etl/context.ts'
import type { Helpers } from '../etl/context.ts'
import { queueNameOf } from '../etl/queue-name.ts'
import { liveWorkers } from '../publish/workers.ts'
import { answerWithin } from './backend/within.ts'
import { rangeJobIds } from './message.ts'
import type { RangeMessage } from './message.ts'
import type { Queues } from './queues.ts'

/** Seconds: a worker's queue that is away is waited for without an end, and no load may be. */
const patience = 3

/** Milliseconds that a load has lasted before others are asked to take ranges of it: a shorter one is done before they have begun. */
const worthSharing = 1_000

/**
 * Asks other workers to take ranges of a load, by jobs in the queue of its ETL: who is free comes, and takes as many as are
 * left. Nothing hangs on these jobs: one that nobody takes, or that an older worker refuses, is a range that the run loads itself.
 */
export function helpersOf(refresh: string, queues: Pick<Queues, 'of'>, seconds = patience): Helpers {
  return {
    whom: 'other workers',
    async count(entry, session) {
      const queue = queueNameOf(entry)
      return (await liveWorkers(session)).filter((one) => one.worker !== workerName() && one.queues.includes(queue)).length
    },
    async areWorthwhile({ signal }) {
      await sleep(worthSharing, undefined, { signal }).catch(() => undefined)
      return !signal.aborted
    },
    // Who is free, nobody knows.
    areComing: () => false,
    async call(entry, { runId, fence }, count) {
      const { type, name } = entry
      const data: RangeMessage = { type, name, refresh, run: runId }
      // None is kept: what became of it stands in the log, and in the load.
      await answerWithin(seconds, () => queues.of(entry).addBulk(rangeJobIds(data, fence, count).map((jobId) => ({ name: 'loadRanges', data, opts: { jobId, removeOnComplete: true } }))))
    },
    async dismiss(entry, { fence }, count) {
      const queue = queues.of(entry)
      await answerWithin(seconds, () => Promise.all(rangeJobIds({ type: entry.type, name: entry.name, refresh }, fence, count).map((id) => queue.remove(id))))
    },
  }
}
