import assert from 'node:assert/strict'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { scd2 } from '../../engine/dimension/scd2.ts'
import { findingsOf } from '../../engine/cli/validate/findings.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { assertDrawn, drawn } from '../helpers/drawn.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

onEveryWarehouse('a create that has changed', ({ connection, url }) => {
  /** Loads two products under the first declaration of a column, then one of them under the second. */
  async function loadBoth(first: string, second: string) {
    const source = drawnSource('| product_id INT | price DECIMAL(10,4) |\n| 1 | 1.2399 |\n| 2 | 5.0000 |')
    const load = (type: string) => {
      const product = scd1({
        source, key: 'product_key', lookup: ['product_id'],
        create: create<string>(`CREATE TABLE product_dim (\n product_key KEY,\n product_id INT NOT NULL,\n price ${type}\n)`),
      })
      return loadAll(defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: { product }, facts: {} }))
    }
    resultsOf(await load(first))
    source.draw('| product_id INT | price DECIMAL(10,4) |\n| 2 | 5.0000 |')
    return load(second)
  }
  const rows = () => connection().query('SELECT * FROM product_dim')

  it('is refused where members that left the source would be rounded', async () => {
    const report = await loadBoth('DECIMAL(10,4)', 'DECIMAL(10,2)')
    assert.match(report.etls[0]?.error?.message ?? '', /dimension product, table product_dim: .*column price is (decimal|numeric)\(10,4\) .* rounded away.* Way out: .*ALTER/i)
    assertDrawn(await rows(), '| product_id INT | price |\n| 0 | NULL |\n| 1 | 1.2399 |\n| 2 | 5.0000 |')
  })

  it('is taken where the column only grows', async () => {
    resultsOf(await loadBoth('DECIMAL(10,4)', 'DECIMAL(12,5)'))
    assertDrawn(await rows(), '| product_id INT | price |\n| 0 | NULL |\n| 1 | 1.23990 |\n| 2 | 5.00000 |')
  })
})

const KINDS = {
  scd1: (source: ReturnType<typeof drawnSource>, columns: string, onBadRow: 'fail' | 'quarantine' = 'fail') => scd1({
    source, key: 'product_key', lookup: ['product_id'], onBadRow, create: create<string>(`CREATE TABLE product_dim (\n product_key KEY,\n product_id INT NOT NULL,\n ${columns}\n)`),
  }),
  scd2: (source: ReturnType<typeof drawnSource>, columns: string, onBadRow: 'fail' | 'quarantine' = 'fail') => scd2({
    source, key: 'product_key', lookup: ['product_id'], history: ['city'], onBadRow,
    create: create<string>(`CREATE TABLE product_dim (\n product_key KEY,\n product_id INT NOT NULL,\n ${columns},\n valid_from TIMESTAMP NOT NULL,\n valid_to TIMESTAMP,\n is_current BOOLEAN NOT NULL\n)`),
  }),
}

/** Each column with what it was, what it is now, a value that fits both, one that fits the first alone, and what is said of it. */
const NARROWED: readonly (readonly [name: string, before: string, after: string, good: string, bad: string, said: RegExp])[] = [
  ['city', 'VARCHAR(40)', 'VARCHAR(18)', 'Århus', 'Llanfairpwllgwyngy\u{1F600}', /'Llanfairpwllgwyngy\u{1F600}' does not fit text of at most 18 characters: it has 19 characters/u],
  ['short', 'VARCHAR(300)', 'TINYTEXT', 'ü', 'ü'.repeat(200), /does not fit text of at most 255 bytes: it has 400 bytes/],
  ['amount', 'BIGINT', 'SMALLINT', '32767', '-32769', /-32769 does not fit an integer from -32768 to 32767/],
  ['price', 'DECIMAL(10,2)', 'DECIMAL(6,2)', '-9999.99', '10000.00', /10000.00'? does not fit DECIMAL\(6,2\)/],
  ['mood', 'VARCHAR(10)', "ENUM('good','bad')", 'good', 'Good', /'Good' does not fit one of 'good', 'bad'/],
  ['flag', 'INT', 'BOOLEAN', '1', '2', /2 does not fit a boolean/],
  ['ratio', 'BIGINT', 'FLOAT', '16777216', '-16777217', /-16777217 does not fit a 32-bit float/],
  ['code', 'INT', 'VARCHAR(3)', '123', '1234', /1234'? does not fit text of at most 3 characters/],
  ['note', 'INT', 'INT NOT NULL', '7', 'NULL', /column note is \w+(\(11\))? in the live table and INT NOT NULL in the create; product_id 1 \(product_key 1\): NULL in a column that allows none/i],
]
const SOURCE_TYPES: Readonly<Record<string, string>> = { flag: 'INT', code: 'INT' }
const header = NARROWED.map(([name, before]) => `${name} ${SOURCE_TYPES[name] ?? before.replace(/VARCHAR.*/, 'TEXT')} |`).join(' ')
const row = (id: number, which: 'good' | 'bad'): string => `| ${id} | ${NARROWED.map(([, , , good, bad]) => `${which === 'good' ? good : bad} |`).join(' ')}`
const table = (...rows: readonly string[]): string => [`| product_id INT | ${header}`, ...rows].join('\n')
const declared = (which: 'before' | 'after'): string => NARROWED.map(([name, before, after]) => `${name} ${which === 'before' ? before : after}`).join(',\n ')

onEveryWarehouse('a narrowed column', ({ connection, url, house }) => {
  for (const [name, kind] of Object.entries(KINDS)) {
    const rows = () => connection().query('SELECT * FROM product_dim ORDER BY product_key')
    const configOf = (product: ReturnType<typeof kind>) => defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: { product }, facts: {} })
    const errorOf = async (product: ReturnType<typeof kind>) => (await loadAll(configOf(product))).etls[0]?.error?.message ?? ''
    const found = async (product: ReturnType<typeof kind>) => {
      const messages: string[] = []
      for await (const { errors } of findingsOf(configOf(product), new AbortController().signal)) messages.push(...errors.map(({ message }) => message))
      return messages.join('\n')
    }

    it(`of ${name} is refused with a member that left the source, by the load and by validate, and nothing is changed`, async () => {
      const source = drawnSource(table(row(1, 'bad'), row(2, 'good')))
      resultsOf(await loadAll(configOf(kind(source, declared('before')))))
      const before = await rows()
      source.draw(table(row(2, 'good')))
      const narrowed = kind(source, declared('after'))
      for (const message of [await errorOf(narrowed), await found(narrowed)]) {
        assert.match(message, /dimension product, table product_dim, column city, short, amount, price, mood, flag, ratio, code, note: members of the live table do not fit/)
        assert.match(message, /column city is (varchar|character varying)(\(40\))? in the live table and VARCHAR\(18\) in the create; product_id 1 \(product_key 1\): 'Llan/i)
        for (const [, , , , , said] of NARROWED) assert.match(message, said)
        assert.match(message, /Way out: declare the column in the create so that it holds what is live, or change these values in the live table/)
      }
      assert.deepEqual(await rows(), before)
    })

    it(`of ${name} is refused where the member's own new row is set aside`, async () => {
      const source = drawnSource('| product_id INT | city TEXT |\n| 1 | Llanfairpwllgwyngyl |\n| 2 | Bath |')
      resultsOf(await loadAll(configOf(kind(source, 'city VARCHAR(40)'))))
      assert.match(await errorOf(kind(source, 'city VARCHAR(18)', 'quarantine')), /column city .*product_id 1 \(product_key 1\): 'Llanfairpwllgwyngyl' does not fit.*19 characters/)
    })

    it(`of ${name} is taken where the source brings every such member with a value that fits${name === 'scd2' ? ', but for a version that is kept' : ''}`, async () => {
      const source = drawnSource('| product_id INT | city TEXT | price DECIMAL(10,2) |\n| 1 | Llanfairpwllgwyngyl | 10000.00 |\n| 2 | Bath | 1.00 |')
      resultsOf(await loadAll(configOf(kind(source, 'city VARCHAR(40), price DECIMAL(10,2)'))))
      source.draw('| product_id INT | city TEXT | price DECIMAL(10,2) |\n| 1 | Llanfair | 1.00 |')
      const message = await errorOf(kind(source, 'city VARCHAR(18), price DECIMAL(6,2)'))
      if (name === 'scd1') assert.equal(message, '')
      else assert.match(message, /product_dim, column city: members/)
      if (name === 'scd2') assert.equal(await errorOf(kind(source, 'city VARCHAR(40), price DECIMAL(6,2)')), '')
      assert.deepEqual((await rows()).map(({ price }) => price), name === 'scd1' ? [null, '1.00', '1.00'] : [null, '1.00', '1.00', '1.00'])
    })

    it(`of ${name} that a database refuses in a CHECK says that the live table's members are meant`, async () => {
      const source = drawnSource('| product_id INT | city TEXT | amount INT |\n| 1 | Bath | 200 |\n| 2 | Bath | 1 |')
      resultsOf(await loadAll(configOf(kind(source, 'city VARCHAR(40), amount INT'))))
      source.draw('| product_id INT | city TEXT | amount INT |\n| 2 | Bath | 1 |')
      assert.match(await errorOf(kind(source, 'city VARCHAR(40), amount BIGINT CHECK (amount < 100)')),
        /dimension product, table product_dim: the table does not take the rows of the live table\. .*; amount is int(eger|\(11\)) in the live table and BIGINT in the create\. Way out: .*change these members in the live table/i)
    })

    it(`is looked for in no live value of ${name} where types stay or grow`, async () => {
      // DuckDB's columns have no lengths, so a text that has one in the create is looked at there.
      const text = connection().dialect.manyProcesses ? 'VARCHAR(40)' : 'TEXT'
      const [first, wider] = [`city ${text}, amount INT NOT NULL, price DECIMAL(6,2)`, `city ${text.replace('40', '41')}, amount BIGINT, price DECIMAL(10,2)`]
      const content = drawn('| product_id INT | city TEXT | amount INT | price DECIMAL(6,2) |\n| 1 | Bath | 1 | 1.00 |')
      const loads = [first, first, wider].map((columns) => kind(drawnSource('| product_id INT |'), columns))
      for (const load of loads) await house().load(load, content)
      const looks = () => house().statements.filter((sql) => sql.includes('unfit_0'))
      assert.deepEqual(looks(), [])
      await house().load(loads[0]!, content)
      assert.equal(looks().length, 1, 'one look at all columns that are narrower again')
    })
  }
})
