import assert from 'node:assert/strict'
import { defineConfig } from '../../engine/define-config.ts'
import { openDatabase } from '../../engine/db/open.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { DataError, FencedError, StoppedError } from '../../engine/errors.ts'
import type { RunContext } from '../../engine/etl/context.ts'
import { findEntry } from '../../engine/etl/registry.ts'
import { publishStaged } from '../../engine/etl/run-all.ts'
import { runEtl } from '../../engine/etl/run-etl.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import { silent } from '../../engine/log.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

const school = scd1({
  source: drawnSource('| school_id INT |\n| 1 |'), key: 'school_key', lookup: ['school_id'],
  create: create<string>('CREATE TABLE school_dim (\n school_key KEY,\n school_id INT NOT NULL\n)'),
})
const visit = transaction({
  source: drawnSource('| school_id INT | visits INT |\n| 1 | 5 |'), keys: { school_key: { of: school, by: 'school_id' } },
  create: create<string>('CREATE TABLE visit_fact (\n school_key INT NOT NULL,\n visits INT\n)'),
})

onEveryWarehouse('a run', ({ connection, url }) => {
  const places = () => ({ source: 'files:.', warehouse: url(), logs: false } as const)
  /** The dimension alone, with these rows in its source. */
  const bringing = (rows: string, minRows?: number) => defineConfig({
    ...places(), facts: {},
    dimensions: { school: scd1({ source: drawnSource(rows), key: 'school_key', lookup: ['school_id'], create: school.create, ...minRows === undefined ? {} : { minRows } }) },
  })

  it('of a fact is not published where its dimension was, between two of its key columns', async () => {
    const dimensions = defineConfig({ ...places(), dimensions: { school }, facts: {} })
    resultsOf(await loadAll(dimensions))
    const slow = {
      ...visit,
      load: async (...[flow, target]: Parameters<typeof visit.load>) => {
        await target.tableOf(school)
        resultsOf(await loadAll(dimensions))
        return visit.load(flow, target)
      },
    }
    const config = defineConfig({ ...places(), dimensions: { school }, facts: { visit: slow } })
    const report = await loadAll(config, [findEntry(config, 'fact', 'visit')])
    assert.ok(report.error instanceof FencedError, report.error?.message)
    assert.match(report.error.message, /school_dim was loaded anew since its keys were read/)
    assert.equal(await connection().describe('visit_fact'), undefined)
  })

  it('that comes back empty where the last one was not is refused, and the table stays', async () => {
    resultsOf(await loadAll(bringing('| school_id INT |\n| 1 |\n| 2 |')))
    const [empty] = (await loadAll(bringing('| school_id INT |'))).etls
    assert.ok(empty?.error instanceof DataError, empty?.error?.message)
    assert.match(empty.error.message, /^dimension school: the load brought 0 rows, and 1 are the fewest that may come\. the last one brought 2\. Way out: .*minRows: 0$/)
    const [few] = (await loadAll(bringing('| school_id INT |\n| 1 |', 2))).etls
    assert.match(few?.error?.message ?? '', /brought 1 rows, and 2 are the fewest/)
    const rows = await connection().query('SELECT school_id FROM school_dim WHERE school_key > 0 ORDER BY school_id')
    assert.deepEqual(rows.map(({ school_id: id }) => id), [1, 2])
    resultsOf(await loadAll(bringing('| school_id INT |', 0)))
  })

  it('that was told to stop is not published, however late it was told', async () => {
    const config = defineConfig({ ...places(), dimensions: { school }, facts: {} })
    const warehouse = await openDatabase(url())
    const refresh = await openRefresh(warehouse, { held: true, asked: 'a test', onLost: assert.fail })
    const told = new AbortController()
    const context: RunContext = {
      config, warehouse, refresh, signal: told.signal, adopt: false, worker: 'a test', log: silent, on() {}, source: () => assert.fail('no source is asked for'),
    }
    await runEtl(findEntry(config, 'dimension', 'school'), context)
    const connect = async () => {
      const session = await warehouse.connect()
      told.abort(new StoppedError('enough'))
      return session
    }
    await assert.rejects(publishStaged({ ...context, warehouse: { ...warehouse, connect } }), /enough/)
    await refresh.end('stopped')
    await warehouse.close()
    assert.equal(await connection().describe('school_dim'), undefined)
  })
})
