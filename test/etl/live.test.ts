import assert from 'node:assert/strict'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { assertDrawn } from '../helpers/drawn.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

onEveryWarehouse('a create that has changed', ({ connection, url }) => {
  /** Loads two products under the first declaration of a column, then one of them under the second. */
  async function loadBoth(first: string, second: string) {
    const source = drawnSource('| product_id INT | price DECIMAL(10,4) |\n| 1 | 1.2399 |\n| 2 | 5.0000 |')
    const load = (type: string) => {
      const product = scd1({
        source, key: 'product_key', lookup: ['product_id'],
        create: create<string>(`CREATE TABLE product_dim (\n product_key KEY,\n product_id INT NOT NULL,\n price ${type}\n)`),
      })
      return loadAll(defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: { product }, facts: {} }))
    }
    resultsOf(await load(first))
    source.draw('| product_id INT | price DECIMAL(10,4) |\n| 2 | 5.0000 |')
    return load(second)
  }
  const rows = () => connection().query('SELECT * FROM product_dim')

  it('is refused where members that left the source would be rounded', async () => {
    const report = await loadBoth('DECIMAL(10,4)', 'DECIMAL(10,2)')
    assert.match(report.etls[0]?.error?.message ?? '', /dimension product, table product_dim: .*column price is (decimal|numeric)\(10,4\) .* rounded away.* Way out: .*ALTER/i)
    assertDrawn(await rows(), '| product_id INT | price |\n| 0 | NULL |\n| 1 | 1.2399 |\n| 2 | 5.0000 |')
  })

  it('is taken where the column only grows', async () => {
    resultsOf(await loadBoth('DECIMAL(10,4)', 'DECIMAL(12,5)'))
    assertDrawn(await rows(), '| product_id INT | price |\n| 0 | NULL |\n| 1 | 1.23990 |\n| 2 | 5.00000 |')
  })
})
