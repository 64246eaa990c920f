import assert from 'node:assert/strict'
import { create, defineConfig, scd1, source } from '../../engine/index.ts'
import type { RunningWorker } from '../../engine/queue/worker.ts'
import { runWith } from '../../engine/run.ts'
import { capturedIo } from '../cli/captured.ts'
import { onEveryQueue } from '../helpers/queues.ts'
import { until } from '../helpers/servers/machine.ts'
import { askedIn, runOn, starline, untilRefresh, workerOn } from './doors.ts'
import { newProject, rows, start } from './project.ts'
import type { Project } from './project.ts'
import { reachedBy, tell, untell } from './star/star.ts'

const ENQUEUE = '--run_dimensions --run_facts --no-test_source --enqueue'

// oxlint-disable-next-line typescript/no-explicit-any -- tests look at what they expect
const json = ({ out }: { readonly out: string }): any => JSON.parse(out)

onEveryQueue('what is asked of the queue from the command line', (queue) => {
  let project: Project
  let worker: RunningWorker | undefined
  const work = async (): Promise<void> => { worker ??= await workerOn(project) }
  before(async () => { project = await newProject({ queue: await queue.fresh() }) })
  after(async () => { await worker?.stop() })

  const requests = async (refresh: string): Promise<Record<string, string>> => Object.fromEntries(
    (await rows(project.warehouse, `SELECT etl, status FROM etl_request WHERE refresh = '${refresh}' ORDER BY etl`)).map(({ etl, status }) => [etl, status]))

  it('says that nothing was asked for yet', async () => {
    const { code, out } = await starline(project, 'status')
    assert.equal(code, 0)
    assert.match(out, /^Nothing was asked for yet in mysql:/)
  })

  it('is asked for, shown while it waits for a worker, joined by who asks for the same, refused to who asks for something else, and ended at once', async () => {
    const asked = await runOn(project, ENQUEUE)
    const id = askedIn(asked)
    assert.equal(asked.out, `Asked for refresh ${id}: 3 ETLs for the workers (npm run worker).\n\nNext: npx starline status ${id}\n`)
    assert.match((await starline(project, 'status')).out, new RegExp(`^${id} +waiting .* queue +0 of 3 live, 3 waiting$`, 'm'))
    const { out } = await starline(project, 'status', id.slice(-8))
    assert.match(out, /^dimension {2}school +waiting +– +– +– +–$/m)
    assert.match(out.replaceAll(/\s+/g, ' '), /dimension school, dimension product wait for a worker fact sale waits for dimension school, dimension product no worker takes queue default now: npm run worker -- --queues default Next/)
    assert.match((await runOn(project, ENQUEUE)).out, new RegExp(`^Joined refresh ${id}, which was asked for already`))
    const other = await runOn(project, '--run_dimensions --no-test_source --enqueue')
    assert.equal(other.code, 3)
    const io = capturedIo()
    const waiting = runWith(() => Promise.resolve({ default: project.config }), `${ENQUEUE} --wait`.split(' '), io)
    await until('who waits is told', () => io.err.text().includes(`no worker has taken it for 5 seconds: npm run worker starts one, npx starline status ${id}`) || undefined, 60_000)
    assert.match(other.err.replaceAll(/\s+/g, ' '), new RegExp(`another refresh of this warehouse is at work.*npx starline status ${id} follows it.*npx starline cancel ${id}`))
    assert.doesNotMatch(other.err, /ifRunning/)
    assert.deepEqual((await starline(project, '--complete', 'status', id.slice(0, 8))).out, `${id}\n`)
    const { code, out: said } = await starline(project, 'cancel', id, '--json')
    assert.equal(code, 0)
    assert.deepEqual(json({ out: said }), { refresh: id, status: 'cancelled', stopped: [], notBegun: ['dimension school', 'dimension product', 'fact sale'] })
    assert.deepEqual(await requests(id), { 'dimension product': 'cancelled', 'dimension school': 'cancelled', 'fact sale': 'cancelled' })
    const again = await starline(project, 'cancel', id)
    assert.equal(again.code, 2)
    assert.match(again.err, /has ended already: cancelled/)
    assert.notEqual(await waiting, 0)
  })

  it('is cancelled for one dimension: what uses it is skipped, the rest is published; a retry does these two and no more', async () => {
    await work()
    tell(project.folder, 'product', 'closed')
    const id = askedIn(await runOn(project, ENQUEUE))
    await until('product is at work', () => reachedBy(project.folder, 'product'), 60_000)
    assert.match((await starline(project, 'status', id)).out, /^dimension {2}product +running .* 1  \S+/m)
    const { code, out } = await starline(project, 'cancel', 'product')
    assert.equal(code, 0, out)
    assert.match(out, new RegExp(`^Cancelled dimension product of refresh ${id}. Stopped: dimension product on \\S+. What is not published yet stays as it was.\nWhat uses it is skipped`))
    await untilRefresh(project, id, 'failed')
    const seen = json(await starline(project, 'status', id, '--json')).etls.find(({ name }: { name: string }) => name === 'product')
    assert.ok(seen.seconds > 0, `it was at work for ${seen.seconds} s`)
    assert.deepEqual(await requests(id), { 'dimension product': 'cancelled', 'dimension school': 'succeeded', 'fact sale': 'skipped' })
    assert.deepEqual(await rows(project.warehouse, "SHOW TABLES LIKE 'product\\_dim%'"), [])
    untell(project.folder, 'product', 'closed')
    const retried = await starline(project, 'retry', id, '--json')
    assert.equal(retried.code, 0, retried.err)
    assert.deepEqual(json(retried), { refresh: id, etls: ['dimension product', 'fact sale'] })
    await untilRefresh(project, id, 'succeeded')
    assert.deepEqual(await rows(project.warehouse, `SELECT etl, attempts FROM etl_request WHERE refresh = '${id}' ORDER BY etl`), [
      { etl: 'dimension product', attempts: 2 }, { etl: 'dimension school', attempts: 1 }, { etl: 'fact sale', attempts: 1 },
    ])
    const refused = await starline(project, 'retry', id)
    assert.equal(refused.code, 2)
    assert.match(refused.err, /has succeeded: there is nothing to retry/)
  })

  it('that failed is shown with why, its lines are printed on any machine without a password, and it is retried', async () => {
    await work()
    tell(project.folder, 'product', 'broken', 'hunter2secret')
    const id = askedIn(await runOn(project, ENQUEUE))
    await untilRefresh(project, id, 'failed')
    const { out } = await starline(project, 'status', id)
    assert.match(out, /^dimension product: source of dimension product: the source is broken: mysql:\/\/etl:\*\*\*@host$/m)
    assert.match(out, /^fact sale: skipped: dimension product, which it uses, failed$/m)
    assert.match(out, /^dimension {2}school +succeeded +3 +3 /m)
    assert.match(out, new RegExp(`^Next: npx starline retry ${id} {2}\\(2 ETLs\\)$`, 'm'))
    const logs = await starline(project, 'logs', id)
    assert.equal(logs.code, 0, logs.err)
    assert.match(logs.out, /^\S+ dimension school {2}Loaded 3 rows into table school_dim .*\n(?:.*\n)*\S+ refresh {2}.*Published 1 table/m)
    assert.match(logs.out, /^\S+ dimension product {2}ERROR Failed processEtl .*the source is broken/m)
    assert.ok(!`${logs.out}${out}`.includes('hunter2secret'), 'a password was printed')
    const lines = json(await starline(project, 'logs', id, '--json')).lines
    assert.deepEqual(lines.map(({ at }: { at: string }) => at), lines.map(({ at }: { at: string }) => at).toSorted())
    untell(project.folder, 'product', 'broken')
    const retried = await starline(project, 'retry', id, '--wait')
    assert.equal(retried.code, 0, retried.err)
    assert.match(retried.out, /^dimension {2}school 3 · product 4$/m)
    assert.match(retried.err, /^(loaded|published) dimension product/m)
  })

  it('is retried and waited for in vain: the exit code and the document are those of a run', async () => {
    await work()
    tell(project.folder, 'product', 'broken')
    const id = askedIn(await runOn(project, ENQUEUE))
    await untilRefresh(project, id, 'failed')
    const { code, out } = await starline(project, 'retry', id, '--wait', '--json', '--quiet')
    assert.equal(code, 1)
    assert.deepEqual(json({ out }).etls.map(({ name, status }: { name: string; status: string }) => `${name} ${status}`), ['school published', 'product failed', 'sale skipped'])
    untell(project.folder, 'product', 'broken')
  })

  it('is waited for until Ctrl-C, and goes on without', async () => {
    await work()
    tell(project.folder, 'product', 'closed')
    const waiting = start(project, 'run', `${ENQUEUE} --wait`.split(' '))
    await until('product is at work', () => reachedBy(project.folder, 'product'), 60_000)
    const [{ id }] = await rows(project.warehouse, "SELECT id FROM etl_refresh WHERE status = 'running'") as [{ id: string }]
    waiting.kill('SIGINT')
    assert.equal(await waiting.ended, 130, waiting.said())
    assert.match(waiting.said().replaceAll(/\s+/g, ' '), new RegExp(`Refresh ${id} goes on without this command\\. npx starline cancel ${id} ends it\\..*stopped waiting, and the refresh goes on`))
    untell(project.folder, 'product', 'closed')
    await untilRefresh(project, id, 'succeeded')
  })

  it('is driven by run.ts: cancelled from elsewhere, not retried, and logged where it was run', async () => {
    tell(project.folder, 'product', 'closed')
    const running = runOn(project, '--run_dimensions --no-test_source --json')
    await until('product is at work', () => reachedBy(project.folder, 'product'), 60_000)
    const [{ id }] = await rows(project.warehouse, "SELECT id FROM etl_refresh WHERE status = 'running'") as [{ id: string }]
    const one = await starline(project, 'cancel', 'product')
    assert.equal(one.code, 2)
    assert.match(one.err, /run\.ts drives its refresh/)
    assert.equal((await starline(project, 'cancel', id)).code, 0)
    const { code, out } = await running
    assert.equal(code, 1)
    assert.match(json({ out }).etls[1].error.message, /it was cancelled/)
    await untilRefresh(project, id, 'cancelled')
    untell(project.folder, 'product', 'closed')
    assert.match((await starline(project, 'retry', id)).err, /driven by run\.ts/)
    assert.match((await starline(project, 'logs', id)).err, /driven by run\.ts, which writes to .*run\.log/)
  })

  it('knows what it is not: names that nobody has, and what is missing', async () => {
    for (const [line, words] of [
      ['status nobody', /knows no refresh "nobody"/], ['cancel scool', /nothing that waits or runs is called "scool".*did you mean school/s], ['retry', /the refresh is missing way out write: npx starline retry <refresh>;/], ['logs', /the refresh is missing/],
      ['cancel', /the refresh or the ETL is missing way out write: npx starline cancel <refresh\|etl>;/], ['retry a b', /nothing can be done with "b"/],
    ] as const) {
      const { code, err } = await starline(project, ...line.split(' '))
      assert.equal(code, 2, line)
      assert.match(err.replaceAll(/\s+/g, ' '), words)
    }
  })
})

/** Statements that are at work on a server, without those of who asks. */
const atWork = async (url: string, text: string): Promise<unknown[]> => rows(url, `SELECT info FROM information_schema.processlist WHERE info LIKE '%${text}%' AND info NOT LIKE '%processlist%' AND command = 'Query'`)

const slow = 'sleep(0.5)'
const slowStar = (project: Project, from: string): Project => ({
  ...project, config: defineConfig({
    source: project.source, warehouse: project.warehouse, queue: project.queue, logs: false, facts: {},
    dimensions: { slow: scd1({
      source: source<{ slow_id: number }>(from), create: create('CREATE TABLE slow_dim (slow_key KEY, slow_id INT NOT NULL)'), key: 'slow_key', lookup: ['slow_id'],
    }) },
  }),
})

describe('cancel ends what is at work', () => {
  let working: RunningWorker | undefined
  afterEach(async () => {
    working?.abort()
    await working?.stop()
    working = undefined
  })

  for (const [where, from, statement] of [
    ['the source', `SELECT s.id + ${slow} AS slow_id FROM sale AS s`, slow],
    // Slowly, for the server must take back each row.
    ['the warehouse', 'SELECT s.seq + SLEEP(0.0005) AS slow_id FROM seq_1_to_200000000 AS s', 'LOAD DATA LOCAL'],
  ] as const) {
    it(`in ${where}: gone within seconds, and nothing of it stays`, async function () {
      this.timeout(180_000)
      const project = slowStar(await newProject(), from)
      working = await workerOn(project)
      const id = askedIn(await runOn(project, '--run_dimensions --no-test_source --enqueue'))
      await until('the statement is at work', async () => (await atWork(project.warehouse, statement)).length > 0 || undefined, 60_000)
      if (where === 'the warehouse') await until('its rows are told', async () => json(await starline(project, 'status', id, '--json')).etls[0].rows > 0 || undefined, 20_000)
      const { code, out } = await starline(project, 'cancel', id)
      assert.equal(code, 0, out)
      assert.match(out, /Stopped: dimension slow on /)
      await until('the statement is gone', async () => (await atWork(project.warehouse, statement)).length === 0 || undefined, 5_000)
      // A database takes back the rows of a load before it lets its table go.
      await until('nothing of it is left', async () => (await rows(project.warehouse, "SHOW TABLES LIKE 'slow\\_%'")).length === 0 || undefined, 90_000)
    })
  }

  it('of a worker that was killed: what it left is cleared away, and its refresh ended, with no worker left', async () => {
    const project = await newProject()
    const worker = start(project, 'impatient-worker')
    tell(project.folder, 'product', 'closed')
    const id = askedIn(await runOn(project, ENQUEUE))
    await until('product is at work', () => reachedBy(project.folder, 'product'), 60_000)
    worker.kill('SIGKILL')
    await worker.ended
    const { code, out, err } = await starline(project, 'cancel', id)
    assert.equal(code, 0, out + err)
    assert.deepEqual(await rows(project.warehouse, `SELECT DISTINCT status FROM etl_run WHERE refresh = '${id}'`), [{ status: 'abandoned' }])
    assert.deepEqual(await rows(project.warehouse, "SHOW TABLES LIKE '%\\_\\_r%'"), [])
    assert.deepEqual(await rows(project.warehouse, 'SELECT reserved_by FROM etl_target WHERE reserved_by IS NOT NULL'), [])
  })
})
