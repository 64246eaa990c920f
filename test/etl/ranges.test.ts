import assert from 'node:assert/strict'
import { openDatabase } from '../../engine/db/open.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { ConfigurationError } from '../../engine/errors.ts'
import { flowFormOf } from '../../engine/etl/flow-form.ts'
import { findEntry } from '../../engine/etl/registry.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import { source } from '../../engine/source/sql.ts'
import type { Ranges } from '../../engine/source/source.ts'
import { create } from '../../engine/sql/define-create.ts'
import { countSent } from '../helpers/counted.ts'
import { loadAll, resultsOf, saidOf } from '../helpers/refresh.ts'
import { freshDatabase, freshPostgres, inSchema } from '../helpers/servers/index.ts'

const ROWS = 10_000

const places = {
  async MariaDB() {
    const { adminUrl, readerUrl } = await freshDatabase('ranges_from')
    return { adminUrl, sourceUrl: readerUrl, warehouseUrl: (await freshDatabase('ranges_to')).url }
  },
  async PostgreSQL() {
    const from = await freshPostgres('ranges_from')
    return { adminUrl: inSchema(from.adminUrl, 'public'), sourceUrl: inSchema(from.readerUrl, 'public'), warehouseUrl: (await freshPostgres('ranges_to')).url }
  },
}

const onDatabase = async (url: string, ...statements: string[]): Promise<readonly Record<string, unknown>[]> => {
  const database = await openDatabase(url)
  const session = await database.connect()
  try {
    let rows: readonly Record<string, unknown>[] = []
    for (const sql of statements) rows = await session.query(sql)
    return rows
  } finally {
    await session.close()
    await database.close()
  }
}

async function* nothing(): AsyncGenerator<never> {}

for (const [server, make] of Object.entries(places)) {
  describe(`a source that is read in ranges from ${server}`, () => {
    let place: Awaited<ReturnType<typeof make>>
    before(async () => {
      place = await make()
      const values = Array.from({ length: ROWS }, (_, i) => `(${i * 3 - 5000}, ${i % 9 === 0 ? 'NULL' : i}, 'n${i}')`)
      await onDatabase(place.adminUrl, 'CREATE TABLE sale (id INT NOT NULL, part INT, note VARCHAR(20))', `INSERT INTO sale VALUES ${values.join(', ')}`, 'CREATE TABLE none (id INT NOT NULL, part INT, note VARCHAR(20))')
    })

    const config = (ranges: Ranges<'id' | 'part' | 'note'> | undefined, more: object = {}, from = 'sale') => defineConfig({
      source: place.sourceUrl, warehouse: place.warehouseUrl, logs: false, dimensions: {},
      facts: {
        sale: transaction({
          source: source<{ id: number; part: number; note: string }>(`SELECT s.id AS id, s.part AS part, s.note AS note FROM ${from} AS s WHERE s.id > :least; -- one statement`, { binds: { least: -100_000 }, ...ranges && { ranges } }),
          create: create<string>('CREATE TABLE sale_fact (\n id INT NOT NULL PRIMARY KEY,\n part INT,\n note VARCHAR(20)\n)'), keys: {}, minRows: 0, ...more,
        }),
      },
    })
    const frozen = { frozen: true } as const
    const contents = (): Promise<readonly Record<string, unknown>[]> => onDatabase(place.warehouseUrl, 'SELECT * FROM sale_fact ORDER BY id')

    it('makes the same table as in one go, rows without a value in their column too, over more sessions', async () => {
      const one = await countSent(async () => resultsOf(await loadAll(config(undefined))))
      const expected = await contents()
      assert.equal(expected.length, ROWS)
      const warnings: string[] = []
      const warned = ({ message }: Error): void => { warnings.push(message) }
      process.on('warning', warned)
      for (const [by, count] of [['id', 3], ['part', 16]] as const) {
        const several = await countSent(async () => {
          const report = await loadAll(config({ by, count, ...frozen }))
          assert.deepEqual(resultsOf(report), [['fact', 'sale', ROWS]])
          assert.deepEqual([report.etls[0]?.flow?.form, report.etls[0]?.flow?.ranges], ['bytes', count])
        })
        assert.ok(several.sessions >= one.sessions + 2 * (count - 1), `${one.sessions} sessions, then ${several.sessions}`)
        assert.deepEqual(await contents(), expected)
      }
      process.off('warning', warned)
      assert.deepEqual(warnings, [])
    })

    it('is read in one go where there is nothing to split', async () => {
      const report = await loadAll(config({ by: 'id', count: 4, ...frozen }, {}, 'none'))
      assert.deepEqual(resultsOf(report), [['fact', 'sale', 0]])
      assert.match(report.etls[0]?.flow?.why ?? '', /in one go: id has too few values to split$/)
      assert.deepEqual(await contents(), [])
    })

    it('counts what a transform rejects in each of them', async () => {
      const [etl] = (await loadAll(config({ by: 'id', count: 3, ...frozen }, { transform: (row: { id: number }) => (row.id % 2 === 0 ? row : null) }))).etls
      assert.deepEqual([etl?.counts?.read, etl?.counts?.rejected, etl?.counts?.staged], [ROWS, ROWS / 2, ROWS / 2])
    })

    it('fails as a whole where one of them does, and leaves what was live', async () => {
      resultsOf(await loadAll(config(undefined)))
      const before = await contents()
      // Each of them counts its rows from 1 on.
      const said = await saidOf(config({ by: 'id', count: 4, ...frozen }, { transform: (row: { id: number }) => (row.id === 10_000 ? { ...row, part: 'many' } : row) }))
      assert.match(said, /column part: row \d+ of those with id 10000 to 17499 \(id 10000\) brings a value that the table can't hold/)
      const thrown = await saidOf(config({ by: 'part', count: 3, ...frozen }, { transform: () => { throw new Error('no') } }))
      assert.match(thrown, /row 1 of those with part \d+ to \d+ made the function throw/)
      assert.deepEqual(await contents(), before)
      assert.deepEqual((await onDatabase(place.warehouseUrl, server === 'MariaDB' ? "SHOW TABLES LIKE 'sale\\_fact\\_\\_r%'" : "SELECT tablename FROM pg_tables WHERE tablename LIKE 'sale\\_fact\\_\\_r%'")), [])
    })

    it('sets rows aside in one go, where they are known by their number', async () => {
      const [etl] = (await loadAll(config({ by: 'id', count: 3, ...frozen }, { onBadRow: 'quarantine', transform: (row: { id: number }) => (Math.abs(row.id) <= 1 ? { ...row, part: 'many' } : row) }))).etls
      assert.equal(etl?.error, undefined)
      assert.equal(etl?.counts?.rejected, 1)
      assert.deepEqual(etl?.flow, { form: 'values', why: 'its transform looks at every row; in one go: rows that are set aside are known by their number' })
    })

    it('is of one moment, or must be said to stand still', async () => {
      if (server === 'PostgreSQL') {
        // Half of the rows change at once while the ranges are read: each range sees all of it, or nothing.
        const writing = onDatabase(place.adminUrl, ...Array.from({ length: 20 }, (_, i) => `UPDATE sale SET note = 'm${i}'`))
        for (let i = 0; i < 3; i += 1) {
          resultsOf(await loadAll(config({ by: 'id', count: 4 })))
          const notes = new Set((await contents()).map(({ note }) => String(note).startsWith('m') ? note : 'n'))
          assert.equal(notes.size, 1, [...notes].join())
        }
        await writing
      } else {
        const [etl] = (await loadAll(config({ by: 'id', count: 4 }))).etls
        assert.ok(etl?.error instanceof ConfigurationError)
        assert.match(String(etl.error), /can't be read in ranges.*frozen: true/)
      }
    })

    it('names two of the rows that bring one key twice, where keys are made over the rows', async () => {
      await onDatabase(place.adminUrl, 'CREATE TABLE twice (id INT NOT NULL, part INT, note VARCHAR(20))', "INSERT INTO twice VALUES (1, 1, 'a'), (2, 2, 'b'), (2, 3, 'c')")
      const said = await saidOf(config(undefined, {}, 'twice'))
      assert.match(said, server === 'PostgreSQL' ? /does not take the rows.*: there are \(id 2, part 2, note 'b'\) and \(id 2, part 3, note 'c'\)\. Way out/ : /does not take the rows.*Duplicate entry '2'/)
    })

    it('refuses a column of texts, whose digits are in another order', async () => {
      await onDatabase(place.adminUrl, 'CREATE TABLE texts (id INT NOT NULL, part INT, note VARCHAR(20))', "INSERT INTO texts VALUES (1, 1, '10'), (2, 2, '9')")
      assert.match(await saidOf(config({ by: 'note', count: 2, ...frozen }, {}, 'texts')), /can't be read in ranges of note.*it holds no integers/)
    })

    if (server === 'MariaDB') it('is read in one go where the warehouse may read it by itself, and where that came to nothing, and says so', async () => {
      const [database, user] = [new URL(place.adminUrl).pathname.slice(1), new URL(place.warehouseUrl).username]
      await onDatabase(place.adminUrl, `GRANT SELECT ON \`${database}\`.* TO '${user}'@'%'`)
      const ranged = config({ by: 'id', count: 4, ...frozen })
      const [etl] = (await loadAll(ranged)).etls
      assert.deepEqual(etl?.flow, { form: 'relation', why: 'in one go: the warehouse reads them by one statement' })
      const after = flowFormOf({ columns: [], rows: { form: 'bytes', of: nothing() } }, findEntry(ranged, 'fact', 'sale'), ranged, { why: 'x', again: true })
      assert.deepEqual(after, { form: 'bytes', why: 'x; in one go: they are read after all, or once more' })
      await onDatabase(place.adminUrl, `REVOKE SELECT ON \`${database}\`.* FROM '${user}'@'%'`)
    })

    it('says what is wrong with its ranges before anything runs', () => {
      assert.throws(() => config({ by: 'id', count: 1 }), /ranges: count is 1, and it can be 2 to 16/)
      assert.throws(() => config({ by: 'id', count: 2, frozen: 'yes' } as never), /ranges: frozen is "yes", and it can only be true/)
      assert.throws(() => config({ by: 'id', count: 2, frosen: true } as never), /ranges: there is no key frosen; did you mean frozen/)
    })
  })
}
