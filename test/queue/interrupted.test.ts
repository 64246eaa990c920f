import assert from 'node:assert/strict'
import type { Job, Queue } from 'bullmq'
import type { Connection } from '../../engine/db/connection.ts'
import { BusyError } from '../../engine/errors.ts'
import { databasesOf } from '../../engine/etl/context.ts'
import type { Databases, RunContext } from '../../engine/etl/context.ts'
import { findEntry } from '../../engine/etl/registry.ts'
import { publishStaged } from '../../engine/etl/go-live.ts'
import { processEtl } from '../../engine/queue/process-etl.ts'
import { processRefresh } from '../../engine/queue/process-refresh.ts'
import type { Queues } from '../../engine/queue/queues.ts'
import { takePart } from '../../engine/queue/room.ts'
import type { Room } from '../../engine/queue/room.ts'
import { runEtl } from '../../engine/etl/run-etl.ts'
import { newProject, rows } from './project.ts'
import type { Project } from './project.ts'
import { ask, emptyQueues, noQueues, roomOf, single, whole } from './rooms.ts'

const both = (status: string) => [{ target: 'product_dim', status }, { target: 'school_dim', status }]
describe('a publish that was interrupted', () => {
  let project: Project
  let databases: Databases
  let room: Room

  beforeEach(async () => {
    project = await newProject()
    databases = databasesOf(project.config)
    room = await roomOf(project, databases, new AbortController(), true)
  })
  afterEach(() => databases.close())

  /** Stages both dimensions in a refresh and dies in its publish, right after this step. */
  async function dieAfter(step: string): Promise<void> {
    await ask(room, 'r-1', whole, ['school', 'product'])
    const part = await takePart(room, 'r-1', 60)
    for (const name of ['school', 'product']) await runEtl(findEntry(project.config, 'dimension', name), part.context)
    let session: Connection | undefined
    const connect = async (): Promise<Connection> => {
      if (session !== undefined) throw new Error('died')
      session = await part.context.warehouse.connect()
      return session
    }
    const { dialectName, place } = part.context.warehouse
    const dying: RunContext = {
      ...part.context, warehouse: { dialectName, place, connect, close: () => part.context.warehouse.close() },
      on: (happening) => { if (happening.what === 'step' && happening.step === step) session?.abort(new Error('died')) },
    }
    await assert.rejects(publishStaged(dying), /died/)
    await part.leave()
  }

  const runs = () => rows(project.warehouse, 'SELECT target, status FROM etl_run ORDER BY target')
  const live = async () => (await rows(project.warehouse, "SELECT table_name AS t FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE '%dim' ORDER BY 1")).map((row) => String(row['t']))

  it('before its swap is done by whoever comes next', async () => {
    await dieAfter('publishing')
    assert.deepEqual(await runs(), both('publishing'))
    assert.deepEqual(await live(), [])
    const part = await takePart(room, 'r-1', 60)
    assert.equal((await publishStaged(part.context)).runs.length, 2)
    await part.end('succeeded')
    assert.deepEqual(await runs(), both('succeeded'))
    assert.deepEqual(await live(), ['product_dim', 'school_dim'])
  })

  it('after its swap is only entered by whoever comes next', async () => {
    await dieAfter('swapped')
    assert.deepEqual(await runs(), both('publishing'))
    assert.deepEqual(await live(), ['product_dim', 'school_dim'])
    const part = await takePart(room, 'r-1', 60)
    await publishStaged(part.context)
    await part.end('succeeded')
    assert.deepEqual(await runs(), both('succeeded'))
    assert.deepEqual(await rows(project.warehouse, 'SELECT target, last_rows, reserved_by FROM etl_target ORDER BY target'), [
      { target: 'product_dim', last_rows: 4, reserved_by: null }, { target: 'school_dim', last_rows: 3, reserved_by: null },
    ])
  })

  it('does not hold up a later load of the same tables', async () => {
    await dieAfter('swapped')
    const part = await takePart(room, 'r-1', 60)
    await part.end('failed')
    await ask(room, 'r-2', single, ['school'])
    assert.deepEqual(await processEtl({ type: 'dimension', name: 'school', refresh: 'r-2' }, room, noQueues), ['dimension', 'school', 3])
    assert.deepEqual(await rows(project.warehouse, "SELECT refresh, status FROM etl_run WHERE target = 'school_dim' ORDER BY fence"), [
      { refresh: 'r-1', status: 'succeeded' }, { refresh: 'r-2', status: 'succeeded' },
    ])
  })
})

describe('a refresh', () => {
  it('that succeeded stays so, whoever comes late', async () => {
    const project = await newProject()
    const databases = databasesOf(project.config)
    const room = await roomOf(project, databases, new AbortController())
    const message = { type: 'dimension', name: 'school', refresh: 'r-1' } as const
    await ask(room, 'r-1', single, ['school'])
    await processEtl(message, room, noQueues)
    const late = await takePart(room, 'r-1', 60)
    assert.deepEqual(late.asked, { task: 'processEtl', type: 'dimension', name: 'school' })
    await late.end('failed')
    assert.deepEqual(await rows(project.warehouse, 'SELECT status FROM etl_refresh'), [{ status: 'succeeded' }])
    await databases.close()
  })
})

const full = (): Promise<never> => Promise.reject(new Error("OOM command not allowed when used memory > 'maxmemory'"))
const isPutOff = (error: unknown): boolean => error instanceof BusyError && /the queue did not answer\. OOM/.test(error.message)

describe('a queue that refuses to take what comes next', () => {
  it('fails no ETL that has loaded, and no refresh: their jobs are put off', async () => {
    const project = await newProject()
    const databases = databasesOf(project.config)
    const job = { id: 'r-1' } as unknown as Job
    const room = await roomOf(project, databases, new AbortController())
    await ask(room, 'r-1', whole, ['school', 'product'])
    const queue = { qualifiedName: 'q', add: full, getJobState: full } as unknown as Queue
    const queues: Queues = { main: queue, of: () => queue, named: () => queue }
    // A fact looks its keys up, so whoever has loaded it looks what may begin now.
    await assert.rejects(processEtl({ type: 'dimension', name: 'product', refresh: 'r-1' }, room, queues), isPutOff)
    await assert.rejects(processRefresh({ refresh: 'r-1' }, job, 'token', queues, room), isPutOff)
    assert.deepEqual(await rows(project.warehouse, 'SELECT etl, status FROM etl_request ORDER BY etl'), [{ etl: 'dimension product', status: 'loaded' }, { etl: 'dimension school', status: 'waiting' }])
    assert.deepEqual(await rows(project.warehouse, 'SELECT status FROM etl_refresh'), [{ status: 'running' }])
    await databases.close()
  })
})

describe('a refresh whose requests were deleted by hand', () => {
  it('is no success', async () => {
    const project = await newProject()
    const databases = databasesOf(project.config)
    const room = await roomOf(project, databases, new AbortController())
    await ask(room, 'r-1', whole, [])
    const job = { id: 'r-1', moveToWaitingChildren: () => Promise.resolve(false) } as unknown as Job
    await assert.rejects(processRefresh({ refresh: 'r-1' }, job, 'token', emptyQueues, room), /the ledger does not know any more what this refresh was asked for/)
    assert.deepEqual(await rows(project.warehouse, 'SELECT status FROM etl_refresh'), [{ status: 'failed' }])
    await databases.close()
  })
})

describe('a refresh whose job the queue has lost while it was at work', () => {
  it('is not ended: its job is added again, and goes on with it', async () => {
    const project = await newProject()
    const databases = databasesOf(project.config)
    const job = { id: 'r-1', moveToWaitingChildren: () => Promise.reject(new Error('Missing key for job r-1')) } as unknown as Job
    const room = await roomOf(project, databases, new AbortController())
    await ask(room, 'r-1', whole, ['school'])
    await assert.rejects(processRefresh({ refresh: 'r-1' }, job, 'token', emptyQueues, room), /Missing key/)
    assert.deepEqual(await rows(project.warehouse, 'SELECT status FROM etl_refresh'), [{ status: 'running' }])
    assert.deepEqual(await rows(project.warehouse, 'SELECT status FROM etl_request'), [{ status: 'waiting' }])
    await databases.close()
  })
})
