import type { Helpers } from '../etl/context.ts'
import { answerWithin } from './backend/within.ts'
import { rangeJobIds } from './message.ts'
import type { RangeMessage } from './message.ts'
import type { Queues } from './queues.ts'

/** Seconds: a worker's queue that is away is waited for without an end, and no load may be. */
const patience = 3

/**
 * Asks other workers to take ranges of a load, by jobs in the queue of its ETL: who is free comes, and takes as many as are
 * left. Nothing hangs on these jobs: one that nobody takes, or that an older worker refuses, is a range that the run loads itself.
 */
export function helpersOf(refresh: string, queues: Pick<Queues, 'of'>, seconds = patience): Helpers {
  return {
    async call(entry, { runId, fence }, count) {
      const { type, name } = entry
      const data: RangeMessage = { type, name, refresh, run: runId }
      // None is kept: what became of it stands in the log, and in the load.
      await answerWithin(seconds, queues.of(entry).addBulk(rangeJobIds(data, fence, count).map((jobId) => ({ name: 'loadRanges', data, opts: { jobId, removeOnComplete: true } }))))
    },
    async dismiss(entry, { fence }, count) {
      const queue = queues.of(entry)
      await answerWithin(seconds, Promise.all(rangeJobIds({ type: entry.type, name: entry.name, refresh }, fence, count).map((id) => queue.remove(id))))
    },
  }
}
