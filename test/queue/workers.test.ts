import assert from 'node:assert/strict'
import { processEtlTask, refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { onEveryQueue } from '../helpers/queues.ts'
import { startOwn } from '../helpers/servers/index.ts'
import { until } from '../helpers/servers/machine.ts'
import { events, newProject, rows, start, working } from './project.ts'
import type { Project } from './project.ts'
import { reachedBy, results, tell, untell } from './star/star.ts'

const happened = (project: Project, event: string) =>
  until(`a worker's log says ${event}`, () => events(project).some((one) => one['event'] === event) || undefined, 30_000)

onEveryQueue('a worker that dies', (queue) => {
  it('in the middle of a job leaves it to another, which does it once', async () => {
    const project = await newProject({ queue: await queue.fresh() })
    const first = start(project, 'impatient-worker')
    await working([first])
    tell(project.folder, 'school', 'closed')
    const job = await processEtlTask(project.config).add('school', 'dimension')
    await until('the job is at work', () => reachedBy(project.folder, 'school'), 20_000)
    first.kill('SIGKILL')
    await first.ended
    untell(project.folder, 'school', 'closed')
    const second = start(project, 'impatient-worker')
    assert.deepEqual(await job.result({ timeoutSeconds: 40 }), ['dimension', 'school', 3])
    second.kill('SIGKILL')
    assert.deepEqual(await rows(project.warehouse, 'SELECT fence, status FROM etl_run ORDER BY fence'), [
      { fence: 1, status: 'abandoned' }, { fence: 2, status: 'succeeded' },
    ])
    assert.deepEqual(await rows(project.warehouse, "SELECT table_name AS t FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'school%'"), [{ t: 'school_dim' }])
  })
})

onEveryQueue('a worker that stood still for longer than its lock', (queue) => {
  it('ends its database session when it comes back, and the one that took over finishes', async () => {
    const project = await newProject({ queue: await queue.fresh() })
    const sleeper = start(project, 'impatient-worker')
    await working([sleeper])
    tell(project.folder, 'school', 'closed')
    const job = await processEtlTask(project.config).add('school', 'dimension')
    await until('the job is at work', () => reachedBy(project.folder, 'school'), 20_000)
    sleeper.kill('SIGSTOP')
    const other = start(project, 'impatient-worker')
    // The sleeper's session still holds the table, so the other one has to put the job off.
    await happened(project, 'job-put-off')
    sleeper.kill('SIGCONT')
    await until('the sleeper gives up', () => events(project).some(({ event, message }) => event === 'job-failed' && /another worker has taken this job over/.test(String(message))) || undefined, 30_000)
    untell(project.folder, 'school', 'closed')
    assert.deepEqual(await job.result({ timeoutSeconds: 40 }), ['dimension', 'school', 3])
    for (const worker of [sleeper, other]) worker.kill('SIGKILL')
    assert.deepEqual(await rows(project.warehouse, "SELECT COUNT(*) AS n FROM etl_run WHERE status = 'succeeded'"), [{ n: 1 }])
    assert.deepEqual(await rows(project.warehouse, 'SELECT status FROM etl_refresh'), [{ status: 'succeeded' }])
  })
})

onEveryQueue('a worker that is told to stop', (queue) => {
  it('lets its job finish and takes no other', async () => {
    const project = await newProject({ queue: await queue.fresh() })
    const worker = start(project, 'worker')
    await working([worker])
    tell(project.folder, 'school', 'closed')
    const job = await processEtlTask(project.config).add('school', 'dimension')
    const next = await processEtlTask(project.config).add('product', 'dimension')
    await until('the job is at work', () => reachedBy(project.folder, 'school'), 20_000)
    worker.kill('SIGTERM')
    await until('it says that it stops', () => worker.said().includes('1 job has 10 s to finish') || undefined)
    untell(project.folder, 'school', 'closed')
    assert.equal(await worker.ended, 0)
    assert.match(worker.said(), /^Working on .*\n(Redis keeps no append-only file|The queue's PostgreSQL does not wait for its disk).*\nStarted dimension school\nStopping: .*\nLoaded 3 rows into table school_dim .*\nPublished 1 table\n$/)
    assert.deepEqual(await job.result({ timeoutSeconds: 5 }), ['dimension', 'school', 3])
    assert.equal(await next.status(), 'waiting')
  })

  it('twice gives its job back at once, and another worker does it', async () => {
    const project = await newProject({ queue: await queue.fresh() })
    const worker = start(project, 'worker')
    await working([worker])
    tell(project.folder, 'school', 'closed')
    const job = await processEtlTask(project.config).add('school', 'dimension')
    await until('the job is at work', () => reachedBy(project.folder, 'school'), 20_000)
    worker.kill('SIGINT')
    await until('it says that it stops', () => worker.said().includes('to finish') || undefined)
    worker.kill('SIGINT')
    assert.equal(await worker.ended, 0)
    assert.equal(await job.status(), 'delayed')
    untell(project.folder, 'school', 'closed')
    const other = start(project, 'worker', ['--drain'])
    assert.deepEqual(await job.result({ timeoutSeconds: 20 }), ['dimension', 'school', 3])
    assert.equal(await other.ended, 0)
  })

  it('ends also while its queue is away', async () => {
    const server = await queue.own()
    const project = await newProject({ queue: server.url })
    const worker = start(project, 'worker')
    await working([worker])
    // Also where it is gone before the worker has begun to wait for jobs.
    await server.kill('SIGKILL')
    await happened(project, 'queue-away')
    worker.kill('SIGTERM')
    assert.equal(await worker.ended, 0)
    await server.stop()
  })
})

onEveryQueue('a worker whose queue went away and came back', (queue) => {
  it('goes on by itself, and whoever awaits a result goes on waiting', async () => {
    const server = await queue.own()
    const project = await newProject({ queue: server.url })
    const worker = start(project, 'impatient-worker')
    await working([worker])
    tell(project.folder, 'school', 'closed')
    const job = await processEtlTask(project.config).add('school', 'dimension')
    const result = job.result({ timeoutSeconds: 50 })
    await until('the job is at work', () => reachedBy(project.folder, 'school'), 20_000)
    await server.kill('SIGKILL')
    await happened(project, 'queue-away')
    await server.restart()
    await happened(project, 'queue-back')
    untell(project.folder, 'school', 'closed')
    assert.deepEqual(await result, ['dimension', 'school', 3])
    worker.kill('SIGKILL')
    await server.stop()
  })
})

describe('the worker\'s command line', () => {
  it('works until the queue is empty with --drain, and logs to worker.log', async () => {
    const project = await newProject()
    const job = await refreshDataWarehouseTask(project.config).add()
    const worker = start(project, 'worker', ['--drain'])
    assert.equal(await worker.ended, 0)
    assert.deepEqual(await job.result({ timeoutSeconds: 1 }), [results.dimensions, results.facts])
    const told = events(project)
    assert.match(String(told[0]?.['message']), /^Working on redis:.*, 3 ETLs into mysql:.*warehouse/)
    assert.deepEqual(told.filter(({ event }) => event === 'queue-untaken'), [], 'it takes all queues itself')
    const loaded = told.filter(({ event }) => event === 'loaded')
    assert.deepEqual(loaded.map(({ name, rows: n, refresh, attempt }) => [name, n, refresh, attempt]), [
      ['school', 3, job.id, 1], ['product', 4, job.id, 1], ['sale', 500, job.id, 1],
    ])
  })

  const wrong = [
    ['--concurrency', '0'], ['--concurrency', 'many'], ['--drian'], ['extra'],
  ] as const
  for (const flags of wrong) {
    it(`refuses ${flags.join(' ')} with code 2`, async () => {
      const child = start({ source: 'mysql://h/d', warehouse: 'mysql://h/d', queue: 'redis://h', folder: '/nowhere' }, 'worker', flags)
      assert.equal(await child.ended, 2)
      assert.match(child.said(), /Way out: npm run worker -- --help/)
    })
  }

  it('explains itself with --help, whatever is in the configuration', async () => {
    const child = start({ source: '', warehouse: '', queue: '', folder: '/nowhere' }, 'worker', ['--help'])
    assert.equal(await child.ended, 0)
    assert.match(child.said(), /--concurrency N/)
  })

  it('ends with code 2 and every problem where the configuration is wrong', async () => {
    const child = start({ source: 'nothing', warehouse: 'files:x', queue: 'http://h', folder: '/nowhere' }, 'worker')
    assert.equal(await child.ended, 2)
    assert.match(child.said(), /3 problems\n {2}- source: .*\n {2}- warehouse: .*\n {2}- queue: /)
  })

  it('ends with code 1 and says where it looked where no Redis is', async () => {
    const redis = await startOwn('redis')
    await redis.stop()
    const project = await newProject({ queue: redis.url.replace('redis://', 'redis://me:canary-of-redis@') })
    const child = start(project, 'worker')
    assert.equal(await child.ended, 1)
    assert.match(child.said(), /redis:\/\/me@127\.0\.0\.1:\d+: the queue can't be reached\. .*ECONNREFUSED/)
    assert.doesNotMatch(child.said(), /canary/)
  })
})
