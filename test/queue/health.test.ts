import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { processEtlTask, refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { startOwn } from '../helpers/servers/index.ts'
import { until } from '../helpers/servers/machine.ts'
import { newProject, start, working } from './project.ts'
import type { Child, Project } from './project.ts'
import { tell, untell } from './star/star.ts'

describe('a worker with a port', () => {
  let redis: Awaited<ReturnType<typeof startOwn>>
  let project: Project
  let worker: Child
  let url: string

  before(async () => {
    redis = await startOwn('redis', { args: ['--appendonly', 'yes'] })
    project = await newProject({ queue: redis.url })
    worker = start(project, 'worker', ['--port', '0'])
    await working([worker])
    url = /http:\/\/127\.0\.0\.1:\d+/.exec(worker.said())?.[0] ?? assert.fail(worker.said())
  })
  after(async () => {
    worker.kill('SIGTERM')
    assert.equal(await worker.ended, 0)
    await redis.stop()
  })

  const health = async () => {
    const answer = await fetch(`${url}/healthz`)
    return { status: answer.status, ...await answer.json() as Record<string, unknown> }
  }

  it('tells that it can work, and nothing else to anybody else', async () => {
    assert.deepEqual(await health(), { status: 200, ok: true, queue: 'up', warehouse: 'up' })
    assert.equal((await fetch(`${url}/metrics`, { method: 'POST' })).status, 405)
    assert.equal((await fetch(`${url}/etc/passwd`)).status, 404)
  })

  it('counts what it does, as Prometheus reads it', async () => {
    const task = processEtlTask(project.config)
    await (await task.add('school', 'dimension')).result({ timeoutSeconds: 30 })
    tell(project.folder, 'product', 'stumbles')
    await (await task.add('product', 'dimension')).result({ timeoutSeconds: 30 })
    tell(project.folder, 'school', 'broken')
    await assert.rejects((await refreshDataWarehouseTask(project.config).add()).result({ timeoutSeconds: 40 }), /2 of 3 ETLs did not load/)
    untell(project.folder, 'school', 'broken')
    const text = await until('the last job is counted', async () => {
      const now = await (await fetch(`${url}/metrics`)).text()
      return now.includes('starline_jobs_total{task="refreshDataWarehouse",outcome="failed"} 1') ? now : undefined
    })
    for (const line of text.trim().split('\n')) assert.match(line, /^(# (HELP|TYPE) starline_\w+ .+|starline_\w+(\{(\w+="[^"\\]*",?)+\})? [\d.]+)$/, line)
    for (const line of [
      'starline_queue_up 1', 'starline_warehouse_up 1', 'starline_jobs_active 0',
      'starline_jobs_total{task="processEtl",outcome="succeeded"} 3', 'starline_jobs_total{task="processEtl",outcome="retried"} 1', 'starline_jobs_total{task="processEtl",outcome="failed"} 1',
      'starline_job_seconds_count{task="processEtl"} 5', 'starline_rows_loaded_total{etl="dimension product"} 8', 'starline_queue_jobs{queue="etl",state="waiting"} 0', 'starline_queue_jobs{queue="etl",state="failed"} 1',
    ]) assert.ok(text.includes(`${line}\n`), `${line} in\n${text}`)
    assert.match(text, /^starline_build_info\{version="\d+\.\d+\.\d+",node="\d+\.\d+\.\d+"\} 1$/m)
  })

  it('writes into each line of its log at what, and who', () => {
    const lines = readFileSync(join(project.folder, 'logs', 'worker.log'), 'utf8').trim().split('\n')
    const of = (words: RegExp): string => lines.find((line) => words.test(line)) ?? assert.fail(`${String(words)} in\n${lines.join('\n')}`)
    const whose = `worker [^ ]+:${worker.pid}:[0-9a-f]{6}\\]$`
    for (const line of lines) assert.match(line, new RegExp(`^\\S+ (INFO|WARN|ERROR) .* \\[.*${whose}`))
    assert.match(of(/Loaded 3 rows into table school_dim/), new RegExp(`\\[refresh \\S+, dimension school, attempt 1, ${whose}`))
    assert.match(of(/Loaded 4 rows into table product_dim .*attempt 2/), new RegExp(`\\[refresh \\S+, dimension product, attempt 2, ${whose}`))
    assert.match(of(/Skipped fact sale: dimension school, which it uses, failed/), new RegExp(`\\[refresh \\S+, fact sale, ${whose}`))
  })

  it('tells why it can\'t work while its queue is away, and that it can when it is back', async () => {
    await redis.kill('SIGKILL')
    const away = await until('the worker has seen it', async () => {
      const now = await health()
      return now.status === 503 ? now : undefined
    })
    assert.deepEqual(away, { status: 503, ok: false, queue: `${redis.url}: it is away`, warehouse: 'up' })
    assert.match(await (await fetch(`${url}/metrics`)).text(), /^starline_queue_up 0$/m)
    await redis.restart()
    await until('the worker has seen that it is back', async () => ((await health()).status === 200 ? true : undefined), 20_000)
  })

  for (const [flags, words] of [[['--port', 'x'], /--port takes a number up to 65535, not "x"/], [['--port', '1', '--host', '192.0.2.1'], /192\.0\.2\.1:1: the port for health and metrics can't be opened/]] as const) {
    it(`that can't be opened is a mistake of the command line: ${flags.join(' ')}`, async () => {
      const child = start(project, 'worker', flags)
      assert.equal(await child.ended, 2)
      assert.match(child.said(), words)
    })
  }
})
