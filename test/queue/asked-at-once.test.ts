import assert from 'node:assert/strict'
import { Redis } from 'ioredis'
import { BusyError } from '../../engine/errors.ts'
import { processEtlTask, refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { until } from '../helpers/servers/machine.ts'
import { newProject, rows, start, working } from './project.ts'
import type { Child, Project } from './project.ts'
import { reachedBy, results, tell, untell } from './star/star.ts'

describe('refreshes that are asked for at once', () => {
  let project: Project
  let workers: Child[]
  const asked = () => rows(project.warehouse, 'SELECT id FROM etl_refresh')

  before(async () => {
    project = await newProject()
    workers = [start(project, 'impatient-worker'), start(project, 'impatient-worker')]
    await working(workers)
  })
  after(() => { for (const worker of workers) worker.kill('SIGKILL') })

  it('are one where they ask for the same: each of twenty has its result, and one that asks for something else is refused', async () => {
    tell(project.folder, 'school', 'closed')
    const jobs = await Promise.all(Array.from({ length: 20 }, () => refreshDataWarehouseTask(project.config).add()))
    assert.equal(new Set(jobs.map(({ refresh }) => refresh)).size, 1)
    assert.equal(jobs.filter(({ joined }) => !joined).length, 1, 'one of them is the first')
    await assert.rejects(refreshDataWarehouseTask(project.config).add({ runFacts: false }), (error) => error instanceof BusyError && /it was asked for something else.*ifRunning: 'start'/.test(error.message))
    await assert.rejects(refreshDataWarehouseTask(project.config).add({ ifRunning: 'refuse' }), BusyError)
    untell(project.folder, 'school', 'closed')
    for (const given of await Promise.all(jobs.map((job) => job.result({ timeoutSeconds: 60 })))) assert.deepEqual(given, [results.dimensions, results.facts])
    assert.equal((await asked()).length, 1)
  })

  it('run side by side where they were told to start', async () => {
    const before = (await asked()).length
    const task = refreshDataWarehouseTask(project.config)
    const jobs = await Promise.all(Array.from({ length: 3 }, () => task.add({ runFacts: false, ifRunning: 'start' })))
    assert.equal(new Set(jobs.map(({ refresh }) => refresh)).size, 3)
    for (const given of await Promise.all(jobs.map((job) => job.result({ timeoutSeconds: 120 })))) assert.deepEqual(given, [results.dimensions, []])
    assert.equal((await asked()).length, before + 3)
  })

  it('come to their end by themselves where Redis is wiped in the middle, and so do jobs that wait', async () => {
    for (const name of ['school', 'product']) tell(project.folder, name, 'closed')
    const whole = await refreshDataWarehouseTask(project.config).add()
    await until('both dimensions are at work', () => (reachedBy(project.folder, 'school') !== undefined && reachedBy(project.folder, 'product') !== undefined) || undefined, 30_000)
    const waiting = await processEtlTask(project.config).add('sale', 'fact')
    const redis = new Redis(project.queue)
    await redis.flushdb()
    redis.disconnect()
    for (const name of ['school', 'product']) untell(project.folder, name, 'closed')
    assert.deepEqual(await whole.result({ timeoutSeconds: 90 }), [results.dimensions, results.facts])
    assert.deepEqual(await waiting.result({ timeoutSeconds: 90 }), ['fact', 'sale', 500])
  })

  it('leave jobs and events in the queue that are kept for a time and up to a number', async () => {
    const redis = new Redis(project.queue)
    const job = await processEtlTask(project.config).add('school', 'dimension')
    await job.result({ timeoutSeconds: 30 })
    const hash = await redis.hgetall(`{starline}:etl:${job.id}`)
    const { removeOnComplete, removeOnFail } = JSON.parse(hash['opts'] ?? '{}') as Record<string, unknown>
    assert.deepEqual([removeOnComplete, removeOnFail], [{ age: 604_800, count: 5_000 }, { age: 2_592_000, count: 5_000 }])
    await until('its result is there', async () => (await redis.hget(`{starline}:etl:${job.id}`, 'returnvalue')) ?? undefined)
    assert.ok(String(await redis.hget(`{starline}:etl:${job.id}`, 'returnvalue')).length < 100, 'a result is the tuple and nothing else')
    assert.equal(await redis.hget('{starline}:etl:meta', 'opts.maxLenEvents'), '5000')
    redis.disconnect()
  })
})
