import assert from 'node:assert/strict'
import { StarlineError } from '../../engine/errors.ts'
import { processEtlTask, refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { openDatabase } from '../../engine/db/open.ts'
import { targetLock } from '../../engine/publish/ledger.ts'
import { until } from '../helpers/servers/machine.ts'
import { checksums, events, newProject, refreshInTurn, rows, start, working } from './project.ts'
import type { Child, Project } from './project.ts'
import { reachedBy, tell, untell } from './star/star.ts'

describe('what fails on a worker', () => {
  let project: Project
  let worker: Child

  beforeEach(async () => {
    project = await newProject()
    await refreshInTurn(project.config)
    worker = start(project, 'worker', ['--concurrency', '2'])
    await working([worker])
  })

  afterEach(async () => {
    worker.kill('SIGKILL')
    await worker.ended
  })

  it('is told to whoever awaits it in the same words, once, and leaves the live table as it was', async () => {
    const before = await checksums(project.warehouse)
    tell(project.folder, 'school', 'broken')
    const job = await processEtlTask(project.config).add('school', 'dimension')
    await assert.rejects(job.result({ timeoutSeconds: 20 }), (error) => error instanceof StarlineError && error.message.includes('the source is broken'))
    assert.equal(await job.status(), 'failed')
    assert.deepEqual(await checksums(project.warehouse), before)
    assert.deepEqual(await rows(project.warehouse, `SELECT attempts FROM etl_request WHERE refresh = '${job.refresh}'`), [{ attempts: 1 }])
    assert.deepEqual(await rows(project.warehouse, `SELECT status FROM etl_refresh WHERE id = '${job.refresh}'`), [{ status: 'failed' }])
  })

  it('wakes its refresh, which publishes the rest and names the failure, what was skipped and what was published', async () => {
    await rows(project.source, "UPDATE product SET title = 'New' WHERE id = 12")
    tell(project.folder, 'school', 'broken')
    const job = await refreshDataWarehouseTask(project.config).add()
    await assert.rejects(job.result({ timeoutSeconds: 30 }), ({ message }: Error) => {
      assert.match(message, /2 of 3 ETLs did not load/)
      assert.match(message, /dimension school: .*the source is broken/)
      assert.match(message, /fact sale: skipped, because dimension school, which it uses, failed/)
      assert.match(message, /published were dimension product 4/)
      return true
    })
    assert.deepEqual(await rows(project.warehouse, "SELECT COUNT(*) AS n FROM product_dim WHERE title = 'New'"), [{ n: 1 }])
    assert.deepEqual(await rows(project.warehouse, `SELECT etl_name, status FROM etl_run WHERE refresh = '${job.id}' ORDER BY etl_name`), [
      { etl_name: 'product', status: 'succeeded' }, { etl_name: 'school', status: 'failed' },
    ])
    assert.deepEqual(await rows(project.warehouse, `SELECT status FROM etl_refresh WHERE id = '${job.id}'`), [{ status: 'failed' }])
  })

  it('wakes its refresh also where it is a fact, whose dimensions are published all the same', async () => {
    tell(project.folder, 'sale', 'broken')
    const job = await refreshDataWarehouseTask(project.config).add()
    await assert.rejects(job.result({ timeoutSeconds: 30 }), /1 of 3 ETLs did not load.*fact sale: .*the source is broken.*published were dimension school 3 · dimension product 4/)
  })

  it('wakes its refresh where everything fails: nothing is published', async () => {
    for (const name of ['school', 'product']) tell(project.folder, name, 'broken')
    const job = await refreshDataWarehouseTask(project.config).add()
    await assert.rejects(job.result({ timeoutSeconds: 30 }), /3 of 3 ETLs did not load.*nothing was published/)
  })

  it('is put off, not failed, while somebody else loads the table', async () => {
    const warehouse = await openDatabase(project.warehouse)
    const other = await warehouse.connect()
    assert.ok(await other.lock(targetLock('school_dim')))
    const job = await processEtlTask(project.config).add('school', 'dimension')
    await until('the job is put off', () => events(project).some(({ event }) => event === 'job-put-off') || undefined, 20_000)
    assert.equal(await job.status(), 'delayed')
    await other.close()
    await warehouse.close()
    assert.deepEqual(await job.result({ timeoutSeconds: 30 }), ['dimension', 'school', 3])
  })

  it('is not the refresh of another worker that holds the same tables: that one is waited for', async () => {
    tell(project.folder, 'school', 'closed')
    const first = await processEtlTask(project.config).add('school', 'dimension')
    await until('the first is at work', () => reachedBy(project.folder, 'school'), 20_000)
    const second = await processEtlTask(project.config).add('school', 'dimension')
    await until('the second is put off', () => events(project).some(({ event }) => event === 'job-put-off') || undefined, 20_000)
    untell(project.folder, 'school', 'closed')
    assert.deepEqual(await first.result({ timeoutSeconds: 30 }), ['dimension', 'school', 3])
    assert.deepEqual(await second.result({ timeoutSeconds: 30 }), ['dimension', 'school', 3])
  })
})
