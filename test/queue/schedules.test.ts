import assert from 'node:assert/strict'
import { Redis } from 'ioredis'
import { openLedger } from '../../engine/publish/ledger.ts'
import { enterSchedule } from '../../engine/schedule/ledger.ts'
import { task } from '../../engine/schedule/scheduled-task.ts'
import type { ScheduledTask } from '../../engine/schedule/scheduled-task.ts'
import { inside } from '../helpers/inside.ts'
import { until } from '../helpers/servers/machine.ts'
import { events, newProject, rows, start, working } from './project.ts'
import type { Child, Project } from './project.ts'
import { reachedBy, tell, untell } from './star/star.ts'

const newYear = new Date().getUTCFullYear()

describe('workers and a schedule', () => {
  let project: Project
  let workers: Child[] = []

  /** Enters a schedule as `sync` does, and sets it back so that its last tick is due. */
  const declare = async (name: string, declared: ScheduledTask): Promise<void> => inside(project.warehouse, async (session) => {
    await openLedger(session)
    await session.transaction(async () => {
      await enterSchedule(session, name, declared)
      await session.execute(`UPDATE etl_schedule SET due_after = '${newYear - 1}-06-01 00:00:00' WHERE name = '${name}'`)
    })
  })
  const statusOf = async (id: string): Promise<unknown> => (await rows(project.warehouse, `SELECT status FROM etl_refresh WHERE id = '${id}'`))[0]?.['status']
  const ended = (id: string) => until(`refresh ${id} has ended`, async () => {
    const status = await statusOf(id)
    return status === undefined || status === 'waiting' || status === 'running' ? undefined : status
  }, 60_000)

  before(async () => {
    project = await newProject()
    workers = [start(project, 'impatient-worker'), start(project, 'impatient-worker')]
    await working(workers)
  })
  after(() => { for (const worker of workers) worker.kill('SIGKILL') })

  it('ask for its refresh once, and finish it though the queue was wiped in its middle', async () => {
    const id = `nightly-${newYear}0101T000000`
    tell(project.folder, 'school', 'closed')
    await declare('nightly', task({ schedule: '@yearly' }))
    await until('the refresh is at work', () => reachedBy(project.folder, 'school'), 30_000)
    const redis = new Redis(project.queue)
    await redis.flushall()
    redis.disconnect()
    untell(project.folder, 'school', 'closed')
    assert.equal(await ended(id), 'succeeded', JSON.stringify(await rows(project.warehouse, 'SELECT etl, status, attempts, error FROM etl_request')))
    assert.deepEqual(await rows(project.warehouse, "SELECT etl_name FROM etl_run WHERE status = 'succeeded' ORDER BY etl_name"), [{ etl_name: 'product' }, { etl_name: 'sale' }, { etl_name: 'school' }])
    assert.deepEqual(await rows(project.warehouse, 'SELECT id FROM etl_refresh'), [{ id }])
    assert.deepEqual(await rows(project.warehouse, 'SELECT last_refresh, last_joined FROM etl_schedule'), [{ last_refresh: id, last_joined: 0 }])
    assert.equal(events(project).filter(({ event }) => event === 'schedule-asked').length, 1)
  })

  it('fail what is not active any more by its name, and load the rest', async () => {
    const id = `some-${newYear}0101T000000`
    await declare('some', { ...task({ schedule: '@yearly' }), steps: ['dimension school', 'dimension gone'] })
    assert.equal(await ended(id), 'failed')
    assert.deepEqual(await rows(project.warehouse, `SELECT etl, status FROM etl_request WHERE refresh = '${id}' ORDER BY etl`), [
      { etl: 'dimension gone', status: 'failed' }, { etl: 'dimension school', status: 'succeeded' },
    ])
    const [refresh] = await rows(project.warehouse, `SELECT outcome FROM etl_refresh WHERE id = '${id}'`)
    assert.match(String(refresh?.['outcome']), /dimension gone is not active any more/)
  })
})
