import assert from 'node:assert/strict'
import { folded, wrapped } from '../../engine/cli/words.ts'

describe('a line that is too long', () => {
  it('folds between words, under its own beginning', () => {
    assert.equal(folded('  one two three four', 12), '  one two\n  three four')
    assert.equal(folded('- one two three', 9, 2), '- one two\n  three')
  })
  it('stays whole where one word is wider than the terminal, and where there is no terminal', () => {
    assert.equal(folded('/a/very/long/path', 5), '/a/very/long/path')
    assert.equal(folded('one two three', Infinity), 'one two three')
  })
  it('has its long head on a line of its own, where the head leaves no room', () => {
    assert.equal(wrapped('Held by a check:  ', ['product_sale.product_fk', 'b.c'], 30), 'Held by a check:\n  product_sale.product_fk ·\n  b.c')
    assert.equal(wrapped('Held by a check:  ', ['a.b', 'b.c'], 30), 'Held by a check:  a.b · b.c')
  })
})
