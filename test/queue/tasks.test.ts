import assert from 'node:assert/strict'
import { processEtlTask, refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { until } from '../helpers/servers/machine.ts'
import { newProject, start } from "./project.ts"
import type { Child, Project } from './project.ts'
import { results } from './star/star.ts'

describe('the tasks, with a worker of their own', () => {
  let project: Project
  let worker: Child

  before(async () => {
    project = await newProject()
    worker = start(project, 'worker')
    await until('the worker says that it works', () => worker.said().includes('Working on') || undefined, 20_000)
  })

  after(async () => {
    worker.kill('SIGTERM')
    await worker.ended
  })

  it('load one dimension and give its tuple', async () => {
    const job = await processEtlTask(project.config).add('school', 'dimension')
    assert.deepEqual(await job.result({ timeoutSeconds: 20 }), ['dimension', 'school', 3])
    assert.equal(await job.status(), 'succeeded')
  })

  it('load the whole warehouse and give the dimensions, then the facts', async () => {
    const job = await refreshDataWarehouseTask(project.config).add()
    assert.deepEqual(await job.result({ timeoutSeconds: 30 }), [results.dimensions, results.facts])
  })
})
