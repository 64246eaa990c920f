/** Jobs that are worked on by a call: no worker, no queue. */

import assert from 'node:assert/strict'
import type { Job, Queue } from 'bullmq'
import type { Databases } from '../../engine/etl/context.ts'
import { silent } from '../../engine/log.ts'
import { askFor } from '../../engine/publish/ask.ts'
import { isFinal } from '../../engine/queue/failures.ts'
import type { Asked, RefreshAsked } from '../../engine/queue/message.ts'
import type { Queues } from '../../engine/queue/queues.ts'
import type { Room } from '../../engine/queue/room.ts'
import type { Project } from './project.ts'

/** A job that is tried once. */
const once = { attemptsMade: 0, opts: { attempts: 1 } } as Job

/** Where a job is worked on by its last try, unless told. */
export async function roomOf({ config }: Pick<Project, 'config'>, databases: Databases, controller: AbortController, comesAgain = false): Promise<Room> {
  return {
    config, warehouse: await databases.warehouse(), source: (name) => databases.source(name), worker: 'test', log: silent,
    signal: controller.signal, abort: (reason) => controller.abort(reason), isFinal: (error) => !comesAgain && isFinal(error, once, controller.signal),
  }
}

export const whole: RefreshAsked = { task: 'refreshDataWarehouse', runDimensions: true, runFacts: false, dropTables: false }
export const single: Asked = { task: 'processEtl', type: 'dimension', name: 'school' }

/** Asks for dimensions as the tasks do; no job is added. */
export async function ask({ warehouse }: Pick<Room, 'warehouse'>, id: string, asked: Asked, names: readonly string[]): Promise<void> {
  const session = await warehouse.connect()
  await askFor(warehouse, session, { id, asked, ifRunning: 'start', leaseSeconds: 60, wanted: names.map((name) => ({ type: 'dimension', name, dependsOn: [] })) })
  await session.close()
}

/** A job by itself looks at no queue. */
export const noQueues: Queues = { get main(): never { return assert.fail('no queue is asked for') }, of: () => assert.fail('no queue is asked for'), named: () => assert.fail('no queue is asked for') }

/** A queue in which nothing is, and that keeps nothing. */
const emptyQueue = { qualifiedName: 'q', add: () => Promise.resolve(), remove: () => Promise.resolve(0), getJobState: () => Promise.resolve('unknown') } as unknown as Queue
export const emptyQueues: Queues = { main: emptyQueue, of: () => emptyQueue, named: () => emptyQueue }
