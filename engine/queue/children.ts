import type { Job, Queue } from 'bullmq'
import type { Entry } from '../etl/registry.ts'
import { etlJobId } from './message.ts'
import type { EtlMessage } from './message.ts'

/** A refresh's job for one ETL, as the queue sees it. Whether the ETL succeeded, only the ledger says. */
export interface Child {
  readonly ended: boolean
  /** Why its job failed for good. */
  readonly failure: string | undefined
}

const messageOf = ({ type, name }: Entry, refresh: string): EtlMessage => ({ type, name, refresh })

/** The jobs that a refresh has added, by ETL. */
export async function childrenOf(queue: Queue, refresh: string, entries: readonly Entry[]): Promise<ReadonlyMap<Entry, Child>> {
  const found = new Map<Entry, Child>()
  for (const entry of entries) {
    const id = etlJobId(messageOf(entry, refresh))
    const state = await queue.getJobState(id)
    const job = await queue.getJob(id)
    if (job === undefined) continue
    found.set(entry, { ended: state === 'completed' || state === 'failed', failure: state === 'failed' ? job.failedReason ?? 'it failed' : undefined })
  }
  return found
}

/**
 * Adds jobs that wake their parent when they have all ended, well or badly.
 *
 * Only jobs that aren't there: a job that failed already would be waited for again, and never wake anybody. The failure
 * option is written down since without one a failed child leaves its parent waiting for ever.
 */
export async function addChildren(queue: Queue, parent: Job, refresh: string, entries: readonly Entry[]): Promise<void> {
  if (parent.id === undefined) throw new Error('a job without an id has no children')
  const toParent = { id: parent.id, queue: parent.queueQualifiedName }
  await queue.addBulk(entries.map((entry) => {
    const data = messageOf(entry, refresh)
    return { name: 'processEtl', data, opts: { jobId: etlJobId(data), parent: toParent, ignoreDependencyOnFailure: true } }
  }))
}
