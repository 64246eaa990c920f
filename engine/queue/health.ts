import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/connection.ts'
import { messageOf } from '../errors.ts'
import { onBorrowed } from '../etl/sessions.ts'
import { redact } from '../redact.ts'
import type { Line } from './backend/line.ts'
import { refreshesQueue } from './message.ts'
import type { Queues } from './queues.ts'

/** Whether a worker can work: what it needs, and why not where it lacks something. */
export interface Health {
  readonly ok: boolean
  /** `up`, or why it does not answer. */
  readonly queue: string
  readonly warehouse: string
}

/** What is looked at. */
export interface Patient {
  readonly line: Line
  readonly warehouse: Database
  readonly queues: Queues
  /** The queues that are taken, as they are called where the jobs are kept. */
  readonly names: readonly string[]
}

/** Milliseconds until somebody who asks must have an answer. */
const patience = 2_000

/** Asks the queue and the warehouse for something small. */
export async function healthOf({ line, warehouse, queues }: Patient): Promise<Health> {
  const [queue, house] = await Promise.all([
    answered(async () => {
      // What is asked of a queue that is away waits until it is back.
      if (!line.isUp) throw new Error(`${line.place}: it is away`)
      await queues.named(refreshesQueue).getJobCounts('waiting')
    }),
    answered(async () => {
      await onBorrowed(warehouse, (session) => session.query('SELECT 1'))
    }),
  ])
  return { ok: queue === 'up' && house === 'up', queue, warehouse: house }
}

/** How many jobs are in each state, by queue; empty where the queue doesn't answer. */
export async function countsOf({ line, queues, names }: Patient): Promise<ReadonlyMap<string, Readonly<Record<string, number>>>> {
  const counts = new Map<string, Readonly<Record<string, number>>>()
  if (!line.isUp) return counts
  await answered(async () => {
    const all = await Promise.all(names.map(async (name) => [name, await queues.named(name).getJobCounts('waiting', 'active', 'delayed', 'waiting-children', 'completed', 'failed')] as const))
    for (const [name, own] of all) counts.set(name, own)
  })
  return counts
}

async function answered(ask: () => Promise<void>): Promise<string> {
  try {
    return await Promise.race([ask().then(() => 'up'), sleep(patience, `no answer within ${patience / 1000} s`, { ref: false })])
  } catch (error) {
    return redact(messageOf(error))
  }
}
