import assert from 'node:assert/strict'
import { refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { until } from '../helpers/servers/machine.ts'
import { newProject, rows, start } from './project.ts'
import { reachedBy, results, tell, untell } from './star/star.ts'

const live = async (warehouse: string) => (await rows(warehouse, `SELECT table_name AS t FROM information_schema.tables
  WHERE table_schema = DATABASE() AND table_name IN ('school_dim', 'product_dim', 'sale_fact') ORDER BY 1`)).map((row) => String(row['t']))

describe('a refresh through the queue', () => {
  it('that is all or nothing publishes nothing where one ETL broke, and says so; then all of it', async () => {
    const project = await newProject({ publish: 'all-or-nothing' })
    const worker = start(project, 'impatient-worker')
    tell(project.folder, 'product', 'broken')
    const task = refreshDataWarehouseTask(project.config)
    const job = await task.add()
    await assert.rejects(job.result({ timeoutSeconds: 40 }), (error: Error) => {
      assert.match(error.message, /2 of 3 ETLs did not load/)
      assert.match(error.message, /dimension product: .*the source is broken.*fact sale: skipped/)
      assert.match(error.message, /nothing was published, since publish: 'all-or-nothing' wants all of it, and dimension product, fact sale did not load/)
      assert.ok(!error.message.includes('dimension school'), error.message)
      return true
    })
    assert.deepEqual(await live(project.warehouse), [])
    untell(project.folder, 'product', 'broken')
    assert.deepEqual(await (await task.add()).result({ timeoutSeconds: 40 }), [results.dimensions, results.facts])
    assert.deepEqual(await live(project.warehouse), ['product_dim', 'sale_fact', 'school_dim'])
    worker.kill('SIGKILL')
  })

  it('that publishes each has one live while another loads, and keeps it where that one breaks', async () => {
    const project = await newProject({ publish: 'each' })
    const worker = start(project, 'impatient-worker')
    tell(project.folder, 'product', 'closed')
    tell(project.folder, 'product', 'broken')
    const job = await refreshDataWarehouseTask(project.config).add()
    await until('one dimension is live', async () => (await live(project.warehouse)).length > 0 || undefined, 30_000)
    await until('the other one is at work', () => reachedBy(project.folder, 'product'), 30_000)
    assert.deepEqual(await live(project.warehouse), ['school_dim'])
    untell(project.folder, 'product', 'closed')
    await assert.rejects(job.result({ timeoutSeconds: 40 }), /2 of 3 ETLs did not load.*published were dimension school 3;/s)
    assert.deepEqual(await rows(project.warehouse, 'SELECT etl_name, status FROM etl_run ORDER BY etl_name'), [
      { etl_name: 'product', status: 'failed' }, { etl_name: 'school', status: 'succeeded' },
    ])
    worker.kill('SIGKILL')
  })
})
