import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { processEtlTask, refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { atTheEnd } from '../helpers/servers/index.ts'
import { until } from '../helpers/servers/machine.ts'
import { documentOf, runOn } from './doors.ts'
import { newProject, start, working } from './project.ts'
import type { Project } from './project.ts'
import { reachedBy, results, tell, untell } from './star/star.ts'

describe('a warehouse that one process at a time can open', () => {
  const folder = mkdtempSync(join(tmpdir(), 'starline-embedded-'))
  let project: Project

  before(async () => {
    atTheEnd(async () => rmSync(folder, { recursive: true, force: true }))
    writeFiles(folder)
    project = await newProject({ source: `files:${folder}`, warehouse: `duckdb:${join(folder, 'warehouse', 'w.duckdb')}` })
  })

  it('is loaded by whoever asks for it: one dimension, then the whole', async () => {
    const one = await processEtlTask(project.config).add('school', 'dimension')
    assert.deepEqual(await one.result({ timeoutSeconds: 20 }), ['dimension', 'school', 3])
    for (let time = 1; time <= 3; time++) {
      const all = await refreshDataWarehouseTask(project.config).add()
      assert.deepEqual(await all.result({ timeoutSeconds: 30 }), [results.dimensions, results.facts])
    }
  })

  it('has its folder of files read as it is when the job comes', async () => {
    appendFileSync(join(folder, 'school.csv'), '4,Later,Oslo\n')
    const job = await processEtlTask(project.config).add('school', 'dimension')
    assert.deepEqual(await job.result({ timeoutSeconds: 20 }), ['dimension', 'school', 4])
  })

  it('lets a program that has its result end by itself', async () => {
    const own = await newProject({ source: `files:${folder}`, warehouse: `duckdb:${join(folder, 'warehouse', 'own.duckdb')}` })
    const program = start(own, 'program')
    assert.equal(await program.ended, 0)
    assert.equal(program.said(), '["dimension","school",4]\n')
  })

  const own = (name: string): Promise<Project> => newProject({ source: `files:${folder}`, queue: project.queue, warehouse: `duckdb:${join(folder, 'warehouse', `${name}.duckdb`)}` })

  it('is loaded by the command line that asks the queue, which waits and reports as without it', async () => {
    const ran = { inTurn: await runOn(await own('in-turn'), '--run_dimensions --run_facts --json'), queued: await runOn(await own('queued'), '--run_dimensions --run_facts --json --enqueue') }
    assert.deepEqual([ran.inTurn.code, ran.queued.code], [0, 0], ran.queued.out + ran.queued.err)
    assert.deepEqual(documentOf(ran.queued), documentOf(ran.inTurn))
    assert.match(ran.queued.err, /^nobody but this process can open what it loads into or asks, so it does the work itself$/m)
  })

  it('is left by a command line that is told to stop, and loaded to its end by the next one that asks for the same', async () => {
    const left = await newProject({ source: `files:${folder}`, warehouse: `duckdb:${join(folder, 'warehouse', 'left.duckdb')}` })
    const line = '--run_dimensions --run_facts --no-test_source --enqueue'
    tell(left.folder, 'product', 'closed')
    const first = start(left, 'run', line.split(' '))
    await until('it is at work', () => reachedBy(left.folder, 'product'), 60_000)
    const other = await runOn(left, line)
    assert.equal(other.code, 3)
    assert.match(other.err, /another process has .*left\.duckdb open/s)
    first.kill('SIGINT')
    assert.equal(await first.ended, 130, first.said())
    assert.match(first.said(), /Stopping\. Refresh \S+ goes on when a worker is started/)
    untell(left.folder, 'product', 'closed')
    const next = await runOn(left, `${line} --json`)
    assert.equal(next.code, 0, next.out + next.err)
    assert.match(next.err, /refresh \S+ was asked for already: this one is that one/)
    assert.equal(first.said().includes((JSON.parse(next.out) as { refresh: string }).refresh), true)
  })

  it('can be asked for nothing, and worked on by nobody else, while a worker has it', async () => {
    const other = await newProject({ source: `files:${folder}`, warehouse: `duckdb:${join(folder, 'warehouse', 'other.duckdb')}` })
    const worker = start(other, 'worker')
    await working([worker])
    await assert.rejects(processEtlTask(other.config).add('school', 'dimension'), /another process has .*other\.duckdb open/)
    const second = start(other, 'worker')
    assert.equal(await second.ended, 1)
    assert.match(second.said(), /other\.duckdb.*(process|opened|lock)/i)
    worker.kill('SIGTERM')
    assert.equal(await worker.ended, 0)
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
