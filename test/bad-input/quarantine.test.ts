import assert from 'node:assert/strict'
import { create, defineConfig, scd1, source } from '../../engine/index.ts'
import { assertDrawn, drawn } from '../helpers/drawn.ts'
import { kinds, newStar, sales, schools } from './star.ts'
import type { Different, Star } from './star.ts'

const bad = { onBadRow: 'quarantine' } as const
/** School 2's name is too long, and sale 3's amount has too many digits. */
const unfit: Different = {
  bad,
  schools: schools.replace('s.name AS', "CASE s.id WHEN '2' THEN repeat('x', 30) ELSE s.name END AS"),
  sales: sales.replace('s.amount AS', "CASE s.id WHEN '3' THEN '1.005' ELSE s.amount END AS"),
}
const doubled: Different = { bad, schools: schools.replace('s.id AS', "CASE s.id WHEN '3' THEN '1' ELSE s.id END AS") }

const badRows = 'SELECT b.row_no, b.target, b.column_name, b.reason, b.row_values FROM etl_bad_row b JOIN etl_run r ON r.run_id = b.run ORDER BY b.target, b.row_no'

for (const kind of kinds) {
  describe(`a row that does not fit a star on ${kind}`, () => {
    let star: Star
    beforeEach(async () => { star = await newStar(kind) })
    afterEach(() => star.remove())

    it('is set aside with its reason where that is asked for, and the others are loaded', async () => {
      const { code, said } = await star.run(unfit)
      assert.equal(code, 0, said)
      assertDrawn(await star.rows('SELECT school_key, school_id, name FROM school_dim'), drawn(`
        | school_key INT | school_id INT | name    |
        | -------------- | ------------- | ------- |
        | -1             | 0             | Unknown |
        | 1              | 1             | North   |
        | 2              | 3             | West    |
      `))
      assertDrawn(await star.rows('SELECT sale_id, school_fk, amount FROM sale_fact'), drawn(`
        | sale_id INT | school_fk INT | amount DECIMAL(10,2) |
        | ----------- | ------------- | -------------------- |
        | 1           | 1             | 10.50                |
        | 2           | -1            | 3.25                 |
      `))
      assert.deepEqual(await star.rows(badRows), [
        {
          row_no: 3, target: 'sale_fact', column_name: 'amount', reason: "'1.005' does not fit DECIMAL(10,2)",
          row_values: '{"sale_id":"3","school_id":"9","amount":"1.005"}',
        },
        {
          row_no: 2, target: 'school_dim', column_name: 'name', reason: `'${'x'.repeat(30)}' does not fit text of at most 20 characters: it has 30 characters`,
          row_values: `{"school_id":"2","name":"${'x'.repeat(30)}","state":null}`,
        },
      ])
      for (const text of ['Rows set aside, in etl_bad_row:', 'school_dim.name: 1 row, the first is row 2', 'sale_fact.amount: 1 row, the first is row 3', 'sale_fact.school_fk: 1 row']) {
        assert.ok(said.includes(text), `it does not say ${text}:\n${said}`)
      }
    })

    it('is counted as rejected, in the ledger and in the document', async () => {
      const { code, said } = await star.run(unfit, ['--run_dimensions', '--run_facts', '--json'])
      assert.equal(code, 0, said)
      const document = JSON.parse(said.slice(said.indexOf('{'))) as { results: unknown; etls: { counts: { rejected: number; quarantined: unknown } }[] }
      assert.deepEqual(document.results, [[['dimension', 'school', 2]], [['fact', 'sale', 2]]])
      assert.deepEqual(document.etls.map(({ counts }) => counts.rejected), [1, 1])
      assert.deepEqual(document.etls[1]?.counts.quarantined, [{ column: 'amount', rows: 1, row: 3, reason: "'1.005' does not fit DECIMAL(10,2)" }])
      assert.deepEqual(await star.rows('SELECT rows_read, rows_loaded, rows_rejected FROM etl_run'), [
        { rows_read: 3, rows_loaded: 2, rows_rejected: 1 }, { rows_read: 3, rows_loaded: 2, rows_rejected: 1 },
      ])
    })

    it('fails the load where nothing is said', async () => {
      await star.load()
      const first = await star.live()
      const { code, said } = await star.run({ ...unfit, bad: {} })
      assert.equal(code, 1, said)
      assert.equal(await star.live(), first)
      assert.deepEqual(await star.rows(badRows), [])
    })

    it('fails the load where there are more than may be, and is kept to be looked at', async () => {
      await star.load()
      const first = await star.live()
      const many: Different = { ...unfit, schools: schools.replace('s.name AS', "repeat('x', 30) AS"), bad: { ...bad, maxBadRows: 2 } }
      for (let i = 0; i < 2; i += 1) {
        const { code, said } = await star.run(many, ['--run_dimensions', '--no-test_source'])
        assert.equal(code, 1, said)
        assert.match(said, /dimension school: more than 2 rows do not fit[^]*row 1, column name: 'xxx[^]*etl_bad_row/)
        assert.equal(await star.live(), first)
        const rows = await star.rows(badRows)
        assert.deepEqual(rows.map((row) => row['row_no']), [1, 2, 3])
      }
      const { code, said } = await star.run(many)
      assert.equal(code, 1, 'the source test finds it too')
      assert.match(said, /row 1, column name: 'xxx[^]*nothing was written/)
    })

    it('goes from the ledger when a newer run of its table is published', async () => {
      await star.load(unfit)
      assert.equal((await star.rows(badRows)).length, 2)
      await star.load(unfit, ['--run_facts'])
      assert.deepEqual((await star.rows(badRows)).map(({ target, row_no: row }) => [target, row]), [['sale_fact', 3], ['school_dim', 2]])
      await star.load({}, ['--run_facts'])
      assert.deepEqual((await star.rows(badRows)).map(({ target }) => target), ['school_dim'])
      await star.load({}, ['--drop_tables', '--yes'])
      assert.deepEqual(await star.rows(badRows), [])
    })

    it('is any of those that share a lookup: nobody can tell which of them counts', async () => {
      await star.load()
      const { code, said } = await star.run(doubled)
      assert.equal(code, 0, said)
      assertDrawn(await star.rows('SELECT school_key, school_id, name FROM school_dim WHERE school_key > 0'), drawn(`
        | school_key INT | school_id INT | name  |
        | -------------- | ------------- | ----- |
        | 1              | 1             | North |
        | 2              | 2             | South |
        | 3              | 3             | West  |
      `))
      const rows = await star.rows(badRows)
      assert.deepEqual(rows.map((row) => [row['row_no'], row['column_name'], row['reason'], row['row_values']]), [
        [1, 'school_id', 'school_id 1 comes more than once', '{"school_id":1,"name":"North","state":"Ohio"}'],
        [3, 'school_id', 'school_id 1 comes more than once', '{"school_id":1,"name":"West","state":"Utah"}'],
      ])
      const failed = await star.run({ ...doubled, bad: { ...bad, maxBadRows: 1 } })
      assert.equal(failed.code, 1, failed.said)
      assert.match(failed.said, /more than one row does not fit/)
    })
  })
}

const school = (rules: object) => () => defineConfig({
  source: 'files:.', warehouse: 'duckdb:x.duckdb', facts: {},
  dimensions: {
    school: scd1({
      source: source<{ id: number }>('SELECT 1'), create: create<string>('CREATE TABLE t (k KEY, id INT)'), key: 'k', lookup: ['id'], ...rules,
    }),
  },
})

describe('a declaration', () => {
  // what is declared | what is said
  const wrong: [object, RegExp][] = [
    [{ onBadRow: 'skip' }, /onBadRow is 'skip', and it can be fail or quarantine/],
    [{ maxBadRows: 5 }, /maxBadRows says nothing without onBadRow: 'quarantine'/],
    [{ onBadRow: 'quarantine', maxBadRows: -1 }, /maxBadRows is -1, and it can be 0 to 10000/],
    [{ onBadRow: 'quarantine', maxBadRows: 1.5 }, /maxBadRows is 1.5/],
    [{ onBadRow: 'quarantine', maxBadRows: 10_001 }, /maxBadRows is 10001/],
  ]
  for (const [rules, message] of wrong) it(`is refused with ${JSON.stringify(rules)}`, () => assert.throws(school(rules), message))
  it('may say that no row is set aside', () => assert.doesNotThrow(school({ onBadRow: 'quarantine', maxBadRows: 0 })))
})
