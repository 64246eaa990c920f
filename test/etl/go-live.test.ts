import assert from 'node:assert/strict'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import type { Dimension } from '../../engine/dimension/dimension.ts'
import { openDatabase } from '../../engine/db/open.ts'
import { FencedError } from '../../engine/errors.ts'
import type { RunContext } from '../../engine/etl/context.ts'
import type { Etl } from '../../engine/etl/etl.ts'
import { publishOne, publishStaged } from '../../engine/etl/go-live.ts'
import { findEntry } from '../../engine/etl/registry.ts'
import type { Config, PublishMode } from '../../engine/etl/registry.ts'
import { runEtl } from '../../engine/etl/run-etl.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import { silent } from '../../engine/log.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import type { LoadOptions } from '../helpers/refresh.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

const good = drawnSource('| id INT |\n| 1 |\n| 2 |')
const bad = drawnSource('| id TEXT |\n| one |')

const dimension = (name: string, source = good) => scd1({
  source, key: `${name}_key`, lookup: ['id'], create: create<string>(`CREATE TABLE ${name}_dim (\n ${name}_key KEY,\n id INT NOT NULL\n)`),
})
const fact = (name: string, of: Dimension, key: string) => transaction({
  source: good, keys: { [key]: { of, by: 'id' } }, create: create<string>(`CREATE TABLE ${name}_fact (\n ${key} INT NOT NULL,\n id INT\n)`),
})

onEveryWarehouse('what was loaded', ({ connection, url }) => {
  /** Two dimensions with a fact each; the second dimension's rows don't fit. */
  const star = (publish: PublishMode, second = bad) => {
    const [one, two] = [dimension('one'), dimension('two', second)]
    return defineConfig({
      source: 'files:.', warehouse: url(), logs: false, publish,
      dimensions: { one, two }, facts: { first: fact('first', one, 'one_key'), second: fact('second', two, 'two_key') },
    })
  }
  const live = async () => (await connection().tablesLike('')).filter((name) => /_(dim|fact)$/.test(name)).toSorted()

  const cases: [PublishMode, LoadOptions, string, string[]][] = [
    ['together', {}, 'published failed published skipped', ['first_fact', 'one_dim']],
    ['together', { failFast: true }, 'loaded failed skipped skipped', []],
    ['all-or-nothing', {}, 'loaded failed loaded skipped', []],
    ['all-or-nothing', { failFast: true }, 'loaded failed skipped skipped', []],
    ['each', {}, 'published failed published skipped', ['first_fact', 'one_dim']],
    ['each', { failFast: true }, 'published failed skipped skipped', ['one_dim']],
    ['each', { concurrency: 4 }, 'published failed published skipped', ['first_fact', 'one_dim']],
  ]
  for (const [publish, options, statuses, tables] of cases) {
    const words = Object.entries(options).map(([name, value]) => `${name} ${value}`).join()
    it(`and should go live ${publish}${words && `, ${words}`}: ${statuses}`, async () => {
      const report = await loadAll(star(publish), undefined, options)
      assert.equal(report.etls.map(({ status }) => status).join(' '), statuses)
      assert.deepEqual(await live(), tables)
      assert.equal(report.heldBack, publish === 'all-or-nothing' && !options.failFast
        ? "publish: 'all-or-nothing' wants all of it, and dimension two, fact second did not load" : undefined)
      assert.deepEqual(await connection().query("SELECT etl_name FROM etl_run WHERE status IN ('running', 'staged', 'publishing')"), [])
    })
  }

  it('goes live all at once or each by itself, where nothing fails', async () => {
    for (const publish of ['all-or-nothing', 'each'] as const) {
      let before = 0
      const report = await loadAll(star(publish, good), undefined, { on: ({ what, ...rest }) => { if ('step' in rest && what === 'step' && rest.step === 'publish-locked') before += 1 } })
      assert.equal(resultsOf(report).length, 4)
      assert.deepEqual(report.etls.map(({ status }) => status), ['published', 'published', 'published', 'published'])
      assert.equal(before, publish === 'each' ? 4 : 1)
      assert.equal((await live()).length, 4)
    }
  })

  it('one by one has facts take their keys from dimensions that are live', async () => {
    resultsOf(await loadAll(star('each', good)))
    const inputs = await connection().query<{ target: string; dimension: string; made: string }>(
      'SELECT r.target, i.dimension, d.status AS made FROM etl_input i JOIN etl_run r ON r.run_id = i.run JOIN etl_run d ON d.run_id = i.dimension_run ORDER BY r.target')
    assert.deepEqual(inputs, [{ target: 'first_fact', dimension: 'one_dim', made: 'succeeded' }, { target: 'second_fact', dimension: 'two_dim', made: 'succeeded' }])
  })

  /** As a newer run does it. */
  const overtake = async (table: string) => {
    await connection().execute(`UPDATE etl_target SET fence = fence + 1 WHERE target = '${table}'`)
    await connection().execute(`UPDATE etl_run SET status = 'abandoned' WHERE target = '${table}'`)
  }

  for (const [publish, statuses] of [['together', 'failed published published'], ['all-or-nothing', 'failed loaded loaded']] as const) {
    it(`and was overtaken before all went live ${publish} fails: ${statuses}`, async () => {
      const config = star(publish, good)
      const { second } = config.facts
      assert.ok(second, 'it is in the star')
      const overtaking: Etl = {
        ...second,
        async load(...args) {
          await overtake('one_dim')
          return second.load(...args)
        },
      }
      const report = await loadAll({ ...config, facts: { second: overtaking } })
      assert.equal(report.etls.map(({ status }) => status).join(' '), statuses)
      assert.ok(report.etls[0]?.error instanceof FencedError, report.etls[0]?.error?.message)
    })
  }

  /** Loads ETLs of a refresh by hand, and has its tables overtaken before they go live. */
  const loadedAndOvertaken = async (config: Config, names: readonly string[], overtaken: string, goLive: (context: RunContext) => Promise<unknown>) => {
    const warehouse = await openDatabase(url())
    const refresh = await openRefresh(warehouse, { held: true, asked: 'a test', onLost: assert.fail })
    const steps: string[] = []
    const context: RunContext = {
      config, warehouse, refresh, signal: new AbortController().signal, adopt: false, worker: 'a test', log: silent, source: () => assert.fail('no source is asked for'),
      on(happening) { if (happening.what === 'step') steps.push(happening.step) },
    }
    for (const name of names) await runEtl(findEntry(config, 'dimension', name), context)
    await overtake(overtaken)
    await assert.rejects(goLive(context), FencedError)
    await refresh.end('failed')
    await warehouse.close()
    assert.deepEqual(await live(), [])
    return steps.filter((step) => /^publish-(locked|ended)$/.test(step))
  }

  it('and was overtaken before it went live by itself is not called live', async () => {
    const config = star('each', good)
    const steps = await loadedAndOvertaken(config, ['one'], 'one_dim', (context) => publishOne(findEntry(config, 'dimension', 'one'), context))
    assert.deepEqual(steps, [], 'nobody is told of an end of what was not begun: others may be publishing')
  })

  it('goes live with the parent of its FOREIGN KEY, also where that is declared after it', async () => {
    const rows = drawnSource('| id INT |\n| 1 |')
    const child = scd1({
      source: rows, key: 'child_key', lookup: ['id'], create: create('CREATE TABLE child_dim (\n child_key KEY,\n id INT NOT NULL,\n FOREIGN KEY (id) REFERENCES one_dim (id)\n)'),
    })
    const config = defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: { child, one: dimension('one', rows) }, facts: {} })
    for (const ids of [[1], [1, 2]]) {
      rows.draw(['| id INT |', ...ids.map((id) => `| ${id} |`)].join('\n'))
      assert.deepEqual((await loadAll(config)).etls.map(({ status, error }) => error?.message ?? status), ['published', 'published'])
    }
  })

  it('does not go live without the table that its FOREIGN KEY was held against', async () => {
    const child = scd1({
      source: good, key: 'child_key', lookup: ['id'], create: create('CREATE TABLE child_dim (\n child_key KEY,\n id INT NOT NULL,\n FOREIGN KEY (id) REFERENCES one_dim (id)\n)'),
    })
    const config = defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: { one: dimension('one'), child }, facts: {} })
    assert.deepEqual(await loadedAndOvertaken(config, ['one', 'child'], 'one_dim', publishStaged), ['publish-locked', 'publish-ended'])
  })
})
