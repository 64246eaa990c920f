import assert from 'node:assert/strict'
import { defineConfig } from '../../engine/define-config.ts'
import { openMysql } from '../../engine/db/mysql.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll } from '../helpers/refresh.ts'
import { freshDatabase } from '../helpers/servers/index.ts'

const school = scd1({
  source: drawnSource(`
    | school_id INT | name |
    | 1             | Yale |
  `),
  create: create(`
    CREATE TABLE school_dim (
      school_key  KEY,
      school_id   INT          NOT NULL,
      name        VARCHAR(20)  NOT NULL
    )`),
  key: 'school_key',
  lookup: ['school_id'],
})

describe('a publish', () => {
  it('has succeeded also where somebody reads a table that it would clear away', async () => {
    const { url, drop } = await freshDatabase('publish')
    const config = defineConfig({ source: 'files:.', warehouse: url, logs: false, dimensions: { school }, facts: {} })
    await loadAll(config)
    await loadAll(config)
    const database = await openMysql(url)
    const [reader, other] = [await database.connect(), await database.connect()]
    await reader.transaction(async () => {
      await reader.query('SELECT * FROM school_dim__o2')
      const report = await loadAll(config)
      assert.equal(report.error, undefined)
      assert.deepEqual(report.etls.map(({ status }) => status), ['published'])
    })
    assert.deepEqual(await other.tablesLike('school_dim__o'), ['school_dim__o2', 'school_dim__o3'])
    await loadAll(config)
    assert.deepEqual(await other.tablesLike('school_dim__o'), ['school_dim__o4'], 'a later publish clears it away')
    await database.close()
    await drop()
  })
})
