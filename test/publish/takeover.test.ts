import assert from 'node:assert/strict'
import type { Connection } from '../../engine/db/connection.ts'
import { openMysql } from '../../engine/db/mysql.ts'
import { openDatabase } from '../../engine/db/open.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import type { Config } from '../../engine/etl/registry.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { BusyError, FencedError } from '../../engine/errors.ts'
import { lockRange } from '../../engine/publish/range-locks.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll } from '../helpers/refresh.ts'
import { freshDatabase, freshUser } from '../helpers/servers/index.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'
import { skip } from '../helpers/skip.ts'
import { silence, standingStill } from '../helpers/standing-still.ts'
import type { Door } from '../helpers/standing-still.ts'

/** The ETLs of a configuration whose tables hold this name. */
function named(name: string, warehouse: string): Config {
  const dimension = (table: string) => scd1({
    source: drawnSource(`| id INT | name |\n| 1 | ${name} |`),
    create: create<string>(`CREATE TABLE ${table} (\n school_key KEY,\n id INT NOT NULL,\n name VARCHAR(20) NOT NULL\n)`),
    key: 'school_key', lookup: ['id'],
  })
  return defineConfig({ source: 'files:.', warehouse, logs: false, dimensions: { school: dimension('school_dim'), site: dimension('site_dim') }, facts: {} })
}

const errorsOf = ({ etls, error }: RefreshReport): Error[] => [...etls.flatMap((etl) => etl.error ?? []), ...error ? [error] : []]
const namesOf = (connection: Connection) => connection.query<{ name: string }>('SELECT name FROM school_dim WHERE school_key > 0').then((rows) => rows.map(({ name }) => name))

onEveryWarehouse('a loader that stands still', ({ connection, url }) => {
  const cases: readonly (readonly [door: Door, step: string, then?: 'lives' | 'has reserved'])[] = [
    ['run', 'locked'], ['run', 'created', 'lives'], ['run', 'staged'], ['run', 'publishing', 'has reserved'], ['queue', 'created'], ['queue', 'publish-locked', 'lives'],
  ]
  for (const [door, step, then] of cases) {
    const [lives, reserved] = [then === 'lives', then === 'has reserved']
    it(`of the ${door} is overtaken at ${step} once its lease is over${lives ? ', not before' : ''}, and publishes nothing when it goes on`, async () => {
      await loadAll(named('old', url()))
      const first = await standingStill(named('stopped', url()), door, step)
      if (lives) {
        const refused = errorsOf(await loadAll(named('too early', url())))
        assert.match(refused[0]?.message ?? '', /the table is busy/)
        assert.deepEqual(await namesOf(connection()), ['old'])
      }
      await silence(connection(), 'sessions', first.refresh)
      if (reserved) {
        assert.match(errorsOf(await loadAll(named('too early', url())))[0]?.message ?? '', /has reserved it/)
        assert.deepEqual(await namesOf(connection()), ['old'])
      }
      await silence(connection(), 'refresh', first.refresh)
      assert.deepEqual(errorsOf(await loadAll(named('new', url()))), [])
      const report = await first.goOn()
      assert.ok(report.etls.every(({ status }) => status !== 'published'), `its report says ${JSON.stringify(report.etls.map(({ status }) => status))}`)
      assert.ok(errorsOf(report).some((error) => error instanceof FencedError), `it is told that it was overtaken: ${errorsOf(report).map(String).join(' | ')}`)
      assert.deepEqual(await namesOf(connection()), ['new'])
      assert.deepEqual(errorsOf(await loadAll(named('newest', url()))), [], 'the next load has everything to itself')
      assert.deepEqual(await namesOf(connection()), ['newest'])
      const left = (await connection().tablesLike('school_dim__')).filter((name) => !/__o\d+$/.test(name))
      assert.deepEqual(left, [])
    })
  }

  it('has the further sessions ended that hold its staging table', async function () {
    if (!connection().dialect.manyProcesses) skip(this, 'ranges where the warehouse is one process')
    await loadAll(named('old', url()))
    const first = await standingStill(named('stopped', url()), 'run', 'created')
    const [staging = ''] = (await connection().tablesLike('school_dim__')).filter((name) => /__r\d+$/.test(name))
    const database = await openDatabase(url())
    const part = await database.connect()
    await lockRange(part, 'school_dim', 3)
    await part.execute('BEGIN')
    await part.query(`SELECT COUNT(*) AS n FROM ${staging}`)
    await silence(connection(), 'sessions', first.refresh)
    await silence(connection(), 'refresh', first.refresh)
    assert.deepEqual(errorsOf(await loadAll(named('new', url()))), [])
    await assert.rejects(async () => part.query('SELECT 1 AS one'))
    await first.goOn()
    assert.deepEqual(await namesOf(connection()), ['new'])
    // One that came too late has loaded nothing and holds no table, so that no load has looked for it.
    const [late, next] = [await database.connect(), await database.connect()]
    await lockRange(late, 'school_dim', 3)
    await connection().execute(connection().dialect.knex('etl_session').insert({ session: late.session, lease: '2020-01-01 00:00:00' }))
    await lockRange(next, 'school_dim', 3)
    await assert.rejects(async () => late.query('SELECT 1 AS one'))
    await database.close()
  })
})

describe('a loader that stands still and is another user\'s', () => {
  it('is not ended on MariaDB: the table stays busy, and the error names the session and says what to do', async () => {
    const { url, drop } = await freshDatabase('users')
    const other = await freshUser(url)
    await loadAll(named('old', url))
    const first = await standingStill(named('stopped', url), 'run', 'created')
    const database = await openMysql(url)
    const session = await database.connect()
    await silence(session, 'sessions', first.refresh)
    await silence(session, 'refresh', first.refresh)
    const [error] = errorsOf(await loadAll(named('new', other.url)))
    assert.ok(error instanceof BusyError, String(error))
    assert.match(error.message, /table school_dim: a session that stands still holds it, and this user may not end that.*end session \d+ of the database yourself/)
    assert.deepEqual(await namesOf(session), ['old'])
    assert.ok((await first.goOn()).etls.every(({ status }) => status === 'published'), 'nothing was taken from it')
    await session.close()
    await database.close()
    await other.drop()
    await drop()
  })
})

onEveryWarehouse('a table that is live', ({ connection, url }) => {
  for (const status of ['abandoned', 'failed']) {
    it(`has succeeded also where the ledger says ${status}`, async () => {
      await loadAll(named('live', url()))
      const { knex } = connection().dialect
      const run = knex('etl_run').where({ target: 'school_dim', fence: 1 })
      await connection().execute(run.clone().update({ status }))
      await connection().execute(knex('etl_request').where({ etl: 'dimension school' }).update({ status: 'failed' }))
      await loadAll(named('newer', url()))
      assert.deepEqual(await connection().query(run.clone().select('status')), [{ status: 'succeeded' }])
      assert.deepEqual(await connection().query(knex('etl_request').where({ etl: 'dimension school' }).distinct('status')), [{ status: 'succeeded' }])
    })
  }
})
