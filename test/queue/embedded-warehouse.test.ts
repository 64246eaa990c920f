import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processEtlTask, refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { atTheEnd } from '../helpers/servers/index.ts'
import { newProject, start, working } from './project.ts'
import type { Child, Project } from './project.ts'
import { results } from './star/star.ts'

describe('a worker with an embedded warehouse', () => {
  const folder = mkdtempSync(join(tmpdir(), 'starline-embedded-'))
  let project: Project
  let worker: Child

  before(async () => {
    atTheEnd(async () => rmSync(folder, { recursive: true, force: true }))
    writeFiles(folder)
    project = await newProject({ source: `files:${folder}`, warehouse: `duckdb:${join(folder, 'warehouse', 'w.duckdb')}` })
    worker = start(project, 'worker', ['--concurrency', '3'])
    await working([worker])
  })

  after(async () => {
    worker.kill('SIGTERM')
    assert.equal(await worker.ended, 0)
  })

  it('loads one dimension, then the whole warehouse, several ETLs side by side', async () => {
    const one = await processEtlTask(project.config).add('school', 'dimension')
    assert.deepEqual(await one.result({ timeoutSeconds: 20 }), ['dimension', 'school', 3])
    for (let time = 1; time <= 3; time++) {
      const all = await refreshDataWarehouseTask(project.config).add()
      assert.deepEqual(await all.result({ timeoutSeconds: 30 }), [results.dimensions, results.facts])
    }
  })

  it('reads a folder of files as it is when the job comes', async () => {
    appendFileSync(join(folder, 'school.csv'), '4,Later,Oslo\n')
    const job = await processEtlTask(project.config).add('school', 'dimension')
    assert.deepEqual(await job.result({ timeoutSeconds: 20 }), ['dimension', 'school', 4])
  })

  it('works alone: a second one is told so when it starts', async () => {
    const second = start(project, 'worker')
    assert.equal(await second.ended, 1)
    assert.match(second.said(), /w\.duckdb.*(process|opened|lock)/i)
  })
})

/** The small star's source as CSV. */
function writeFiles(folder: string): void {
  mkdirSync(join(folder, 'warehouse'))
  const write = (name: string, lines: readonly string[]): void => writeFileSync(join(folder, `${name}.csv`), `${lines.join('\n')}\n`)
  write('school', ['id,name,city', '1,Økonomi,Aarhus', '2,École 🎓,', '3,Law,New York'])
  write('product', ['id,title,price', '10,Notes,4.50', '11,"A ""quoted"" one",12.00', '12,Summary,0.99', '13,Tabs\tinside,3.00'])
  write('sale', ['id,school_id,product_id,amount', ...Array.from({ length: 500 }, (_, i) => `${i + 1},${1 + (i + 1) % 4},${10 + (i + 1) % 4},${(i + 1) / 100}`)])
}
