import assert from 'node:assert/strict'
import { processEtlTask, refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { freshDatabase, startOwn } from '../helpers/servers/index.ts'
import { until } from '../helpers/servers/machine.ts'
import { events, newProject, start, working } from './project.ts'
import { reachedBy, results, tell, untell } from './star/star.ts'

describe('a worker whose warehouse was away for longer than the tries of its job', function () {
  this.timeout(180_000)

  it('puts its jobs off, and goes on with all of them when the warehouse is back', async () => {
    const server = await startOwn('mariadb')
    const { url } = await freshDatabase('warehouse', server.url)
    const project = await newProject({ warehouse: url })
    const worker = start(project, 'impatient-worker')
    await working([worker])
    tell(project.folder, 'school', 'closed')
    const job = await refreshDataWarehouseTask(project.config).add()
    await until('the job is at work', () => reachedBy(project.folder, 'school'), 30_000)
    // Asked for any earlier, it could be the one at work, and the refresh would have asked for nothing yet.
    const waiting = await processEtlTask(project.config).add('school', 'dimension')
    await server.kill('SIGKILL')
    untell(project.folder, 'school', 'closed')
    const putOff = (name: string): number => events(project).filter(({ event, message }) => event === 'job-put-off' && String(message).includes(name)).length
    await until('each has come as often as it may fail', () => (putOff(`${job.refresh}-dimension-school`) >= 2 && putOff(waiting.refresh) >= 3) || undefined, 60_000)
    await server.restart()
    assert.deepEqual(await job.result({ timeoutSeconds: 60 }), [results.dimensions, results.facts])
    assert.deepEqual(await waiting.result({ timeoutSeconds: 60 }), ['dimension', 'school', 3])
    worker.kill('SIGTERM')
    await server.stop()
  })
})
