import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Connection } from '../../engine/db/connection.ts'
import { openDatabase } from '../../engine/db/open.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { BusyError, DatabaseError } from '../../engine/errors.ts'
import { dropTable } from '../../engine/publish/drop.ts'
import { waiting } from '../../engine/publish/publish.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { hooked } from '../helpers/hooked.ts'
import type { Instead } from '../helpers/hooked.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { until } from '../helpers/servers/machine.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

const schools = ['one', 'two', 'three'].map((name) => scd1({
  source: drawnSource('| id INT |\n| 1 |\n| 2 |'), key: `${name}_key`, lookup: ['id'],
  create: create<string>(`CREATE TABLE ${name}_dim (\n ${name}_key KEY,\n id INT NOT NULL\n)`),
}))

/** How long one reader holds a table, in milliseconds: several tries of a publish. */
const held = 4_000
/** No other reader may stall for longer, on a machine that has much else to do. */
const most = 2_500

/** Reads all the time; gives the longest that one reading took, in milliseconds, and how many there were. */
function poll(session: Connection, sql = 'SELECT (SELECT COUNT(*) FROM one_dim) AS o, (SELECT COUNT(*) FROM two_dim) AS t, (SELECT COUNT(*) FROM three_dim) AS h'): { stop(): Promise<{ longest: number; polls: number }> } {
  const over = new AbortController()
  const readings: number[] = []
  const reading = (async () => {
    while (!over.signal.aborted) {
      const begun = performance.now()
      // A table that was dropped is the end of it.
      if (await session.query(sql).then(() => false, (error: unknown) => /one_dim/.test(String(error)) || Promise.reject(error as Error))) return
      readings.push(performance.now() - begun)
      await pause(5)
    }
  })()
  return {
    async stop() {
      over.abort()
      await reading
      return { longest: Math.max(...readings), polls: readings.length }
    },
  }
}

onEveryWarehouse('readers', ({ connection, url }) => {
  const star = () => defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: { one: schools[0]!, two: schools[1]!, three: schools[2]! }, facts: {} })

  it('never stall for long behind a publish that another reader keeps waiting, and the publish gets through when that one leaves', async () => {
    resultsOf(await loadAll(star()))
    const warehouse = await openDatabase(url())
    const [long, short] = [await warehouse.connect(), await warehouse.connect()]
    let publishing: number | undefined
    let published: number | undefined
    const polling = poll(short)
    let left = 0
    const loading = await long.transaction(async () => {
      await long.query('SELECT COUNT(*) AS n FROM two_dim')
      const report = loadAll(star(), undefined, { on: (happening) => { if (happening.what === 'step' && happening.step === 'publish-locked') publishing ??= performance.now() } })
        .then((done) => { published = performance.now(); return done })
      report.catch(() => undefined)
      await until('the publish waits, or is done', () => published !== undefined || (publishing !== undefined && performance.now() - publishing > held) || undefined, 30_000)
      left = performance.now()
      return { report }
    })
    resultsOf(await loading.report)
    const { longest, polls } = await polling.stop()
    const waited = Math.max(0, Math.round((published ?? 0) - left))
    process.stderr.write(`tests: ${connection().dialect.name}: the longest of ${polls} readings took ${Math.round(longest)} ms beside a publish that a reader kept waiting; it was through ${waited} ms after that one left\n`)
    assert.ok(longest < most, `a reader stalled for ${longest} ms`)
    assert.ok(waited < 2 * most, `the publish got through only ${waited} ms after the reader had left`)
    assert.ok(polls > 10, `only ${polls} readings`)
    await Promise.all([long.close(), short.close()])
    await warehouse.close()
  })

  it('who stay make a publish give up as busy after its patience, and all stays as it was', async () => {
    // Its readers have a snapshot each, and keep nobody waiting.
    if (connection().dialect.name === 'duckdb') return
    resultsOf(await loadAll(star()))
    await connection().execute('CREATE TABLE one_dim__r9 (id INT)')
    const warehouse = await openDatabase(url())
    const reader = await warehouse.connect()
    await reader.transaction(async () => {
      await reader.query('SELECT COUNT(*) AS n FROM one_dim')
      const swap = () => connection().swap([{ live: 'one_dim', staging: 'one_dim__r9', old: 'one_dim__o9', definition: undefined }])
      const publish = () => (connection().dialect.transactionalDdl ? connection().transaction(swap) : swap())
      await assert.rejects(waiting(connection(), [{ target: 'one_dim' }], publish, 500), BusyError)
    })
    assert.equal((await connection().describe('one_dim'))?.columns.length, 2)
    await reader.close()
    await warehouse.close()
  })

  /** Drops a table as `--drop_tables` does, where each swap does something else. */
  async function drop(instead: Instead): Promise<boolean> {
    const warehouse = await openDatabase(url())
    const refresh = await openRefresh(warehouse, { held: true, asked: 'drop', onLost: assert.fail })
    const session = await hooked(warehouse, 'swap', instead).connect()
    try {
      return await dropTable(session, { refresh: refresh.id, type: 'dimension', name: 'one', table: 'one_dim', worker: 'a test', adopt: false, step() {} })
    } finally {
      await session.close()
      await refresh.end('succeeded')
      await warehouse.close()
    }
  }
  const tables = () => connection().tablesLike('one_dim')

  it('are waited for by who drops a table, and until it is gone nothing else is', async () => {
    for (let time = 0; time < 2; time += 1) resultsOf(await loadAll(star()))
    let tries = 0
    const was = await drop(async (swap) => {
      tries += 1
      assert.deepEqual((await tables()).toSorted(), ['one_dim', 'one_dim__o2'])
      // A lock that is not had takes each database its own long time to tell.
      if (tries === 1) throw new DatabaseError('a lock was not had in time', { transient: true })
      return swap()
    })
    assert.deepEqual([was, tries, await tables()], [true, 2, []])
  })

  it('never stall for long behind who drops a table', async () => {
    resultsOf(await loadAll(star()))
    const warehouse = await openDatabase(url())
    const [long, short] = [await warehouse.connect(), await warehouse.connect()]
    let begun = 0
    const polling = poll(short, 'SELECT COUNT(*) FROM one_dim')
    const dropping = await long.transaction(async () => {
      await long.query('SELECT COUNT(*) AS n FROM one_dim')
      const done = drop((swap) => {
        begun ||= performance.now()
        return swap()
      })
      done.catch(() => undefined)
      let isDone = false
      void done.then(() => { isDone = true })
      await until('the drop waits, or is done', () => isDone || (begun > 0 && performance.now() - begun > held) || undefined, 30_000)
      return { done }
    })
    const { longest } = await polling.stop()
    assert.equal(await dropping.done, true)
    assert.ok(longest < most, `a reader stalled for ${longest} ms`)
    await Promise.all([long.close(), short.close()])
    await warehouse.close()
  })

  it('by a view are asked first', async () => {
    // Other databases keep a view whose table is gone.
    if (connection().dialect.name !== 'postgres') return
    resultsOf(await loadAll(star()))
    await connection().execute('CREATE VIEW ones AS SELECT id FROM one_dim')
    await assert.rejects(drop((swap) => swap()), /the view ones reads the table, which is to go.*Way out: DROP VIEW ones/)
    assert.deepEqual(await tables(), ['one_dim'])
    assert.equal((await connection().query('SELECT id FROM ones')).length, 3)
  })
})
