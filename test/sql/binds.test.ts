import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { ConfigurationError } from '../../engine/errors.ts'
import { bindPositions, readBinds } from '../../engine/sql/binds.ts'
import { didYouMean } from '../../engine/sql/did-you-mean.ts'

describe(':named binds', () => {
  const cases = [
    ['WHERE a = :a AND b=:b OR c IN (:c,:d)', ['a', 'b', 'c', 'd']],
    ['WHERE a = :a AND b = :a', ['a', 'a']],
    ["WHERE a = ':x' AND \":y\" = `:z` -- :u\n /* :v */ AND b = :b", ['b']],
    ['SELECT a::text, b :: int, :c::date', ['c']],
    ['SELECT @row := :start', ['start']],
    ['SELECT a[1:n], a[:n], a[n:], b[1 : n]', []],
    ['SELECT [:a, :b], (:c)', ['a', 'b', 'c']],
    ["SELECT {k:v, 'l': :m}", ['m']],
    ["SELECT '12:30', TIME '12:30'", []],
    ["SELECT 'it\\'s :x' , :y, 'z'", ['y']],
    ['SELECT $$ :x $$, :größe', ['größe']],
    ['SELECT 1 # :x', []],
  ] as const
  for (const [sql, names] of cases) {
    const flavour = sql.includes('#') ? 'mysql' : sql.includes('$$') ? 'standard' : undefined
    it(`are ${names.join(', ') || 'none'} in ${JSON.stringify(sql)}`, () => {
      const binds = readBinds(sql, flavour)
      assert.deepEqual(binds.map((bind) => bind.name), names)
      for (const bind of binds) assert.equal(sql.slice(bind.start, bind.end), `:${bind.name}`)
    })
  }

  it('become positions, and their values a list in that order', () => {
    assert.deepEqual(bindPositions("SELECT ':a' WHERE a = :a AND b = :b::int OR a > :a", { a: 1, b: null }),
      { sql: "SELECT ':a' WHERE a = ? AND b = ?::int OR a > ?", values: [1, null, 1] })
  })

  it('leave a query without any as it is', () => {
    assert.deepEqual(bindPositions('SELECT data ? 1', {}), { sql: 'SELECT data ? 1', values: [] })
  })

  const wrong = [
    ['a = :since', { sinec: 1 }, /asks for :since.*Did you mean 'sinec'/],
    ['a = 1', { since: 1 }, /no :since/],
    ['a = :constructor', {}, /asks for :constructor/],
    ['a = :a AND b = ?', { a: 1 }, /a \? of its own/],
    ["a = :a AND b = 'x", { a: 1 }, /line 1.*' is not closed/],
    ['a = 1 # :a', { a: 1 }, /other :names on MySQL/],
  ] as const
  for (const [sql, values, why] of wrong) {
    it(`are refused in ${JSON.stringify(sql)} for ${JSON.stringify(values)}`, () => {
      assert.throws(() => bindPositions(sql, values), (error: unknown) => error instanceof ConfigurationError && why.test(error.message))
    })
  }

  it('never let a value into the text', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => {
      assert.deepEqual(bindPositions('SELECT :a, :b, :a', { a, b }), { sql: 'SELECT ?, ?, ?', values: [a, b, a] })
    }))
  })
})

describe('did you mean', () => {
  const cases = [
    ['prodct_id', 'product_id'], ['PRODUCT_ID', 'product_id'], ['tilte', 'title'], ['x', undefined], ['zebra', undefined], ['brnad', 'brand'],
  ] as const
  for (const [name, meant] of cases) {
    it(`finds ${meant} for ${name}`, () => assert.equal(didYouMean(name, ['title', 'product_id', 'brand', 'list_price']), meant))
  }
})
