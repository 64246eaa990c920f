import assert from 'node:assert/strict'
import { processEtlTask, refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { until } from '../helpers/servers/machine.ts'
import { starline } from './doors.ts'
import { deliver, elsewhere, events, newProject, rows, start, working } from './project.ts'
import type { Child, Project } from './project.ts'
import { results } from './star/star.ts'

/** Which process loaded each table of a refresh. */
async function loadedBy(project: Project, refresh: string): Promise<Record<string, number>> {
  const runs = await rows(project.warehouse, `SELECT etl_name, worker FROM etl_run WHERE refresh = '${refresh}'`)
  return Object.fromEntries(runs.map((run) => [String(run['etl_name']), Number(String(run['worker']).split(':')[1])]))
}

/** What the workers of one machine have loaded, by their log. */
const loadedIn = (machine: Project): unknown[] => events(machine).filter(({ event }) => event === 'loaded').map(({ name }) => name)

describe('an ETL that names its queue', () => {
  let project: Project
  let workers: Child[] = []

  before(async () => { project = await newProject({ factsQueue: 'heavy' }) })
  after(async () => {
    for (const worker of workers) worker.kill('SIGTERM')
    await Promise.all(workers.map(({ ended }) => ended))
  })

  it('waits until a worker on another machine takes that queue, which is said by those that do not; its refresh goes on meanwhile', async () => {
    const [heavy] = workers = [start(project, 'worker', ['--queues', 'heavy'])]
    await working(workers)
    const job = await refreshDataWarehouseTask(project.config).add()
    await until('it is said that nobody takes the other queue', () => events(project).some(({ event, queue, refresh, message }) =>
      event === 'queue-untaken' && queue === 'default' && refresh === job.refresh && /No worker takes queue default: dimension school, dimension product of refresh/.test(String(message))) || undefined, 30_000)
    assert.ok(heavy?.said().includes(`Started refresh ${job.refresh}`), heavy?.said())
    const [second, third] = [elsewhere(project), elsewhere(project)]
    const others = start(second, 'worker', ['--queues', 'default'])
    workers.push(others)
    assert.deepEqual(await job.result({ timeoutSeconds: 60 }), [results.dimensions, results.facts])
    assert.deepEqual(await loadedBy(project, job.refresh), { school: others.pid, product: others.pid, sale: heavy?.pid })
    // The workers share no folder, as on machines of their own: each log has its own ETLs, and the queue has all of them.
    assert.deepEqual([loadedIn(second), loadedIn(project)], [['school', 'product'], ['sale']])
    const { code, out } = await starline(third, 'logs', job.refresh)
    assert.equal(code, 0)
    for (const table of ['school_dim', 'product_dim', 'sale_fact']) assert.match(out, new RegExp(`Loaded \\d+ rows into table ${table}`))
  })

  it('is loaded there by itself, too, and the job of nobody\'s queue is refused', async () => {
    const job = await processEtlTask(project.config).add('sale', 'fact')
    assert.deepEqual(await job.result({ timeoutSeconds: 30 }), ['fact', 'sale', 500])
    assert.deepEqual(await loadedBy(project, job.refresh), { sale: workers[0]?.pid })
    const [stray] = await deliver(project, [{ name: 'refreshDataWarehouse', data: { refresh: job.refresh }, queue: 'etl-heavy' }])
    assert.match(stray?.failed ?? '', /the job is refused\. no refreshDataWarehouse waits in this queue/)
  })

  it('is asked for by the name of its queue: another one is refused with the nearest', async () => {
    const child = start(project, 'worker', ['--queues', 'default,hevy'])
    assert.equal(await child.ended, 2)
    assert.match(child.said(), /no active ETL waits in a queue called "hevy"\. Way out: did you mean heavy\?/)
  })

  it('is waited for by a worker that drains all queues', async () => {
    for (const worker of workers) worker.kill('SIGTERM')
    await Promise.all(workers.splice(0).map(({ ended }) => ended))
    const job = await refreshDataWarehouseTask(project.config).add()
    const worker = start(project, 'worker', ['--drain'])
    assert.equal(await worker.ended, 0)
    assert.deepEqual(await job.result({ timeoutSeconds: 1 }), [results.dimensions, results.facts])
    assert.deepEqual(await rows(project.warehouse, 'SELECT worker FROM etl_worker'), [], 'who has ended works no more')
  })
})
