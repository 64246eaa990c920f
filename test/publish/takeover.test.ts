import assert from 'node:assert/strict'
import type { Connection } from '../../engine/db/connection.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { databasesOf, workerName } from '../../engine/etl/context.ts'
import { entriesOf } from '../../engine/etl/registry.ts'
import type { Config } from '../../engine/etl/registry.ts'
import { runAll } from '../../engine/etl/run-all.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { FencedError } from '../../engine/errors.ts'
import { silent } from '../../engine/log.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll } from '../helpers/refresh.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'
import { gated, newGate } from '../harness/gate.ts'

/** The ETLs of a configuration whose tables hold this name. */
function named(name: string, warehouse: string): Config {
  const dimension = (table: string) => scd1({
    source: drawnSource(`| id INT | name |\n| 1 | ${name} |`),
    create: create<string>(`CREATE TABLE ${table} (\n school_key KEY,\n id INT NOT NULL,\n name VARCHAR(20) NOT NULL\n)`),
    key: 'school_key', lookup: ['id'],
  })
  return defineConfig({ source: 'files:.', warehouse, logs: false, dimensions: { school: dimension('school_dim'), site: dimension('site_dim') }, facts: {} })
}

type Door = 'run' | 'queue'

/** A refresh of either door whose process stands still from a step on, until the gate is opened. */
async function standingStill(config: Config, door: Door, step: string): Promise<{ refresh: string; goOn(): Promise<RefreshReport> }> {
  const databases = databasesOf(config)
  const gate = newGate()
  let still = false
  const lost = new AbortController()
  const warehouse = gated(await databases.warehouse(), gate)
  const refresh = await openRefresh(warehouse, { held: door === 'run', asked: door, onLost: (error) => lost.abort(error) })
  const running = runAll(entriesOf(config), {
    config, warehouse, source: (name) => databases.source(name), refresh, signal: lost.signal, adopt: false, worker: workerName(), log: silent,
    on(happening) {
      if (still || happening.what !== 'step' || happening.step !== step) return
      still = true
      gate.shut()
    },
  }, { concurrency: 1, failFast: false })
  await Promise.race([gate.reached, running.then(() => assert.fail(`step ${step} was never reached`))])
  return {
    refresh: refresh.id,
    async goOn() {
      gate.open()
      const report = await running
      await refresh.end('failed').catch(() => undefined)
      await databases.close()
      return report
    },
  }
}

/** As if more time than its lease had passed since it was last heard of: of the sessions of a refresh, or of itself. */
async function silence(connection: Connection, what: 'sessions' | 'refresh', refresh: string): Promise<void> {
  const { knex, after } = connection.dialect
  const rows = what === 'sessions' ? knex('etl_session').where({ refresh }) : knex('etl_refresh').where({ id: refresh })
  assert.equal(await connection.execute(rows.update({ lease: knex.raw(after(-1)) })), 1, `the ledger knows the ${what}`)
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
})
