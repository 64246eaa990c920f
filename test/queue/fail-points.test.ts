import assert from 'node:assert/strict'
import { databasesOf } from '../../engine/etl/context.ts'
import { silent } from '../../engine/log.ts'
import { clearUp } from '../../engine/publish/janitor.ts'
import { refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { etlSteps, publishSteps } from '../harness/job.ts'
import { onEveryQueue } from '../helpers/queues.ts'
import { until } from '../helpers/servers/machine.ts'
import { checksums, newProject, refreshInTurn, rows, start } from './project.ts'
import type { Child, Project } from './project.ts'
import { isDeadly, makeDeadly, results } from './star/star.ts'

/** Those of the protocol, and those of a job that has others to add: each queue gets its share of them. */
const steps = [...etlSteps, ...publishSteps, 'jobs-added', 'next-added', 'ended']
const queues = 2
let turn = 0

/** What a worker that comes next clears away: a janitor passes when it starts. */
async function tablesLeft(project: Project): Promise<unknown[]> {
  const databases = databasesOf(project.config)
  const session = await (await databases.warehouse()).connect()
  await clearUp(session, silent)
  const left = (await session.tablesLike('')).filter((name) => name.includes('__'))
  await session.close()
  await databases.close()
  return left
}

/** Two workers, of which one that dies is started again, until they are wanted no more. */
function keepWorking(project: Project): { readonly deaths: () => number; readonly stop: () => Promise<void> } {
  const running = new Map<number, Child>()
  let over = false
  let deaths = 0
  const keep = async (at: number): Promise<void> => {
    if (over) return
    const worker = start(project, 'dying-worker')
    running.set(at, worker)
    await worker.ended
    deaths += 1
    await keep(at)
  }
  const both = Promise.all([keep(0), keep(1)])
  return {
    deaths: () => deaths,
    async stop() {
      over = true
      for (const worker of running.values()) worker.kill('SIGKILL')
      await both
    },
  }
}

onEveryQueue('a refresh whose workers die at one step of the protocol after the other', (queue) => {
  it('is done once, and leaves nothing behind', async function () {
    this.timeout(240_000)
    const project = await newProject({ queue: await queue.fresh() })
    const deadly = steps.filter((_, at) => at % queues === turn)
    turn += 1
    for (const step of deadly) makeDeadly(project.folder, step)
    const workers = keepWorking(project)
    const job = await refreshDataWarehouseTask(project.config).add()
    assert.deepEqual(await job.result({ timeoutSeconds: 220 }), [results.dimensions, results.facts])
    // The last of them may die when the refresh has ended.
    await until('somebody has died at each step', () => workers.deaths() >= deadly.length || undefined, 20_000)
    await workers.stop()
    assert.deepEqual(deadly.filter((step) => isDeadly(project.folder, step)), [], 'steps at which nobody died')
    const other = await newProject({ source: project.source })
    await refreshInTurn(other.config)
    assert.deepEqual(await checksums(project.warehouse), await checksums(other.warehouse))
    assert.deepEqual(await rows(project.warehouse, "SELECT target, COUNT(*) AS n FROM etl_run WHERE status = 'succeeded' GROUP BY target ORDER BY target"),
      ['product_dim', 'sale_fact', 'school_dim'].map((target) => ({ target, n: 1 })))
    assert.deepEqual(await rows(project.warehouse, 'SELECT target FROM etl_target WHERE reserved_by IS NOT NULL'), [])
    assert.deepEqual(await tablesLeft(project), [], 'tables that dead workers have left')
  })
})
