import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { ConfigurationError } from '../../engine/errors.ts'
import { openBoard } from '../../engine/queue/board/board.ts'
import { processEtlTask } from '../../engine/queue/task.ts'
import { onEveryQueue } from '../helpers/queues.ts'
import { freshRedis } from '../helpers/servers/index.ts'
import { until } from '../helpers/servers/machine.ts'
import { newProject } from './project.ts'

onEveryQueue('the board', (queue) => {
  it('shows queues and jobs to who has the token, changes nothing, and tells nothing to others', async () => {
    const project = await newProject({ queue: await queue.fresh() })
    const job = await processEtlTask(project.config).add('school', 'dimension')
    const board = await openBoard(project.config, 0)
    const { origin, pathname } = new URL(board.url)
    assert.match(board.url, /^http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{48}\/$/)
    const queues = `${pathname}api/queues?activeQueue=etl&page=1`
    // What is asked for | how | the answer's status
    const asked: [string, string, number][] = [
      ['/', 'GET', 401], ['/api/queues', 'GET', 401], [`/${'0'.repeat(48)}/api/queues`, 'GET', 401], [`${pathname.slice(0, -3)}/`, 'GET', 401],
      [pathname, 'GET', 200], [`${pathname}queue/etl`, 'GET', 200], [queues, 'GET', 200], [`${pathname}static/js/none.js`, 'GET', 404], [`${pathname}static/..%2findex.ejs`, 'GET', 404],
      [`${pathname}elsewhere`, 'GET', 404], [`${pathname}api/queues/etl/obliterate`, 'PUT', 405], [`${pathname}api/queues/etl/add`, 'POST', 405],
    ]
    for (const [path, method, status] of asked) {
      const answer = await fetch(origin + path, { method })
      assert.equal(answer.status, status, `${method} ${path}: ${await answer.text()}`)
    }
    const page = await (await fetch(board.url)).text()
    const [, script = ''] = /src="(static\/js\/main[^"]+)"/.exec(page) ?? []
    assert.equal((await fetch(board.url + script)).headers.get('content-type'), 'text/javascript')
    const seen = await (await fetch(origin + queues)).json() as { queues: { name: string; readOnlyMode: boolean; counts: Record<string, number>; jobs: { data: unknown }[] }[] }
    assert.deepEqual(seen.queues.map(({ name, readOnlyMode, counts }) => [name, readOnlyMode, counts['waiting']]), [['refresh', true, 0], ['etl', true, 1]])
    assert.deepEqual(seen.queues[1]?.jobs.map(({ data }) => data), [{ type: 'dimension', name: 'school', refresh: job.refresh }])
    await board.close()
    await assert.rejects(fetch(board.url), 'it listens no more')
  })
})

describe('starline board', () => {
  it('prints its address, and ends with Ctrl-C', async () => {
    const { url } = await freshRedis()
    const child = spawn(process.execPath, ['bin/starline.mjs', 'board'], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ETL_QUEUE: url } })
    let [out, err] = ['', '']
    child.stdout.on('data', (text: Buffer) => { out += text.toString() })
    child.stderr.on('data', (text: Buffer) => { err += text.toString() })
    const ended = new Promise<number | null>((resolve) => { child.once('close', resolve) })
    await until('it prints its address', () => (err.includes('Ctrl-C stops') ? true : undefined), 30_000).catch(() => assert.fail(out + err))
    assert.equal((await fetch(out.trim())).status, 200)
    child.kill('SIGINT')
    assert.equal(await ended, 130, err)
  })

  it('says so where the port is taken', async () => {
    const project = await newProject({ source: 'files:nowhere', warehouse: 'duckdb:nowhere', queue: (await freshRedis()).url })
    const board = await openBoard(project.config, 0)
    await assert.rejects(openBoard(project.config, Number(new URL(board.url).port)), (error) => error instanceof ConfigurationError && /can listen at port/.test(error.message))
    await board.close()
  })

  it('says of the embedded queue that it can\'t be looked at', async () => {
    const project = await newProject({ source: 'files:nowhere', warehouse: 'duckdb:nowhere', queue: 'redis://127.0.0.1' })
    await assert.rejects(openBoard({ ...project.config, queue: 'embedded' }, 0), (error) => error instanceof ConfigurationError && /npx starline status/.test(error.message))
  })
})
