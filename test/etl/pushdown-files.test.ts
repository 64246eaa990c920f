import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Connection } from '../../engine/db/connection.ts'
import { openDuckdb } from '../../engine/db/duckdb.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { date } from '../../engine/dimension/date.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { testSource } from '../../engine/etl/test-source.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import type { Fact } from '../../engine/fact/fact.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import { silent } from '../../engine/log.ts'
import type { Log } from '../../engine/log.ts'
import { csv } from '../../engine/source/csv.ts'
import { source } from '../../engine/source/sql.ts'
import { create } from '../../engine/sql/define-create.ts'
import { freshFolder } from '../db/duckdb/helpers.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'

/** A refresh of one fact: the form in which its rows went in, why they were read, and why they were so after all. */
interface Seen {
  readonly report: RefreshReport
  readonly form: unknown
  readonly why: unknown
  readonly after: string
  readonly rows: readonly unknown[]
}

const COLUMNS = ['id', 'shop', 'sold_at', 'on_day', 'amount', 'weight', 'is_gift', 'note'] as const
const table = `CREATE TABLE sale_fact (
  id INT NOT NULL,
  shop INT,
  sold_at TIMESTAMP,
  on_day DATE,
  amount DECIMAL(10,2),
  weight DOUBLE,
  is_gift BOOLEAN,
  note VARCHAR(12),
  PRIMARY KEY (id)
)`
const select = `SELECT ${COLUMNS.map((name) => `s.${name} AS ${name}`).join(',\n  ')}\nFROM sale AS s`
const GOOD = [
  '1,10,2024-02-29 23:59:59,2024-02-29,1.50,0.5,true,plain',
  '2,,2024-02-29T23:59:59.5Z,0001-01-01,-12,,F,"quote ""x"", é"',
  '3,10,2024-03-10,9999-12-31,.00,12,,""',
  '4,,,,,,,',
  '-5,99,1066-10-14 00:00:00,2024-02-29,99999999.99,-0.25,1,"two\nlines"',
].map((row) => row.replace(',.00,', ',0.00,'))
const csvOf = (...rows: readonly string[]): string => `${[COLUMNS.join(','), ...GOOD, ...rows].join('\n')}\n`

const factOf = (from: Fact['source'], more: object = {}): Fact => transaction({ source: from, create: create<string>(table), keys: {}, total: 'amount', ...more })

/** The same, whose rows are read: a bound value keeps a query where it is. */
const read = (sql = select): Fact['source'] => source<Record<typeof COLUMNS[number], unknown>>(`${sql} WHERE :one = 1`, { binds: { one: 1 } })

describe("rows whose source is files, which the warehouse's own DuckDB reads", () => {
  let home: Awaited<ReturnType<typeof freshFolder>>
  let times = 0
  before(async () => { home = await freshFolder() })
  after(() => home.end())

  async function load(fact: Fact, dimensions: Parameters<typeof defineConfig>[0]['dimensions'] = {}, before?: string): Promise<Seen> {
    const file = join(home.folder, `w${times += 1}.duckdb`)
    if (before !== undefined) await inDatabase(file, before)
    const seen: { form?: unknown, why?: unknown, after: string } = { after: '' }
    const log: Log = { ...silent, info(message, fields) {
      if (fields?.['event'] === 'load' && fields['name'] === 'sale') Object.assign(seen, { form: fields['form'], why: fields['why'] })
      if (fields?.['event'] === 'rows-needed') seen.after += message
    } }
    const report = await loadAll(defineConfig({ source: `files:${home.folder}`, warehouse: `duckdb:${file}`, logs: false, dimensions, facts: { sale: fact } }), undefined, { log })
    const database = await openDuckdb(`duckdb:${file}`)
    const session: Connection = await database.connect()
    const live = await session.describe('sale_fact')
    const rows = live === undefined ? [] : await session.query('SELECT * FROM sale_fact ORDER BY ALL')
    assert.deepEqual((await session.tablesLike('sale_fact')).filter((name) => name !== 'sale_fact' || live === undefined), [], 'nothing is left over')
    await session.close()
    await database.close()
    return { report, form: seen.form, why: seen.why, after: seen.after, rows }
  }

  it('are the same as those that are read', async () => {
    writeFileSync(join(home.folder, 'sale.csv'), csvOf())
    const [copied, asRead] = [await load(factOf(source(select))), await load(factOf(read()))]
    assert.deepEqual([copied.form, copied.after, asRead.form, asRead.why], ['relation', '', 'values', 'its query has values that are bound'])
    assert.deepEqual(resultsOf(copied.report), [['fact', 'sale', 5]])
    assert.deepEqual(copied.rows, asRead.rows)
    assert.deepEqual(copied.report.etls[0]?.counts, asRead.report.etls[0]?.counts)
    const single = await load(factOf(csv(join(home.folder, 'sale.csv'), COLUMNS)))
    assert.deepEqual([single.form, single.rows], ['relation', copied.rows])
  })

  it('are read after all where a text is written otherwise, and told, left out or taken as ever', async () => {
    const cases: readonly (readonly [row: string, outcome: RegExp | undefined])[] = [
      ['007,10,2024-02-29 23:59:59+01:00,2024-02-29 00:00:00,.5,1e1,true,x', undefined],
      ['6,10,2023-02-29,,,,,', /row 6 \(id '6'\) brings a value.*2023-02-29/],
      ['6,10,,,1.505,,,', /row 6.*1\.505/],
      ['6,10,,,,,,thirteen long', /row 6.*it has 13 characters/],
      [',10,,,,,,', /row 6.*NULL in a column that allows none/],
      ['5,,,,,,,\n5,1,,,,,,', /Duplicate key.*constraint: there are \(id 5, shop 1,.*\) and \(id 5, shop NULL,/],
    ]
    for (const [row, outcome] of cases) {
      writeFileSync(join(home.folder, 'sale.csv'), csvOf(row))
      const [copied, asRead] = [await load(factOf(source(select))), await load(factOf(read()))]
      assert.deepEqual(copied.rows, asRead.rows, row)
      assert.equal(String(copied.report.etls[0]?.error), String(asRead.report.etls[0]?.error), row)
      if (outcome === undefined) assert.deepEqual(resultsOf(copied.report), [['fact', 'sale', 6]])
      else assert.match(String(copied.report.etls[0]?.error), outcome)
      if (!String(outcome).includes('Duplicate')) assert.match(copied.after, /the warehouse does not take them by itself/, row)
    }
    writeFileSync(join(home.folder, 'sale.csv'), csvOf('6,10,2023-02-29,,,,,', '7,,,,,,,'))
    const aside = await load(factOf(source(select), { onBadRow: 'quarantine' }))
    assert.deepEqual(resultsOf(aside.report), [['fact', 'sale', 6]])
    assert.equal(aside.report.etls[0]?.counts?.rejected, 1)
  }).timeout(60_000)

  it('are kept only where the look through the file, which goes on meanwhile, finds nothing', async () => {
    // More than is seen of a file before the statement begins.
    const many = Array.from({ length: 40_000 }, (_, i) => `${1000 + i},10,2024-02-29 23:59:59,2024-02-29,1.50,,true,note ${i}`)
    const line = many.length + 2
    const cases: readonly (readonly [row: string, outcome: RegExp | undefined, sql?: string])[] = [
      ['6,10,,,,,,x,', new RegExp(`sale\\.csv, line ${line}: the row has 9 fields`)],
      ['6,10,,,,,,x,', new RegExp(`sale\\.csv, line ${line}: the row has 9 fields`), `${select} WHERE s.id <> '1003'`],
      ['\n6,10,,,,,,x', new RegExp(`sale\\.csv, line ${line}: the line is empty`)],
      ['6,10,,,,,,"x', /a quote is not closed/],
      ['6,10,,,,,,"a\n7,b,""x"', undefined],
      ['6,10,,,,,,"a\n7,b,""x"', undefined, `${select} WHERE s.id <> '1003'`],
    ]
    for (const [row, outcome, sql] of cases) {
      writeFileSync(join(home.folder, 'sale.csv'), `${[COLUMNS.join(','), ...many, row].join('\n')}\n`)
      const seen = await load(factOf(source<Record<typeof COLUMNS[number], unknown>>(sql ?? select)))
      assert.equal(seen.form, 'relation')
      if (outcome === undefined) {
        assert.deepEqual([resultsOf(seen.report), seen.after], [[['fact', 'sale', many.length + (sql === undefined ? 1 : 0)]], ''], row)
        assert.ok(seen.rows.some((each) => (each as { note: unknown }).note === 'a\n7,b,"x'), 'the text with a line\'s end is there')
        continue
      }
      assert.match(String(seen.report.etls[0]?.error), outcome, row)
      const config = defineConfig({ source: `files:${home.folder}`, warehouse: 'duckdb::memory:', logs: false, dimensions: {}, facts: { sale: factOf(source(select)) } })
      await assert.rejects(testSource(config, 'sale'), outcome, 'a test that no load follows looks through the whole file')
    }
  }).timeout(60_000)

  it('are read where the query asks for more than files', async () => {
    writeFileSync(join(home.folder, 'sale.csv'), csvOf())
    writeFileSync(join(home.folder, 'extra.json'), '[{"id": "1"}]')
    const cases: readonly (readonly [sql: string, why: RegExp | undefined])[] = [
      [select.replace('FROM sale', 'FROM main.sale'), /names a schema/],
      [`WITH sale AS (FROM sale) ${select}`, /a table of its own sale/],
      [`${select} JOIN extra AS e ON e.id = s.id`, /read bit by bit/],
      [`${select} WHERE current_database() <> ''`, /calls current_database/],
      [`${select} WHERE s.id IN (SELECT n::VARCHAR FROM range(-9, 9) AS r(n))`, /a function for rows/],
      [`WITH few AS (SELECT * FROM sale WHERE id <> '4') ${select.replace('FROM sale', 'FROM few')}`, undefined],
      [`${select} WHERE EXISTS (SELECT 1 FROM sale AS o WHERE o.id = s.id) ORDER BY s.id; `, undefined],
    ]
    for (const [sql, why] of cases) {
      const seen = await load(factOf(source<Record<typeof COLUMNS[number], unknown>>(sql)))
      resultsOf(seen.report)
      assert.equal(seen.form, why === undefined ? 'relation' : 'values', sql)
      if (why !== undefined) assert.match(String(seen.why), why)
      assert.ok(seen.rows.length > 0, sql)
    }
  }).timeout(60_000)

  it('are read where the warehouse has a macro that is called as a function of DuckDB', async () => {
    writeFileSync(join(home.folder, 'sale.csv'), csvOf())
    const upper = select.replace('s.note AS note', "replace(s.note, 'plain', 'other') AS note")
    const [plain, other] = [await load(factOf(source(upper)), {}, 'CREATE MACRO twice(a) AS a || a'), await load(factOf(source(upper)), {}, "CREATE MACRO Replace(a, b, c) AS 'mine'")]
    assert.deepEqual([plain.form, other.form], ['relation', 'values'])
    assert.match(String(other.why), /the warehouse has a macro Replace/i)
    assert.deepEqual(other.rows, plain.rows)
  })

  it('find the same members by joins, where their types are known', async () => {
    const duckdb = await DuckDBInstance.create(':memory:')
    const door = await duckdb.connect()
    await door.run(`COPY (SELECT n::INT AS id, CASE WHEN n % 5 > 0 THEN n % 7 END::INT AS shop, TIMESTAMP '2024-03-09 12:00:00' + to_hours(n::INT) AS sold_at, DATE '2024-01-01' + n::INT AS on_day,
      (n / 4)::DECIMAL(10,2) AS amount, n / 3.0e0 AS weight, n % 2 = 0 AS is_gift, 'n' || n AS note FROM range(300) AS r(n)) TO '${join(home.folder, 'parquet.parquet')}'`)
    door.closeSync()
    duckdb.closeSync()
    writeFileSync(join(home.folder, 'shop.csv'), 'shop\n1\n2\n3\n4\n')
    const shop = scd1({ source: source('SELECT s.shop AS shop FROM shop AS s'), create: create('CREATE TABLE shop_dim (\n  shop_key KEY,\n  shop INT,\n  UNIQUE (shop)\n)'), key: 'shop_key', lookup: ['shop'] })
    const day = date({ create: create('CREATE TABLE date_dim (\n  date_key INT NOT NULL PRIMARY KEY,\n  year_number INT NOT NULL\n)'), key: 'date_key', from: '2024-01-01', through: '2024-12-31' })
    const keyed = { keys: { shop_key: { of: shop, by: 'shop' }, day_key: { of: day, by: 'on_day' }, local_key: { of: day, by: 'sold_at', zone: 'America/New_York' } }, create: create<string>(table.replace('shop INT', 'shop_key INT,\n  day_key INT,\n  local_key INT')) }
    const from = select.replace('FROM sale', 'FROM parquet')
    const [copied, asRead] = [await load(factOf(source(from), keyed), { shop, day }), await load(factOf(read(from), keyed), { shop, day })]
    assert.deepEqual([copied.form, copied.after, asRead.form], ['relation', '', 'values'])
    assert.deepEqual(copied.rows, asRead.rows)
    assert.deepEqual(copied.report.etls.at(-1)?.counts, asRead.report.etls.at(-1)?.counts)
    resultsOf(copied.report)
  }).timeout(60_000)
})

async function inDatabase(file: string, sql: string): Promise<void> {
  const database = await openDuckdb(`duckdb:${file}`)
  const session = await database.connect()
  await session.execute(sql)
  await session.close()
  await database.close()
}
