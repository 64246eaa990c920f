import assert from 'node:assert/strict'
import { Redis } from 'ioredis'
import { etlJobId } from '../../engine/queue/message.ts'
import { processEtlTask } from '../../engine/queue/task.ts'
import { startOwn } from '../helpers/servers/index.ts'
import { until } from '../helpers/servers/machine.ts'
import { withConnection } from '../helpers/servers/mariadb.ts'
import { events, newProject, rows, start, working } from './project.ts'
import type { Project } from './project.ts'
import { reachedBy, tell, untell } from './star/star.ts'

const happened = (project: Project, event: string, words = /./) => until(`a worker's log says ${event}`, () =>
  events(project).find((one) => one['event'] === event && words.test(String(one['message']))), 40_000)

/** A warehouse on a server of its own, which can be killed. */
async function ownWarehouse() {
  const server = await startOwn('mariadb')
  await withConnection(server.url, (connection) => connection.query('CREATE DATABASE house'))
  const url = new URL(server.url)
  url.pathname = '/house'
  return { server, url: url.href }
}

describe('a worker that is told to stop while its queue and its warehouse are away', () => {
  it('ends within its deadline, in the middle of a job', async () => {
    const redis = await startOwn('redis')
    const { server, url } = await ownWarehouse()
    const project = await newProject({ queue: redis.url, warehouse: url })
    const worker = start(project, 'worker')
    await working([worker])
    tell(project.folder, 'school', 'closed')
    await processEtlTask(project.config).add('school', 'dimension')
    await until('the job is at work', () => reachedBy(project.folder, 'school'), 20_000)
    await Promise.all([redis.kill('SIGKILL'), server.kill('SIGKILL')])
    worker.kill('SIGTERM')
    const begun = performance.now()
    await worker.ended
    assert.ok(performance.now() - begun < 25_000, `it took ${performance.now() - begun} ms`)
    await Promise.all([redis.stop(), server.stop()])
  })
})

describe('a worker whose warehouse went away and came back', () => {
  it('goes on by itself with the job that it had, and takes others', async () => {
    const { server, url } = await ownWarehouse()
    const project = await newProject({ warehouse: url })
    const worker = start(project, 'impatient-worker')
    await working([worker])
    tell(project.folder, 'school', 'closed')
    const task = processEtlTask(project.config)
    const job = await task.add('school', 'dimension')
    await until('the job is at work', () => reachedBy(project.folder, 'school'), 20_000)
    await server.kill('SIGKILL')
    untell(project.folder, 'school', 'closed')
    await happened(project, 'job-failed')
    await server.restart()
    assert.deepEqual(await job.result({ timeoutSeconds: 60 }), ['dimension', 'school', 3])
    assert.deepEqual(await (await task.add('product', 'dimension')).result({ timeoutSeconds: 30 }), ['dimension', 'product', 4])
    worker.kill('SIGKILL')
    await server.stop()
  })
})

describe('a worker that has lost its job\'s lock', () => {
  it('ends the statement that runs in the database', async () => {
    const project = await newProject()
    const worker = start(project, 'impatient-worker')
    await working([worker])
    tell(project.folder, 'school', 'drags')
    const { refresh } = await processEtlTask(project.config).add('school', 'dimension')
    const statements = () => rows(project.source, "SELECT id FROM information_schema.processlist WHERE info LIKE '%WHERE SLEEP(600)%' AND id <> CONNECTION_ID()")
    await until('the statement runs', async () => (await statements()).length === 1 || undefined, 20_000)
    untell(project.folder, 'school', 'drags')
    const redis = new Redis(project.queue)
    assert.equal(await redis.del(`{starline}:etl:${etlJobId({ type: 'dimension', name: 'school', refresh })}:lock`), 1)
    redis.disconnect()
    await until('the statement is gone', async () => (await statements()).length === 0 || undefined, 20_000)
    await happened(project, 'job-failed', /another worker has taken this job over/)
    worker.kill('SIGKILL')
  })

  it('because it was blocked for longer than twice the lock has it run twice, and effective once', async () => {
    const project = await newProject()
    const workers = [start(project, 'impatient-worker'), start(project, 'impatient-worker')]
    await working(workers)
    tell(project.folder, 'school', 'blocks')
    const job = await processEtlTask(project.config).add('school', 'dimension')
    assert.deepEqual(await job.result({ timeoutSeconds: 60 }), ['dimension', 'school', 3])
    const who = events(project).filter(({ event, job: of }) => event === 'job-started' && of === job.id).map(({ worker }) => worker)
    assert.equal(new Set(who).size, 2, `it was begun by ${who.join(', ')}`)
    assert.deepEqual(await rows(project.warehouse, "SELECT COUNT(*) AS n FROM etl_run WHERE status = 'succeeded'"), [{ n: 1 }])
    assert.deepEqual(await rows(project.warehouse, 'SELECT COUNT(*) AS n FROM school_dim WHERE school_key > 0'), [{ n: 3 }])
    for (const worker of workers) worker.kill('SIGKILL')
  })
})
