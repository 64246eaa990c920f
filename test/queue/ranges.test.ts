import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Queue } from 'bullmq'
import { openDatabase } from '../../engine/db/open.ts'
import { flowIn } from '../../engine/etl/flow-form.ts'
import type { Entry } from '../../engine/etl/registry.ts'
import { helpersOf } from '../../engine/queue/helpers.ts'
import { refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { skip } from '../helpers/skip.ts'
import { freshDatabase, freshPostgres, freshRedis, inSchema } from '../helpers/servers/index.ts'
import { until } from '../helpers/servers/machine.ts'
import { events, newProject, start, working } from './project.ts'
import type { Child, Project } from './project.ts'
import { reachedBy, results, tell, untell } from './star/star.ts'

const SALES = 500

const sourceSql = [
  'CREATE TABLE school (id INT PRIMARY KEY, name VARCHAR(60) NOT NULL, city VARCHAR(60))',
  "INSERT INTO school VALUES (1, 'Econ', 'Aarhus'), (2, 'Art', NULL), (3, 'Law', 'New York')",
  'CREATE TABLE product (id INT PRIMARY KEY, title VARCHAR(60) NOT NULL, price DECIMAL(8,2) NOT NULL)',
  "INSERT INTO product VALUES (10, 'Notes', 4.50), (11, 'A', 12.00), (12, 'Summary', 0.99), (13, 'Tabs', 3.00)",
  'CREATE TABLE sale (id INT PRIMARY KEY, school_id INT, product_id INT, amount DECIMAL(8,2) NOT NULL)',
  `INSERT INTO sale VALUES ${Array.from({ length: SALES }, (_, i) => `(${i + 1}, ${1 + (i + 1) % 4}, ${10 + (i + 1) % 4}, ${(i + 1) / 100})`).join(', ')}`,
]

const places = {
  async MariaDB() {
    const { adminUrl, readerUrl } = await freshDatabase('ranges_from')
    return { adminUrl, source: readerUrl, warehouse: (await freshDatabase('ranges_to')).url, queue: (await freshRedis()).url }
  },
  async PostgreSQL() {
    const from = await freshPostgres('ranges_from')
    const to = await freshPostgres('ranges_to')
    return { adminUrl: inSchema(from.adminUrl, 'public'), source: inSchema(from.readerUrl, 'public'), warehouse: to.url, queue: inSchema(to.adminUrl, 'jobs') }
  },
}

const onDatabase = async <R>(url: string, ...statements: string[]): Promise<readonly R[]> => {
  const database = await openDatabase(url)
  const session = await database.connect()
  try {
    let rows: readonly R[] = []
    for (const sql of statements) rows = await session.query<R>(sql)
    return rows
  } finally {
    await session.close()
    await database.close()
  }
}

describe('other workers that are asked to take ranges', () => {
  it('are not waited for where their queue is away', async () => {
    const away = { addBulk: () => new Promise(() => undefined), remove: () => new Promise(() => undefined) } as unknown as Queue
    const helpers = helpersOf('r-1', { of: () => away }, 0.01)
    const [entry] = [{ type: 'fact', name: 'sale' }] as unknown as Entry[]
    const load = { begun: Promise.resolve(), signal: new AbortController().signal, tell() {} }
    for (const ask of ['call', 'dismiss'] as const) await assert.rejects(helpers[ask](entry!, { runId: 'x', fence: 1 }, 2, load), /no answer/)
  })
})

for (const [server, make] of Object.entries(places)) {
  describe(`a fact in ranges that several workers load into ${server}`, function () {
    this.timeout(90_000)
    let project: Project
    let workers: Child[] = []

    before(async () => {
      const { adminUrl, ...at } = await make()
      await onDatabase(adminUrl, ...sourceSql)
      project = await newProject({ ...at, ranged: true })
    })

    beforeEach(async () => {
      workers = [...workers, ...Array.from({ length: 2 - workers.length }, () => start(project, 'impatient-worker'))]
      await working(workers)
    })

    afterEach(() => { for (const part of parts) untell(project.folder, part, 'closed') })
    after(() => { for (const worker of workers) worker.kill('SIGKILL') })

    const parts = ['part-0', 'part-1', 'part-2'] as const
    const close = (...some: readonly string[]): void => {
      for (const part of some) {
        untell(project.folder, part, 'reached')
        tell(project.folder, part, 'closed')
      }
    }
    const open = (...some: readonly string[]): void => { for (const part of some) untell(project.folder, part, 'closed') }
    const at = (part: string): Promise<number> => until(`somebody is at ${part}`, () => reachedBy(project.folder, part), 20_000)
    const query = <R>(sql: string): Promise<readonly R[]> => onDatabase<R>(project.warehouse, sql)
    const ledgerSays = (what: string, sql: string): Promise<true> => until(what, async () => (await query(sql)).length > 0 || undefined, 20_000)
    const happened = (event: string, since: number): Promise<true> => until(`a worker's log says ${event}`, () => events(project).slice(since).some((one) => one['event'] === event) || undefined, 20_000)

    /** The worker of this process, which is none of ours from now on. */
    const gone = (pid: number): Child => {
      const worker = workers.find((one) => one.pid === pid)!
      workers = workers.filter((one) => one !== worker)
      return worker
    }

    /** Asks for the star, and gives how to wait for it. */
    async function load(): Promise<() => Promise<void>> {
      const job = await refreshDataWarehouseTask(project.config).add()
      return async () => {
        assert.deepEqual(await job.result({ timeoutSeconds: 60 }), [results.dimensions, results.facts])
        await hasAll()
      }
    }

    /** Each row counts once, whoever has loaded it, and nothing is left. */
    async function hasAll(): Promise<void> {
      const [sum] = await query<Record<string, unknown>>('SELECT COUNT(*) AS n, COUNT(DISTINCT sale_id) AS ids, SUM(sale_id) AS sum, SUM(CASE WHEN school_key = -1 THEN 1 ELSE 0 END) AS nobody FROM sale_fact')
      assert.deepEqual(Object.values(sum ?? {}).map(Number), [SALES, SALES, SALES * (SALES + 1) / 2, SALES / 4])
      const [run] = await query<{ detail: string }>("SELECT detail FROM etl_run WHERE target = 'sale_fact' ORDER BY fence DESC LIMIT 1")
      const { read, staged, notFound } = JSON.parse(run?.detail ?? '{}') as Record<string, unknown>
      assert.deepEqual({ read, staged, notFound }, { read: SALES, staged: SALES, notFound: { school_key: SALES / 4, product_key: 0 } })
      assert.deepEqual(await query('SELECT part FROM etl_range'), [])
    }

    it('has each range once, whoever was free', async () => {
      close('part-0', 'part-1')
      const loaded = await load()
      const [runner, helper] = [await at('part-0'), await at('part-1')]
      assert.notEqual(runner, helper)
      open('part-1')
      await ledgerSays('the other one has loaded both', `SELECT 1 AS x FROM etl_range WHERE worker LIKE '%:${helper}:%' HAVING COUNT(*) = 2`)
      open('part-0')
      await loaded()
      const [run] = await query<{ detail: string }>("SELECT detail FROM etl_run WHERE target = 'sale_fact' ORDER BY fence DESC LIMIT 1")
      const told = events(project).filter(({ event, worker }) => event === 'range-helped' && String(worker).includes(`:${runner}:`))
      assert.equal(told.length, 2)
      assert.match(String(told[0]?.['by']), new RegExp(`:${helper}:`))
      assert.deepEqual(flowIn(run?.detail ?? '')?.helped, { [String(told[0]?.['by'])]: 2 })
    })

    it('is loaded where one of them is killed in its range, or stands still in it', async () => {
      for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
        if (workers.length < 2) workers.push(start(project, 'impatient-worker'))
        await working(workers)
        close('part-0', 'part-1')
        const loaded = await load()
        await at('part-0')
        const helper = gone(await at('part-1'))
        helper.kill(signal)
        open('part-0', 'part-1')
        if (signal === 'SIGSTOP') {
          await until('its session is ended', async () => {
            // As if a minute had passed.
            await query(`UPDATE etl_session SET lease = '2020-01-01 00:00:00' WHERE worker LIKE '%:${helper.pid}:%'`)
            return events(project).some(({ event }) => event === 'range-freed') || undefined
          }, 20_000)
        }
        await loaded()
        helper.kill('SIGKILL')
      }
    })

    const log = (): readonly string[] => {
      const file = join(project.folder, 'logs', 'run.jsonl')
      return existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
    }

    /** Starts the command line, whose threads have this trouble; what it writes to its log can be waited for. */
    function startRun(more: Partial<Project>): Child & { readonly logs: (event: string) => Promise<string> } {
      const before = log().length - 1
      const run = start({ ...project, ...more }, 'run', ['--run_dimensions', '--run_facts'])
      return { ...run, logs: (event) => until(`the log says ${event}`, () => log().slice(Math.max(0, before)).find((line) => line.includes(`"event":"${event}"`)), 20_000) }
    }

    it('is helped by a thread of a run on the command line, which ends with it whatever becomes of the thread', async function () {
      if (availableParallelism() === 1) skip(this, 'a thread has no core of its own here')
      // Of the thread's two ranges one is loaded. In the other one it comes to its end.
      const ends = server === 'MariaDB' ? { hangs: /it was silent for 5 seconds/ } : { dies: /nobody catches this/, exits: /it ended with 0 before it was done/ }
      for (const [inThread, why] of Object.entries(ends)) {
        close('part-0')
        const run = startRun({ inThread })
        await run.logs('range-loaded')
        assert.match(await run.logs('ranges-left'), why)
        assert.equal((await query('SELECT part FROM etl_range WHERE counts IS NOT NULL')).length, 1)
        open('part-0')
        assert.equal(await run.ended, 0, run.said())
        await hasAll()
      }
    })

    /** What is left of loads of the fact, and what readers see of it. */
    const standing = async () => ({
      ranges: await query('SELECT part FROM etl_range'),
      staging: (await query<{ t: string }>("SELECT table_name AS t FROM information_schema.tables WHERE table_name LIKE 'sale\\_fact\\_\\_r%'")).map(({ t }) => t),
      atWork: await query("SELECT run_id FROM etl_run WHERE status = 'running'"),
      rows: await live(),
    })
    const live = (): Promise<readonly unknown[]> => query('SELECT * FROM sale_fact ORDER BY sale_id').catch(() => [])
    const untouched = async (rows: readonly unknown[], what: string): Promise<void> => assert.deepEqual(await standing(), { ranges: [], staging: [], atWork: [], rows }, what)

    it('leaves nothing where a run is stopped, or out of time, while a thread has a range', async function () {
      if (availableParallelism() === 1) skip(this, 'a thread has no core of its own here')
      const before = await live()
      const ends = [['SIGINT', 'well', 130], ['SIGTERM', 'hangs', 143], ...server === 'MariaDB' ? [['deadline', 'well', 1] as const] : []] as const
      for (const [how, inThread, code] of ends) {
        open('part-1')
        close('part-0', ...inThread === 'well' ? ['part-1'] : [])
        const run = startRun({ inThread, ...how === 'deadline' && { etlSeconds: 8 } })
        // Where time runs meanwhile it may be over before the thread is there, or asked for.
        await (how === 'deadline' ? Promise.race([run.logs('ranges-offered').catch(() => undefined), run.ended]) : inThread === 'well' ? at('part-1') : run.logs('range-loaded'))
        if (how !== 'deadline') run.kill(how)
        assert.equal(await run.ended, code, run.said())
        assert.doesNotMatch(run.said(), /did not end in time/)
        if (how === 'deadline') assert.match(run.said(), /did not end within 8 seconds/)
        await untouched(before, how)
      }
    })

    if (server !== 'MariaDB') return

    it('is loaded anew where its run\'s worker is killed, and who helped that one writes nothing more', async () => {
      const since = events(project).length
      close('part-0', 'part-1')
      const loaded = await load()
      const runner = gone(await at('part-0'))
      await at('part-1')
      runner.kill('SIGKILL')
      workers.push(start(project, 'impatient-worker'))
      await happened('ranges-left', since)
      open('part-0', 'part-1')
      await loaded()
      const left = await query<{ t: string }>("SELECT table_name AS t FROM information_schema.tables WHERE table_name LIKE 'sale\\_fact\\_\\_r%'")
      assert.deepEqual(left, [])
    })

    it('is given back by a worker that is stopped while a thread of it has a range', async function () {
      if (availableParallelism() === 1) skip(this, 'a thread has no core of its own here')
      const before = await live()
      for (const { pid } of workers) gone(pid).kill('SIGKILL')
      close('part-0', 'part-1')
      const worker = start({ ...project, inThread: 'well' }, 'worker')
      await working([worker])
      const loaded = await load()
      assert.deepEqual([await at('part-0'), await at('part-1')], [worker.pid, worker.pid])
      worker.kill('SIGTERM')
      await until('it lets its job finish', () => worker.said().includes('Stopping: 1 job') || undefined)
      worker.kill('SIGTERM')
      assert.equal(await worker.ended, 0, worker.said())
      await untouched(before, 'SIGTERM')
      workers.push(start(project, 'impatient-worker'))
      open('part-0', 'part-1')
      await loaded()
    })

    it('is loaded by one alone where nobody comes, or the other has another version of it', async () => {
      gone(workers[0]!.pid).kill('SIGKILL')
      for (const event of ['ranges-offered', 'ranges-left']) {
        const since = events(project).length
        // The one that is gone counts as alive, however long this takes.
        await query("UPDATE etl_worker SET lease = '2037-01-01 00:00:00'")
        close('part-0')
        const loaded = await load()
        await at('part-0')
        if (event === 'ranges-left') workers.push(start({ ...project, rejects: true }, 'impatient-worker'))
        await happened(event, since)
        assert.deepEqual(await query('SELECT part FROM etl_range WHERE counts IS NOT NULL'), [])
        open('part-0')
        await loaded()
      }
    })
  })
}
