import assert from 'node:assert/strict'
import { openDatabase } from '../../engine/db/open.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { scd2 } from '../../engine/dimension/scd2.ts'
import type { RunContext } from '../../engine/etl/context.ts'
import { publishOne } from '../../engine/etl/go-live.ts'
import { findEntry } from '../../engine/etl/registry.ts'
import { runEtl } from '../../engine/etl/run-etl.ts'
import { silent } from '../../engine/log.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

onEveryWarehouse('the time of a load', ({ connection, url }) => {
  const source = drawnSource('| school_id INT | name |\n| 1 | first |')
  const asked: unknown[] = []
  const school = scd2({
    source: { ...source, read: (request) => { asked.push(request.binds['refreshed_at']); return source.read(request) } },
    key: 'school_key', lookup: ['school_id'], history: ['name'],
    create: create<string>('CREATE TABLE school_dim (\n school_key KEY,\n school_id INT NOT NULL,\n name VARCHAR(20),\n valid_from TIMESTAMP NOT NULL,\n valid_to TIMESTAMP,\n is_current BOOLEAN NOT NULL\n)'),
  })
  const called = (name: string): void => source.draw(`| school_id INT | name |\n| 1 | ${name} |`)
  const versions = () => connection().query<{ name: string; valid_from: string; valid_to: string | null }>('SELECT name, valid_from, valid_to FROM school_dim WHERE school_key > 0 ORDER BY valid_from')

  it('is its refresh\'s, and its own where another refresh published the table since that one began', async () => {
    const config = defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: { school }, facts: {} })
    called('first')
    resultsOf(await loadAll(config))
    const warehouse = await openDatabase(url())
    const early = await openRefresh(warehouse, { held: true, asked: 'a test', onLost: assert.fail })
    const late = await openRefresh(warehouse, { held: true, asked: 'a test', onLost: assert.fail })
    const load = async (refresh: typeof early, name: string): Promise<void> => {
      called(name)
      const context: RunContext = {
        config, warehouse, refresh, signal: new AbortController().signal, adopt: false, worker: 'a test', log: silent, on() {}, source: () => assert.fail('no source is asked for'),
      }
      const entry = findEntry(config, 'dimension', 'school')
      await runEtl(entry, context)
      await publishOne(entry, context)
      await refresh.end('succeeded')
    }
    asked.length = 0
    await load(late, 'second')
    await load(early, 'third')
    await warehouse.close()
    const rows = await versions()
    assert.deepEqual(rows.map(({ name, valid_to: to }, at) => [name, to === (rows[at + 1]?.valid_from ?? null)]), [['first', true], ['second', true], ['third', true]])
    assert.deepEqual(asked, [late.startedAt, rows[2]?.valid_from])
    assert.equal(rows[1]?.valid_from, late.startedAt)
  })
})
