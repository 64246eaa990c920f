import assert from 'node:assert/strict'
import type { Connection, Database } from '../../engine/db/connection.ts'
import { planOf } from '../../engine/cli/plan.ts'
import { openDatabase } from '../../engine/db/open.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { scd2 } from '../../engine/dimension/scd2.ts'
import { BusyError, FencedError } from '../../engine/errors.ts'
import type { RunContext } from '../../engine/etl/context.ts'
import { publishOne } from '../../engine/etl/go-live.ts'
import { entriesOf } from '../../engine/etl/registry.ts'
import type { Config } from '../../engine/etl/registry.ts'
import { runEtl } from '../../engine/etl/run-etl.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import { silent } from '../../engine/log.ts'
import { oldStatements } from '../../engine/publish/before.ts'
import { clearUp } from '../../engine/publish/janitor.ts'
import { lastPublished } from '../../engine/publish/last-published.ts'
import { isPublished } from '../../engine/publish/outcome.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { rollbackSwap } from '../../engine/publish/rollback.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { hooked } from '../helpers/hooked.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { mortal, rollBack } from '../helpers/roll-back.ts'
import { until } from '../helpers/servers/machine.ts'
import { skip } from '../helpers/skip.ts'
import { onEveryServer, onEveryWarehouse } from '../helpers/warehouses.ts'

type Spec = Required<Parameters<typeof defineConfig>[0]>

const textOf = (statement: unknown): string => (typeof statement === 'object' && statement !== null && 'sql' in statement ? String(statement.sql) : String(statement))

/** More than are compared by a look at each of them. */
const MEMBERS = 400

interface Shop { readonly id: number, readonly name: string, readonly city: string, readonly since: string }

const drawing = (shops: readonly Shop[]): string => ['| id INT | name VARCHAR(40) | city VARCHAR(40) | since TIMESTAMP |', ...shops.map(({ id, name, city, since }) => `| ${id} | ${name} | ${city} | ${since} |`)].join('\n')

const shop = (id: number, change: Partial<Shop> = {}): Shop => ({ id, name: `shop ${id}`, city: `city ${id % 7}`, since: '2020-01-01 00:00:00', ...change })
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)
const first = (): Shop[] => range(1, MEMBERS).map((id) => shop(id))

const COLUMNS = 'shop_key KEY,\n id INT NOT NULL,\n name VARCHAR(40) NOT NULL,\n city VARCHAR(40)'

/** A dimension of each kind over the same rows, in tables of their own. */
function pair(prefix: string, more = '') {
  const source = drawnSource(drawing(first()))
  const plain = scd1({ source, key: 'shop_key', lookup: ['id'], create: create<string>(`CREATE TABLE ${prefix}_plain_dim (\n ${COLUMNS},\n UNIQUE (id)${more}\n)`) })
  const historic = scd2({
    source, key: 'shop_key', lookup: ['id'], history: ['city'], effectiveFrom: 'since',
    create: create<string>(`CREATE TABLE ${prefix}_historic_dim (\n ${COLUMNS},\n valid_from TIMESTAMP NOT NULL,\n valid_to TIMESTAMP,\n is_current BOOLEAN NOT NULL,\n UNIQUE (id, valid_from)\n)`),
  })
  return { source, plain, historic }
}

const load = async (config: Config, options?: Parameters<typeof loadAll>[2]): Promise<RefreshReport> => {
  const report = await loadAll(config, entriesOf(config), options)
  resultsOf(report)
  return report
}

const changedShops = (): Shop[] => [...first().map((one) => (one.id <= 3 ? shop(one.id, { name: 'changed' }) : one)), shop(601)]

/** What the loads of a report did, but for what the two ways differ in. */
const countsOf = ({ etls }: RefreshReport): unknown => etls.map(({ counts, result }) => {
  const { staged, inPlace, ...others } = counts!
  assert.ok(staged > 0 && (inPlace?.added ?? 0) >= 0)
  return [others, result]
})

onEveryWarehouse('a dimension of which little changes, where each table goes live by itself,', ({ connection, another, url }) => {
  const query = <R = Record<string, unknown>>(sql: string): Promise<R[]> => connection().query<R>(sql)
  const tables = async (): Promise<string[]> => (await connection().tablesLike('')).filter((name) => !name.startsWith('etl_')).toSorted()
  /** By the rows that it has overwritten, which are kept beside it. */
  const changedTables = async (): Promise<string[]> => (await tables()).flatMap((name) => /^(.+)__u\d+$/.exec(name)?.[1] ?? [])
  const configOf = (dimensions: Spec['dimensions'], publish: Config['publish'] = 'each', facts: Spec['facts'] = {}): Config =>
    defineConfig({ source: 'files:.', warehouse: url(), logs: false, publish, dimensions, facts })
  const PLAIN = 'shop_key, id, name, city'
  const rowsOf = (table: string, columns = PLAIN): Promise<unknown[]> => query(`SELECT ${columns} FROM ${table} ORDER BY shop_key`)
  const HISTORIC = `${PLAIN}, valid_from, valid_to, is_current`

  async function withWarehouse<T>(work: (warehouse: Database) => Promise<T>): Promise<T> {
    const warehouse = await openDatabase(url())
    try {
      return await work(warehouse)
    } finally {
      await warehouse.close()
    }
  }

  it('is as it would be if it were made anew: rows, keys, counts and the ledger', async function () {
    this.timeout(120_000)
    const [each, whole] = [pair('each'), pair('whole')]
    const [changed, made] = [configOf({ plain: each.plain, historic: each.historic }), configOf({ plain: whole.plain, historic: whole.historic }, 'together')]
    const generations: (readonly Shop[])[] = [
      first(),
      first(),
      // Changed, left and come; a version that is corrected at its own time, and an older one whose name is.
      [...first().filter(({ id }) => id !== 9).map((one) => (one.id % 80 === 3 ? shop(one.id, { city: 'moved', since: '2021-05-01 00:00:00' }) : one.id % 90 === 4 ? shop(one.id, { name: 'renamed' }) : one)), ...range(501, 505).map((id) => shop(id))],
      [...first().map((one) => (one.id % 80 === 3 ? shop(one.id, { name: 'again', city: 'away', since: '2021-05-01 00:00:00' }) : one.id === 8 ? shop(8, { name: 'eight', city: 'eight', since: '2022-01-01 00:00:00' }) : one)), ...range(501, 506).map((id) => shop(id))],
      first().slice(20).map((one) => (one.id % 80 === 3 ? shop(one.id, { city: 'home', since: '2023-01-01 00:00:00' }) : one)),
    ]
    const seen: (readonly string[])[] = []
    for (const shops of generations) {
      each.source.draw(drawing(shops))
      whole.source.draw(drawing(shops))
      const [one, other] = [await load(changed), await load(made)]
      assert.deepEqual(countsOf(one), countsOf(other))
      assert.deepEqual(await rowsOf('each_plain_dim'), await rowsOf('whole_plain_dim'))
      assert.deepEqual(await rowsOf('each_historic_dim', HISTORIC), await rowsOf('whole_historic_dim', HISTORIC))
      const ledger = (prefix: string): Promise<unknown[]> => query(`SELECT last_key, last_rows, reserved_by, fence FROM etl_target WHERE target LIKE '${prefix}%' ORDER BY target`)
      assert.deepEqual(await ledger('each'), await ledger('whole'))
      seen.push(await changedTables())
    }
    // The first load makes them; each later one changes them.
    assert.deepEqual(seen, [[], ...Array.from({ length: 4 }, () => ['each_historic_dim', 'each_plain_dim'])])
    assert.deepEqual((await tables()).filter((name) => name.startsWith('each')).map((name) => name.replace(/\d+$/, '')), ['each_historic_dim', 'each_historic_dim__u', 'each_plain_dim', 'each_plain_dim__u'])
    assert.deepEqual(await query("SELECT DISTINCT status FROM etl_run"), [{ status: 'succeeded' }])
    assert.deepEqual(await query("SELECT DISTINCT status FROM etl_request"), [{ status: 'succeeded' }])
  })

  const { plain, source } = pair('one')
  const config = (): Config => configOf({ plain })
  const begin = async (): Promise<void> => {
    source.draw(drawing(first()))
    await load(config())
    source.draw(drawing(changedShops()))
  }

  const anew: readonly (readonly [why: string, () => Promise<Config>])[] = [
    ['a twentieth of it changes', async () => {
      source.draw(drawing(first().map((one) => (one.id % 15 === 0 ? shop(one.id, { name: 'changed' }) : one))))
      return config()
    }],
    ['all are published together', () => Promise.resolve(configOf({ plain }, 'together'))],
    ['its create has changed', () => {
      const other = pair('one', ',\n INDEX one_plain_name (name)')
      other.source.draw(drawing(changedShops()))
      return Promise.resolve(configOf({ plain: other.plain }))
    }],
    ['somebody has added a column by hand', async () => {
      await connection().execute('ALTER TABLE one_plain_dim ADD COLUMN own INT')
      return config()
    }],
    ['a value that may come once could go from one member to another', async () => {
      const other = pair('one', ',\n UNIQUE (name)')
      await load(configOf({ plain: other.plain }))
      const swapped = first().map((one) => (one.id === 1 ? shop(1, { name: 'shop 2' }) : one.id === 2 ? shop(2, { name: 'shop 1' }) : one))
      other.source.draw(drawing(swapped))
      return configOf({ plain: other.plain })
    }],
  ]
  for (const [why, make] of anew) {
    it(`is made anew where ${why}`, async () => {
      await begin()
      await load(await make())
      assert.deepEqual(await changedTables(), [])
    })
  }

  it('is made anew where a first failure is to keep all others from going live', async () => {
    await begin()
    await load(config(), { failFast: true })
    assert.deepEqual(await changedTables(), [])
  })

  it('goes back by a rollback to what stood before, row by row, and can be changed again', async () => {
    await begin()
    const before = await rowsOf('one_plain_dim')
    await load(config())
    assert.deepEqual(await changedTables(), ['one_plain_dim'])
    const after = await rowsOf('one_plain_dim')
    assert.notDeepEqual(after, before)
    await withWarehouse(async (warehouse) => {
      const { tables: done } = await rollBack(config(), warehouse)
      assert.deepEqual(done.map(({ run, liveRows, oldRows }) => [run.target, liveRows, oldRows]), [['one_plain_dim', MEMBERS + 2, MEMBERS + 1]])
      assert.deepEqual(await rowsOf('one_plain_dim'), before)
      assert.deepEqual(await tables(), ['one_plain_dim'])
      await assert.rejects(rollBack(config(), warehouse), /for the first time/)
    })
    // Its key was given before, and is not given again.
    await load(config())
    assert.deepEqual((await rowsOf('one_plain_dim')).slice(0, -1), after.slice(0, -1))
    assert.deepEqual(await changedTables(), ['one_plain_dim'])
    // And again, without a rollback in between: the last step alone can be taken back.
    const second = await rowsOf('one_plain_dim')
    source.draw(drawing(first()))
    await load(config())
    await withWarehouse((warehouse) => rollBack(config(), warehouse))
    assert.deepEqual(await rowsOf('one_plain_dim'), second)
  })

  it('goes back also where the refresh has published other tables by a swap, and a later load of all goes on', async () => {
    const sales = drawnSource('| id INT |\n| 1 |\n| 601 |')
    const sale = transaction({ source: sales, keys: { shop_key: { of: plain, by: 'id' } }, create: create<string>('CREATE TABLE sale_fact (\n shop_key INT NOT NULL,\n id INT\n)') })
    const both = configOf({ plain }, 'each', { sale })
    await begin()
    source.draw(drawing(first()))
    await load(both)
    const [before, sold] = [await rowsOf('one_plain_dim'), await query('SELECT shop_key, id FROM sale_fact ORDER BY id')]
    source.draw(drawing(changedShops()))
    await load(both)
    assert.notDeepEqual(await query('SELECT shop_key, id FROM sale_fact ORDER BY id'), sold)
    await withWarehouse((warehouse) => rollBack(both, warehouse))
    assert.deepEqual([await rowsOf('one_plain_dim'), await query('SELECT shop_key, id FROM sale_fact ORDER BY id')], [before, sold])
    await load(both)
    assert.deepEqual(await query('SELECT COUNT(*) AS n FROM sale_fact WHERE shop_key = -1'), [{ n: 0 }])
  })

  it('goes back, or is live, wherever a rollback of it is killed, and the next one goes on', async function () {
    this.timeout(120_000)
    const marked = connection().dialect.transactionalDdl ? [] : ['rollback-marked']
    for (const step of ['rollback-claimed', 'rollback-made', ...marked, 'rolling-back', 'put-back', 'rolled-back', 'rollback-tidied']) {
      await begin()
      const before = await rowsOf('one_plain_dim')
      await load(config())
      assert.deepEqual(await changedTables(), ['one_plain_dim'], step)
      const after = await rowsOf('one_plain_dim')
      await withWarehouse(async (warehouse) => {
        const { database, kill } = mortal(warehouse)
        let reached = false
        await rollBack(config(), database, (name) => {
          if (name !== step) return
          reached = true
          kill()
        }).catch(() => undefined)
        assert.ok(reached, step)
        const now = await rowsOf('one_plain_dim')
        assert.ok([before, after].some((rows) => JSON.stringify(rows) === JSON.stringify(now)), `killed at ${step} it left neither what stood before nor what was live`)
        await rollBack(config(), warehouse).catch((error: Error) => assert.match(error.message, /for the first time|is not kept any more/))
      })
      assert.deepEqual(await rowsOf('one_plain_dim'), before, `killed at ${step}`)
    }
  })

  it('is as it was or as it shall be wherever its load is killed, and the next load goes on', async function () {
    this.timeout(120_000)
    for (const step of ['checked', 'publish-locked', 'changed', 'published', 'tidied', 'publish-ended']) {
      await begin()
      const before = await rowsOf('one_plain_dim')
      await withWarehouse(async (warehouse) => {
        const { database, kill } = mortal(warehouse)
        const refresh = await openRefresh(database, { held: true, asked: 'a test', onLost() {} })
        const context: RunContext = {
          config: config(), warehouse: database, source: () => assert.fail('none'), refresh, signal: new AbortController().signal, adopt: false, worker: 'killed', log: silent,
          on(happening) { if (happening.what === 'step' && happening.step === step) kill() },
        }
        const [entry] = entriesOf(config())
        await runEtl(entry!, context).then(() => publishOne(entry!, context)).catch(() => undefined)
        await refresh.leave().catch(() => undefined)
      })
      const isDone = ['published', 'tidied', 'publish-ended'].includes(step)
      const keyless = async (): Promise<unknown[]> => query('SELECT id, name, city FROM one_plain_dim ORDER BY id')
      const now = await keyless()
      assert.equal(JSON.stringify(await rowsOf('one_plain_dim')) === JSON.stringify(before), !isDone, `killed at ${step}`)
      await load(config())
      if (isDone) assert.deepEqual(await keyless(), now)
      assert.deepEqual((await query("SELECT COUNT(*) AS n, COUNT(DISTINCT id) AS ids, SUM(CASE WHEN name = 'changed' THEN 1 ELSE 0 END) AS changed FROM one_plain_dim WHERE shop_key > 0")).map((row) => Object.values(row).map(Number)), [[MEMBERS + 1, MEMBERS + 1, 3]], step)
      assert.deepEqual(await query("SELECT status FROM etl_run WHERE status IN ('running', 'staged', 'publishing')"), [], step)
      assert.deepEqual(await changedTables(), ['one_plain_dim'], step)
      await connection().execute('DROP TABLE one_plain_dim')
    }
  })

  it('is busy where somebody enters a member by hand under a key that a new one is to get, and keeps his', async () => {
    await begin()
    const report = await withWarehouse(async (warehouse) => {
      let done = false
      const hand = hooked(warehouse, 'execute', async (execute, statement) => {
        if (!done && textOf(statement).includes('one_plain_dim__u')) {
          done = true
          await connection().execute(`INSERT INTO one_plain_dim (shop_key, id, name, city) VALUES (${MEMBERS + 1}, 9999, 'by hand', NULL)`)
        }
        return execute()
      })
      const refresh = await openRefresh(hand, { held: true, asked: 'a test', onLost() {} })
      const context: RunContext = { config: config(), warehouse: hand, source: () => assert.fail('none'), refresh, signal: new AbortController().signal, adopt: false, worker: 'a test', log: silent, on() {} }
      const failed = await runEtl(entriesOf(config())[0]!, context).catch((error: unknown) => error)
      await refresh.end('failed')
      return failed
    })
    assert.ok(report instanceof BusyError, String(report))
    assert.match(report.message, /the live table was changed while its members were compared/)
    assert.deepEqual(await query("SELECT shop_key, id, name FROM one_plain_dim WHERE name IN ('by hand', 'changed')"), [{ shop_key: MEMBERS + 1, id: 9999, name: 'by hand' }])
  })

  const doubling: readonly (readonly [what: string, table: string, sql: string])[] = [
    ['enters a member that is new', 'two_plain_dim', "INSERT INTO two_plain_dim (shop_key, id, name, city) VALUES (7000, 601, 'by hand', NULL)"],
    ['gives a member that changes another key', 'two_plain_dim', "UPDATE two_plain_dim SET shop_key = 7000 WHERE id = 2"],
    ['enters a member that is new', 'two_historic_dim', "INSERT INTO two_historic_dim (shop_key, id, name, city, valid_from, valid_to, is_current) VALUES (7000, 601, 'by hand', NULL, '1999-01-01 00:00:00', NULL, TRUE)"],
    ['gives a member that changes another key', 'two_historic_dim', "UPDATE two_historic_dim SET shop_key = 7000 WHERE id = 2"],
  ]
  for (const [what, table, sql] of doubling) {
    it(`is busy where somebody ${what} in ${table} by hand meanwhile: nobody is there twice`, async () => {
      // Where an index finds members it has to be unique for that; elsewhere nothing keeps a member from coming twice.
      const { source: shops, historic } = pair('two')
      const loose = scd1({ source: shops, key: 'shop_key', lookup: ['id'], create: create<string>(`CREATE TABLE two_plain_dim (\n ${COLUMNS}${connection().dialect.joinsByIndex ? ',\n UNIQUE (id)' : ''}\n)`) })
      const own = configOf(table === 'two_plain_dim' ? { plain: loose } : { historic })
      await load(own)
      shops.draw(drawing(changedShops()))
      const before = await rowsOf(table)
      const failed = await withWarehouse(async (warehouse) => {
        let done = false
        const hand = hooked(warehouse, 'execute', async (execute, statement) => {
          if (!done && textOf(statement).includes(`${table}__u`)) {
            done = true
            await connection().execute(sql)
          }
          return execute()
        })
        const refresh = await openRefresh(hand, { held: true, asked: 'a test', onLost() {} })
        const context: RunContext = { config: own, warehouse: hand, source: () => assert.fail('none'), refresh, signal: new AbortController().signal, adopt: false, worker: 'a test', log: silent, on() {} }
        const error = await runEtl(entriesOf(own)[0]!, context).catch((thrown: unknown) => thrown)
        await refresh.end('failed')
        return error
      })
      assert.ok(failed instanceof BusyError, String(failed))
      assert.match(failed.message, /the live table was changed while its members were compared.*has shop_key 7000 now/)
      assert.equal((await rowsOf(table)).length, before.length + (sql.startsWith('INSERT') ? 1 : 0))
      await load(own)
      const isCurrent = table === 'two_plain_dim' ? '1 = 1' : 'is_current = TRUE'
      assert.deepEqual(await query(`SELECT id FROM ${table} WHERE shop_key > 0 AND ${isCurrent} GROUP BY id HAVING COUNT(*) > 1`), [])
    })
  }

  it('changes nothing where a newer run has taken the table over', async () => {
    await begin()
    const before = await rowsOf('one_plain_dim')
    const failed = await withWarehouse(async (warehouse) => {
      const refresh = await openRefresh(warehouse, { held: true, asked: 'a test', onLost() {} })
      let raised: Promise<unknown> = Promise.resolve()
      const late = hooked(warehouse, 'execute', async (execute, statement) => {
        if (textOf(statement).includes('one_plain_dim__u')) {
          raised = connection().execute("UPDATE etl_target SET fence = fence + 1 WHERE target = 'one_plain_dim' AND fence = 2")
          await raised
        }
        return execute()
      })
      const context: RunContext = { config: config(), warehouse: late, source: () => assert.fail('none'), refresh, signal: new AbortController().signal, adopt: false, worker: 'a test', log: silent, on() {} }
      const error = await runEtl(entriesOf(config())[0]!, context).catch((thrown: unknown) => thrown)
      await refresh.end('failed')
      return error
    })
    assert.ok(failed instanceof FencedError, String(failed))
    assert.deepEqual(await rowsOf('one_plain_dim'), before)
  })

  it('is told of by a plan: of the load where it could be changed, and of its rollback', async () => {
    await begin()
    const planned = async (publish: Config['publish']) => {
      const context = { config: configOf({ plain }, publish), source: () => assert.fail('nobody asks it'), signal: new AbortController().signal, log: silent }
      const { etls: [etl] } = await planOf(connection(), context, { drop: [], run: entriesOf(context.config), picked: [] }, false)
      return etl?.steps.map(({ title, sql }) => `${title}: ${sql}`) ?? []
    }
    const changes = (await planned('each')).filter((step) => step.startsWith('publish it by these changes'))
    assert.match(changes.join('\n'), /UPDATE .one_plain_dim.[^]*INSERT INTO .one_plain_dim./)
    assert.match((await planned('each')).join('\n'), /keep the rows that are overwritten[^]*CREATE TABLE .one_plain_dim__u2.[^]*INSERT INTO .one_plain_dim__u2.[^]*publish it by these changes/)
    assert.match((await planned('each')).join('\n'), /keep the members that are as they were or left the source, unless at most 5 % of them change or come/)
    assert.doesNotMatch((await planned('together')).join('\n'), /publish it by|unless at most|__u2/)
    await load(config())
    const [found, definitionOf] = [await lastPublished(connection()), () => plain.create.definition(connection().dialect.name)]
    const [table] = found.tables
    const statements = await oldStatements(connection(), table!.run, table!.changed!, definitionOf())
    assert.match(statements.join('\n'), /INSERT INTO .one_plain_dim__u2.[^]*NOT EXISTS[^]*one_plain_dim__o2/)
    assert.equal(rollbackSwap(table!, 3, definitionOf).staging, 'one_plain_dim__o2')
  })

  it('lets the heart of its refresh beat while its rows are changed', async function () {
    // Without locks whoever comes later collides, and tries again.
    if (!connection().dialect.rowLocks) skip(this, 'what waits for a lock: the warehouse has none on rows')
    await begin()
    const failed = await withWarehouse(async (warehouse) => {
      const refresh = await openRefresh(warehouse, { held: true, asked: 'a test', onLost() {} })
      let beat: unknown = 'never'
      const slow = hooked(warehouse, 'execute', async (execute, statement) => {
        const done = await execute()
        if (textOf(statement).includes('one_plain_dim__u') && textOf(statement).includes('INSERT')) {
          beat = await connection().execute(`UPDATE etl_refresh SET lease = lease WHERE id = '${refresh.id}'`).catch((error: unknown) => error)
          if (beat === 1) beat = await connection().execute("UPDATE etl_run SET heartbeat_at = heartbeat_at WHERE status = 'running'").catch((error: unknown) => error)
        }
        return done
      })
      const context: RunContext = { config: config(), warehouse: slow, source: () => assert.fail('none'), refresh, signal: new AbortController().signal, adopt: false, worker: 'a test', log: silent, on() {} }
      await runEtl(entriesOf(config())[0]!, context)
      await refresh.end('succeeded')
      return beat
    })
    assert.equal(failed, 1)
    assert.deepEqual(await changedTables(), ['one_plain_dim'])
  })

  it('takes changes of several columns that belong together, under indexes too', async () => {
    const rows = drawnSource('| id INT |\n| 1 |')
    const draw = (of: (id: number) => string): void => rows.draw(['| id INT | low INT | high INT | note VARCHAR(40) |', ...range(1, MEMBERS).map((id) => `| ${id} | ${of(id)} | x |`)].join('\n'))
    const spread = scd1({ source: rows, key: 'spread_key', lookup: ['id'], create: create<string>('CREATE TABLE spread_dim (\n spread_key KEY,\n id INT NOT NULL,\n low INT,\n high INT,\n note VARCHAR(40),\n UNIQUE (id),\n INDEX by_low (low),\n INDEX by_high (high),\n CHECK (low <= high)\n)') })
    draw(() => '1 | 2')
    await load(configOf({ spread }))
    draw((id) => (id === 7 ? '5 | 6' : id === 8 ? '-6 | -5' : '1 | 2'))
    await load(configOf({ spread }))
    assert.deepEqual(await changedTables(), ['spread_dim'])
    assert.deepEqual(await query('SELECT id, low, high FROM spread_dim WHERE id IN (7, 8) ORDER BY id'), [{ id: 7, low: 5, high: 6 }, { id: 8, low: -6, high: -5 }])
    await withWarehouse((warehouse) => rollBack(configOf({ spread }), warehouse))
    assert.deepEqual(await query('SELECT DISTINCT low, high FROM spread_dim WHERE id IS NOT NULL AND spread_key > 0'), [{ low: 1, high: 2 }])
  })

  it('is made anew where its engine takes nothing back, so that no part of a change can stay', async function () {
    if (connection().dialect.name !== 'mysql') skip(this, 'an engine that takes nothing back: the warehouse has one alone')
    const rows = drawnSource(drawing(first()))
    const loose = scd1({ source: rows, key: 'shop_key', lookup: ['id'], create: create<string>(`CREATE TABLE loose_dim (\n ${COLUMNS},\n since DATETIME(6) NOT NULL,\n UNIQUE (id)\n) ENGINE=MyISAM`) })
    await load(configOf({ loose }))
    rows.draw(drawing(changedShops()))
    await load(configOf({ loose }))
    assert.deepEqual(await query("SELECT COUNT(*) AS n FROM loose_dim WHERE name = 'changed'"), [{ n: 3 }])
    assert.deepEqual(await changedTables(), [])
  })

  it('goes back with what the database computes and fills in', async () => {
    const rows = drawnSource('| id INT |\n| 1 |')
    const draw = (of: (id: number) => string): void => rows.draw(['| id INT | low INT |', ...range(1, MEMBERS).map((id) => `| ${id} | ${of(id)} |`)].join('\n'))
    const twice = scd1({ source: rows, key: 'twice_key', lookup: ['id'], create: create<string>("CREATE TABLE twice_dim (\n twice_key KEY,\n id INT NOT NULL,\n low INT NOT NULL DEFAULT 3,\n doubled INT GENERATED ALWAYS AS (low * 2),\n UNIQUE (id)\n)") })
    draw(() => '1')
    await load(configOf({ twice }))
    const before = await query('SELECT * FROM twice_dim ORDER BY twice_key')
    draw((id) => (id === 7 ? '5' : '1'))
    await load(configOf({ twice }))
    assert.deepEqual(await changedTables(), ['twice_dim'])
    assert.deepEqual(await query('SELECT low, doubled FROM twice_dim WHERE id = 7'), [{ low: 5, doubled: 10 }])
    await withWarehouse((warehouse) => rollBack(configOf({ twice }), warehouse))
    assert.deepEqual(await query('SELECT * FROM twice_dim ORDER BY twice_key'), before)
  })

  it('keeps what a rollback needs where nobody hears that all was done, and nobody can ask the ledger for a moment', async () => {
    await begin()
    const before = await rowsOf('one_plain_dim')
    await withWarehouse(async (warehouse) => {
      const refresh = await openRefresh(warehouse, { held: true, asked: 'a test', onLost() {} })
      let commits = false
      let refuses = false
      const connect = async (): Promise<Connection> => {
        if (refuses) {
          refuses = false
          throw new Error('nobody is there')
        }
        const session = await warehouse.connect()
        const losing = async <T>(work: () => Promise<T>): Promise<T> => {
          const done = await session.transaction(work)
          if (!commits) return done
          commits = false
          refuses = true
          session.abort(new Error('lost'))
          throw new Error('lost')
        }
        return new Proxy(session, {
          get(_, name) {
            const member: unknown = name === 'transaction' ? losing : Reflect.get(session, name, session)
            return typeof member === 'function' ? (...args: unknown[]): unknown => Reflect.apply(member, session, args) : member
          },
        })
      }
      const context: RunContext = {
        config: config(), warehouse: { ...warehouse, connect, borrow: connect }, source: () => assert.fail('none'), refresh, signal: new AbortController().signal, adopt: false, worker: 'a test', log: silent,
        on(happening) { if (happening.what === 'step' && happening.step === 'changed') commits = true },
      }
      await assert.rejects(runEtl(entriesOf(config())[0]!, context), /lost/)
      assert.equal(refuses, false)
      await refresh.end('failed')
      assert.deepEqual(await changedTables(), ['one_plain_dim'])
      await rollBack(config(), warehouse)
    })
    assert.deepEqual(await rowsOf('one_plain_dim'), before)
  })

  it('is asked after where its commit is under way: the answer waits for it', async function () {
    if (!connection().dialect.rowLocks) skip(this, 'what waits for a lock: the warehouse has none on rows')
    await begin()
    const [run] = await query<{ run_id: string }>("SELECT run_id FROM etl_run WHERE status = 'succeeded'")
    await connection().execute("UPDATE etl_run SET status = 'running'")
    const entering = await another()
    const asking = await another()
    let asked: Promise<boolean> = Promise.resolve(false)
    await entering.transaction(async () => {
      await entering.execute("UPDATE etl_run SET status = 'succeeded'")
      asked = isPublished(asking, run!.run_id)
      // Who does not wait has the answer by then.
      for (const _ of range(1, 20)) await query('SELECT COUNT(*) AS n FROM one_plain_dim')
    })
    assert.equal(await asked, true)
  })

  it('is reported as live where its refresh is cancelled when it was done', async () => {
    for (const step of ['changed', 'published', 'publish-ended']) {
      await begin()
      const stop = new AbortController()
      const report = await loadAll(config(), entriesOf(config()), { signal: stop.signal, on(happening) { if (happening.what === 'step' && happening.step === step) stop.abort(new Error('enough')) } })
      const [request] = await query("SELECT status FROM etl_request WHERE request_key LIKE '%plain' AND status <> 'succeeded'")
      const isLive = (await query("SELECT name FROM one_plain_dim WHERE name = 'changed'")).length > 0
      assert.equal(isLive, step !== 'changed', step)
      assert.deepEqual([report.etls[0]?.status, request?.['status']], isLive ? ['published', undefined] : ['failed', 'failed'], step)
      await connection().execute('DROP TABLE one_plain_dim')
      await connection().execute('DELETE FROM etl_request')
    }
  })

  it('says that one step back is kept, where a rollback has put back what was changed in place before it', async () => {
    await begin()
    await load(config())
    const once = await rowsOf('one_plain_dim')
    source.draw(drawing(first().map((one) => shop(one.id, { city: 'elsewhere' }))))
    await load(config())
    assert.deepEqual(await changedTables(), [])
    await withWarehouse(async (warehouse) => {
      await rollBack(config(), warehouse)
      assert.deepEqual(await rowsOf('one_plain_dim'), once)
      await assert.rejects(rollBack(config(), warehouse), /what stood before in one_plain_dim is not kept any more.*it goes one refresh back, not two/)
    })
  })

  it('is not rolled back by what somebody has made of the ledger by hand', async () => {
    await begin()
    await load(config())
    const after = await rowsOf('one_plain_dim')
    for (const detail of ['', 'no JSON', '5', '{"inPlace":{}}', '{"inPlace":{"key":"shop_key","above":"0 OR 1 = 1"}}', '{"inPlace":{"key":7,"above":1}}']) {
      await connection().execute(connection().dialect.knex('etl_run').where({ status: 'succeeded', fence: 2 }).update({ detail }))
      await withWarehouse((warehouse) => assert.rejects(rollBack(config(), warehouse), /is not kept any more|nothing is kept/, detail))
      assert.deepEqual(await rowsOf('one_plain_dim'), after)
    }
    source.draw(drawing(first()))
    await load(config())
    assert.deepEqual(await changedTables(), [])
  })

  it('is made anew where a value could go from one member to another that only one row may have: the primary key, and what a history would fill', async () => {
    const other = drawnSource('| id INT |\n| 1 |')
    const draw = (of: (id: number) => number): void => other.draw(['| id INT | code INT | valid_from INT |', ...range(1, MEMBERS).map((id) => `| ${id} | ${of(id)} | ${of(id)} |`)].join('\n'))
    const made = (table: string, keys: string) => scd1({ source: other, key: 'shop_key', lookup: ['id'], create: create<string>(`CREATE TABLE ${table} (\n shop_key INT NOT NULL,\n id INT NOT NULL,\n code INT NOT NULL,\n valid_from INT NOT NULL,\n ${keys}\n)`) })
    const pairs = configOf({ code: made('code_dim', 'PRIMARY KEY (code),\n UNIQUE (shop_key)'), from: made('from_dim', 'PRIMARY KEY (shop_key),\n UNIQUE (valid_from)') })
    draw((id) => id)
    await load(pairs)
    draw((id) => (id === 7 ? 8 : id === 8 ? 7 : id))
    await load(pairs)
    for (const table of ['code_dim', 'from_dim']) assert.deepEqual(await query(`SELECT id, code, valid_from FROM ${table} WHERE id IN (7, 8) ORDER BY id`), [{ id: 7, code: 8, valid_from: 8 }, { id: 8, code: 7, valid_from: 7 }])
  })

  it('is made anew where another create has made it, and only its rows were replaced since', async () => {
    await begin()
    await connection().execute('CREATE TABLE child (id INT PRIMARY KEY, shop_key INT NOT NULL, FOREIGN KEY (shop_key) REFERENCES one_plain_dim (shop_key))')
    try {
      const other = pair('one', ',\n INDEX one_plain_name (name)')
      other.source.draw(drawing(changedShops()))
      await load(configOf({ plain: other.plain }))
      assert.deepEqual(await tables(), ['child', 'one_plain_dim'])
      await connection().execute('DROP TABLE child')
      await load(configOf({ plain: other.plain }))
      assert.deepEqual(await changedTables(), [])
    } finally {
      await connection().execute('DROP TABLE IF EXISTS child')
    }
  })

  it('keeps what a rollback needs when the janitor comes by, and nothing else', async () => {
    await begin()
    const before = await rowsOf('one_plain_dim')
    await load(config())
    await withWarehouse(async (warehouse) => {
      const session = await warehouse.connect()
      await clearUp(session, silent)
      await session.close()
      assert.deepEqual(await changedTables(), ['one_plain_dim'])
      await rollBack(config(), warehouse)
    })
    assert.deepEqual(await rowsOf('one_plain_dim'), before)
  })

  it('keeps what a rollback needs when the next load fails', async () => {
    await begin()
    const before = await rowsOf('one_plain_dim')
    await load(config())
    source.draw(drawing([]))
    await assert.rejects(load(config()), /0 rows/)
    await withWarehouse((warehouse) => rollBack(config(), warehouse))
    assert.deepEqual(await rowsOf('one_plain_dim'), before)
  })
})

onEveryServer('a dimension that is changed in place', ({ connection, another, url }) => {
  it('waits for whoever is entering a member by hand, and is busy then', async function () {
    this.timeout(120_000)
    const { source, historic } = pair('slow')
    const config = defineConfig({ source: 'files:.', warehouse: url(), logs: false, publish: 'each', dimensions: { historic }, facts: {} })
    await load(config)
    source.draw(drawing(changedShops()))
    const writer = await another()
    let failed: Promise<unknown> = Promise.resolve()
    await writer.transaction(async () => {
      await writer.execute("INSERT INTO slow_historic_dim (shop_key, id, name, city, valid_from, valid_to, is_current) VALUES (7000, 601, 'by hand', NULL, '1999-01-01 00:00:00', NULL, TRUE)")
      failed = load(config).catch((error: unknown) => error)
      const waiting = connection().dialect.transactionalDdl
        ? 'SELECT pid FROM pg_locks WHERE NOT granted'
        : "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND time_ms > 500 AND info LIKE '%AS other%LOCK IN SHARE MODE'"
      await until('the load waits', async () => (await connection().query(waiting)).length > 0 || undefined)
    })
    assert.match(String(await failed), /the live table was changed while its members were compared/)
    await load(config)
    assert.deepEqual(await connection().query('SELECT id FROM slow_historic_dim WHERE shop_key > 0 AND is_current = TRUE GROUP BY id HAVING COUNT(*) > 1'), [])
  })
})
