import assert from 'node:assert/strict'
import { queueDoor } from '../../engine/queue/door.ts'
import { refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { freshDatabase, startOwn } from '../helpers/servers/index.ts'
import { inside } from '../helpers/inside.ts'
import { until } from '../helpers/servers/machine.ts'
import { events, newProject, start, working } from './project.ts'
import { reachedBy, results, tell, untell } from './star/star.ts'

describe('a worker whose warehouse was away for longer than the tries of its job', function () {
  this.timeout(180_000)

  it('lives on, enters what has failed when the warehouse is back, and a retry loads it', async () => {
    const server = await startOwn('mariadb')
    const { url } = await freshDatabase('warehouse', server.url)
    const project = await newProject({ warehouse: url })
    const worker = start(project, 'impatient-worker')
    await working([worker])
    tell(project.folder, 'school', 'closed')
    const job = await refreshDataWarehouseTask(project.config).add()
    await until('the job is at work', () => reachedBy(project.folder, 'school'), 30_000)
    await server.kill('SIGKILL')
    untell(project.folder, 'school', 'closed')
    const failures = (): unknown => events(project).filter(({ event, message }) => event === 'job-failed' && String(message).includes('school')).length >= 3 || undefined
    await until('its tries are used up', failures, 60_000)
    await server.restart()
    await until('it is entered', async () => (await job.status()) === 'failed' || undefined, 60_000)
    await assert.rejects(job.result({ timeoutSeconds: 5 }), /did not load/)
    const again = await inside(url, (session) => queueDoor.retry(project.config, session, job.refresh))
    assert.ok(again.includes('dimension school'), again.join(', '))
    assert.deepEqual(await job.result({ timeoutSeconds: 60 }), [results.dimensions, results.facts])
    worker.kill('SIGTERM')
    await server.stop()
  })
})
