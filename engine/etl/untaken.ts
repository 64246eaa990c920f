import type { Connection } from '../db/connection.ts'
import { liveWorkers } from '../publish/workers.ts'
import { queueNameOf } from './queue-name.ts'
import type { Entry } from './registry.ts'

/** The queues that some of these ETLs wait in and no live worker takes, each with its ETLs: they wait until one does. */
export async function untakenQueues(session: Connection, waiting: readonly Entry[]): Promise<ReadonlyMap<string, readonly Entry[]>> {
  const taken = (await liveWorkers(session)).flatMap(({ queues }) => queues)
  const found = new Map<string, Entry[]>()
  for (const entry of waiting) {
    const queue = queueNameOf(entry)
    if (!taken.includes(queue)) found.set(queue, [...found.get(queue) ?? [], entry])
  }
  return found
}
