import assert from 'node:assert/strict'
import type { Flow, Row } from '../../engine/db/flow.ts'
import { date } from '../../engine/dimension/date.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { scd2 } from '../../engine/dimension/scd2.ts'
import { DatabaseError } from '../../engine/errors.ts'
import type { OnMissing } from '../../engine/fact/fact.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import { create } from '../../engine/sql/define-create.ts'
import { source } from '../../engine/source/sql.ts'
import { assertDrawn, drawn } from '../helpers/drawn.ts'
import { onEveryPath } from '../helpers/warehouses.ts'

const anything = source<Record<string, unknown>>('SELECT 1')

const day = date({ create: create('CREATE TABLE date_dim (\n date_key KEY,\n full_date DATE\n)'), key: 'date_key', from: '2016-01-01', through: '2016-12-31' })

const person = scd1({
  source: anything, create: create('CREATE TABLE person_dim (\n person_key KEY,\n person_id INT,\n name VARCHAR(9),\n KEY person_lookup (person_id)\n)'),
  key: 'person_key', lookup: ['person_id'],
})
const people = drawn('| person_id INT | name |\n| 11 | Ann |\n| 12 | Bob |\n| NULL | Nil |')

const shelf = scd1({
  source: anything, create: create('CREATE TABLE shelf_dim (\n shelf_key KEY,\n hall VARCHAR(9) NOT NULL,\n place INT NOT NULL\n)'),
  key: 'shelf_key', lookup: ['hall', 'place'],
})
const shelves = drawn('| hall | place INT |\n| a | 12 |\n| a1 | 2 |\n| A | 12 |')

const product = scd2({
  source: source<{ product_id: number, price: string, since: string }>('SELECT 1'),
  create: create('CREATE TABLE product_dim (\n product_key KEY,\n product_id INT NOT NULL,\n price DECIMAL(5,2),\n valid_from TIMESTAMP NOT NULL,\n valid_to TIMESTAMP,\n is_current BOOLEAN NOT NULL,\n KEY product_lookup (product_id)\n)'),
  key: 'product_key', lookup: ['product_id'], history: ['price'], effectiveFrom: 'since',
})
const prices = [
  '| product_id INT | price DECIMAL(5,2) | since TIMESTAMP |\n| 1 | 1.00 | 2015-01-01 |\n| 2 | 5.00 | 2015-01-01 |',
  '| product_id INT | price DECIMAL(5,2) | since TIMESTAMP |\n| 1 | 2.00 | 2016-03-01 |',
  '| product_id INT | price DECIMAL(5,2) | since TIMESTAMP |\n| 1 | 3.00 | 2016-05-01 12:00:00.5 |',
]

async function* failing(): AsyncGenerator<readonly Row[]> {
  yield [['a', 11, 12, 'x', '1.00']]
  throw new DatabaseError('the source went away')
}

onEveryPath('transaction', {
  stays: { MariaDB: 20, PostgreSQL: 20, DuckDB: 8 }, ranges: { MariaDB: 10, PostgreSQL: 10 }, lands: { MariaDB: 6, PostgreSQL: 6, DuckDB: 6 },
}, ({ house, connection, path }) => {
  /** For what is of one path alone: which statements run, and what a kind's own flow does. */
  const itByValues = (title: string, test: () => Promise<void>): void => { if (path === 'values') it(title, test) }

  const sale = transaction({
    source: anything,
    create: create(`
      CREATE TABLE sale_fact (
        order_number  VARCHAR(9)     NOT NULL,
        buyer_key     INT            NOT NULL,
        seller_key    INT            NOT NULL,
        note          VARCHAR(9),
        amount        DECIMAL(10,2)  NOT NULL,
        UNIQUE (order_number)
      )`),
    keys: {
      buyer_key: { of: person, by: 'buyer' },
      seller_key: { of: person, by: 'seller' },
    },
    total: 'amount',
  })

  it('finds the keys of each role, points at the unknown member, and counts those that it does not find', async () => {
    await house().load(person, people)
    const counts = await house().load(sale, drawn(`
      | order_number | buyer INT | seller BIGINT | note | amount DECIMAL(10,2) |
      | ------------ | --------- | ------------- | ---- | -------------------- |
      | a            | 11        | 12            | NULL | 0.10                 |
      | b            | 99        | 11            | x    | 0.20                 |
      | c            | NULL      | 99            | y    | -1.00                |
    `))
    assertDrawn(await house().rows(sale), `
      | order_number | buyer_key INT | seller_key INT | note | amount DECIMAL(10,2) |
      | a            | 1             | 2              | NULL | 0.10                 |
      | b            | -1            | 1              | x    | 0.20                 |
      | c            | 3             | -1             | y    | -1.00                |
    `)
    assert.deepEqual(counts, { read: 3, rejected: 0, staged: 3, notFound: { buyer_key: 1, seller_key: 1 }, total: { column: 'amount', value: '-0.70' } })
  })

  itByValues('reads the members once for the roles that ask alike', async () => {
    await house().load(person, people)
    const before = house().statements.length
    await house().load(sale, drawn('| order_number | buyer INT | seller BIGINT | note | amount DECIMAL(10,2) |\n| a | 11 | 12 | x | 1.00 |'))
    assert.equal(house().statements.slice(before).filter((sql) => sql.includes('person_dim')).length, 1)
  })

  it('is replaced as a whole, also by nothing', async () => {
    await house().load(person, people)
    await house().load(sale, drawn('| order_number | buyer INT | seller BIGINT | note | amount DECIMAL(10,2) |\n| a | 11 | 12 | x | 1.00 |'))
    const counts = await house().load(sale, drawn('| order_number | buyer INT | seller BIGINT | note | amount DECIMAL(10,2) |'))
    assert.deepEqual(await house().rows(sale), [])
    assert.deepEqual(counts, { read: 0, rejected: 0, staged: 0, notFound: { buyer_key: 0, seller_key: 0 }, total: { column: 'amount', value: '0' } })
  })

  const lenient = (onMissing: OnMissing) => transaction({
    source: anything, create: create('CREATE TABLE visit_fact (\n person_key INT NOT NULL,\n id INT NOT NULL\n)'),
    keys: { person_key: { of: person, by: 'visitor', onMissing } },
  })
  const visits = drawn('| visitor INT | id INT |\n| 11 | 1 |\n| 98 | 2 |\n| 12 | 3 |\n| 99 | 4 |\n| 97 | 5 |\n| 96 | 6 |')

  it('rejects the rows that find nobody, where told', async () => {
    await house().load(person, people)
    const counts = await house().load(lenient('reject'), visits)
    assertDrawn(await house().rows(lenient('reject')), '| person_key INT | id INT |\n| 1 | 1 |\n| 2 | 3 |')
    assert.deepEqual(counts, { read: 6, rejected: 4, staged: 2, notFound: { person_key: 4 } })
  })

  // which members there are | which visitors | whether somebody should have a look; members stay
  const never: readonly (readonly [string, string, boolean])[] = [
    ['', '| 98 | 1 |\n| 99 | 2 |', false],
    ['| 11 | Ann |', '| 98 | 1 |\n| NULL | 2 |\n| 99 | 3 |', true],
    ['| 11 | Ann |', '| 98 | 1 |\n| 11 | 2 |\n| 99 | 3 |', false],
    ['| 11 | Ann |', '| NULL | 1 |\n| NULL | 2 |', false],
    ['| 11 | Ann |', '| 98 | 1 |', false],
  ]
  it('tells of a lookup that finds nobody at all, where rows brought values and there are members', async () => {
    for (const [members, visitors, isTold] of never) {
      await house().load(person, drawn(`| person_id INT | name |\n${members}`))
      for (const onMissing of ['unknown', 'reject'] as const) {
        const { neverFound } = await house().load(lenient(onMissing), drawn(`| visitor INT | id INT |\n${visitors}`))
        assert.deepEqual(neverFound, isTold ? [{ column: 'person_key', by: ['visitor'], table: 'person_dim' }] : undefined, `${members}, ${visitors}, ${onMissing}`)
      }
    }
  })

  // Each range has samples of its own.
  if (path !== 'ranges') it('fails with samples where rows find nobody, where told', async () => {
    await house().load(person, people)
    await assert.rejects(house().load(lenient('fail'), visits, { batch: 6 }), {
      name: 'DataError',
      message: "fact visit, table visit_fact, column person_key: rows find no member. there is none for row 2 (visitor 98); row 4 (visitor 99); row 5 (visitor 97). Way out: load the dimension first, see whether that column is what its lookup holds, or say what to do with such rows: onMissing: 'unknown' or 'reject'",
    })
    assert.equal((await house().load(lenient('fail'), drawn('| visitor INT | id INT |\n| 11 | 1 |'))).staged, 1)
  })

  // how the fact's source has the lookup | what finds Ann (11) | who else is asked for, in vain
  const spellings: [string, string[], string[]][] = [
    ['INT', ['11'], ['12345', '-11']],
    ['BIGINT', ['11'], ['9223372036854775807', '-1']],
    ['VARCHAR(20)', ['11', '011', '0000000000011'], ["''", 'x', "'11 '", '11.5', '1e1', '-1']],
    ['UNTYPED', ['11', '011', '11.0'], ["''", 'eleven', '+11']],
    ['DECIMAL(8,2)', ['11.00'], ['11.50', '-1.00']],
  ]
  for (const [type, found, missing] of spellings) {
    it(`compares ${type} with an integer lookup by number`, async () => {
      await house().load(person, people)
      const rows = drawn(`| visitor ${type} | id INT |\n${[...found, ...missing].map((value, i) => `| ${value} | ${i} |`).join('\n')}`)
      await house().load(lenient('unknown'), rows)
      const keys = (await house().rows(lenient('unknown'))).toSorted((a, b) => Number(a['id']) - Number(b['id'])).map((row) => row['person_key'])
      assert.deepEqual(keys, [...found.map(() => 1), ...missing.map(() => -1)])
    })
  }

  it('finds nobody by the lookup of the unknown member', async () => {
    const named = scd1({ source: anything, create: create('CREATE TABLE person_dim (\n person_key KEY,\n person_id INT NOT NULL\n)'), key: 'person_key', lookup: ['person_id'], unknown: { person_id: 98 } })
    await house().load(named, drawn('| person_id INT |\n| 11 |'))
    const counts = await house().load(lenient('unknown'), drawn('| visitor INT | id INT |\n| 98 | 1 |\n| 11 | 2 |'))
    assert.deepEqual(counts.notFound, { person_key: 1 })
  })

  it('looks compound lookups up column by column, texts by every character', async () => {
    const stock = transaction({
      source: anything, create: create('CREATE TABLE stock_fact (\n shelf_key INT NOT NULL,\n id INT NOT NULL\n)'),
      keys: { shelf_key: { of: shelf, by: ['room', 'spot'] } },
    })
    await house().load(shelf, shelves)
    await house().load(stock, drawn("| room | spot VARCHAR(9) | id INT |\n| a | 12 | 1 |\n| a1 | 02 | 2 |\n| A | 12 | 3 |\n| a12 | NULL | 4 |\n| 'a ' | 12 | 5 |\n| a | 2 | 6 |"))
    assertDrawn(await house().rows(stock), '| id INT | shelf_key INT |\n| 1 | 1 |\n| 2 | 2 |\n| 3 | 3 |\n| 4 | -1 |\n| 5 | -1 |\n| 6 | -1 |')
  })

  it('finds the version of a time, or the current one', async () => {
    const sold = transaction({
      source: anything, create: create('CREATE TABLE sold_fact (\n then_key INT NOT NULL,\n now_key INT NOT NULL,\n id INT NOT NULL\n)'),
      keys: { then_key: { of: product, by: 'product', asOf: 'at' }, now_key: { of: product, by: 'product' } },
    })
    for (const rows of prices) await house().load(product, drawn(rows))
    const counts = await house().load(sold, drawn(`
      | id INT | product INT | at TIMESTAMP               |
      | ------ | ----------- | -------------------------- |
      | 1      | 1           | 1999-01-01                 |
      | 2      | 1           | 2016-02-29 23:59:59.999999 |
      | 3      | 1           | 2016-03-01                 |
      | 4      | 1           | 2016-05-01 12:00:00.499999 |
      | 5      | 1           | 2016-05-01 12:00:00.5      |
      | 6      | 1           | 2099-01-01                 |
      | 7      | 2           | 2016-01-01                 |
      | 8      | 1           | NULL                       |
      | 9      | 3           | 2016-01-01                 |
    `))
    assertDrawn(await house().rows(sold), `
      | id INT | then_key INT | now_key INT |
      | 1      | 1            | 4           |
      | 2      | 1            | 4           |
      | 3      | 3            | 4           |
      | 4      | 3            | 4           |
      | 5      | 4            | 4           |
      | 6      | 4            | 4           |
      | 7      | 2            | 2           |
      | 8      | -1           | 4           |
      | 9      | -1           | -1          |
    `)
    assert.deepEqual(counts.notFound, { then_key: 2, now_key: 1 })
  })

  it('takes a day where the clocks of a time zone show it, and none before the earliest', async () => {
    const sold = transaction({
      source: anything, create: create('CREATE TABLE day_fact (\n date_key INT NOT NULL,\n local_key INT NOT NULL,\n plain_key INT NOT NULL,\n id INT NOT NULL\n)'),
      keys: {
        date_key: { of: day, by: 'at', zone: 'UTC', earliest: '2016-01-01' },
        local_key: { of: day, by: 'at', zone: 'America/New_York', earliest: '2016-01-01' },
        plain_key: { of: day, by: 'at' },
      },
    })
    await house().load(day)
    const counts = await house().load(sold, drawn(`
      | id INT | at TIMESTAMP               |
      | 1      | 2016-07-01 03:59:59.999999 |
      | 2      | 2016-07-01 04:00:00        |
      | 3      | 2016-01-01 00:00:00        |
      | 4      | 2009-01-01 12:00:00        |
      | 5      | 2017-01-01 04:00:00        |
      | 6      | NULL                       |
    `))
    assertDrawn(await house().rows(sold), `
      | id INT | date_key INT | local_key INT | plain_key INT |
      | 1      | 20160701     | 20160630      | 20160701      |
      | 2      | 20160701     | 20160701      | 20160701      |
      | 3      | 20160101     | 20160101      | 20160101      |
      | 4      | 20160101     | 20160101      | -1            |
      | 5      | -1           | 20161231      | -1            |
      | 6      | -1           | -1            | -1            |
    `)
    assert.deepEqual(counts.notFound, { date_key: 2, local_key: 1, plain_key: 3 })
  })

  it('says which table does not take its rows', async () => {
    await house().load(person, people)
    await assert.rejects(house().load(sale, drawn('| order_number | buyer INT | seller BIGINT | note | amount DECIMAL(10,2) |\n| a | 11 | 12 | x | 1.00 |\n| a | 11 | 12 | x | 2.00 |')), {
      name: 'DataError', message: /^fact sale, table sale_fact: the table does not take the rows\. .*[Dd]uplicate.* Way out: let the source bring what the create's keys and checks allow/,
    })
  })

  itByValues('hands on what its source throws, as it is', async () => {
    const broken = { ...sale, transform: (flow: Flow): Flow => ({ ...flow, rows: { form: 'batches', of: failing() } }) }
    await house().load(person, people)
    await assert.rejects(house().load(broken, drawn('| order_number | buyer INT | seller BIGINT | note | amount DECIMAL(10,2) |')), { name: 'DatabaseError', message: 'the source went away' })
  })

  it('refuses a value that a measure can not hold, with the row', async () => {
    await house().load(person, people)
    await assert.rejects(house().load(sale, drawn('| order_number | buyer INT | seller BIGINT | note | amount DECIMAL(12,3) |\n| a | 11 | 12 | x | 1.000 |\n| b | 11 | 12 | x | 1.001 |')), {
      name: 'DataError',
      // A range counts its own rows.
      message: path === 'ranges' ? /row 1 \(order_number 'b'\)/ : /^fact sale, table sale_fact, column amount: row 2 \(order_number 'b'\) brings a value that the table can't hold\. '1\.001' does not fit DECIMAL\(10,2\)/,
    })
  })

  it('puts rows through transform, and counts those that it rejects', async () => {
    const cleaned = transaction({
      source: source<{ visitor: string, id: number }>('SELECT 1'), create: create('CREATE TABLE clean_fact (\n person_key INT NOT NULL,\n id INT NOT NULL,\n half DECIMAL(5,1) NOT NULL\n)'),
      keys: { person_key: { of: person, by: 'visitor' } }, adds: ['half'],
      transform: (row) => row.id === 2 ? null : { ...row, visitor: row.visitor.replace('#', ''), half: row.id / 2 },
    })
    await house().load(person, people)
    const counts = await house().load(cleaned, drawn('| visitor | id INT |\n| #11 | 1 |\n| #12 | 2 |\n| #12 | 3 |'))
    assertDrawn(await house().rows(cleaned), '| person_key INT | id INT | half DECIMAL(5,1) |\n| 1 | 1 | 0.5 |\n| 2 | 3 | 1.5 |')
    assert.deepEqual(counts, { read: 3, rejected: 1, staged: 2, notFound: { person_key: 0 } })
  })

  itByValues('plans the very queries that it runs', async () => {
    await house().load(person, people)
    const planned = (await house().plan(sale)).map(({ sql }) => sql).filter((sql) => !sql.startsWith('--'))
    await house().load(sale, drawn('| order_number | buyer INT | seller BIGINT | note | amount DECIMAL(10,2) |'))
    const ran = house().statements.map((sql) => sql.replace(/__r\d+/, '__r'))
    assert.equal(planned.length, 2)
    for (const sql of planned) assert.ok(ran.includes(sql.replace(/__r\d+/, '__r')), sql)
    assert.ok(connection())
  })
})
