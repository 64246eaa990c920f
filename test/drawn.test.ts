import assert from 'node:assert/strict'
import { assertDrawn, draw, drawn, statements, tuplesOf } from './helpers/drawn.ts'
import { freshDatabase } from './helpers/servers/index.ts'
import { withConnection } from './helpers/servers/mariadb.ts'

describe('a drawn table', () => {
  const table = drawn(`
    | id INT | name VARCHAR(20) | paid DECIMAL(10,2) | big BIGINT        | at TIMESTAMP        | open BOOLEAN | note     |
    | ------ | ---------------- | ------------------ | ----------------- | ------------------- | ------------ | -------- |
    | 1      | Yale 🎓          | 1.10               | 9007199254740993  | 2020-01-02 03:04:05 | true         | it's     |
    | -2     | NULL             | NULL               | 7                 | 2020-01-02          | false        | ''       |   -- a remark
    | 3      | ' a | b '        | 0.00               | NULL              | NULL                | NULL         | x\\|y\\n |
  `)

  it('is read by the types in its header', () => {
    assert.deepEqual(tuplesOf(table), [
      [1, 'Yale 🎓', '1.10', 9007199254740993n, '2020-01-02 03:04:05', true, "it's"],
      [-2, null, null, 7, '2020-01-02', false, ''],
      [3, ' a | b ', '0.00', null, null, null, 'x|y\n'],
    ])
    assert.deepEqual(table.columns[6], { name: 'note', type: 'VARCHAR(255)' })
  })

  it('survives a real database', async () => {
    const { url, drop } = await freshDatabase('drawn')
    await withConnection(`${url}?dateStrings=true&supportBigNumbers=true&bigNumberStrings=true`, async (connection) => {
      for (const sql of statements('t', table)) await connection.query(sql.replace('at TIMESTAMP', 'at DATETIME(6)'))
      const [rows] = await connection.query('SELECT * FROM t')
      assert.ok(Array.isArray(rows))
      assertDrawn(rows, table)
    })
    await drop()
  })

  it('is compared without regard to the order of rows, unless asked', () => {
    const expected = '| id INT |\n| 1 |\n| 2 |'
    assertDrawn([{ id: 2 }, { id: 1 }], expected)
    assert.throws(() => assertDrawn([{ id: 2 }, { id: 1 }], expected, { ordered: true }))
  })

  const different: [string, string, object[]][] = [
    ['another value', '| a INT |\n| 1 |', [{ a: 2 }]],
    ['a row too many', '| a INT |\n| 1 |', [{ a: 1 }, { a: 1 }]],
    ['a row too few', '| a INT |\n| 1 |', []],
    ['a column that is not there', '| a INT |\n| NULL |', [{ b: null }]],
    ['a decimal of fewer digits', '| a DECIMAL(4,2) |\n| 1.10 |', [{ a: '1.1' }]],
    ['nothing where an empty text should be', "| a |\n| '' |", [{ a: null }]],
    ['the text NULL where nothing should be', '| a |\n| NULL |', [{ a: 'NULL' }]],
    ['a blank more', '| a |\n| x |', [{ a: 'x ' }]],
    ['a later microsecond', '| a TIMESTAMP |\n| 2020-01-01 |', [{ a: '2020-01-01 00:00:00.000001' }]],
  ]
  for (const [what, expected, actual] of different) {
    it(`differs from ${what}`, () => assert.throws(() => assertDrawn(actual, expected), { code: 'ERR_ASSERTION' }))
  }

  it('is equal to the spellings of different databases', () => {
    const expected = '| a TIMESTAMP | b BOOLEAN | c BIGINT |\n| 2020-01-01 | true | 5 |'
    assertDrawn([{ a: '2020-01-01 00:00:00.000000', b: 1, c: '5' }], expected)
    assertDrawn([{ a: new Date('2020-01-01T00:00:00Z'), b: true, c: 5n }], expected)
  })

  it('with a cell too few is refused with its line', () => {
    assert.throws(() => drawn('| a | b |\n| 1 |'), /1 cells under 2 columns: \| 1 \|/)
  })

  it('can be drawn again from rows', () => {
    assert.equal(draw([{ a: 1, b: null }], [{ name: 'a', type: 'INT' }, { name: 'b', type: 'INT' }]), '\n| a | b    |\n| 1 | NULL |\n')
  })
})
