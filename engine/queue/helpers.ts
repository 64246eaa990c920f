import type { Helpers } from '../etl/context.ts'
import { rangeJobIds } from './message.ts'
import type { RangeMessage } from './message.ts'
import type { Queues } from './queues.ts'

/**
 * Asks other workers to take ranges of a load, by jobs in the queue of its ETL: who is free comes, and takes as many as are
 * left. Nothing hangs on these jobs: one that nobody takes, or that an older worker refuses, is a range that the run loads itself.
 */
export function helpersOf(refresh: string, queues: Queues): Helpers {
  return {
    async call(entry, { runId, fence }, count) {
      const { type, name } = entry
      const data: RangeMessage = { type, name, refresh, run: runId }
      // None is kept: what became of it stands in the log, and in the load.
      await queues.of(entry).addBulk(rangeJobIds(data, fence, count).map((jobId) => ({ name: 'loadRanges', data, opts: { jobId, removeOnComplete: true } })))
    },
    async dismiss(entry, { fence }, count) {
      const queue = queues.of(entry)
      await Promise.all(rangeJobIds({ type: entry.type, name: entry.name, refresh }, fence, count).map((id) => queue.remove(id)))
    },
  }
}
