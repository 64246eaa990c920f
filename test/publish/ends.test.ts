import assert from 'node:assert/strict'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { DatabaseError, FencedError } from '../../engine/errors.ts'
import { databasesOf, workerName } from '../../engine/etl/context.ts'
import type { RunContext } from '../../engine/etl/context.ts'
import { publishStaged } from '../../engine/etl/go-live.ts'
import { entriesOf } from '../../engine/etl/registry.ts'
import { runEtl } from '../../engine/etl/run-etl.ts'
import { silent } from '../../engine/log.ts'
import { claim, isDone } from '../../engine/publish/claim.ts'
import { mayWait, persistently } from '../../engine/publish/patience.ts'
import { enterRanges } from '../../engine/publish/ranges.ts'
import { newRefreshId, openRefresh } from '../../engine/publish/refresh.ts'
import { markFailed, markStaged } from '../../engine/publish/stage.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { hooked } from '../helpers/hooked.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

const counts = { read: 0, loaded: 0, rejected: 0, lastKey: undefined, detail: '{}', badRows: [] }

onEveryWarehouse('a run that is not found as it was left', ({ connection, url }) => {
  const cases: [string, string, RegExp][] = [
    ['its fence was raised', "UPDATE etl_target SET fence = 7 WHERE target = 'one_dim'", /a newer run has taken this table over/],
    ['it was given up', "UPDATE etl_run SET status = 'abandoned'", /this run was given up.*Way out: run again/],
    ['its rows were deleted', 'DELETE FROM etl_run', /the ledger does not know this run any more.*its rows were deleted/],
    ['the ledger was emptied', 'DELETE FROM etl_target', /the ledger does not know this run any more/],
  ]
  it('says why', async () => {
    const databases = databasesOf(defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: {}, facts: {} }))
    const refresh = await openRefresh(await databases.warehouse(), { held: true, asked: 'test', onLost: assert.fail })
    for (const [what, happens, words] of cases) {
      const run = await claim(connection(), { refresh: refresh.id, type: 'dimension', name: 'one', table: 'one_dim', worker: 'a test', adopt: false, step() {} })
      assert.ok(!isDone(run), what)
      await connection().execute(happens)
      await assert.rejects(markStaged(connection(), 'one_dim', run, counts), words, what)
    }
    await refresh.end('failed')
    await databases.close()
  })
})

onEveryWarehouse('a run that comes to nothing', ({ connection, url }) => {
  it('is entered so with its request, also where the ledger is busy between the two', async () => {
    const databases = databasesOf(defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: {}, facts: {} }))
    const refresh = await openRefresh(await databases.warehouse(), { held: true, asked: 'test', onLost: assert.fail })
    const run = await claim(connection(), { refresh: refresh.id, type: 'dimension', name: 'one', table: 'one_dim', worker: 'a test', adopt: false, step() {} })
    assert.ok(!isDone(run), 'it was claimed')
    for (const runId of [run.runId, 'another']) await enterRanges(connection(), { runId, target: 'one_dim' }, [{ range: 1, reading: {} }])
    let isBusy = true
    const session = await hooked(await databases.warehouse(), 'execute', async (execute, statement) => {
      if (!isBusy || !/^update .etl_request/.test(String(statement))) return execute()
      isBusy = false
      throw new DatabaseError('a lock was not had in time', { transient: true })
    }).connect()
    await persistently(() => markFailed(session, 'one_dim', refresh.id, run, { error: new Error('it broke'), comesAgain: false, badRows: [] }), 10_000, mayWait(session))
    assert.equal(isBusy, false)
    assert.deepEqual(await connection().query('SELECT r.status AS run, q.status AS request FROM etl_run r JOIN etl_request q ON q.request_key = r.request_key'), [{ run: 'failed', request: 'failed' }])
    assert.deepEqual(await connection().query('SELECT run FROM etl_range'), [{ run: 'another' }])
    await session.close()
    // Its worker died: who ends the refresh ends it.
    const dead = await claim(connection(), { refresh: refresh.id, type: 'dimension', name: 'two', table: 'two_dim', worker: 'a test', adopt: false, step() {} })
    assert.ok(!isDone(dead), 'it was claimed')
    await enterRanges(connection(), { runId: dead.runId, target: 'two_dim' }, [{ range: 1, reading: {} }, { range: 2, reading: {} }])
    await refresh.end('failed')
    assert.deepEqual(await connection().query("SELECT status FROM etl_run WHERE target = 'two_dim'"), [{ status: 'abandoned' }])
    assert.deepEqual(await connection().query('SELECT run FROM etl_range'), [{ run: 'another' }])
    await databases.close()
  })
})

const dimension = (name: string) => scd1({
  source: drawnSource('| id INT |\n| 1 |'), key: `${name}_key`, lookup: ['id'],
  create: create<string>(`CREATE TABLE ${name}_dim (\n ${name}_key KEY,\n id INT NOT NULL\n)`),
})

onEveryWarehouse('a refresh that one worker ends while another one is at it', ({ connection, url }) => {
  const config = () => defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: { one: dimension('one'), two: dimension('two') }, facts: {} })
  const query = (sql: string) => connection().query(sql)

  /** Two workers at one refresh that has staged its tables: the one that publishes, and the one that ends it. */
  async function meeting(work: (publish: (beforeSwap?: () => Promise<void>) => Promise<unknown>, end: (whenLooking?: () => Promise<unknown>) => Promise<void>) => Promise<void>): Promise<void> {
    const databases = databasesOf(config())
    const warehouse = await databases.warehouse()
    const id = newRefreshId()
    const refresh = await openRefresh(warehouse, { id, held: false, asked: 'test', onLost: assert.fail })
    const context: RunContext = { config: config(), warehouse, source: (name) => databases.source(name), refresh, signal: new AbortController().signal, adopt: false, worker: workerName(), log: silent, on() {} }
    for (const entry of entriesOf(config())) await runEtl(entry, context)
    const publish = (beforeSwap?: () => Promise<void>) => publishStaged({ ...context, warehouse: hooked(warehouse, 'swap', async (swap) => {
      await beforeSwap?.()
      return swap()
    }) })
    await work(publish, async (whenLooking) => {
      let looked = false
      const late = hooked(warehouse, 'query', async (look, sql) => {
        const answer = await look()
        if (!looked && /from [`"]?etl_run/.test(String(sql))) {
          looked = true
          await whenLooking?.()
        }
        return answer
      })
      await (await openRefresh(late, { id, held: false, onLost: assert.fail })).end('failed')
    })
    await refresh.leave()
    await databases.close()
  }

  it('is not begun to be published any more, and leaves nothing behind', async () => {
    await meeting(async (publish, end) => {
      await end(() => assert.rejects(publish(), (error) => error instanceof FencedError && /this refresh has ended meanwhile.*its end: failed/.test(error.message)))
    })
    assert.deepEqual(await query('SELECT DISTINCT status FROM etl_run'), [{ status: 'abandoned' }])
    assert.deepEqual((await connection().tablesLike('')).filter((name) => !name.startsWith('etl_')), [])
    assert.deepEqual(await query('SELECT target FROM etl_target WHERE reserved_by IS NOT NULL'), [])
  })

  it('goes live where that was begun before', async () => {
    // In a transaction nobody sees that it was begun, and who ends it waits.
    if (connection().dialect.transactionalDdl) return
    await meeting(async (publish, end) => { await publish(end) })
    assert.deepEqual(await query('SELECT target, status FROM etl_run ORDER BY target'), [{ target: 'one_dim', status: 'succeeded' }, { target: 'two_dim', status: 'succeeded' }])
    assert.deepEqual(await connection().tablesLike('t'), ['two_dim'])
  })
})
