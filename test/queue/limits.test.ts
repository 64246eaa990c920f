import assert from 'node:assert/strict'
import { databasesOf } from '../../engine/etl/context.ts'
import { entriesOf } from '../../engine/etl/registry.ts'
import { takeSlot } from '../../engine/publish/slots.ts'
import { processEtlTask } from '../../engine/queue/task.ts'
import { asAdmin } from '../helpers/servers/index.ts'
import { until } from '../helpers/servers/machine.ts'
import { withConnection } from '../helpers/servers/mariadb.ts'
import { events, newProject, refreshInTurn, rows, start, tuplesOf, working } from './project.ts'
import { reachedBy, tell, untell } from './star/star.ts'

/** The most statements that the source was at work on at once, until it is told to stop looking. */
async function busiest(source: string, isOver: () => boolean): Promise<number> {
  let most = 0
  await withConnection(await asAdmin(source), async (connection) => {
    while (!isOver()) {
      const [found] = await connection.query("SELECT id FROM information_schema.processlist WHERE info LIKE '%AND SLEEP(0.4)%' AND id <> CONNECTION_ID()")
      most = Math.max(most, (found as readonly unknown[]).length)
    }
  })
  return most
}

describe('a source with a limit', () => {
  it('is never read by more at once, over several workers and the command line', async () => {
    const project = await newProject({ slow: 12, limit: 2 })
    const workers = [start(project, 'worker', ['--concurrency', '3']), start(project, 'worker', ['--concurrency', '3'])]
    await working(workers)
    const entries = entriesOf(project.config)
    let over = false
    const measured = busiest(project.source, () => over)
    const task = processEtlTask(project.config)
    const jobs = await Promise.all(entries.slice(0, 8).map(({ name }) => task.add(name, 'dimension')))
    const [report, ...given] = await Promise.all([refreshInTurn(project.config, entries.slice(8), 4), ...jobs.map((job) => job.result({ timeoutSeconds: 100 }))])
    over = true
    assert.deepEqual([...given, ...tuplesOf(report)], entries.map(({ name }) => ['dimension', name, 1]))
    assert.equal(await measured, 2, 'as many as the limit allows, and no more')
    assert.deepEqual(await rows(project.warehouse, 'SELECT MAX(attempts) AS most, COUNT(*) AS n FROM etl_request'), [{ most: 1, n: 12 }])
    for (const worker of workers) worker.kill('SIGKILL')
  })

  it('puts a job off that finds no room, which is no attempt at it', async () => {
    const project = await newProject({ limit: 1 })
    const worker = start(project, 'worker', ['--concurrency', '2'])
    await working([worker])
    tell(project.folder, 'school', 'closed')
    const first = await processEtlTask(project.config).add('school', 'dimension')
    await until('the source is being read', () => reachedBy(project.folder, 'school'), 20_000)
    const second = await processEtlTask(project.config).add('product', 'dimension')
    await until('the other one is put off', () => events(project).some(({ event, message }) => event === 'job-put-off' && /source default: the source is busy/.test(String(message))) || undefined, 30_000)
    assert.equal(await second.status(), 'delayed')
    untell(project.folder, 'school', 'closed')
    assert.deepEqual(await first.result({ timeoutSeconds: 30 }), ['dimension', 'school', 3])
    assert.deepEqual(await second.result({ timeoutSeconds: 40 }), ['dimension', 'product', 4])
    assert.deepEqual(await rows(project.warehouse, 'SELECT fence, status FROM etl_run'), [{ fence: 1, status: 'succeeded' }, { fence: 1, status: 'succeeded' }])
    worker.kill('SIGKILL')
  })

  it('has room again as soon as the worker that read it is killed', async () => {
    const project = await newProject({ limit: 1 })
    const victim = start(project, 'impatient-worker')
    tell(project.folder, 'school', 'closed')
    const job = await processEtlTask(project.config).add('school', 'dimension')
    await until('the source is being read', () => reachedBy(project.folder, 'school'), 30_000)
    const databases = databasesOf(project.config)
    const session = await (await databases.warehouse()).connect()
    await assert.rejects(takeSlot(session, 'test', { source: 'default', most: 1 }, 0), /the source is busy/)
    victim.kill('SIGKILL')
    await victim.ended
    await (await takeSlot(session, 'test', { source: 'default', most: 1 }, 5_000)).release()
    await databases.close()
    untell(project.folder, 'school', 'closed')
    const other = start(project, 'impatient-worker')
    assert.deepEqual(await job.result({ timeoutSeconds: 40 }), ['dimension', 'school', 3])
    other.kill('SIGKILL')
  })
})
