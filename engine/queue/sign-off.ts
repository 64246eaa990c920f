import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/connection.ts'
import { onBorrowed } from '../etl/sessions.ts'
import { leaveWorkers } from '../publish/workers.ts'

/** Milliseconds: a worker that ends waits no longer for its warehouse. */
const patience = 1_000

/** Takes this process out of those that work. Where the warehouse is away, its minute of silence does. */
export async function signOff(warehouse: Database): Promise<void> {
  await Promise.race([onBorrowed(warehouse, leaveWorkers).catch(() => undefined), sleep(patience, undefined, { ref: false })])
}
