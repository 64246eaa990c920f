import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Connection, Database } from '../../engine/db/connection.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { BusyError, DatabaseError } from '../../engine/errors.ts'
import { databasesOf, workerName } from '../../engine/etl/context.ts'
import { publishStaged } from '../../engine/etl/go-live.ts'
import { entriesOf } from '../../engine/etl/registry.ts'
import type { Config } from '../../engine/etl/registry.ts'
import { runEtl } from '../../engine/etl/run-etl.ts'
import { silent } from '../../engine/log.ts'
import type { Log } from '../../engine/log.ts'
import { entered, leaveSession, lockTarget, renewSessions } from '../../engine/publish/holders.ts'
import { clearUp } from '../../engine/publish/janitor.ts'
import { openLedger } from '../../engine/publish/ledger.ts'
import { commentWith } from '../../engine/publish/names.ts'
import { enterRanges } from '../../engine/publish/ranges.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { executeTogether } from '../../engine/publish/together.ts'
import { startRounds } from '../../engine/queue/rounds.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll } from '../helpers/refresh.ts'
import { until } from '../helpers/servers/machine.ts'
import { silence, standingStill } from '../helpers/standing-still.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

function star(name: string, warehouse: string): Config {
  const dimension = (table: string) => scd1({
    source: drawnSource(`| id INT | name |\n| 1 | ${name} |`),
    create: create<string>(`CREATE TABLE ${table} (\n school_key KEY,\n id INT NOT NULL,\n name VARCHAR(20) NOT NULL\n)`),
    key: 'school_key', lookup: ['id'],
  })
  return defineConfig({ source: 'files:.', warehouse, logs: false, dimensions: { school: dimension('school_dim'), site: dimension('site_dim') }, facts: {} })
}

/** Loads and stages everything for a refresh of the queue, publishes it where that is asked for, and leaves the refresh as it is. */
async function workedOn(config: Config, what: 'stage' | 'publish', id?: string): Promise<{ id: string; published: string[] }> {
  const databases = databasesOf(config)
  const warehouse = await databases.warehouse()
  const refresh = await openRefresh(warehouse, { ...id !== undefined && { id }, held: false, asked: 'test', onLost: (error) => assert.fail(error) })
  const context = {
    config, warehouse, source: (name: string | undefined) => databases.source(name), refresh, signal: new AbortController().signal, adopt: false,
    worker: workerName(), log: silent, on() {},
  }
  if (what === 'stage') for (const entry of entriesOf(config)) await runEtl(entry, context)
  const published = what === 'publish' ? (await publishStaged(context)).runs.map(({ target }) => target) : []
  await refresh.leave()
  await databases.close()
  return { id: refresh.id, published }
}

const wordsOf = (fields: Readonly<Record<string, unknown>> = {}): string =>
  ['event', 'table'].flatMap((name) => { const word = fields[name]; return typeof word === 'string' ? [word] : [] }).join(' ')

/** A log, and the events that were told to it. */
function listening(): { log: Log; events: string[] } {
  const events: string[] = []
  const note = (_: string, fields?: Readonly<Record<string, unknown>>): void => { events.push(wordsOf(fields)) }
  return { log: { info: note, warn: note, error: note, close: () => Promise.resolve() }, events }
}

const privateTables = async (connection: Connection): Promise<string[]> => (await connection.tablesLike('s')).filter((name) => name.includes('__')).toSorted()

onEveryWarehouse('the janitor', ({ connection, url }) => {
  let second: Connection
  let database: Database
  beforeEach(async () => {
    database = await databasesOf(star('', url())).warehouse()
    second = await database.connect()
  })
  afterEach(async () => {
    await second.close()
    await database.close()
  })
  const janitor = async (): Promise<string[]> => {
    const { log, events } = listening()
    await clearUp(connection(), log)
    return events
  }

  it('finds a session entered that was to be entered twice at one moment, of which a warehouse refuses one', async () => {
    await openLedger(connection())
    let refused = 0
    const colliding = new Proxy(connection(), {
      get(session, name) {
        const member: unknown = Reflect.get(session, name, session)
        if (typeof member !== 'function') return member
        return (...args: unknown[]): unknown => {
          if (name === 'execute' && refused === 0) {
            refused += 1
            return Promise.reject(new DatabaseError('the statement was refused', { why: 'Duplicate key violates primary key constraint', refusesRows: true }))
          }
          return Reflect.apply(member, session, args)
        }
      },
    })
    assert.equal(await entered(colliding, null, async () => 'taken'), 'taken')
    assert.equal(refused, 1)
    assert.deepEqual(await connection().query('SELECT session FROM etl_session'), [{ session: connection().session }])
    await leaveSession(connection())
  })

  it('clears up after a killed loader once its lease is over, and leaves one alone that only stands still', async () => {
    assert.deepEqual(await janitor(), [], 'there is no ledger yet')
    await loadAll(star('old', url()))
    assert.deepEqual(await janitor(), [], 'there is nothing to do')
    const still = await standingStill(star('killed', url()), 'run', 'loaded', 'site')
    const left = await privateTables(connection())
    assert.ok(['school_dim__r2', 'site_dim__r2'].every((name) => left.includes(name)), left.join(', '))
    const [open] = await connection().query<{ run_id: string }>({ sql: "SELECT run_id FROM etl_run WHERE refresh = ? AND status = 'running'", values: [still.refresh] })
    for (const runId of [open!.run_id, 'of nobody']) await enterRanges(connection(), { runId, target: 'site_dim' }, [{ range: 1, reading: {} }])
    const ranges = (): Promise<readonly unknown[]> => connection().query('SELECT run FROM etl_range')
    await silence(connection(), 'refresh', still.refresh)
    assert.deepEqual(await janitor(), [], 'its process may go on: whoever wants its tables ends it')
    assert.deepEqual(await ranges(), [{ run: open!.run_id }])
    await still.die()
    for (const what of ['sessions', 'runs'] as const) await silence(connection(), what, still.refresh)
    const { log, events } = listening()
    const rounds = startRounds(database, log, [{ what: 'clear up', seconds: 600, work: (session) => clearUp(session, log) }])
    await clearUp(second, log)
    await until('both have cleared up', async () => (await privateTables(connection())).length === 0 || undefined)
    await rounds.stop()
    await clearUp(connection(), log)
    assert.deepEqual(events.filter((event) => !/^(clear-up|round)-failed/.test(event)).toSorted(), [
      ...left.map((name) => `orphan-dropped ${name}`), 'refresh-stopped', 'reservation-returned school_dim',
      'reservation-returned site_dim', 'run-abandoned school_dim', 'run-abandoned site_dim',
    ])
    assert.deepEqual(await connection().query({ sql: 'SELECT session FROM etl_session WHERE refresh = ?', values: [still.refresh] }), [])
    assert.deepEqual(await ranges(), [])
    assert.deepEqual(await connection().query('SELECT name FROM school_dim WHERE school_key > 0'), [{ name: 'old' }])
    assert.equal((await still.goOn()).etls.some(({ status }) => status === 'published'), false)
    const report = await loadAll(star('new', url()))
    assert.deepEqual(report.etls.map(({ status }) => status), ['published', 'published'])
  })

  it('takes no session for dead that slept with the lock of a new table: its next heartbeat enters it again', async () => {
    await openLedger(connection())
    const asleep = async () => {
      await connection().execute("UPDATE etl_session SET lease = '2000-01-01 00:00:00'")
      await clearUp(connection(), silent)
    }
    const entries = () => connection().query(`SELECT session, refresh, worker FROM etl_session WHERE lease > ${connection().dialect.now}`)
    await lockTarget(second, 'new_dim', 'a refresh')
    for (const meanwhile of [async () => {}, () => assert.rejects(lockTarget(connection(), 'new_dim', 'another'), BusyError)]) {
      await asleep()
      await meanwhile()
      await leaveSession(connection())
      await renewSessions(connection(), 'a refresh', 60)
      assert.deepEqual(await entries(), [{ session: second.session, refresh: 'a refresh', worker: workerName() }])
    }
    await leaveSession(second)
    await renewSessions(connection(), 'a refresh', 60)
    assert.deepEqual(await entries(), [])
  })

  it('leaves what a refresh has staged until its lease is over', async () => {
    const first = await workedOn(star('in time', url()), 'stage')
    assert.deepEqual(await janitor(), [])
    assert.deepEqual((await workedOn(star('in time', url()), 'publish', first.id)).published, ['school_dim', 'site_dim'])
    const late = await workedOn(star('too late', url()), 'stage')
    await silence(connection(), 'refresh', late.id)
    assert.ok((await janitor()).includes('refresh-stopped'))
    assert.deepEqual((await privateTables(connection())).filter((name) => name.includes('__r')), [])
    assert.deepEqual((await workedOn(star('too late', url()), 'publish', late.id)).published, [])
    assert.deepEqual(await connection().query('SELECT name FROM school_dim WHERE school_key > 0'), [{ name: 'in time' }])
  })

  it('keeps the newest old table, and every table that no run of this ledger made', async () => {
    const config = star('a', url())
    for (let time = 0; time < 2; time += 1) await loadAll(config)
    const [run] = await connection().query<{ run_id: string }>("SELECT run_id FROM etl_run WHERE target = 'school_dim' AND fence = 1")
    const { dialect } = connection()
    const tables = {
      school_dim__o1: commentWith(undefined, run?.run_id ?? ''), school_dim__i1: commentWith('mine', run?.run_id ?? ''),
      school_dim__r98: 'somebody\'s own', school_dim__i99: commentWith(undefined, randomUUID()), school_dim__o0: '', stranger__r1: commentWith(undefined, run?.run_id ?? ''),
    }
    const definition = entriesOf(config)[0]?.etl.create.definition(dialect.name) ?? assert.fail('there is one')
    for (const [name, comment] of Object.entries(tables)) await executeTogether(connection(), dialect.createTable(definition, name, comment))
    assert.deepEqual((await janitor()).toSorted(), ['orphan-dropped school_dim__i1', 'orphan-dropped school_dim__o1'])
    assert.deepEqual(await privateTables(connection()), ['school_dim__i99', 'school_dim__o0', 'school_dim__o2', 'school_dim__r98', 'site_dim__o2', 'stranger__r1'])
  })
})
