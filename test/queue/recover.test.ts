import assert from 'node:assert/strict'
import type { Connection } from '../../engine/db/connection.ts'
import { databasesOf } from '../../engine/etl/context.ts'
import { silent } from '../../engine/log.ts'
import { clearUp } from '../../engine/publish/janitor.ts'
import { openLine } from '../../engine/queue/backend.ts'
import { queuesOn } from '../../engine/queue/queues.ts'
import type { Queues } from '../../engine/queue/queues.ts'
import { keepAlive } from '../../engine/queue/keep-alive.ts'
import type { PutOff } from '../../engine/queue/put-off.ts'
import { recover } from '../../engine/queue/recover.ts'
import { processEtlTask, refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { inside } from '../helpers/inside.ts'
import { until } from '../helpers/servers/machine.ts'
import { starline } from './doors.ts'
import { newProject, rows } from './project.ts'
import type { Project } from './project.ts'

describe('who looks after the queue', () => {
  it('keeps an ETL by itself alive that was put off, and waits for a free worker', async () => {
    const project = await newProject()
    const { refresh } = await processEtlTask(project.config).add('school', 'dimension')
    await rows(project.warehouse, 'UPDATE etl_refresh SET status = \'running\', lease = started_at')
    await inside(project.warehouse, async (session) => {
      await keepAlive(session)
      await clearUp(session, silent)
    })
    assert.deepEqual(await rows(project.warehouse, 'SELECT id, status FROM etl_refresh'), [{ id: refresh, status: 'running' }])
  })


  it('is followed by another one where it stands still with the lock of that', async () => {
    const project = await newProject()
    const { refresh } = await refreshDataWarehouseTask(project.config).add()
    const lost = (queues: Queues): Promise<number> => queues.main.remove(refresh)
    await looked(project, async ({ look, queues, session }) => {
      await inside(project.warehouse, async (still) => {
        assert.ok(await still.lock('recover'), 'nobody has it')
        await lost(queues)
        await look()
        assert.equal(await queues.main.getJobState(refresh), 'unknown', 'one that may be at it is waited for')
        await session.execute('UPDATE etl_session SET lease = UTC_TIMESTAMP() - INTERVAL 1 SECOND')
        await look()
        await until('it has ended, and another one does it', async () => {
          await look()
          return (await queues.main.getJobState(refresh)) === 'waiting' || undefined
        })
        assert.equal(still.isOpen, false)
      })
    })
  })

  it('begins no ETL of a refresh whose own job has not begun: that one may have to drop the tables first', async () => {
    const project = await newProject()
    const { refresh } = await refreshDataWarehouseTask(project.config).add({ dropTables: true })
    await looked(project, async ({ look, queues }) => {
      await look()
      assert.equal(await queues.named('etl').getJobCountByTypes('waiting', 'active', 'delayed'), 0)
      await queues.main.remove(refresh)
      await look()
      assert.equal(await queues.main.getJobState(refresh), 'waiting', 'a job that was lost is there again')
      assert.equal(await queues.named('etl').getJobCountByTypes('waiting', 'active', 'delayed'), 0)
    })
  })

  it('tells of a job that was lost, and not of one that is only being added', async () => {
    const project = await newProject()
    const { refresh } = await refreshDataWarehouseTask(project.config).add()
    await looked(project, async ({ look, queues, warned }) => {
      const lose = async (): Promise<void> => {
        await queues.main.remove(refresh)
        await look()
        assert.equal(await queues.main.getJobState(refresh), 'waiting', 'it is there again')
      }
      await lose()
      assert.deepEqual(warned, [])
      await rows(project.warehouse, "UPDATE etl_refresh SET started_at = '2000-01-01'")
      await lose()
      assert.deepEqual(warned, [`Queued 1 refresh again that the queue had lost: ${refresh}`])
    })
  })

  it('begins what was put off by a worker whose clock is a day ahead', async () => {
    const project = await newProject()
    const [whole, alone] = [await refreshDataWarehouseTask(project.config).add(), await processEtlTask(project.config).add('school', 'dimension')]
    await looked(project, async ({ look, queues, putOff }) => {
      const jobs = [{ queue: queues.main, id: whole.id }, { queue: queues.named('etl'), id: alone.id }]
      const states = () => Promise.all(jobs.map(({ queue, id }) => queue.getJobState(id)))
      for (const { queue, id } of jobs) {
        const job = await queue.getJob(id)
        assert.ok(job, id)
        await queue.remove(id)
        await queue.add(job.name, job.data, { jobId: id, delay: 86_400_000 })
      }
      await look()
      assert.deepEqual(await states(), ['delayed', 'delayed'], 'it may be right')
      for (const [key, seen] of putOff) putOff.set(key, { ...seen, since: seen.since - 61_000 })
      await look()
      assert.deepEqual(await states(), ['waiting', 'waiting'])
    })
  })

  it('is not stopped, nor is who asks, by a row of the ledger that was damaged by hand', async () => {
    const project = await newProject()
    const { refresh } = await refreshDataWarehouseTask(project.config).add()
    await rows(project.warehouse, "INSERT INTO etl_refresh (id, options, status, held, cancel, started_at) VALUES ('damaged', '{oh', 'waiting', FALSE, FALSE, '2000-01-01')")
    await looked(project, async ({ look, queues }) => {
      await queues.main.remove(refresh)
      await look()
      assert.equal(await queues.main.getJobState(refresh), 'waiting')
    })
    assert.equal((await refreshDataWarehouseTask(project.config).add()).refresh, refresh)
    const told = await starline(project, 'status')
    assert.deepEqual([told.code, told.out.includes('damaged')], [0, true], told.err)
  })
})

interface Looking { readonly look: () => Promise<void>; readonly queues: Queues; readonly session: Connection; readonly warned: string[]; readonly putOff: PutOff }

/** Does what a worker does beside its jobs, with no worker there. */
async function looked({ config }: Project, work: (looking: Looking) => Promise<void>): Promise<void> {
  const line = await openLine(config.queue, { seconds: 3, comesBack: false })
  const databases = databasesOf(config)
  const warehouse = await databases.warehouse()
  const session = await warehouse.connect()
  const queues = queuesOn(line)
  const warned: string[] = []
  const putOff: PutOff = new Map()
  const log = { ...silent, warn: (message: string) => { if (message.startsWith('Queued')) warned.push(message) } }
  try {
    await work({ queues, session, warned, putOff, look: () => recover(session, { config, warehouse, queues, log, stuck: new Set(), untaken: new Set(), putOff }) })
  } finally {
    await session.close()
    await databases.close()
    await line.close()
  }
}
