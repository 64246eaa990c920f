import assert from 'node:assert/strict'
import type { Connection } from '../../engine/db/connection.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import type { Config } from '../../engine/etl/registry.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { FencedError } from '../../engine/errors.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll } from '../helpers/refresh.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'
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
})
