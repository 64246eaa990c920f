import type { OpenQueue } from '../etl/queue-door.ts'
import { withPackages } from './backend.ts'

/** What the command line asks of the queue, loaded when it asks. */
export const openQueue: OpenQueue = async ({ queue }) => (await withPackages(queue, () => import('./door.ts'))).queueDoor
