import assert from 'node:assert/strict'
import { defineConfig } from '../../engine/define-config.ts'
import type { Connection } from '../../engine/db/connection.ts'
import { openMysql } from '../../engine/db/mysql.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll } from '../helpers/refresh.ts'
import { freshDatabase } from '../helpers/servers/index.ts'

const runOf = async (session: Connection) => (await session.query<{ status: string, error: string }>('SELECT status, error FROM etl_run'))[0]

describe('the ledger', () => {
  it('keeps what a run said of its failure, in a database of any character set', async () => {
    const { url, name, drop } = await freshDatabase('ledger')
    const database = await openMysql(url)
    const session = await database.connect()
    await session.execute(`ALTER DATABASE ${session.dialect.quote(name)} CHARACTER SET latin1`)
    const school = scd1({
      source: drawnSource('| school_id INT | name |\n| 1 | 東京大学 |'), key: 'school_key', lookup: ['school_id'],
      create: create<string>('CREATE TABLE school_dim (\n school_key KEY,\n school_id INT NOT NULL,\n name VARCHAR(3)\n)'),
    })
    await loadAll(defineConfig({ source: 'files:.', warehouse: url, logs: false, dimensions: { school }, facts: {} }))
    const run = await runOf(session)
    assert.equal(run?.status, 'failed')
    assert.match(run.error, /'東京大学' does not fit text of at most 3 characters/)
    await session.close()
    await database.close()
    await drop()
  })
})
