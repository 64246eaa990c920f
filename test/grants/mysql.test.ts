import assert from 'node:assert/strict'
import { openMysql } from '../../engine/db/mysql.ts'
import { create, defineConfig, scd1 } from '../../engine/index.ts'
import type { Config } from '../../engine/index.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll, saidOf } from '../helpers/refresh.ts'
import { freshDatabase } from '../helpers/servers/index.ts'
import type { FreshDatabase } from '../helpers/servers/index.ts'
import { grantsOf } from '../helpers/servers/grants.ts'
import { withConnection } from '../helpers/servers/mariadb.ts'
import { failureOf } from '../db/mysql/helpers.ts'

const school = scd1({
  source: drawnSource(`
    | school_id INT | name | seen INT |
    | 1             | Yale | 1        |
    | 1             | YALE | 2        |
  `),
  create: create<string>('CREATE TABLE school_dim (\n school_key KEY,\n school_id INT NOT NULL,\n name VARCHAR(20) NOT NULL,\n KEY by_name (name)\n)'),
  key: 'school_key', lookup: ['school_id'], duplicates: { keep: 'last', by: 'seen' },
})

const configOf = (warehouse: string): Config => defineConfig({ source: 'files:.', warehouse, logs: false, dimensions: { school }, facts: {} })

describe('the grants of MariaDB', () => {
  let here: FreshDatabase
  const asAdmin = (sql: string): Promise<unknown> => withConnection(here.adminUrl, (connection) => connection.query(sql))
  const user = (): string => `'${new URL(here.url).username}'@'%'`
  const privileges = (grantsOf('loader', 'MySQL and MariaDB', {})[1] ?? '').replace(/^GRANT (.*) ON .*$/, '$1').split(', ')

  before(async () => {
    here = await freshDatabase('grants')
    assert.equal(await saidOf(configOf(here.url)), '')
  })

  for (const privilege of privileges) {
    it(`of a loader are no more than needed: without ${privilege} a load fails, and says what to grant`, async () => {
      await asAdmin(`REVOKE ${privilege} ON \`${here.name}\`.* FROM ${user()}`)
      const said = await saidOf(configOf(here.url))
      await asAdmin(`GRANT ${privilege} ON \`${here.name}\`.* TO ${user()}`)
      assert.match(said, new RegExp(`Way out: GRANT .*\\b${privilege}\\b.* TO ${user()}`))
      assert.equal(await saidOf(configOf(here.url)), '')
    })
  }

  it('of a reader let it read, and nothing else', async () => {
    const database = await openMysql(here.readerUrl)
    const session = await database.connect()
    assert.equal((await session.query('SELECT * FROM school_dim')).length, 2)
    const reader = `'${new URL(here.readerUrl).username}'@'%'`
    const denied: [string, string][] = [['INSERT INTO school_dim VALUES (9, 9, \'x\')', 'INSERT'], ['CREATE TABLE t (a INT)', 'CREATE'], ['DROP TABLE school_dim', 'DROP']]
    for (const [sql, word] of denied) assert.match((await failureOf(session.execute(sql))).message, new RegExp(`the user may not do this.*${word} command denied.*Way out: GRANT ${word} ON \`${here.name}\`\\.\\* TO ${reader};`, 's'))
    await database.close()
    await asAdmin(`REVOKE SELECT ON \`${here.name}\`.* FROM ${reader}`)
    // Without any right in a database it can't even be entered.
    assert.match((await failureOf(openMysql(here.readerUrl))).message, /Access denied for user .* to database.*Way out: GRANT/s)
    await asAdmin(`GRANT SELECT ON \`${here.name}\`.etl_run TO ${reader}`)
    const narrow = await openMysql(here.readerUrl)
    const asked = (await narrow.connect()).query('SELECT * FROM school_dim')
    assert.match((await failureOf(asked)).message, new RegExp(`SELECT command denied.*Way out: GRANT SELECT ON \`${here.name}\`\\.\\* TO ${reader};`, 's'))
    const streamed = (await narrow.connect()).stream({ sql: 'SELECT * FROM school_dim' })
    assert.match((await failureOf(streamed)).message, new RegExp(`TO ${reader};`))
    await narrow.close()
  })

  it('of an analyst on one table stay through a publish', async () => {
    const names = { analyst: `analyst_${process.pid}`, 'a password': 'its own', warehouse: here.name }
    const [make = '', all = ''] = grantsOf('analyst', 'MySQL and MariaDB', names)
    try {
      await asAdmin(make)
      await asAdmin(all.replace('.*', '.school_dim'))
      await loadAll(configOf(here.url))
      const url = new URL(here.adminUrl)
      url.username = names.analyst
      url.password = 'its own'
      await withConnection(url.href, async (connection) => {
        assert.equal(((await connection.query('SELECT * FROM school_dim'))[0] as unknown[]).length, 2)
        await assert.rejects(connection.query('SELECT * FROM etl_run'), /denied/)
      })
    } finally {
      await asAdmin(`DROP USER '${names.analyst}'@'%'`)
    }
  })

  it('know a trigger that is there, whoever granted the right to see it', async () => {
    await asAdmin(`CREATE TRIGGER tick BEFORE INSERT ON school_dim FOR EACH ROW SET NEW.name = 'x'`)
    await asAdmin(`REVOKE TRIGGER ON \`${here.name}\`.* FROM ${user()}`)
    // Of several entries for a database a server looks at one alone: the whole is granted under each of its names.
    const own = `\`${here.name}\`.*`
    const cases: readonly (readonly [string, string, RegExp])[] = [
      [privileges.join(', '), `\`${here.name.replaceAll('_', '\\_')}\`.*`, /the table has the trigger tick/],
      [privileges.join(', '), `\`${here.name.slice(0, -3)}%\`.*`, /the table has the trigger tick/],
      ['TRIGGER', `\`${here.name}\`.school_dim`, /the table has the trigger tick/],
      ['TRIGGER', `\`${here.name}\`.etl_run`, /the user may not see triggers/],
      ['TRIGGER', '`another`.*', /the user may not see triggers/],
    ]
    for (const [rights, on, words] of cases) {
      if (rights !== 'TRIGGER') await asAdmin(`REVOKE ALL ON ${own} FROM ${user()}`)
      await asAdmin(`GRANT ${rights} ON ${on} TO ${user()}`)
      assert.match(await saidOf(configOf(here.url)), words, on)
      await asAdmin(`REVOKE ${rights} ON ${on} FROM ${user()}`)
      if (rights !== 'TRIGGER') await asAdmin(`GRANT ${privileges.filter((each) => each !== 'TRIGGER').join(', ')} ON ${own} TO ${user()}`)
    }
    await asAdmin('DROP TRIGGER tick')
    await asAdmin(`GRANT TRIGGER ON \`${here.name}\`.* TO ${user()}`)
  })
})
