import assert from 'node:assert/strict'
import type { Database } from '../../engine/db/connection.ts'
import { openDatabase } from '../../engine/db/open.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { BusyError, ConfigurationError, DatabaseError, FencedError, messageOf } from '../../engine/errors.ts'
import { databasesOf } from '../../engine/etl/context.ts'
import type { RunContext } from '../../engine/etl/context.ts'
import { publishOne, publishStaged } from '../../engine/etl/go-live.ts'
import { entriesOf, findEntry } from '../../engine/etl/registry.ts'
import type { Config } from '../../engine/etl/registry.ts'
import { runEtl } from '../../engine/etl/run-etl.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import { silent } from '../../engine/log.ts'
import { dropTable } from '../../engine/publish/drop.ts'
import { publish } from '../../engine/publish/publish.ts'
import { stagedRuns } from '../../engine/publish/staged-runs.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { create } from '../../engine/sql/define-create.ts'
import { gated, newGate } from '../harness/gate.ts'
import { withoutLocks } from '../harness/lockless.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { endedAfter, hooked } from '../helpers/hooked.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { mortal, rollBack as rollBackLast } from '../helpers/roll-back.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

const numbers = (count: number): string => ['| id INT |', ...Array.from({ length: count }, (_, i) => `| ${i + 1} |`)].join('\n')
const dimension = (name: string, rows: number) => scd1({
  source: drawnSource(numbers(rows)), key: `${name}_key`, lookup: ['id'],
  create: create<string>(`CREATE TABLE ${name}_dim (\n ${name}_key KEY,\n id INT NOT NULL,\n INDEX ${name}_by_id (id)\n)`),
})

onEveryWarehouse('a rollback', ({ connection, url }) => {
  /** One dimension and its fact; from the second generation on one more dimension. */
  const star = (rows: number, second = rows > 2): Config => {
    const one = dimension('one', rows)
    const sale = transaction({
      source: drawnSource(numbers(rows)), keys: { one_key: { of: one, by: 'id' } },
      create: create<string>('CREATE TABLE sale_fact (\n one_key INT NOT NULL,\n id INT,\n INDEX sale_one (one_key)\n)'),
    })
    return defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: { one, ...second && { two: dimension('two', rows) } }, facts: { sale } })
  }
  const load = async (rows: number, names?: readonly string[]) => {
    const config = star(rows)
    return resultsOf(await loadAll(config, entriesOf(config).filter(({ name }) => names?.includes(name) ?? true)))
  }
  const query = <R = Record<string, unknown>>(sql: string): Promise<R[]> => connection().query<R>(sql)
  const tables = async () => (await connection().tablesLike('')).filter((name) => !name.startsWith('etl_')).toSorted()
  const rowsOf = async () => {
    const [row] = await query(`SELECT (SELECT COUNT(*) FROM one_dim WHERE one_key > 0) AS one, (SELECT COUNT(*) FROM sale_fact AS f JOIN one_dim AS d ON d.one_key = f.one_key) AS sale`)
    return [Number(row?.['one']), Number(row?.['sale'])]
  }
  /** The last step at which one may be stopped without keeping the others out: in a transaction it holds what they need. */
  const lastStop = (before = 'rollback-claimed', within = 'rolling-back'): string => (connection().dialect.transactionalDdl ? before : within)

  async function rollBack(database?: Database, step?: (name: string) => void): ReturnType<typeof rollBackLast> {
    const warehouse = database ?? await openDatabase(url())
    try {
      return await rollBackLast(star(4), warehouse, step)
    } finally {
      if (database === undefined) await warehouse.close()
    }
  }

  it('puts back what stood before the last refresh, and takes away what it made for the first time', async () => {
    await load(2)
    const before = await query('SELECT one_key, id FROM one_dim ORDER BY one_key')
    await load(4)
    assert.deepEqual(await rowsOf(), [4, 4])
    const { tables: done, refresh } = await rollBack()
    assert.deepEqual(done.map(({ run, liveRows, oldRows }) => [run.target, liveRows, oldRows]), [['one_dim', 5, 3], ['sale_fact', 4, 2], ['two_dim', 5, undefined]])
    assert.deepEqual(await rowsOf(), [2, 2])
    assert.deepEqual(await query('SELECT one_key, id FROM one_dim ORDER BY one_key'), before)
    assert.deepEqual(await tables(), ['one_dim', 'sale_fact'])
    assert.deepEqual(await query(`SELECT target, last_rows, last_key, reserved_by FROM etl_target ORDER BY target`), [
      { target: 'one_dim', last_rows: 2, last_key: 4, reserved_by: null }, { target: 'sale_fact', last_rows: 2, last_key: 0, reserved_by: null },
      { target: 'two_dim', last_rows: null, last_key: 4, reserved_by: null },
    ])
    for (const table of ['etl_request', 'etl_run']) assert.deepEqual(await query(`SELECT DISTINCT status FROM ${table} WHERE refresh = '${refresh}'`), [{ status: 'rolled_back' }])
    const warehouse = await openDatabase(url())
    await assert.rejects(openRefresh(warehouse, { id: refresh, held: false, asked: 'again', onLost: assert.fail }), /this refresh was rolled back.*ask for a new one/)
    await warehouse.close()
    await assert.rejects(rollBack(), new RegExp(`made all of its tables for the first time.*before it there were none, and a rollback puts back what stood before; refresh ${refresh}, which came after it, was rolled back already\\. Way out: load anew what is to change; drop the tables with --drop_tables`))
    await load(5)
    assert.deepEqual((await query<{ one_key: number }>('SELECT one_key FROM one_dim WHERE one_key > 0 ORDER BY one_key')).map((row) => row.one_key), [1, 2, 5, 6, 7])
    await rollBack()
    assert.deepEqual(await rowsOf(), [2, 2], 'and once more')
  })

  const indexes = async () => (await query<{ n: number }>(connection().dialect.name === 'mysql'
    ? "SELECT COUNT(*) AS n FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'sale_fact'"
    : connection().dialect.name === 'postgres' ? "SELECT COUNT(*) AS n FROM pg_indexes WHERE tablename = 'sale_fact' AND schemaname = current_schema()"
      : "SELECT COUNT(*) AS n FROM duckdb_indexes() WHERE table_name = 'sale_fact'"))[0]?.n

  it('brings secondary indexes back', async () => {
    await load(2)
    const before = await indexes()
    await load(3)
    await rollBack()
    assert.equal(await indexes(), before)
    assert.ok(Number(before) > 0, 'there is an index')
  })

  const refusals: [string, () => Promise<unknown>, RegExp][] = [
    ['nothing was published yet', async () => {}, /nothing was published yet.* Way out: load something first/],
    ['all tables were made for the first time', () => load(2), /made all of its tables for the first time.*before it there were none, and a rollback puts back what stood before\. Way out: load anew .*--drop_tables/],
    ['an old table is gone', async () => {
      await load(2)
      await load(4)
      await connection().execute(connection().dialect.dropTable('sale_fact__o2'))
    }, /what stood before in sale_fact is not kept any more\..*one refresh back, not two.* Way out: load sale_fact anew; sale_fact__o2 would have been it/s],
    ['what stood before is somebody\'s own', async () => {
      await connection().execute('CREATE TABLE one_dim (one_key INT, id INT)')
      resultsOf(await loadAll(star(2), undefined, { adopt: true }))
    }, /what stood before in one_dim was not made here.* Way out: one_dim__o1 is somebody's own table, which was taken over: rename it yourself, if it is to come back/s],
    ['a table was dropped since', async () => {
      await load(2)
      await load(4)
      await connection().execute(connection().dialect.dropTable('sale_fact'))
    }, /table sale_fact was dropped since refresh .* Way out: load it anew: only the refresh/],
    ['a table of it was published again', async () => {
      await load(2)
      await load(3)
      await load(4, ['one'])
      await connection().execute("UPDATE etl_run SET finished_at = '2000-01-01 00:00:00' WHERE target = 'one_dim' AND fence = 3")
    }, /table one_dim was published again since refresh \S+, by refresh \S+\. .*only the refresh that was published last can be rolled back/],
    ['others point at a table of it', async () => {
      await load(2)
      await load(4)
      await connection().execute('CREATE TABLE note (one_key INT, FOREIGN KEY (one_key) REFERENCES one_dim (one_key))')
    }, /a foreign key of .*note.* points at one_dim.* Way out: (?:ALTER TABLE .*note.* DROP |make "note" anew without its FOREIGN KEY)/s],
    ['a table of it keeps its identity', async () => {
      await load(2)
      await connection().execute('CREATE TABLE note (one_key INT, FOREIGN KEY (one_key) REFERENCES one_dim (one_key))')
      await load(4)
    }, /the rows of one_dim were changed in place.* Way out: load one_dim anew from a source as it was; others' foreign keys point at the table/],
    ['the ledger is that of an earlier version', async () => {
      await load(2)
      await load(4)
      await connection().execute('ALTER TABLE etl_target DROP COLUMN merged_run')
    }, /the ledger was last written by an earlier version.* Way out: load anew: what is published from then on can be rolled back/],
    ['an earlier version has published a table of it', async () => {
      await load(2)
      await load(4)
      await connection().execute("UPDATE etl_run SET replaced = NULL WHERE target = 'one_dim'")
    }, /table one_dim was last written by an earlier version.* Way out: load anew: what is published from then on can be rolled back/],
    ['a fact that is live has read from what would go', async () => {
      await load(2)
      await load(3, ['one'])
      await load(3, ['sale'])
      await connection().execute("UPDATE etl_run SET finished_at = '2000-01-01 00:00:00' WHERE target = 'sale_fact'")
    }, /sale_fact took its keys from the one_dim that would go.* Way out: load sale_fact anew afterwards, or both together: refresh \S+ has published it/],
  ]
  for (const [why, make, words] of refusals) {
    it(`is refused where ${why}, and changes nothing`, async () => {
      await make()
      const before = await tables()
      await assert.rejects(rollBack(), (error) => error instanceof ConfigurationError && words.test(error.message) || assert.fail(messageOf(error)))
      assert.deepEqual(await tables(), before)
    })
  }

  for (const [entered, names] of [['nothing', undefined], ['one of its tables', ['one']]] as const) {
    it(`is of the whole refresh also where its publish died before the ledger knew more than ${entered}`, async () => {
      await load(2)
      const config = star(4)
      const warehouse = await openDatabase(url())
      const { database, kill } = mortal(warehouse)
      const refresh = await openRefresh(database, { held: true, asked: 'a test', onLost() {} })
      const context: RunContext = {
        config, warehouse: database, source: () => assert.fail('none'), refresh, signal: new AbortController().signal, adopt: false, worker: 'killed', log: silent,
        on(happening) { if (happening.what === 'step' && happening.step === 'swapped') kill() },
      }
      for (const entry of entriesOf(config)) await runEtl(entry, context)
      const session = await database.connect()
      const runs = await stagedRuns(session, refresh.id)
      await assert.rejects(publish(session, refresh.id, runs, () => undefined, (step) => context.on({ what: 'step', step })), /killed/)
      await refresh.leave().catch(() => undefined)
      await warehouse.close()
      // Whoever comes to a table enters it; this one fails afterwards.
      if (names !== undefined) await assert.rejects(loadAll(star(0), entriesOf(star(0)).filter(({ name }) => name === 'one')).then(resultsOf), /0 rows/)
      const done = connection().dialect.transactionalDdl ? [] : ['one_dim', 'sale_fact', 'two_dim']
      assert.deepEqual(await rowsOf(), done.length > 0 ? [4, 4] : [2, 2])
      if (done.length === 0) return assert.rejects(rollBack(), /for the first time/)
      assert.deepEqual((await rollBack()).tables.map(({ run }) => run.target), done)
      assert.deepEqual(await rowsOf(), [2, 2])
      assert.deepEqual(await query(`SELECT DISTINCT status FROM etl_run WHERE refresh = '${refresh.id}'`), [{ status: 'rolled_back' }])
    })
  }

  it('is of the last refresh alone, and then of the one before it', async () => {
    await load(2)
    await load(4, ['one'])
    await load(3, ['sale'])
    assert.deepEqual((await rollBack()).tables.map(({ run }) => run.target), ['sale_fact'])
    assert.deepEqual(await rowsOf(), [4, 2])
    assert.deepEqual((await rollBack()).tables.map(({ run }) => run.target), ['one_dim'])
    assert.deepEqual(await rowsOf(), [2, 2])
  })

  it('is busy where somebody is at work on one of its tables', async () => {
    await load(2)
    await load(3)
    const warehouse = await openDatabase(url())
    const other = await openRefresh(warehouse, { held: true, asked: 'other', onLost: assert.fail })
    await connection().execute(`UPDATE etl_target SET reserved_by = '${other.id}' WHERE target = 'sale_fact'`)
    await assert.rejects(rollBack(), BusyError)
    await other.end('succeeded')
    await warehouse.close()
    const published = "id = (SELECT refresh FROM etl_run WHERE status = 'succeeded' AND target = 'one_dim' AND fence = 2)"
    await connection().execute(`UPDATE etl_refresh SET status = 'running', held = (1 = 0), lease = ${connection().dialect.after(600)} WHERE ${published}`)
    await assert.rejects(rollBack(), (error) => error instanceof BusyError && /at work can't be rolled back/.test(error.message) || assert.fail(messageOf(error)))
    await connection().execute(`UPDATE etl_refresh SET status = 'succeeded' WHERE ${published}`)
    await rollBack()
    assert.deepEqual(await rowsOf(), [2, 2])
  })

  it('that is killed at any of its steps is done or not, and the next one, or the next load, goes on', async function () {
    this.timeout(180_000)
    const marked = connection().dialect.transactionalDdl ? [] : ['rollback-marked']
    let rows = 2
    await load(rows, ['one', 'sale'])
    for (const [step, next] of [
      ...['rollback-claimed', ...marked, 'rolling-back', 'put-back', 'rolled-back', 'rollback-tidied'].map((name) => [name, 'rollback'] as const),
      ['rolling-back', 'load'] as const, ['put-back', 'load'] as const,
    ]) {
      const before = await rowsOf()
      await load(rows += 1, ['one', 'sale'])
      const published = await rowsOf()
      const warehouse = await openDatabase(url())
      const { database, kill } = mortal(warehouse)
      let reached = false
      await assert.rejects(rollBack(database, (name) => {
        if (name !== step) return
        reached = true
        kill()
      }))
      await warehouse.close()
      assert.ok(reached, `it died at ${step}`)
      const whole = (await rowsOf()).join()
      assert.ok(whole === before.join() || whole === published.join(), `killed at ${step} it left a mixed star: ${whole}`)
      if (next === 'load') {
        await load(rows += 1, ['one', 'sale'])
        assert.deepEqual(await rowsOf(), [rows, rows])
      } else {
        const [left] = await query<{ n: number }>(`SELECT COUNT(*) AS n FROM etl_run WHERE status IN ('succeeded', 'rolling_back') AND fence = (SELECT MAX(o.fence) - 1 FROM etl_run AS o WHERE o.target = 'one_dim')`)
        if (Number(left?.n) > 0) await rollBack()
        assert.deepEqual(await rowsOf(), before, `killed at ${step}`)
        await load(rows, ['one', 'sale'])
      }
      assert.deepEqual(await query("SELECT target, status FROM etl_run WHERE status IN ('running', 'staged', 'publishing', 'rolling_back')"), [], step)
      assert.deepEqual((await tables()).filter((name) => /__[^o]\d+$/.test(name)), [], step)
    }
  })

  const after: [string, () => Promise<unknown>][] = [
    ['a rollback', () => rollBack()],
    ['its table was dropped', async () => {
      const warehouse = await openDatabase(url())
      const refresh = await openRefresh(warehouse, { held: true, asked: 'drop', onLost: assert.fail })
      await dropTable(connection(), { refresh: refresh.id, type: 'dimension', name: 'one', table: 'one_dim', worker: 'a test', adopt: false, step() {} })
      await refresh.end('succeeded')
      await warehouse.close()
    }],
  ]
  for (const [what, happens] of after) {
    it(`and an old worker that wakes up after ${what} publishes nothing`, async () => {
      await load(2)
      await load(4)
      const config = star(3)
      const databases = databasesOf(config)
      const warehouse = await databases.warehouse()
      const refresh = await openRefresh(warehouse, { held: false, asked: 'a test', onLost: assert.fail })
      const context: RunContext = { config, warehouse, source: () => assert.fail('none'), refresh, signal: new AbortController().signal, adopt: false, worker: 'old', log: silent, on() {} }
      await runEtl(findEntry(config, 'dimension', 'one'), context)
      await refresh.leave()
      await connection().execute(`UPDATE etl_refresh SET lease = started_at WHERE id = '${refresh.id}'`)
      await happens()
      const before = await tables()
      assert.deepEqual((await publishStaged(context)).runs, [])
      await assert.rejects(publishOne(findEntry(config, 'dimension', 'one'), context), FencedError)
      assert.deepEqual(await tables(), before)
      await databases.close()
    })

    it(`and an old worker that wakes up in its publish after ${what} publishes nothing, without any lock`, async () => {
      await load(2)
      await load(4)
      const config = star(3)
      const gate = newGate()
      const warehouse = await openDatabase(url())
      const refresh = await openRefresh(warehouse, { held: false, asked: 'a test', onLost: assert.fail })
      const context: RunContext = {
        config, warehouse: gated(withoutLocks(warehouse), gate), source: () => assert.fail('none'), refresh, signal: new AbortController().signal, adopt: false, worker: 'old', log: silent,
        on(happening) { if (happening.what === 'step' && happening.step === lastStop('publish-locked', 'publishing')) gate.shut() },
      }
      await runEtl(findEntry(config, 'dimension', 'one'), context)
      const publishing = publishStaged(context)
      publishing.catch(() => undefined)
      await Promise.race([gate.reached, publishing])
      await refresh.leave()
      await connection().execute(`UPDATE etl_refresh SET lease = started_at WHERE id = '${refresh.id}'`)
      await happens()
      const before = await tables()
      gate.open()
      await assert.rejects(publishing, FencedError)
      assert.deepEqual(await tables(), before)
      await warehouse.close()
    })
  }

  it('that was ended in the moment after its swap was done, and says so', async () => {
    await load(2)
    await load(4)
    const warehouse = await openDatabase(url())
    const { swap, times } = endedAfter()
    await rollBack(hooked(warehouse, 'swap', swap))
    assert.equal(times(), connection().dialect.transactionalDdl ? 2 : 1)
    assert.deepEqual(await rowsOf(), [2, 2])
    assert.deepEqual(await query("SELECT target, status FROM etl_run WHERE status NOT IN ('succeeded', 'abandoned', 'rolled_back')"), [])
    await warehouse.close()
  })

  it('that can\'t clear up afterwards is done all the same, and says what it could not', async () => {
    await load(2)
    await load(4)
    const warehouse = await openDatabase(url())
    let done = false
    const untidy = hooked(warehouse, 'execute', (execute, statement) => (done && /update [`"]?etl_run[`"]? set .*abandoned/.test(String(statement))
      ? Promise.reject(new DatabaseError('a lock was not had in time', { transient: true })) : execute()))
    const said = await rollBack(untidy, (step) => { done = step === 'rolled-back' })
    assert.match(messageOf(said.untidy), /a lock was not had in time/)
    assert.deepEqual(await rowsOf(), [2, 2])
    assert.deepEqual(await query("SELECT target, status FROM etl_run WHERE status NOT IN ('succeeded', 'abandoned', 'rolled_back')"), [])
    await warehouse.close()
  })

  it('that is overtaken between its look and its swap puts nothing back, without any lock', async () => {
    await load(2)
    await load(4)
    const warehouse = await openDatabase(url())
    const gate = newGate()
    const rolling = rollBack(gated(withoutLocks(warehouse), gate), (step) => { if (step === lastStop()) gate.shut() })
    rolling.catch(() => undefined)
    await Promise.race([gate.reached, rolling])
    await connection().execute("UPDATE etl_refresh SET status = 'failed', lease = started_at WHERE status = 'running'")
    await load(3)
    gate.open()
    await assert.rejects(rolling)
    assert.deepEqual(await rowsOf(), [4, 3], 'members stay, and the newest fact is live')
    await warehouse.close()
  })
})
