import assert from 'node:assert/strict'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import type { Swap } from '../../engine/db/connection.ts'
import { BusyError, DatabaseError } from '../../engine/errors.ts'
import { databasesOf, workerName } from '../../engine/etl/context.ts'
import { entriesOf, findEntry } from '../../engine/etl/registry.ts'
import type { Config, PublishMode } from '../../engine/etl/registry.ts'
import { runAll } from '../../engine/etl/run-all.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { runEtl } from '../../engine/etl/run-etl.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import { dropTable } from '../../engine/publish/drop.ts'
import { clearUp } from '../../engine/publish/janitor.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { silent } from '../../engine/log.ts'
import type { Log } from '../../engine/log.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { endedAfter, hooked } from '../helpers/hooked.ts'
import type { Instead } from '../helpers/hooked.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { until } from '../helpers/servers/machine.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

const shops = drawnSource('| shop_id INT | name |\n| 1 | Ann |')
const sales = drawnSource('| sale_id INT | shop_id INT | amount INT |\n| 1 | 1 | 10 |')

const shop = scd1({
  source: shops, key: 'shop_key', lookup: ['shop_id'],
  create: create('CREATE TABLE shop_dim (\n shop_key KEY,\n shop_id INT NOT NULL,\n name VARCHAR(20) NOT NULL\n)'),
})
const sale = transaction({
  source: sales, keys: { shop_key: { of: shop, by: 'shop_id' } },
  create: create('CREATE TABLE sale_fact (\n sale_id INT NOT NULL PRIMARY KEY,\n shop_key INT NOT NULL,\n amount INT NOT NULL\n)'),
})

/** A reader's lock that outlasts every publish. */
const busySwap: Instead = async () => { throw new BusyError('somebody holds a lock', { wayOut: 'end it, then run again' }) }

onEveryWarehouse('a publish that a reader keeps from its swap', ({ connection, url }) => {
  const config = (publish: PublishMode = 'together'): Config => defineConfig({ source: 'files:.', warehouse: url(), logs: false, publish, dimensions: { shop }, facts: { sale } })

  /** A refresh whose publish is busy, or whose swap does something else; how it ended, and what its user is told. */
  async function busyLoad(swap = busySwap, publish?: PublishMode): Promise<RefreshReport> {
    const databases = databasesOf(config(publish))
    const warehouse = hooked(await databases.warehouse(), 'swap', swap)
    const refresh = await openRefresh(warehouse, { held: true, asked: 'test', onLost: assert.fail })
    const report = await runAll(entriesOf(config()), {
      config: config(publish), warehouse, source: (name) => databases.source(name), refresh, signal: new AbortController().signal, adopt: false, worker: workerName(), log: silent, on() {},
    }, { concurrency: 1, failFast: false })
    await refresh.end('failed')
    await databases.close()
    return report
  }

  const statuses = async (): Promise<string[]> => {
    const { knex } = connection().dialect
    const runs = await connection().query<{ target: string; status: string }>(knex('etl_run').where({ fence: 2 }).orderBy('target').select('target', 'status'))
    return runs.map(({ target, status }) => `${target} ${status}`)
  }
  const seen = async (): Promise<unknown> =>
    (await connection().query('SELECT d.name, f.amount FROM sale_fact AS f JOIN shop_dim AS d ON d.shop_key = f.shop_key WHERE f.sale_id = 1'))[0]

  beforeEach(async () => {
    shops.draw('| shop_id INT | name |\n| 1 | Ann |')
    sales.draw('| sale_id INT | shop_id INT | amount INT |\n| 1 | 1 | 10 |')
    resultsOf(await loadAll(config()))
    shops.draw('| shop_id INT | name |\n| 1 | ann |')
    sales.draw('| sale_id INT | shop_id INT | amount INT |\n| 1 | 1 | 11 |')
  })

  it('changes nothing, and nobody publishes it later', async () => {
    const { etls, error } = await busyLoad()
    assert.deepEqual(etls.map(({ status }) => status), ['loaded', 'loaded'])
    assert.ok(error instanceof BusyError, error?.message)
    assert.doesNotMatch(error.message, /the rest follows/)
    assert.deepEqual(await statuses(), ['sale_fact abandoned', 'shop_dim abandoned'])
    assert.deepEqual(await connection().query("SELECT etl FROM etl_request WHERE status = 'running'"), [])
    assert.deepEqual((await connection().tablesLike('')).filter((name) => /__r\d/.test(name)), [])
    await clearUp(connection(), silent)
    assert.deepEqual(await seen(), { name: 'Ann', amount: 10 })
    resultsOf(await loadAll(config()))
    assert.deepEqual(await seen(), { name: 'ann', amount: 11 })
  })

  it('and that was ended in the moment after it is not tried again where it was done', async () => {
    const { swap, times } = endedAfter()
    resultsOf(await busyLoad(swap))
    assert.equal(times(), connection().dialect.transactionalDdl ? 2 : 1)
    assert.deepEqual(await statuses(), ['sale_fact succeeded', 'shop_dim succeeded'])
    assert.deepEqual(await seen(), { name: 'ann', amount: 11 })
  })

  it('and that lost its sessions before any of it was live does not follow, whatever else of its refresh is live', async () => {
    const { etls } = await busyLoad(async (swap, swaps, session) => {
      if ((swaps as readonly Swap[]).every(({ live }) => live !== 'sale_fact')) return swap()
      session.abort(new Error('lost'))
      throw new DatabaseError('lost')
    }, 'each')
    assert.deepEqual(etls.map(({ status }) => status), ['published', 'failed'])
    assert.doesNotMatch(etls[1]?.error?.message ?? '', /the rest follows/)
    // The server may need a moment to notice that the sessions have gone.
    await until('it is given up', async () => {
      await clearUp(connection(), silent)
      return (await statuses()).every((status) => !status.endsWith('publishing')) || undefined
    })
    assert.deepEqual(await statuses(), ['sale_fact abandoned', 'shop_dim succeeded'])
    assert.deepEqual(await seen(), { name: 'ann', amount: 10 })
  })

  it('and dies while another load waits for its table is not taken over in part: that one is busy, and the next one finishes it', async () => {
    const isWhole = connection().dialect.transactionalDdl
    await connection().execute('CREATE TABLE note (parent INT NOT NULL, FOREIGN KEY (parent) REFERENCES shop_dim (shop_key))')
    const databases = databasesOf(config())
    const warehouse = await databases.warehouse()
    const first: { done?: Promise<unknown> } = {}
    const refresh = await openRefresh(warehouse, { held: true, asked: 'test', onLost: assert.fail })
    const about = { config: config(), refresh, source: (name: string | undefined) => databases.source(name), signal: new AbortController().signal, adopt: false, worker: workerName(), log: silent, on() {} }
    // It asks what was interrupted, and then for the lock: in between the other one publishes a part, and dies.
    const late = hooked(warehouse, 'lock', async (lock, name) => {
      if (name === 'target:shop_dim') await (first.done ??= busyLoad())
      return lock()
    })
    const taking = runEtl(findEntry(config(), 'dimension', 'shop'), { ...about, warehouse: late })
    if (isWhole) await taking
    else await assert.rejects(taking, (error) => error instanceof BusyError && /sale_fact must follow/.test(error.message))
    await refresh.end('failed')
    await databases.close()
    assert.deepEqual(await statuses(), isWhole ? ['sale_fact abandoned', 'shop_dim abandoned'] : ['sale_fact publishing', 'shop_dim succeeded'])
    resultsOf(await loadAll(config()))
    assert.deepEqual(await statuses(), isWhole ? ['sale_fact abandoned', 'shop_dim abandoned'] : ['sale_fact succeeded', 'shop_dim succeeded'])
    assert.deepEqual(await seen(), { name: 'ann', amount: 11 })
  })

  for (const next of ['the janitor', 'the next load'] as const) {
    it(`after a part of it was merged says what is live and that the rest follows, and ${next} publishes that`, async () => {
      await connection().execute('CREATE TABLE note (parent INT NOT NULL, FOREIGN KEY (parent) REFERENCES shop_dim (shop_key))')
      const { etls, error } = await busyLoad()
      assert.ok(error instanceof BusyError, error?.message)
      if (connection().dialect.transactionalDdl) {
        assert.deepEqual(etls.map(({ status }) => status), ['loaded', 'loaded'])
        assert.deepEqual(await statuses(), ['sale_fact abandoned', 'shop_dim abandoned'])
        return assert.deepEqual(await seen(), { name: 'Ann', amount: 10 })
      }
      assert.deepEqual(etls.map(({ status }) => status), ['published', 'loaded'])
      assert.match(error.message, /a part is live already: dimension shop.*Way out: end it, then run again; the rest follows with the next run/)
      assert.deepEqual(await statuses(), ['sale_fact publishing', 'shop_dim succeeded'])
      // A second try that is busy, too, forgets nothing.
      assert.match((await busyLoad()).etls.map((etl) => etl.error?.message).join(), /somebody holds a lock/)
      assert.deepEqual(await statuses(), ['sale_fact publishing', 'shop_dim succeeded'])
      if (next === 'the janitor') await clearUp(connection(), silent)
      else resultsOf(await loadAll(config()))
      assert.deepEqual(await statuses(), ['sale_fact succeeded', 'shop_dim succeeded'])
      assert.deepEqual(await seen(), { name: 'ann', amount: 11 })
    })
  }

  for (const next of ['the janitor', 'the next load'] as const) {
    it(`and whose rest can never follow is given up by ${next}, which says why`, async () => {
      await connection().execute('CREATE TABLE note (parent INT NOT NULL, FOREIGN KEY (parent) REFERENCES shop_dim (shop_key))')
      sales.draw('| sale_id INT | shop_id INT | amount INT |\n| 2 | 1 | 11 |')
      await busyLoad()
      // There is no rest where a publish is one commit.
      if (connection().dialect.transactionalDdl) return assert.deepEqual(await statuses(), ['sale_fact abandoned', 'shop_dim abandoned'])
      assert.deepEqual(await statuses(), ['sale_fact publishing', 'shop_dim succeeded'])
      for (const sql of ['CREATE TABLE remark (sale INT NOT NULL, FOREIGN KEY (sale) REFERENCES sale_fact (sale_id))', 'INSERT INTO remark VALUES (1)']) await connection().execute(sql)
      sales.draw('| sale_id INT | shop_id INT | amount INT |\n| 1 | 1 | 12 |')
      const said: string[] = []
      const log: Log = { ...silent, warn(message, fields) { if (fields?.['event'] === 'unfinished') said.push(message) } }
      if (next === 'the janitor') await clearUp(connection(), log)
      else resultsOf(await loadAll(config(), undefined, { log }))
      assert.match(said.join(), /^Could not finish a publish that was interrupted: .*1 row of `remark` points at rows that are to go/)
      assert.deepEqual(await statuses(), ['sale_fact abandoned', 'shop_dim succeeded'])
      assert.deepEqual(await seen(), { name: 'ann', amount: next === 'the janitor' ? 10 : 12 })
    })
  }

  /** Drops a table as `--drop_tables` does; whether there was one. */
  async function drop(type: 'dimension' | 'fact', name: string, table: string): Promise<boolean> {
    const databases = databasesOf(config())
    const warehouse = await databases.warehouse()
    const refresh = await openRefresh(warehouse, { held: true, asked: 'test', onLost: assert.fail })
    const session = await warehouse.connect()
    try {
      return await dropTable(session, { refresh: refresh.id, type, name, table, worker: workerName(), adopt: false, step() {} })
    } finally {
      await session.close()
      await refresh.end('succeeded')
      await databases.close()
    }
  }
  const tables = async (): Promise<string[]> => (await connection().tablesLike('')).filter((name) => !name.startsWith('etl_')).toSorted()

  it('after a part of it was merged is finished by who drops one of its tables, before that goes', async () => {
    await connection().execute('CREATE TABLE note (parent INT NOT NULL, FOREIGN KEY (parent) REFERENCES shop_dim (shop_key))')
    await busyLoad()
    assert.equal(await drop('fact', 'sale', 'sale_fact'), true)
    assert.deepEqual(await statuses(), connection().dialect.transactionalDdl ? ['sale_fact abandoned', 'shop_dim abandoned'] : ['sale_fact succeeded', 'shop_dim succeeded'])
    await clearUp(connection(), silent)
    assert.deepEqual(await tables(), ['note', 'shop_dim'])
    assert.equal(await drop('fact', 'sale', 'sale_fact'), false)
    resultsOf(await loadAll(config()))
    assert.deepEqual(await seen(), { name: 'ann', amount: 11 })
  })

  it('and whose rest can never follow keeps nobody from dropping a table of it', async () => {
    await connection().execute('CREATE TABLE note (parent INT NOT NULL, FOREIGN KEY (parent) REFERENCES shop_dim (shop_key))')
    sales.draw('| sale_id INT | shop_id INT | amount INT |\n| 2 | 1 | 11 |')
    await busyLoad()
    for (const sql of ['CREATE TABLE remark (sale INT NOT NULL, FOREIGN KEY (sale) REFERENCES sale_fact (sale_id))', 'INSERT INTO remark VALUES (1)', 'DROP TABLE note']) await connection().execute(sql)
    await assert.rejects(drop('fact', 'sale', 'sale_fact'), /a foreign key of .?remark.? points at the table/)
    assert.equal(await drop('dimension', 'shop', 'shop_dim'), true)
    assert.deepEqual((await tables()).filter((name) => name.startsWith('shop_dim')), [])
    await connection().execute('DROP TABLE remark')
    resultsOf(await loadAll(config()))
    assert.deepEqual(await connection().query('SELECT d.name, f.amount FROM sale_fact AS f JOIN shop_dim AS d ON d.shop_key = f.shop_key'), [{ name: 'ann', amount: 11 }])
    assert.deepEqual(await connection().query("SELECT target FROM etl_run WHERE status NOT IN ('succeeded', 'abandoned')"), [])
  })
})
