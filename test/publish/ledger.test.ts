import assert from 'node:assert/strict'
import { defineConfig } from '../../engine/define-config.ts'
import type { Connection } from '../../engine/db/connection.ts'
import { openMysql } from '../../engine/db/mysql.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { ledgerTables, openLedger } from '../../engine/publish/ledger.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll } from '../helpers/refresh.ts'
import { freshDatabase } from '../helpers/servers/index.ts'

const runOf = async (session: Connection) => (await session.query<{ status: string, error: string }>('SELECT status, error FROM etl_run'))[0]

/** The same session, whose process dies before its statement of this number. */
function dyingAt(session: Connection, number: number): Connection {
  let done = 0
  return new Proxy(session, {
    get(target, name) {
      if (name === 'execute') return async (statement: string) => (done++ === number ? Promise.reject(new Error('killed')) : target.execute(statement))
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) as unknown : value
    },
  })
}

const indexesOf = async (session: Connection) =>
  new Set((await session.query<{ Key_name: string }>('SHOW INDEX FROM etl_run')).map(({ Key_name: name }) => name))

describe('the ledger', () => {
  it('is made whole after whoever made it was killed, wherever that was', async function () {
    this.timeout(300_000)
    for (let number = 0; ; number += 1) {
      const { url, drop } = await freshDatabase('half_ledger')
      const database = await openMysql(url)
      const session = await database.connect()
      const died = await openLedger(dyingAt(session, number)).then(() => false, ({ message }: Error) => message === 'killed')
      await openLedger(session)
      assert.deepEqual(await indexesOf(session), new Set(['PRIMARY', 'etl_run_fence', 'etl_run_success', 'etl_run_refresh', 'etl_run_request_key', 'etl_run_status']), `killed at statement ${number}`)
      assert.deepEqual((await session.tablesLike('etl_')).toSorted(), [...ledgerTables].toSorted())
      await session.close()
      await database.close()
      await drop()
      if (!died) {
        assert.ok(number > 10, 'the ledger is made by more statements than that')
        return
      }
    }
  })

  it('that another session makes is waited for, and the error names the session to end', async () => {
    const { url, drop } = await freshDatabase('held_ledger')
    const database = await openMysql(url)
    const [holder, session] = [await database.connect(), await database.connect()]
    await holder.lock('ledger')
    await assert.rejects(openLedger(session, 100), ({ message }: Error) => message.includes(`end session ${holder.session} of the database`))
    await Promise.all([holder.close(), session.close()])
    await database.close()
    await drop()
  })

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
