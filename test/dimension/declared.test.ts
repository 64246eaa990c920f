import assert from 'node:assert/strict'
import { date } from '../../engine/dimension/date.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { scd2 } from '../../engine/dimension/scd2.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import type { Etl } from '../../engine/etl/etl.ts'
import { create } from '../../engine/sql/define-create.ts'
import { source } from '../../engine/source/sql.ts'

const problemsOf = (etl: Etl): readonly string[] => etl.problems(etl.create.definition())

const from = source('SELECT a.id AS product_id,\n a.title AS title,\n a.brand AS brand\n FROM a')
const open = source<Record<string, unknown>>('SELECT * FROM a')
const table = (columns: string) => create<string>(`CREATE TABLE product_dim (\n ${columns}\n)`)
const plain = table('product_key KEY,\n product_id INT NOT NULL,\n title VARCHAR(20)')
const historic = table('product_key KEY,\n product_id INT NOT NULL,\n title VARCHAR(20),\n valid_from TIMESTAMP,\n valid_to TIMESTAMP,\n is_current BOOLEAN')
const base = { source: from, create: plain, key: 'product_key', lookup: ['product_id'] } as const
const dimension = scd1(base)
const day = date({ create: table('date_key KEY,\n full_date DATE'), key: 'date_key', from: '2020-01-01', through: '2020-12-31' })
const facts = { source: open, create: create<string>('CREATE TABLE sale_fact (\n date_key INT,\n product_key INT,\n amount INT\n)') }

describe('a declaration', () => {
  // what is wrong | the declaration | the sentences
  const cases: [string, Etl, string[]][] = [
    ['nothing', dimension, []],
    ['nothing, with history', scd2({ ...base, create: historic, history: ['title'] }), []],
    ['a key that is no column', scd1({ ...base, key: 'product_kee' }), ["key names 'product_kee', which is no column of product_dim. Did you mean 'product_key'?"]],
    ['a key that is text', scd1({ ...base, create: table('product_key VARCHAR(9),\n product_id INT') }), ['product_key is VARCHAR(9), and a key is KEY or an integer']],
    ['a key that holds no -1', scd1({ ...base, create: table('product_key INT UNSIGNED NOT NULL,\n product_id INT') }), ['product_key is INT UNSIGNED, and the unknown member has the key -1: declare it signed']],
    ['a day that holds no -1', date({ create: table('date_key INT UNSIGNED NOT NULL'), key: 'date_key', from: '2020-01-01', through: '2020-12-31' }), ['date_key is INT UNSIGNED, and the unknown member has the key -1: declare it signed']],
    ['a lookup that is no column', scd1({ ...base, lookup: ['prodct_id'] }), ["lookup names 'prodct_id', which is no column of product_dim. Did you mean 'product_id'?"]],
    ['a lookup named twice', scd1({ ...base, lookup: ['product_id', 'product_id'] }), ["lookup names 'product_id' twice"]],
    ['a lookup of JSON', scd1({ ...base, create: table('product_key KEY,\n product_id JSON') }), ["lookup names 'product_id', which is JSON: one document is written in many ways, and nobody tells them apart alike"]],
    ['a lookup by the key', scd1({ ...base, lookup: ['product_key'] }), ["lookup names 'product_key', which the engine fills"]],
    ['a column that the source lacks', scd1({ ...base, create: table('product_key KEY,\n product_id INT,\n tilte INT') }), ["the source brings no column tilte, which table product_dim has. Did you mean 'title'?"]],
    ['an order that the source lacks', scd1({ ...base, duplicates: { keep: 'last', by: 'brnad' as 'brand' } }), ["the source brings no column brnad, which is asked for. Did you mean 'brand'?"]],
    ['an unknown value for no column', scd1({ ...base, unknown: { titel: 'x' } }), ["unknown names 'titel', which is no column of product_dim that a source fills. Did you mean 'title'?"]],
    ['columns that nothing adds', scd1({ ...base, adds: ['title'] }), ['adds names columns that a transform adds, and there is no transform']],
    ['a name that the engine needs', scd1({ ...base, source: open, create: table('product_key KEY,\n product_id INT,\n row_no INT') }), ['the create names a column row_no, which the engine needs for itself']],
    ['a share of more than all', scd1({ ...base, minRows: -1, maxDropPct: 101 }), ['minRows is -1, which is no number of rows', 'maxDropPct is 101, and a percentage goes from 0 to 100']],
    ['history in the lookup', scd2({ ...base, create: historic, history: ['product_id'] }), ["history names 'product_id', which is in lookup: a member's natural key never changes"]],
    ['history that the engine fills', scd2({ ...base, create: historic, history: ['valid_to'] }), ["history names 'valid_to', which the engine fills"]],
    ['no history', scd2({ ...base, create: historic, history: [] }), ['history names no column: without one this is scd1']],
    ['no bookkeeping', scd2({ ...base, history: ['title'] }), [
      'the create has no column valid_from, which a dimension with history needs', 'the create has no column valid_to, which a dimension with history needs',
      'the create has no column is_current, which a dimension with history needs',
    ]],
    ['a time that the source lacks', scd2({ ...base, create: historic, history: ['title'], effectiveFrom: 'titel' as 'title' }), ["effectiveFrom names 'titel', which is no column of the source. Did you mean 'title'?"]],
    ['a key column that is not there', transaction({ ...facts, keys: { produkt_key: { of: dimension, by: 'product_id' } } }), ["keys names 'produkt_key', which is no column of sale_fact. Did you mean 'product_key'?"]],
    ['fewer columns than the lookup has', transaction({ ...facts, keys: { product_key: { of: scd1({ ...base, lookup: ['product_id', 'title'] }), by: ['product_id'] as never } } }), [
      'product_key: by names 1 column, and the lookup has 2 (product_id, title)',
    ]],
    ['as of a time without history', transaction({ ...facts, keys: { product_key: { of: dimension, by: 'product_id', asOf: 'at' } as unknown as { of: typeof dimension, by: 'product_id' } } }), ['product_key: asOf says nothing to a dimension of the kind scd1']],
    ['a zone that nobody knows', transaction({ ...facts, keys: { date_key: { of: day, by: 'at', zone: 'America/New_Yrok' } } }), ["date_key: there is no time zone \"America/New_Yrok\". Way out: did you mean 'America/New_York'?"]],
    ['a way with the missing that is none', transaction({ ...facts, keys: { product_key: { of: dimension, by: 'product_id', onMissing: 'skip' as 'fail' } } }), ["product_key: onMissing is 'skip', and it can be unknown, reject, fail"]],
    ['a key of a fact that holds no -1', transaction({ ...facts, create: create<string>('CREATE TABLE sale_fact (\n product_key INT UNSIGNED,\n amount INT\n)'), keys: { product_key: { of: dimension, by: 'product_id' } } }), ['product_key is INT UNSIGNED, and the unknown member has the key -1: declare it signed']],
    ['nothing, where nobody unknown is pointed at', transaction({ ...facts, create: create<string>('CREATE TABLE sale_fact (\n product_key INT UNSIGNED,\n amount INT\n)'), keys: { product_key: { of: dimension, by: 'product_id', onMissing: 'reject' } } }), []],
    ['a total of a key', transaction({ ...facts, keys: { product_key: { of: dimension, by: 'product_id' } }, total: 'product_key' }), ["total names 'product_key', which is no column of sale_fact that holds a measure"]],
  ]
  for (const [what, etl, sentences] of cases) {
    it(`with ${what} wrong is told ${sentences.length === 0 ? 'nothing' : sentences[0]}`, () => assert.deepEqual(problemsOf(etl), sentences))
  }

  it('says which columns it needs, and what they fill', () => {
    const etl = transaction({ ...facts, keys: { date_key: { of: day, by: 'sold_at' }, product_key: { of: scd2({ ...base, create: historic, history: ['title'] }), by: 'product_id', asOf: 'sold_at' } } })
    assert.deepEqual(etl.needs(etl.create.definition()), [{ name: 'amount', into: 'amount' }, { name: 'sold_at' }, { name: 'product_id' }])
    const dated = scd2({ ...base, source: open, create: historic, history: ['title'], effectiveFrom: 'at', duplicates: { keep: 'last', by: 'title' } })
    assert.deepEqual(dated.needs(dated.create.definition()), [{ name: 'product_id', into: 'product_id' }, { name: 'title', into: 'title' }, { name: 'at' }])
  })
})
