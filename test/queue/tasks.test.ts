import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { processEtlTask, refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { onEveryQueue } from '../helpers/queues.ts'
import { until } from '../helpers/servers/machine.ts'
import { checksums, deliver, heldRefresh, newProject, pidsThatReached, refreshInTurn, rows, start, tuplesOf, working } from './project.ts'
import type { Child, Project } from './project.ts'
import { results, tell, untell } from './star/star.ts'

onEveryQueue('the tasks, with two workers side by side', (queue) => {
  let project: Project
  let workers: Child[]

  before(async () => {
    project = await newProject({ queue: await queue.fresh() })
    workers = [start(project, 'worker'), start(project, 'worker')]
    await working(workers)
  })

  after(async () => {
    for (const worker of workers) worker.kill('SIGTERM')
    assert.deepEqual(await Promise.all(workers.map(({ ended }) => ended)), [0, 0])
  })

  it('load one dimension, publish it, and give its tuple', async () => {
    const job = await processEtlTask(project.config).add('school', 'dimension')
    assert.deepEqual(await job.result({ timeoutSeconds: 20 }), ['dimension', 'school', 3])
    assert.equal(await job.status(), 'succeeded')
    assert.deepEqual(await rows(project.warehouse, 'SELECT COUNT(*) AS n FROM school_dim'), [{ n: 4 }])
    assert.deepEqual(await rows(project.warehouse, 'SELECT status, reserved_by FROM etl_refresh CROSS JOIN etl_target'), [{ status: 'succeeded', reserved_by: null }])
  })

  it('load dimensions alone, with an empty list for the facts', async () => {
    const job = await refreshDataWarehouseTask(project.config).add({ runDimensions: true, runFacts: false })
    assert.deepEqual(await job.result({ timeoutSeconds: 30 }), [results.dimensions, []])
  })

  it('give the same tuples and the same tables as the command line', async () => {
    const asked = await refreshDataWarehouseTask(project.config).add()
    assert.deepEqual(await asked.result({ timeoutSeconds: 30 }), [results.dimensions, results.facts])
    const other = await newProject({ source: project.source })
    assert.deepEqual(tuplesOf(await refreshInTurn(other.config)), [...results.dimensions, ...results.facts])
    assert.deepEqual(await checksums(project.warehouse), await checksums(other.warehouse))
  })

  it('let both workers work on one refresh, and publish it in one step', async () => {
    for (const name of ['school', 'product']) tell(project.folder, name, 'closed')
    const before = await checksums(project.warehouse)
    const job = await refreshDataWarehouseTask(project.config).add()
    const pids = await until('both dimensions are at work at the same time', () => pidsThatReached(project, ['school', 'product']), 20_000)
    assert.deepEqual(new Set(pids), new Set(workers.map(({ pid }) => pid)))
    assert.equal(await job.status(), 'active')
    untell(project.folder, 'school', 'closed')
    await until('one of them is staged', async () => {
      const staged = await rows(project.warehouse, `SELECT 1 FROM etl_run WHERE refresh = '${job.id}' AND status = 'staged'`)
      return staged.length > 0 || undefined
    }, 20_000)
    assert.deepEqual(await checksums(project.warehouse), before)
    untell(project.folder, 'product', 'closed')
    assert.deepEqual(await job.result({ timeoutSeconds: 30 }), [results.dimensions, results.facts])
    const ends = await rows(project.warehouse, `SELECT DISTINCT finished_at FROM etl_run WHERE refresh = '${job.id}'`)
    assert.equal(ends.length, 1)
  })

  it('try an ETL again where its error can pass', async () => {
    tell(project.folder, 'school', 'stumbles')
    const job = await processEtlTask(project.config).add('school', 'dimension')
    assert.deepEqual(await job.result({ timeoutSeconds: 20 }), ['dimension', 'school', 3])
    assert.deepEqual(await rows(project.warehouse, `SELECT attempts FROM etl_request WHERE refresh = '${job.refresh}'`), [{ attempts: 2 }])
    assert.deepEqual(await rows(project.warehouse, `SELECT status FROM etl_refresh WHERE id = '${job.refresh}'`), [{ status: 'succeeded' }])
  })

  it('drop all tables first where that is asked for, and give no key twice', async () => {
    const highest = async (): Promise<unknown> => (await rows(project.warehouse, 'SELECT MIN(school_key) AS first, MAX(school_key) AS last FROM school_dim WHERE school_key > 0'))[0]
    assert.deepEqual(await highest(), { first: 1, last: 3 })
    const job = await refreshDataWarehouseTask(project.config).add({ dropTables: true })
    assert.deepEqual(await job.result({ timeoutSeconds: 30 }), [results.dimensions, results.facts])
    assert.deepEqual(await highest(), { first: 4, last: 6 })
  })

  it('are refused where facts would be loaded after their dimensions were dropped, and drop nothing', async () => {
    const lone = { runDimensions: false, runFacts: true, dropTables: true }
    const before = await checksums(project.warehouse)
    await assert.rejects(refreshDataWarehouseTask(project.config).add(lone), /dropTables would drop the dimensions that the facts look their keys up in.*runDimensions: true/s)
    assert.deepEqual(await checksums(project.warehouse), before)
  })

  it('do nothing a second time for a job that is delivered twice', async () => {
    const single = await processEtlTask(project.config).add('product', 'dimension')
    await single.result({ timeoutSeconds: 20 })
    const whole = await refreshDataWarehouseTask(project.config).add()
    await whole.result({ timeoutSeconds: 30 })
    const runs = (): Promise<unknown> => rows(project.warehouse, 'SELECT target, fence, status FROM etl_run ORDER BY target, fence')
    const before = await runs()
    const again = await deliver(project, [
      { name: 'processEtl', data: { type: 'dimension', name: 'product', refresh: single.refresh } },
      { name: 'refreshDataWarehouse', data: { refresh: whole.refresh } },
    ])
    assert.deepEqual(again, [{ gave: ['dimension', 'product', 4] }, { gave: { published: 3 } }])
    assert.deepEqual(await runs(), before)
  })

  const forgeries = [
    ['a task that nobody knows', 'rm', {}, /no task is called "rm"/],
    ['SQL beside the name', 'processEtl', { type: 'dimension', name: 'school', refresh: 'r-1', sql: 'DROP TABLE x' }, /Unrecognized key: "sql"/],
    ['a hostile name', 'processEtl', { type: 'dimension', name: 'x`; DROP', refresh: 'r-1' }, /refused\. name: /],
    ['an ETL that is not active', 'processEtl', { type: 'fact', name: 'sales', refresh: 'r-1' }, /no active fact is called "sales"\. Way out: .*sale/],
    ['an unknown type', 'processEtl', { type: 'table', name: 'school', refresh: 'r-1' }, /refused\. type: /],
    ['options beside the refresh', 'refreshDataWarehouse', { refresh: 'r-1', dropTables: true }, /Unrecognized key: "dropTables"/],
    ['a refresh that nobody asked for', 'refreshDataWarehouse', { refresh: 'r-1' }, /the ledger does not know this refresh/],
    ['an ETL of a refresh that nobody asked for', 'processEtl', { type: 'dimension', name: 'school', refresh: 'r-1' }, /the ledger does not know this refresh/],
    ['a refresh with a hostile id', 'refreshDataWarehouse', { refresh: "r'; --" }, /refused\. refresh: /],
    ['ranges of no run', 'loadRanges', { type: 'fact', name: 'sale', refresh: 'r-1', run: '1 OR 1' }, /refused\. run: /],
    ['no data', 'processEtl', undefined, /refused/],
    ['a task whose name is as long as a book', 'x'.repeat(1_000_000), {}, /no task is called "x{80}"\./],
    ['a name as long as a book', 'processEtl', { type: 'dimension', name: 'x'.repeat(1_000_000), refresh: 'r-1' }, /refused\. name: /],
  ] as const
  for (const [what, name, data, words] of forgeries) {
    it(`refuse a job with ${what}, at once`, async () => {
      const [answer] = await deliver(project, [{ name, data }])
      assert.match(answer?.failed ?? '', words)
      assert.equal(answer?.attempts, 1)
    })
  }

  it('find nothing to do in a job for ranges of a run that is over', async () => {
    assert.deepEqual(await deliver(project, [{ name: 'loadRanges', data: { type: 'fact', name: 'sale', refresh: 'r-1', run: randomUUID() } }]), [{ gave: { ranges: 0 } }])
  })

  it('refuse a job for a refresh that the command line holds', async () => {
    const refresh = await heldRefresh(project)
    const answers = await deliver(project, [
      { name: 'processEtl', data: { type: 'dimension', name: 'school', refresh } },
      { name: 'refreshDataWarehouse', data: { refresh } },
    ])
    for (const { failed } of answers) assert.match(failed ?? '', /this refresh was not asked for through the queue/)
    assert.deepEqual(await rows(project.warehouse, `SELECT status FROM etl_refresh WHERE id = '${refresh}'`), [{ status: 'running' }])
  })
})
