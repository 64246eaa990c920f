import assert from 'node:assert/strict'
import { processEtlTask, refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import type { Task } from '../../engine/queue/task.ts'
import { checksums, events, newProject, refreshInTurn, rows, start, tuplesOf } from './project.ts'
import type { Project } from './project.ts'
import { results, tell } from './star/star.ts'

describe('a queue that is embedded', () => {
  let project: Project

  // What is left open keeps the queue, and much memory, until the tests end.
  const open: Task[] = []
  const opened = <T extends Task>(task: T): T => {
    open.push(task)
    return task
  }
  before(async () => { project = await newProject({ queue: 'embedded' }) })
  after(async () => { for (const task of open) await task.close() })

  it('is worked on by whoever adds to it: one dimension, then the whole, with the same tables as by the command line', async () => {
    const one = await opened(processEtlTask(project.config)).add('school', 'dimension')
    assert.deepEqual(await one.result({ timeoutSeconds: 40 }), ['dimension', 'school', 3])
    const all = await opened(refreshDataWarehouseTask(project.config)).add()
    assert.deepEqual(await all.result({ timeoutSeconds: 40 }), [results.dimensions, results.facts])
    const other = await newProject({ source: project.source, queue: 'embedded' })
    assert.deepEqual(tuplesOf(await refreshInTurn(other.config)), [...results.dimensions, ...results.facts])
    assert.deepEqual(await checksums(project.warehouse), await checksums(other.warehouse))
  })

  it('tries again what can pass, and says why the rest failed', async () => {
    tell(project.folder, 'school', 'stumbles')
    tell(project.folder, 'product', 'broken')
    const job = await opened(refreshDataWarehouseTask(project.config)).add()
    await assert.rejects(job.result({ timeoutSeconds: 40 }), /2 of 3 ETLs did not load.*dimension product: .*the source is broken.*fact sale: skipped.*published were dimension school 3/)
    assert.deepEqual(await rows(project.warehouse, `SELECT etl, status, attempts FROM etl_request WHERE refresh = '${job.refresh}' AND etl LIKE '%school%'`), [
      { etl: 'dimension school', status: 'succeeded', attempts: 2 },
    ])
  })

  it('is another one for each warehouse, also within one process', async () => {
    const projects = [await newProject({ source: project.source, queue: 'embedded' }), await newProject({ source: project.source, queue: 'embedded' })]
    const jobs = await Promise.all(projects.map(({ config }) => opened(refreshDataWarehouseTask(config)).add()))
    for (const job of jobs) assert.deepEqual(await job.result({ timeoutSeconds: 40 }), [results.dimensions, results.facts])
    for (const each of projects) {
      assert.ok(events(each).every(({ event }) => event !== 'job-failed'), 'no worker took a job of the other\'s')
    }
  })

  it('has no timer of its own that keeps a process alive', async () => {
    const program = start(project, 'at-rest')
    assert.equal(await program.ended, 0, program.said())
    assert.equal(program.said(), '0 timers\n')
  })

  it('lets a program that has its result end by itself, and says nothing', async () => {
    const program = start(await newProject({ source: project.source, queue: 'embedded' }), 'program')
    assert.equal(await program.ended, 0, program.said())
    assert.equal(program.said(), '["dimension","school",3]\n')
  })

  it('is nothing that a worker can share: it says so', async () => {
    const worker = start(await newProject({ source: project.source, queue: 'embedded' }), 'worker', ['--drain'])
    assert.equal(await worker.ended, 0, worker.said())
    assert.match(worker.said(), /^Working on embedded, .*\nThe queue lives in this process alone: .*redis:\/\/ or postgres:\/\//)
  })
})
