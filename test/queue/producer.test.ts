import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import { ConfigurationError, StarlineError } from '../../engine/errors.ts'
import { late } from '../../engine/queue/late.ts'
import { processEtlTask, refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { atTheEnd, freshUser, startOwn } from '../helpers/servers/index.ts'
import { everythingIn, newProject, protect, rows, start, working } from './project.ts'
import type { Project } from './project.ts'
import { results, starOf, tell } from './star/star.ts'

const nowhere = (queue: string) => starOf({ source: 'duckdb:none', warehouse: 'duckdb:none', queue, folder: '/nowhere' })

describe('adding a job', () => {
  it('refuses a name that is not active before anything is sent, with the nearest one', async () => {
    // Nobody listens there, so an answer proves that nothing was asked.
    const processEtl = processEtlTask(nowhere('redis://127.0.0.1:1'))
    await assert.rejects(processEtl.add('shcool', 'dimension'), (error) => error instanceof ConfigurationError && /no active dimension is called "shcool".*school/.test(error.message))
    await assert.rejects(processEtl.add('school', 'fact'), ConfigurationError)
  })

  it('says where it looked where no Redis is', async () => {
    const processEtl = processEtlTask(nowhere('redis://:canary-of-redis@127.0.0.1:1/3'))
    await assert.rejects(processEtl.add('school', 'dimension'), ({ name, message }: Error) => name === 'DatabaseError'
      && message.startsWith("redis://127.0.0.1:1/3: the queue can't be reached. connect ECONNREFUSED") && !message.includes('canary'))
  })

  it('gives up within its deadline where somebody listens and says nothing', async () => {
    const mute = createServer().listen(0, '127.0.0.1')
    atTheEnd(async () => { mute.close() })
    await new Promise((resolve) => { mute.once('listening', resolve) })
    const { port } = mute.address() as AddressInfo
    const begun = performance.now()
    await assert.rejects(refreshDataWarehouseTask(nowhere(`redis://127.0.0.1:${port}`)).add(), /the queue can't be reached\. no answer within 3 s/)
    assert.ok(performance.now() - begun < 5_000)
  })

  it('says that a password was refused, without the password', async () => {
    const redis = await startOwn('redis')
    await protect(redis.url, 'right-canary')
    for (const wrong of ['', ':wrong-canary@', 'me:wrong-canary@']) {
      const task = refreshDataWarehouseTask(nowhere(redis.url.replace('redis://', `redis://${wrong}`)))
      await assert.rejects(task.add(), ({ message }: Error) => /the queue can't be reached\. (NOAUTH|WRONGPASS)/.test(message) && !message.includes('canary'))
    }
    await redis.stop()
  })

  it('names what to install where the queue\'s packages are missing', async () => {
    const missing = Object.assign(new Error("Cannot find package 'bullmq' imported from /x/producer.ts"), { code: 'ERR_MODULE_NOT_FOUND' })
    await assert.rejects(late(() => Promise.reject(missing)), (error) => error instanceof ConfigurationError && /npm install bullmq ioredis/.test(error.message))
    const other = new Error('something else')
    await assert.rejects(late(() => Promise.reject(other)), other)
  })
})

describe('awaiting a result', () => {
  let project: Project
  before(async () => { project = await newProject() })

  it('ends with an error at its deadline while no worker is there; the job stays', async () => {
    const job = await processEtlTask(project.config).add('school', 'dimension')
    await assert.rejects(job.result({ timeoutSeconds: 0.2 }), (error) => error instanceof StarlineError && /did not end within 0\.2 s.*npm run worker/.test(error.message))
    assert.equal(await job.status(), 'waiting')
  })

  it('is given it also where the queue was emptied meanwhile: a worker finds in the ledger what it has lost', async () => {
    const emptied = await newProject()
    const [single, whole] = [await processEtlTask(emptied.config).add('school', 'dimension'), await refreshDataWarehouseTask(emptied.config).add()]
    const redis = new Redis(emptied.queue)
    await redis.flushdb()
    redis.disconnect()
    const worker = start(emptied, 'worker')
    assert.deepEqual(await single.result({ timeoutSeconds: 40 }), ['dimension', 'school', 3])
    assert.deepEqual(await whole.result({ timeoutSeconds: 40 }), [results.dimensions, results.facts])
    worker.kill('SIGKILL')
  })

  it('ends with an error where the ledger does not know the job any more', async () => {
    const job = await processEtlTask(project.config).add('school', 'dimension')
    await rows(project.warehouse, `DELETE FROM etl_refresh WHERE id = '${job.refresh}'`)
    await assert.rejects(job.result({ timeoutSeconds: 20 }), /the ledger does not know this job any more/)
    assert.equal(await job.status(), 'unknown')
  })

  it('lets a program that has its result end by itself', async () => {
    const worker = start(project, 'worker')
    await working([worker])
    const program = start(project, 'program')
    assert.equal(await program.ended, 0)
    assert.equal(program.said(), '["dimension","school",3]\n')
    worker.kill('SIGTERM')
    assert.equal(await worker.ended, 0)
  })
})

describe('no password', () => {
  it('is in Redis, in a log, in the ledger, or in an error, whatever fails', async () => {
    const canary = 'c4nary/of:passw@rds'
    const redis = await startOwn('redis')
    const plain = await newProject({ queue: redis.url })
    const [source, warehouse] = await Promise.all([plain.source, plain.warehouse].map((url) => freshUser(url, { password: canary })))
    const project = await newProject({
      source: source?.url ?? '', warehouse: warehouse?.url ?? '', queue: await protect(redis.url, 'redis-canary'),
    })
    const worker = start(project, 'worker')
    await working([worker])
    const errors: unknown[] = []
    const add = async (): Promise<void> => {
      const job = await refreshDataWarehouseTask(project.config).add()
      await job.result({ timeoutSeconds: 30 }).catch((error: unknown) => errors.push(error))
    }
    await add()
    // A source's error text that holds the password in clear and as a URL has it.
    tell(project.folder, 'school', 'broken', canary)
    await add()
    tell(project.folder, 'school', 'broken', encodeURIComponent(canary))
    await add()
    // And one that the database itself makes.
    await rows(plain.source, 'DROP TABLE product')
    await add()
    worker.kill('SIGTERM')
    await worker.ended
    assert.equal(errors.length, 3)
    const written = await everythingIn(project, errors)
    assert.match(written, /the source is broken/)
    for (const secret of [canary, encodeURIComponent(canary), 'redis-canary']) assert.equal(written.includes(secret), false)
    await redis.stop()
  })
})
