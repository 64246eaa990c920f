import assert from 'node:assert/strict'
import { drawn } from '../helpers/drawn.ts'
import { kinds, newStar, schools, sales } from './star.ts'
import type { Different, Star } from './star.ts'

/** Of a source: what stands in the place of a column's expression, or of the whole. Each part of `says`, parted by +, is said. */
const cases = drawn(`
  | what                        | etl    | instead       | stands                               | code INT | says                                                          |
  | --------------------------- | ------ | ------------- | ------------------------------------ | -------- | ------------------------------------------------------------- |
  | lacks a table               | school | school AS s   | scool AS s                           | 1        | dimension school + scool                                      |
  | is no SQL                   | school | SELECT        | SELEC                                | 1        | dimension school                                              |
  | doubles a column            | school | s.state AS    | s.name AS name, s.state AS           | 1        | dimension school + column name twice + way out                |
  | has another type            | sale   | s.amount AS   | DATE '2024-01-01' AS                 | 1        | fact sale + column amount + a date does not go to + way out   |
  | brings a text too long      | school | s.name AS     | repeat('x', 30) AS                   | 1        | dimension school, table school_dim, column name + row 1 (school_id '1') + at most 20 characters + way out |
  | brings NULL                 | school | s.name AS     | nullif(s.name, 'West') AS            | 1        | column name + row 3 (school_id '3') + NULL in a column that allows none + way out |
  | brings words for a number   | school | s.id AS       | 'seven' AS                           | 1        | column school_id + 'seven' + way out                          |
  | brings too large a number   | school | s.id AS       | '2147483648' AS                      | 1        | column school_id + '2147483648' does not fit an integer + way out  |
  | brings too many digits      | sale   | s.amount AS   | '1.005' AS                           | 1        | fact sale, table sale_fact, column amount + row 1 (sale_id '1') + 1.005 + way out |
  | brings a lookup twice       | school | s.id AS       | '1' AS                               | 1        | dimension school, lookup school_id + rows 1 and 3 + way out   |
  | brings a key twice          | sale   | s.id AS       | '1' AS                               | 1        | fact sale, table sale_fact + uplicate + way out               |
  | fails half-way              | school | s.name AS     | CASE WHEN s.id = '3' THEN error('boom') ELSE s.name END AS | 1 | source of dimension school + boom           |
`)

const texts: Readonly<Record<string, string>> = { school: schools, sale: sales }
const differs = ({ etl, stands, ...rest }: Readonly<Record<string, unknown>>): Different => {
  const text = texts[String(etl)] ?? ''
  const changed = text.replace(String(rest['instead']), String(stands))
  assert.notEqual(changed, text, 'nothing is different')
  return etl === 'school' ? { schools: changed } : { sales: changed }
}

for (const kind of kinds) {
  describe(`a star on ${kind} stays as it is where a source`, () => {
    let star: Star
    let first: string
    before(async () => {
      star = await newStar(kind)
      await star.load()
      first = await star.live()
    })
    after(() => star.remove())

    for (const row of cases.rows) {
      it(String(row['what']), async () => {
        const { code, said } = await star.run(differs(row))
        assert.equal(code, row['code'], said)
        for (const part of String(row['says']).split(' + ')) assert.ok(said.includes(part), `it does not say ${part}:\n${said}`)
        assert.equal(await star.live(), first)
      })
    }

    it('was wrong before, and is right again: nothing is left over', async () => {
      await star.load()
      assert.equal(await star.live(), first)
      assert.deepEqual(await star.leftovers(), [])
    })
  })
}
