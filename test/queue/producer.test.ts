import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigurationError, StarlineError } from '../../engine/errors.ts'
import { openLine } from '../../engine/queue/backend.ts'
import { answerWithin } from '../../engine/queue/backend/within.ts'
import { openBoard } from '../../engine/queue/board/board.ts'
import { late } from '../../engine/queue/late.ts'
import { processEtlTask, refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { onEveryQueue } from '../helpers/queues.ts'
import { atTheEnd, freshUser } from '../helpers/servers/index.ts'
import { everythingIn, newProject, rows, start, working } from './project.ts'
import type { Project } from './project.ts'
import { results, starOf, tell } from './star/star.ts'

const folder = mkdtempSync(join(tmpdir(), 'starline-nowhere-'))
atTheEnd(() => Promise.resolve(rmSync(folder, { recursive: true, force: true })))
const nowhere = (queue: string) => starOf({ source: 'duckdb:none', warehouse: `duckdb:${join(folder, 'warehouse')}`, queue, folder })

describe('adding a job', () => {
  it('refuses a name that is not active before anything is sent, with the nearest one', async () => {
    // Nobody listens there, so an answer proves that nothing was asked.
    const processEtl = processEtlTask(nowhere('redis://127.0.0.1:1'))
    await assert.rejects(processEtl.add('shcool', 'dimension'), (error) => error instanceof ConfigurationError && /no active dimension is called "shcool".*school/.test(error.message))
    await assert.rejects(processEtl.add('school', 'fact'), ConfigurationError)
  })

  const silent = [
    ['redis', 'redis://:canary-of-it@127.0.0.1:1/3', "redis://127.0.0.1:1/3: the queue can't be reached. connect ECONNREFUSED"],
    ['postgres', 'postgres://me:canary-of-it@127.0.0.1:1/d', "postgres://me@127.0.0.1:1/d: the queue can't be reached. nobody answers there: connect ECONNREFUSED"],
  ] as const
  for (const [scheme, url, words] of silent) {
    it(`says where it looked where nobody is behind ${scheme}:`, async () => {
      await assert.rejects(processEtlTask(nowhere(url)).add('school', 'dimension'), ({ name, message }: Error) => name === 'DatabaseError'
        && message.startsWith(words) && !message.includes('canary'))
    })

    it(`gives up within its deadline where somebody behind ${scheme}: listens and says nothing`, async () => {
      const mute = createServer().listen(0, '127.0.0.1')
      atTheEnd(async () => { mute.close() })
      await new Promise((resolve) => { mute.once('listening', resolve) })
      const { port } = mute.address() as AddressInfo
      await assert.rejects(refreshDataWarehouseTask(nowhere(url.replace(':1/', `:${port}/`))).add(), /the queue can't be reached\..* no answer within 3 s/)
    })
  }

  it('tells its own deadline where a driver has the same one', async () => {
    await assert.rejects(answerWithin(0.02, () => new Promise((_, reject) => { setTimeout(reject, 20, new Error("the driver's own words")) })), /no answer within 0\.02 s/)
  })

  it('names what to install where the queue\'s packages are missing', async () => {
    const packages = ['bullmq', 'ioredis']
    for (const what of ["package 'ioredis' imported from /x/redis.ts", "module '/x/node_modules/ioredis/built/index.js' imported from /x/redis.ts"]) {
      const missing = new Error(`Cannot find ${what}`)
      await assert.rejects(late(packages, () => Promise.reject(missing)), (error) => error instanceof ConfigurationError
        && /the package ioredis is not installed.*npm install bullmq ioredis/.test(error.message))
    }
    for (const other of [new Error('something else'), new Error("Cannot find package 'ioredist' imported from /x/redis.ts")]) {
      await assert.rejects(late(packages, () => Promise.reject(other)), other)
    }
  })
})

onEveryQueue('a password that the queue refuses', (queue) => {
  it('is told of without it', async () => {
    const server = await queue.own()
    const right = new URL(await queue.protect(server.url, 'right-canary'))
    for (const wrong of ['', 'wrong-canary']) {
      const url = new URL(right)
      url.password = wrong
      await assert.rejects(refreshDataWarehouseTask(nowhere(url.href)).add(), ({ message }: Error) =>
        /the queue can't be reached\. (NOAUTH|WRONGPASS|the user is not let in)/.test(message) && !message.includes('canary'))
    }
    await server.stop()
  })
})

onEveryQueue('awaiting a result', (queue) => {
  let project: Project
  before(async () => { project = await newProject({ queue: await queue.fresh() }) })

  it('ends with an error at its deadline while no worker is there; the job stays', async () => {
    const job = await processEtlTask(project.config).add('school', 'dimension')
    await assert.rejects(job.result({ timeoutSeconds: 0.2 }), (error) => error instanceof StarlineError && /did not end within 0\.2 s.*npm run worker/.test(error.message))
    assert.equal(await job.status(), 'waiting')
  })

  it('is given it also where the queue was emptied meanwhile: a worker finds in the ledger what it has lost', async () => {
    const emptied = await newProject({ queue: await queue.fresh() })
    const [single, whole] = [await processEtlTask(emptied.config).add('school', 'dimension'), await refreshDataWarehouseTask(emptied.config).add()]
    await queue.empty(emptied.queue)
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

onEveryQueue('no password', (queue) => {
  it('is in the queue, in a log, in the ledger, or in an error, whatever fails', async () => {
    const canary = 'c4nary/of:passw@rds'
    const server = await queue.own()
    const plain = await newProject({ queue: server.url })
    const [source, warehouse] = await Promise.all([plain.source, plain.warehouse].map((url) => freshUser(url, { password: canary })))
    const project = await newProject({
      source: source?.url ?? '', warehouse: warehouse?.url ?? '', queue: await queue.protect(server.url, 'canary-of-queue'),
    })
    const worker = start(project, 'worker', ['--port', '0'])
    await working([worker])
    const port = /http:\/\/127\.0\.0\.1:\d+/.exec(worker.said())?.[0] ?? ''
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
    const board = await openBoard(project.config, 0)
    const pages = [`${port}/healthz`, `${port}/metrics`, board.url, ...['refresh', 'etl'].map((name) => `${board.url}api/queues?activeQueue=${name}&page=1`)]
    const told = await Promise.all(pages.map(async (page) => (await fetch(page)).text()))
    await board.close()
    worker.kill('SIGTERM')
    await worker.ended
    assert.equal(errors.length, 3)
    const written = [await everythingIn(project, await queue.everything(project.queue), errors), ...told, worker.said()].join('\n')
    for (const text of [written, told.join('\n')]) assert.match(text, /the source is broken/)
    for (const secret of [canary, encodeURIComponent(canary), 'canary-of-queue']) assert.equal(written.includes(secret), false)
    // Where one is planted, it is found.
    const line = await openLine(project.queue, { seconds: 3, comesBack: false })
    await line.queue('etl').add('planted-in-queue', {})
    await line.close()
    await rows(plain.warehouse, "UPDATE etl_refresh SET outcome = 'planted-in-ledger'")
    appendFileSync(join(project.folder, 'logs', 'worker.log'), 'planted-in-log')
    const planted = await everythingIn(project, await queue.everything(project.queue), [new Error('planted-in-error')])
    for (const where of ['queue', 'ledger', 'log', 'error']) assert.ok(planted.includes(`planted-in-${where}`), `what was planted in the ${where} is not found`)
    await server.stop()
  })
})
