import assert from 'node:assert/strict'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { liveRun, mergedTables } from '../../engine/publish/live-run.ts'
import { runOf } from '../../engine/publish/names.ts'
import { create } from '../../engine/sql/define-create.ts'
import { assertDrawn } from '../helpers/drawn.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll } from '../helpers/refresh.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

const shops = drawnSource('| shop_id INT | name |\n| 1 | Ann |')
const sales = drawnSource('| sale_id INT | shop_id INT | amount INT |\n| 1 | 1 | 10 |')

const shop = scd1({
  source: shops, key: 'shop_key', lookup: ['shop_id'],
  create: create(`
    CREATE TABLE shop_dim (
      shop_key  KEY,
      shop_id   INT          NOT NULL,
      name      VARCHAR(20)  NOT NULL,
      UNIQUE (shop_id)
    ) COMMENT 'Where things are sold'`),
})

const sale = transaction({
  source: sales, keys: { shop_key: { of: shop, by: 'shop_id' } },
  create: create(`
    CREATE TABLE sale_fact (
      sale_id   INT  NOT NULL PRIMARY KEY,
      shop_key  INT  NOT NULL,
      amount    INT  NOT NULL
    )`),
})

/** A table of somebody's own that points at a published one. */
const childOf = (table: string, column: string, more = ''): string => `CREATE TABLE note (note_id INT NOT NULL, parent INT NOT NULL, FOREIGN KEY (parent) REFERENCES ${table} (${column})${more})`

const errorsOf = ({ etls, error }: RefreshReport): string[] => [...etls.flatMap((etl) => etl.error ?? []), ...error ? [error] : []].map(({ message }) => message)

onEveryWarehouse('a table that a foreign key points at', ({ connection, url }) => {
  const configOf = (facts = { sale }): ReturnType<typeof defineConfig> => defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: { shop }, facts })
  const load = async (): Promise<RefreshReport> => loadAll(configOf())
  const rowsOf = (table: string): Promise<Record<string, unknown>[]> => connection().query(`SELECT * FROM ${table}`)

  beforeEach(() => {
    shops.draw('| shop_id INT | name |\n| 1 | Ann |\n| 2 | Bob |\n| 3 | Cid |')
    sales.draw('| sale_id INT | shop_id INT | amount INT |\n| 1 | 1 | 10 |\n| 2 | 2 | 20 |')
  })

  it('keeps its identity, and is published with the others all the same', async () => {
    assert.deepEqual(errorsOf(await load()), [])
    await connection().execute(childOf('shop_dim', 'shop_key'))
    await connection().execute('INSERT INTO note VALUES (7, 1)')
    shops.draw('| shop_id INT | name |\n| 1 | ann |\n| 2 | Bob |\n| 4 | Dan |')
    sales.draw('| sale_id INT | shop_id INT | amount INT |\n| 1 | 4 | 11 |\n| 3 | 1 | 30 |')
    const report = await load()
    assert.deepEqual(errorsOf(report), [])
    assert.deepEqual(report.etls.map(({ status }) => status), ['published', 'published'])
    assertDrawn(await rowsOf('shop_dim'), `
      | shop_key INT | shop_id INT | name    |
      | -1           | 0           | Unknown |
      | 1            | 1           | ann     |
      | 2            | 2           | Bob     |
      | 3            | 3           | Cid     |
      | 4            | 4           | Dan     |`)
    assertDrawn(await rowsOf('sale_fact'), '| sale_id INT | shop_key INT | amount INT |\n| 1 | 4 | 11 |\n| 3 | 1 | 30 |')
    assert.equal((await connection().children('shop_dim')).length, 1, 'the foreign key points at the live table still')
    assert.deepEqual(await connection().tablesLike('shop_dim__'), [], 'nothing is left of the merge')
    assert.deepEqual(await connection().tablesLike('sale_fact__'), ['sale_fact__o2'])
    const comment = (await connection().describe('shop_dim'))?.comment ?? ''
    assert.match(comment, /^Where things are sold etl_run=/)
    assert.equal(runOf(comment), await liveRun(connection(), 'shop_dim'))
    const [run] = await connection().query<{ refresh: string, status: string }>(`SELECT refresh, status FROM etl_run WHERE run_id = '${runOf(comment)}'`)
    assert.equal(run?.status, 'succeeded')
    assert.deepEqual(await mergedTables(connection(), run?.refresh ?? ''), ['shop_dim'])
  })
})
