import assert from 'node:assert/strict'
import type { Job } from 'bullmq'
import type { Connection } from '../../engine/db/connection.ts'
import { create, defineConfig, scd1, source } from '../../engine/index.ts'
import { databasesOf } from '../../engine/etl/context.ts'
import type { Databases } from '../../engine/etl/context.ts'
import { BusyError, CancelledError, ConfigurationError, FencedError } from '../../engine/errors.ts'
import { publishLock } from '../../engine/publish/ledger.ts'
import { processEtl } from '../../engine/queue/process-etl.ts'
import { processRefresh } from '../../engine/queue/process-refresh.ts'
import { inside } from '../helpers/inside.ts'
import { until } from '../helpers/servers/machine.ts'
import { newProject, rows } from './project.ts'
import type { Project } from './project.ts'
import { ask, emptyQueues, noQueues, roomOf, single, whole } from './rooms.ts'
import { reachedBy, tell, untell } from './star/star.ts'

/** Nothing is left to wait for. */
const job = { id: 'r-1', moveToWaitingChildren: () => Promise.resolve(false) } as unknown as Job

describe('the job of a refresh', () => {
  let project: Project
  let databases: Databases

  beforeEach(async () => {
    project = await newProject()
    databases = databasesOf(project.config)
  })
  afterEach(() => databases.close())

  const room = (comesAgain = false) => roomOf(project, databases, new AbortController(), comesAgain)
  const work = async (refresh: string) => processRefresh({ refresh }, job, 'token', emptyQueues, await room())
  const tables = async (): Promise<string[]> => (await rows(project.warehouse, "SHOW TABLES LIKE '%\\_dim%'")).map((row) => String(Object.values(row)[0]))
  const load = async (refresh: string): Promise<void> => {
    await ask(await room(), refresh, single, ['school'])
    await processEtl({ type: 'dimension', name: 'school', refresh }, await room(), noQueues)
  }
  const requests = () => rows(project.warehouse, "SELECT etl, status FROM etl_request WHERE refresh = 'r-1' ORDER BY etl")

  it('that was cancelled before it began drops nothing', async () => {
    await load('r-0')
    await ask(await room(), 'r-1', { ...whole, dropTables: true }, ['school'])
    await rows(project.warehouse, "UPDATE etl_refresh SET cancel = 1 WHERE id = 'r-1'")
    await assert.rejects(work('r-1'), CancelledError)
    assert.deepEqual(await tables(), ['school_dim'])
  })

  it('whose deadline is over before it began drops nothing, and waits for nobody', async () => {
    await load('r-0')
    await ask(await room(), 'r-0', whole, ['school'])
    await ask(await room(), 'r-2', whole, ['school'])
    await ask(await room(), 'r-1', { ...whole, dropTables: true }, ['school'])
    await rows(project.warehouse, "UPDATE etl_refresh SET status = 'running', deadline = started_at WHERE id IN ('r-1', 'r-2')")
    await rows(project.warehouse, "UPDATE etl_refresh SET deadline = NULL WHERE id = 'r-2'")
    await assert.rejects(work('r-1'), /the refresh did not load everything in time/)
    assert.deepEqual(await tables(), ['school_dim'])
  })

  it('waits for an earlier one also where some of its ETLs are live already, as after a retry', async () => {
    await ask(await room(), 'r-2', whole, ['school', 'product'])
    await rows(project.warehouse, "UPDATE etl_refresh SET status = 'running' WHERE id = 'r-2'")
    await ask(await room(), 'r-1', whole, ['school', 'product'])
    await rows(project.warehouse, "UPDATE etl_request SET status = 'succeeded' WHERE refresh = 'r-1' AND etl = 'dimension product'")
    await assert.rejects(work('r-1'), (error) => error instanceof BusyError && /refresh r-2 began before it/.test(error.message))
  })

  it('that can\'t go on enters why', async () => {
    await load('r-0')
    await ask(await room(), 'r-1', { ...whole, runDimensions: false, runFacts: true, dropTables: true }, ['school'])
    await assert.rejects(work('r-1'), ConfigurationError)
    const [refresh] = await rows(project.warehouse, "SELECT status, outcome FROM etl_refresh WHERE id = 'r-1'")
    assert.equal(refresh?.['status'], 'failed')
    assert.match(String(refresh?.['outcome']), /dropTables would drop the dimensions that the facts look their keys up in/)
  })

  it('tries a publish that is busy again, until it is late: then it ends, and says so', async () => {
    await ask(await room(), 'r-1', whole, ['school'])
    await processEtl({ type: 'dimension', name: 'school', refresh: 'r-1' }, await room(), emptyQueues)
    const { warehouse, ...rest } = await room(true)
    const busy = async (): Promise<Connection> => {
      const session = await warehouse.connect()
      const lock = (name: string): Promise<boolean> => (name === publishLock('school_dim') ? Promise.reject(new BusyError('the table is busy')) : Object.getPrototypeOf(session).lock.call(session, name))
      return Object.assign(session, { lock })
    }
    const { dialectName, place } = warehouse
    const tried = async () => processRefresh({ refresh: 'r-1' }, job, 'token', emptyQueues, { ...rest, warehouse: { dialectName, place, connect: busy, close: () => warehouse.close() } })
    await assert.rejects(tried(), BusyError)
    assert.deepEqual(await rows(project.warehouse, 'SELECT status FROM etl_refresh'), [{ status: 'running' }])
    await rows(project.warehouse, 'UPDATE etl_refresh SET deadline = started_at')
    await assert.rejects(tried(), /it could not be published.*the table is busy/)
    assert.deepEqual(await rows(project.warehouse, 'SELECT status FROM etl_refresh'), [{ status: 'failed' }])
  })

  it('that is all or nothing publishes nothing where one of its ETLs is not active any more', async () => {
    const { config } = project
    project = { ...project, config: { ...config, publish: 'all-or-nothing' } }
    await ask(await room(), 'r-1', whole, ['school', 'gone'])
    await processEtl({ type: 'dimension', name: 'school', refresh: 'r-1' }, await room(), emptyQueues)
    await assert.rejects(work('r-1'), /nothing was published, since publish: 'all-or-nothing' wants all of it, and dimension gone did not load/)
    assert.deepEqual(await tables(), [])
    assert.deepEqual(await requests(), [{ etl: 'dimension gone', status: 'failed' }, { etl: 'dimension school', status: 'loaded' }])
  })

  it('stays cancelled where its job is delivered again', async () => {
    await ask(await room(), 'r-1', single, ['school'])
    await rows(project.warehouse, "UPDATE etl_refresh SET status = 'cancelled'")
    await rows(project.warehouse, "UPDATE etl_request SET status = 'cancelled'")
    await assert.rejects(processEtl({ type: 'dimension', name: 'school', refresh: 'r-1' }, await room(), noQueues), /it is cancelled/)
    assert.deepEqual(await rows(project.warehouse, 'SELECT status FROM etl_refresh'), [{ status: 'cancelled' }])
  })

  it('drops what an ETL has staged also where the database lets go of it only after a while', async () => {
    const school = scd1({
      source: source<{ school_id: number }>('SELECT s.seq AS school_id FROM seq_1_to_200000000 AS s'), create: create('CREATE TABLE school_dim (school_key KEY, school_id INT NOT NULL)'), key: 'school_key', lookup: ['school_id'],
    })
    const config = defineConfig({ source: project.source, warehouse: project.warehouse, queue: project.queue, logs: false, dimensions: { school }, facts: {} })
    await ask(await room(), 'r-1', single, ['school'])
    const controller = new AbortController()
    const cancelled = processEtl({ type: 'dimension', name: 'school', refresh: 'r-1' }, await roomOf({ config }, databases, controller), noQueues).catch(() => undefined)
    await until('the table is there', async () => (await tables()).includes('school_dim__r1') || undefined, 20_000)
    await inside(project.warehouse, (holder) => holder.transaction(async () => {
      await holder.query('SELECT * FROM school_dim__r1')
      controller.abort(new CancelledError('it was cancelled'))
      let ended = false
      void cancelled.then(() => { ended = true })
      let waited = 0
      await until('its drop has given up once', async () => {
        const [drop] = await rows(project.warehouse, "SELECT time_ms AS waited FROM information_schema.processlist WHERE info LIKE 'DROP TABLE%school\\_dim\\_\\_r1%' AND info NOT LIKE '%processlist%'")
        const isAgain = Number(drop?.['waited'] ?? waited) < waited
        waited = Number(drop?.['waited'] ?? waited)
        return ended || isAgain || undefined
      }, 30_000)
    }))
    await cancelled
    assert.deepEqual(await tables(), [])
  })

  it('is not ended by an ETL that another worker has taken over and is at work on', async () => {
    tell(project.folder, 'school', 'closed')
    await ask(await room(), 'r-1', single, ['school'])
    const overtaken = processEtl({ type: 'dimension', name: 'school', refresh: 'r-1' }, await room(), noQueues)
    overtaken.catch(() => undefined)
    await until('it is at work', () => reachedBy(project.folder, 'school'), 20_000)
    // As the other worker's claim would.
    await rows(project.warehouse, "UPDATE etl_run SET status = 'abandoned'")
    await rows(project.warehouse, 'UPDATE etl_target SET fence = 2')
    await rows(project.warehouse, `INSERT INTO etl_run (run_id, request_key, refresh, target, etl_type, etl_name, fence, status, worker, heartbeat_at)
      SELECT 'the-other', request_key, refresh, target, etl_type, etl_name, 2, 'running', 'other', heartbeat_at FROM etl_run`)
    untell(project.folder, 'school', 'closed')
    await assert.rejects(overtaken, FencedError)
    assert.deepEqual(await requests(), [{ etl: 'dimension school', status: 'running' }])
    assert.deepEqual(await rows(project.warehouse, 'SELECT status FROM etl_refresh'), [{ status: 'running' }])
    assert.deepEqual(await rows(project.warehouse, 'SELECT status FROM etl_run ORDER BY fence'), [{ status: 'abandoned' }, { status: 'running' }])
  })
})
