import assert from 'node:assert/strict'
import { planOf } from '../../engine/cli/plan.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import { entriesOf } from '../../engine/etl/registry.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { clearUp } from '../../engine/publish/janitor.ts'
import { liveRun } from '../../engine/publish/live-run.ts'
import { dropTable } from '../../engine/publish/drop.ts'
import { runOf } from '../../engine/publish/names.ts'
import { silent } from '../../engine/log.ts'
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

onEveryWarehouse('a table that a foreign key points at', ({ connection, url, asAdmin }) => {
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
    const [run] = await connection().query<{ status: string, merged: string }>(`SELECT r.status, t.target AS merged FROM etl_run AS r JOIN etl_target AS t ON t.merged_run = r.run_id WHERE r.run_id = '${runOf(comment)}'`)
    assert.deepEqual(run, { status: 'succeeded', merged: 'shop_dim' })
  })

  const pointAt = async (table: string, column: string, more = ''): Promise<void> => { await connection().execute(childOf(table, column, more)) }
  const note = (parent: number): Promise<number> => connection().execute(`INSERT INTO note VALUES (7, ${parent})`)
  const both = async (): Promise<[Record<string, unknown>[], Record<string, unknown>[]]> => [await rowsOf('shop_dim'), await rowsOf('sale_fact')]

  it('never loses a row that somebody points at, and says whose, and nothing changes', async () => {
    await load()
    // DuckDB knows no other rule than to refuse; the others would delete the child's row without a word.
    await pointAt('sale_fact', 'sale_id', connection().dialect.name === 'duckdb' ? '' : ' ON DELETE CASCADE')
    await note(2)
    const before = await both()
    shops.draw('| shop_id INT | name |\n| 1 | ann |\n| 5 | Eve |')
    sales.draw('| sale_id INT | shop_id INT | amount INT |\n| 1 | 5 | 12 |')
    const [error = ''] = errorsOf(await load())
    assert.match(error, /table sale_fact, foreign key .*1 row of .?note.? points at rows that are to go.*one of them is parent = 2.*Way out: delete those rows of .?note/)
    assert.deepEqual(await both(), before, 'the star is as it was, as a whole')
    await connection().execute('DELETE FROM note')
    assert.deepEqual(errorsOf(await load()), [])
    assertDrawn(await rowsOf('sale_fact'), '| sale_id INT | amount INT |\n| 1 | 12 |')
  })

  it('is refused before the load where it is not what its create declares, with the way out', async () => {
    await load()
    await connection().execute('ALTER TABLE shop_dim ADD COLUMN more INT')
    await pointAt('shop_dim', 'shop_key')
    const steps: string[] = []
    const report = await loadAll(configOf(), undefined, { on: (happening) => { if (happening.what === 'step') steps.push(happening.step) } })
    assert.match(errorsOf(report)[0] ?? '', /dimension shop, table shop_dim.*the create has no column more; a foreign key of .?note.? points at it.*Way out: ALTER the live table/)
    assert.ok(!steps.includes('loaded'), steps.join(', '))
  })

  it('is not dropped', async () => {
    await load()
    await pointAt('shop_dim', 'shop_key')
    const request = { refresh: 'r', type: 'dimension', name: 'shop', table: 'shop_dim', worker: 'w', adopt: false, step() {} }
    await assert.rejects(dropTable(connection(), request), /a foreign key of .?note.? points at the table, so it can't be dropped/)
    assert.deepEqual(errorsOf(await load()), [], 'and nothing stays reserved')
  })

  it('is merged by whoever clears up, where the swap before it is live and its load was stopped', async () => {
    await load()
    await connection().execute(childOf('sale_fact', 'sale_id'))
    shops.draw('| shop_id INT | name |\n| 1 | ann |')
    sales.draw('| sale_id INT | shop_id INT | amount INT |\n| 1 | 1 | 11 |')
    const stop = new AbortController()
    const report = await loadAll(configOf(), undefined, { signal: stop.signal, on: (happening) => { if (happening.what === 'step' && happening.step === 'merged') stop.abort(new Error('stopped')) } })
    assert.deepEqual(errorsOf(report), ['stopped'])
    await clearUp(connection(), silent)
    const [row] = await connection().query("SELECT d.name, f.amount FROM sale_fact AS f JOIN shop_dim AS d ON d.shop_key = f.shop_key WHERE f.sale_id = 1")
    assert.deepEqual(row, connection().dialect.transactionalDdl ? { name: 'Ann', amount: 10 } : { name: 'ann', amount: 11 })
    assert.deepEqual(await connection().query("SELECT target FROM etl_run WHERE status NOT IN ('succeeded', 'abandoned')"), [])
  })

  it('stays taken over, also where the load that did it was stopped between its rows and its comment', async () => {
    for (const sql of [...connection().dialect.createTable(shop.create.definition(connection().dialect.name), 'shop_dim', ''), childOf('shop_dim', 'shop_key')]) await connection().execute(sql)
    assert.match(errorsOf(await load())[0] ?? '', /was not made here/)
    const stop = new AbortController()
    await loadAll(configOf(), undefined, { adopt: true, signal: stop.signal, on: (happening) => { if (happening.what === 'step' && ['merge-live', 'published'].includes(happening.step)) stop.abort(new Error('stopped')) } })
    assert.equal((await rowsOf('shop_dim')).length, 4)
    shops.draw('| shop_id INT | name |\n| 1 | Ann |\n| 5 | Eve |')
    assert.deepEqual(errorsOf(await load()), [])
    assert.equal((await rowsOf('shop_dim')).length, 5)
  })

  it('is somebody\'s own again where it was dropped and made by hand, whatever was merged into it', async () => {
    await load()
    await connection().execute(childOf('shop_dim', 'shop_key'))
    assert.deepEqual(errorsOf(await load()), [])
    for (const sql of ['DROP TABLE note', 'DROP TABLE shop_dim', 'CREATE TABLE shop_dim (own INT)', 'INSERT INTO shop_dim VALUES (77)']) await connection().execute(sql)
    assert.match(errorsOf(await load())[0] ?? '', /a table of this name exists and was not made here/)
    assert.deepEqual(await rowsOf('shop_dim'), [{ own: 77 }])
    assert.equal((await connection().describe('shop_dim'))?.comment, '')
  })

  it('is told by the ledger of an earlier version too, which gets its new column', async () => {
    await load()
    await connection().execute('ALTER TABLE etl_target DROP COLUMN merged_run')
    await pointAt('shop_dim', 'shop_key')
    assert.deepEqual(errorsOf(await load()), [])
    const [target] = await connection().query("SELECT merged_run FROM etl_target WHERE target = 'shop_dim'")
    assert.equal(target?.['merged_run'], await liveRun(connection(), 'shop_dim'))
  })

  it('is swapped again once nobody points at it, and nothing that it was is forgotten', async () => {
    await load()
    await pointAt('shop_dim', 'shop_key')
    await load()
    await connection().execute(connection().dialect.dropTable('note'))
    shops.draw('| shop_id INT | name |\n| 9 | Ina |')
    assert.deepEqual(errorsOf(await load()), [])
    assert.deepEqual(await connection().tablesLike('shop_dim__'), ['shop_dim__o3'])
    const comment = (await connection().describe('shop_dim'))?.comment ?? ''
    assert.equal(await liveRun(connection(), 'shop_dim'), runOf(comment), 'the swap is newer than the merge')
    assertDrawn((await rowsOf('shop_dim')).filter((row) => row['shop_id'] === 9), '| shop_key INT | name |\n| 4 | Ina |')
  })

  it('shows its merge in the plan', async () => {
    await load()
    await pointAt('shop_dim', 'shop_key')
    const config = configOf()
    const { publish } = await planOf(connection(), { config, source: () => { throw new Error('nobody asks it') }, signal: new AbortController().signal, log: silent }, { drop: [], run: entriesOf(config), picked: [] }, false)
    assert.match(publish[0] ?? '', /^UPDATE .shop_dim./)
    assert.match(publish.at(-1) ?? '', /RENAME/)
  })

  it('is emptied and filled where it has no key, unless somebody points at any of its rows', async () => {
    const log = transaction({
      source: sales, keys: { shop_key: { of: shop, by: 'shop_id' } },
      create: create('CREATE TABLE log_fact (\n sale_id INT,\n shop_key INT,\n amount INT,\n UNIQUE (sale_id)\n)'),
    })
    const config = defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: { shop }, facts: { log } })
    await loadAll(config)
    await pointAt('log_fact', 'sale_id')
    sales.draw('| sale_id INT | shop_id INT | amount INT |\n| NULL | 1 | 5 |\n| 2 | 2 | 21 |')
    assert.deepEqual(errorsOf(await loadAll(config)), [])
    assertDrawn(await rowsOf('log_fact'), '| sale_id INT | amount INT |\n| NULL | 5 |\n| 2 | 21 |')
    await note(2)
    assert.match(errorsOf(await loadAll(config))[0] ?? '', /1 row of .?note.? points at rows that are to go.*every row is replaced.*Way out: give the create and the live table a PRIMARY KEY/)
    assertDrawn(await rowsOf('log_fact'), '| sale_id INT | amount INT |\n| NULL | 5 |\n| 2 | 21 |')
  })

  it('may point at itself, at rows that are new as well', async () => {
    const people = drawnSource('| person_id INT | boss_key INT |\n| 1 | NULL |\n| 2 | 1 |')
    const person = scd1({
      source: people, key: 'person_key', lookup: ['person_id'],
      create: create('CREATE TABLE person_dim (\n person_key KEY,\n person_id INT NOT NULL,\n boss_key INT\n)'),
    })
    const config = defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: { person }, facts: {} })
    await loadAll(config)
    const add = connection().execute('ALTER TABLE person_dim ADD CONSTRAINT boss FOREIGN KEY (boss_key) REFERENCES person_dim (person_key)')
    if (connection().dialect.name === 'duckdb') return assert.rejects(add, /ALTER TABLE/i, 'DuckDB adds no foreign key to a table that exists')
    await add
    await pointAt('person_dim', 'person_key')
    await note(1)
    people.draw('| person_id INT | boss_key INT |\n| 1 | 5 |\n| 2 | 1 |\n| 3 | 4 |\n| 4 | 5 |\n| 5 | NULL |')
    assert.deepEqual(errorsOf(await loadAll(config)), [])
    assertDrawn((await rowsOf('person_dim')).filter((row) => Number(row['person_key']) > 0), `
      | person_key INT | person_id INT | boss_key INT |
      | 1              | 1             | 5            |
      | 2              | 2             | 1            |
      | 3              | 3             | 4            |
      | 4              | 4             | 5            |
      | 5              | 5             | NULL         |`)
    people.draw('| person_id INT | boss_key INT |\n| 1 | 77 |')
    assert.match(errorsOf(await loadAll(config))[0] ?? '', /table person_dim.*does not let the new rows take the place of the old ones/)
  })

  it('is found from another schema too', async () => {
    const { dialect } = connection()
    await load()
    const facts = dialect.name === 'duckdb' ? "'main' AS name, '' AS me" : dialect.name === 'mysql' ? 'DATABASE() AS name, USER() AS me' : 'current_schema() AS name, current_user AS me'
    const [{ name: here, me } = { name: '', me: '' }] = await connection().query<{ name: string, me: string }>(`SELECT ${facts}`)
    const other = `other_${process.pid}`
    const child = `${other}.note`
    await asAdmin(`CREATE SCHEMA ${other}`)
    try {
      const point = asAdmin(`CREATE TABLE ${child} (parent INT NOT NULL, FOREIGN KEY (parent) REFERENCES ${dialect.quote(here)}.shop_dim (shop_key))`, `INSERT INTO ${child} VALUES (1)`)
      if (dialect.name === 'duckdb') return await assert.rejects(point, /schema/i, 'DuckDB lets nobody point there')
      await point
      // MySQL shows nobody a foreign key of a table that he has no right on.
      if (dialect.name === 'mysql') await asAdmin(`GRANT SELECT ON ${child} TO '${me.split('@')[0]}'@'%'`)
      assert.deepEqual((await connection().children('shop_dim')).map((key) => [key.child.replaceAll('`', ''), key.columns, key.references]), [[child, ['parent'], ['shop_key']]])
      assert.deepEqual(errorsOf(await load()), [])
      assert.equal((await connection().children('shop_dim')).length, 1)
      assert.deepEqual(await connection().tablesLike('shop_dim__'), [], 'it was merged')
    } finally {
      await asAdmin(`DROP SCHEMA ${other}${dialect.name === 'mysql' ? '' : ' CASCADE'}`)
    }
  })

  it('leaves equal rows alone, and tells apart what only bytes tell apart', async () => {
    // Where equal rows were written again is seen in PostgreSQL's own column.
    shops.draw('| shop_id INT | name |\n| 1 | Ann |\n| 2 | Bob |')
    await load()
    await pointAt('shop_dim', 'shop_key')
    const isSeen = connection().dialect.name === 'postgres'
    const written = async (): Promise<unknown[]> => (isSeen ? (await connection().query('SELECT shop_key, xmin::text AS by FROM shop_dim WHERE shop_key > 0 ORDER BY 1')).map(({ by }) => by) : [])
    const before = await written()
    shops.draw("| shop_id INT | name |\n| 1 | Ann |\n| 2 | 'BOB ' |")
    assert.deepEqual(errorsOf(await load()), [])
    const after = await written()
    assert.equal(after[0], before[0], 'Ann is as she was')
    assertDrawn((await rowsOf('shop_dim')).filter((row) => row['shop_id'] === 2), "| name |\n| 'BOB ' |")
    if (!isSeen) return
    assert.notEqual(after[1], before[1])
  })

  it('is refused where DuckDB can\'t change a value that somebody\'s row hangs on, and nowhere else', async () => {
    const codes = drawnSource('| site_id INT | code |\n| 1 | A |\n| 2 | B |')
    const site = scd1({
      source: codes, key: 'site_key', lookup: ['site_id'],
      create: create('CREATE TABLE site_dim (\n site_key KEY,\n site_id INT NOT NULL,\n code VARCHAR(9) NOT NULL,\n UNIQUE (code)\n)'),
    })
    const config = defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: { site }, facts: {} })
    await loadAll(config)
    await pointAt('site_dim', 'site_key')
    await note(1)
    codes.draw('| site_id INT | code |\n| 1 | A |\n| 2 | C |\n| 3 | B |')
    assert.deepEqual(errorsOf(await loadAll(config)), [], 'a value that may come once moves to a new row')
    codes.draw('| site_id INT | code |\n| 1 | Z |\n| 2 | C |')
    const errors = errorsOf(await loadAll(config))
    if (connection().dialect.name !== 'duckdb') return assert.deepEqual(errors, [])
    assert.match(errors[0] ?? '', /table site_dim.*does not let the new rows take the place.*still referenced by a foreign key.*Way out: see what the message names/)
  })
})
