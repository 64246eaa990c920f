import assert from 'node:assert/strict'
import { defineConfig } from '../../engine/define-config.ts'
import { openDatabase } from '../../engine/db/open.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { DataError, FencedError, StoppedError } from '../../engine/errors.ts'
import type { RunContext } from '../../engine/etl/context.ts'
import { findEntry } from '../../engine/etl/registry.ts'
import { publishStaged } from '../../engine/etl/go-live.ts'
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

/** So many schools, drawn. */
const schools = (count: number): string => ['| school_id INT |', ...Array.from({ length: count }, (_, i) => `| ${i + 1} |`)].join('\n')

onEveryWarehouse('a run', ({ connection, url }) => {
  const places = () => ({ source: 'files:.', warehouse: url(), logs: false } as const)
  /** The dimension alone, with these rows in its source. */
  const bringing = (rows: string, minRows?: number, maxDropPct?: number) => defineConfig({
    ...places(), facts: {},
    dimensions: { school: scd1({ source: drawnSource(rows), key: 'school_key', lookup: ['school_id'], create: school.create, ...minRows === undefined ? {} : { minRows }, ...maxDropPct === undefined ? {} : { maxDropPct } }) },
  })

  /** A fact besides, which leaves out the rows that this column finds nobody for. */
  const bringingVisits = (by: 'school_id' | 'visits') => defineConfig({
    ...places(), dimensions: { school: scd1({ source: drawnSource(schools(3)), key: 'school_key', lookup: ['school_id'], create: school.create }) },
    facts: { visit: transaction({ source: drawnSource('| school_id INT | visits INT |\n| 1 | 50 |\n| 2 | 60 |'), keys: { school_key: { of: school, by, onMissing: 'reject' } }, create: visit.create }) },
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
    assert.match(empty.error.message, /^dimension school: the load brought 0 rows, and 1 is the fewest that may come\. the last one brought 2\. Way out: .*minRows: 0$/)
    const [few] = (await loadAll(bringing('| school_id INT |\n| 1 |', 2))).etls
    assert.match(few?.error?.message ?? '', /brought 1 row, and 2 are the fewest/)
    const rows = await connection().query('SELECT school_id FROM school_dim WHERE school_key > 0 ORDER BY school_id')
    assert.deepEqual(rows.map(({ school_id: id }) => id), [1, 2])
    resultsOf(await loadAll(bringing('| school_id INT |', 0)))
  })

  it('that comes to nothing since rows find nobody says so', async () => {
    resultsOf(await loadAll(bringingVisits('school_id')))
    const { error } = (await loadAll(bringingVisits('visits'))).etls[1] ?? {}
    assert.match(error?.message ?? '', /^fact visit: the load brought 0 rows.* the last one brought 2\. 2 of 2 rows that were read were rejected: school_key found nobody for 2\. school_key: none of 2 rows finds a member of school_dim by visits; is that what its lookup holds\? Way out: see to that first/)
  })

  it('that brings far fewer rows than the last one is refused with both figures, and one that brings far more is told of', async () => {
    const errorOf = async (...bring: Parameters<typeof bringing>): Promise<Error | undefined> => (await loadAll(bringing(...bring))).etls[0]?.error
    resultsOf(await loadAll(bringing(schools(40))))
    const refused = await errorOf(schools(3))
    assert.ok(refused instanceof DataError, refused?.message)
    assert.match(refused.message, /^dimension school: the load brought 3 rows, where the last one brought 40\. that is 92\.5 % fewer, and 90 % are the most that may be missing\. Way out: .*maxDropPct/)
    assert.match((await errorOf(schools(39), undefined, 0))?.message ?? '', /brought 39 rows, where the last one brought 40\. that is 2\.5 % fewer, and 0 %/)
    const lines: string[] = []
    const log = { ...silent, warn: (line: string) => { lines.push(line) } }
    for (const [count, minRows, maxDropPct, told] of [
      [4, undefined, undefined, undefined], [40, undefined, undefined, 4], [39, undefined, 2.5, undefined], [1, undefined, 100, undefined],
      [9, undefined, undefined, undefined], [90, undefined, undefined, 9], [0, 0, undefined, undefined], [5, undefined, undefined, undefined],
    ] as const) {
      const report = await loadAll(bringing(schools(count), minRows, maxDropPct), undefined, { log })
      assert.equal(resultsOf(report)[0]?.[2], count)
      assert.equal(report.etls[0]?.counts?.grownFrom, told, `${count} rows`)
    }
    assert.deepEqual(lines, ['dimension school: the load brought 40 rows, 10 times the 4 of the last one', 'dimension school: the load brought 90 rows, 10 times the 9 of the last one'])
  })

  it('that reads its source once more loads what it finds then', async () => {
    let seen = 0
    const keyed = scd1({
      source: drawnSource('| school_id INT |\n| 1 |\n| 2 |'), key: 'school_key', lookup: ['school_id'],
      create: create<string>('CREATE TABLE school_dim (\n school_key KEY,\n school_id INT NOT NULL,\n UNIQUE (school_id)\n)'),
      transform(row) {
        seen += 1
        return seen <= 2 ? { ...row, school_id: 1 } : row
      },
    })
    const report = await loadAll(defineConfig({ ...places(), dimensions: { school: keyed }, facts: {} }))
    assert.deepEqual([seen, resultsOf(report)], [4, [['dimension', 'school', 2]]])
    const why = report.etls[0]?.flow?.why ?? ''
    assert.match(why, /^the table does not take them as they come: .*duplicate/i)
    assert.doesNotMatch(why, /Way out/)
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
    await assert.rejects(publishStaged({ ...context, warehouse: { ...warehouse, connect, borrow: connect } }), /enough/)
    await refresh.end('stopped')
    await warehouse.close()
    assert.equal(await connection().describe('school_dim'), undefined)
  })
})
