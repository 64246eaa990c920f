import type { Queue } from 'bullmq'
import { findEntry } from '../etl/registry.ts'
import type { Config, Entry } from '../etl/registry.ts'
import { queueNameOf } from '../etl/queue-name.ts'
import type { Line } from './backend/line.ts'
import { jobIdOf, refreshesQueue } from './message.ts'
import type { Asked, EtlMessage, RefreshMessage } from './message.ts'

/** What a queue of ETLs is called where the jobs are kept. */
export const queueOf = (name: string): string => (name === 'default' ? 'etl' : `etl-${name}`)

/** The queues of the jobs. */
export interface Queues {
  /** The queue of the refreshes' own jobs. */
  readonly main: Queue
  readonly of: (entry: Entry) => Queue
  /** One by what it is called where the jobs are kept. */
  readonly named: (name: string) => Queue
}

/** The queues of a configuration, each opened when it is first asked for. */
export function queuesOn(line: Line): Queues {
  const open = new Map<string, Queue>()
  const once = (name: string): Queue => {
    const queue = open.get(name) ?? line.queue(name)
    open.set(name, queue)
    return queue
  }
  return { get main() { return once(refreshesQueue) }, of: (entry) => once(queueOf(queueNameOf(entry))), named: once }
}

/** The queue of the job that does what was asked for. @throws {ConfigurationError} where its ETL is not active */
export const queueFor = (config: Pick<Config, 'dimensions' | 'facts'>, queues: Queues, asked: Asked): Queue =>
  (asked.task === 'processEtl' ? queues.of(findEntry(config, asked.type, asked.name)) : queues.main)

/** Adds the job that does what was asked for. Once: one that is there stays as it is. */
export async function addJob(queue: Queue, refresh: string, asked: Asked): Promise<void> {
  const data: EtlMessage | RefreshMessage = asked.task === 'processEtl' ? { type: asked.type, name: asked.name, refresh } : { refresh }
  await queue.add(asked.task, data, { jobId: jobIdOf(refresh, asked) })
}
