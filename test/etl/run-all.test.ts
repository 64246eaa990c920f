import assert from 'node:assert/strict'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import type { Source } from '../../engine/source/source.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

function promised(): { readonly promise: Promise<void>, readonly resolve: () => void } {
  let resolve: (() => void) | undefined
  const promise = new Promise<void>((done) => { resolve = done })
  return { promise, resolve: () => resolve?.() }
}

/** Sources of which none gives its rows before so many of them were asked. */
function together(count: number): () => Source {
  let asked = 0
  const { promise: all, resolve: open } = promised()
  return () => {
    const rows = drawnSource('| id INT |\n| 1 |')
    return {
      ...rows,
      async read(context) {
        asked += 1
        if (asked === count) open()
        await all
        return rows.read(context)
      },
    }
  }
}

onEveryWarehouse('a refresh', ({ url }) => {
  it('has so many ETLs side by side as it is told, and each gives its rows', async () => {
    const source = together(3)
    const dimension = (name: string) => scd1({
      source: source(), key: `${name}_key`, lookup: ['id'], create: create<string>(`CREATE TABLE ${name}_dim (\n ${name}_key KEY,\n id INT NOT NULL\n)`),
    })
    const config = defineConfig({
      source: 'files:.', warehouse: url(), logs: false, facts: {}, dimensions: { one: dimension('one'), two: dimension('two'), three: dimension('three') },
    })
    const results = resultsOf(await loadAll(config, undefined, { concurrency: 3 }))
    assert.deepEqual(results, ['one', 'two', 'three'].map((name) => ['dimension', name, 1]))
  })

  it('stops an ETL that does not end within its deadline, and says so', async () => {
    const source: Source = { ...drawnSource('| id INT |\n| 1 |'), read: ({ signal }) => new Promise((_, reject) => { signal.addEventListener('abort', () => reject(signal.reason as Error)) }) }
    const config = defineConfig({
      source: 'files:.', warehouse: url(), logs: false, facts: {}, deadlines: { etlSeconds: 0.5 },
      dimensions: { endless: scd1({ source, key: 'endless_key', lookup: ['id'], create: create<string>('CREATE TABLE endless_dim (\n endless_key KEY,\n id INT NOT NULL\n)') }) },
    })
    const [etl] = (await loadAll(config)).etls
    assert.equal(etl?.error?.message, 'dimension endless: it did not end within 0.5 seconds, and was stopped. Way out: look what held it up, or allow it more time: deadlines: { etlSeconds: … }')
  })
})
