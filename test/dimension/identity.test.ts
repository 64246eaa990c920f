import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { Value, ValueType } from '../../engine/db/value-type.ts'
import { identifier } from '../../engine/dimension/identity.ts'

const INT: ValueType = { kind: 'integer', min: -(2n ** 63n), max: 2n ** 63n - 1n }
const TEXT: ValueType = { kind: 'text' }

const of = (type: ValueType, value: Value) => identifier([type], [0])([value])

describe('the identity of a lookup', () => {
  // the dimension's type | spellings of one member | what is another member, or nobody
  const cases: [string, ValueType, Value[], Value[]][] = [
    ['an integer', INT, [5, 5n, '5', '05', '5.00'], [6, '5.5', 5.5, '5 ', '', 'x', null, '-5']],
    ['a great integer', INT, [9_007_199_254_740_993n, '9007199254740993'], [9_007_199_254_740_992n, '9007199254740994']],
    ['a text', TEXT, ['5', 5, 5n], ['05', '5 ', '', null]],
    ['an accented text', TEXT, ['é'], ['e', 'É', 'e\u0301']],
    ['a decimal', { kind: 'decimal', precision: 5, scale: 2 }, ['1.10', '1.1', '01.1', 1.1], ['1.101', '1.11', '', null]],
    ['a boolean', { kind: 'boolean' }, [true, 1, '1', 'true'], [false, 0, 2, null]],
    ['a date', { kind: 'date' }, ['2020-01-01', '2020-01-01 00:00:00'], ['2020-01-01 00:00:01', '2020-1-1', null]],
    ['an instant', { kind: 'timestamp', precision: 6 }, ['2020-01-01 00:00:00', '2020-01-01T00:00:00Z', '2020-01-01 00:00:00.000000', '2020-01-01'], ['2020-01-01 00:00:00.000001', null]],
    ['a UUID', { kind: 'uuid' }, ['6f9619ff-8b86-d011-b42d-00cf4fc964ff', '6F9619FF-8B86-D011-B42D-00CF4FC964FF'], ['6f9619ff-8b86-d011-b42d-00cf4fc964fe', 'x']],
    ['bytes', { kind: 'binary' }, [Uint8Array.of(0, 255)], [Uint8Array.of(0, 254), Uint8Array.of(0), null]],
    ['nothing', INT, [null], [0, '', 'null']],
  ]
  for (const [what, type, same, others] of cases) {
    it(`of ${what} is one for every spelling`, () => {
      const first = of(type, same[0]!)
      assert.notEqual(first, undefined)
      for (const value of same) assert.equal(of(type, value), first, String(value))
      for (const value of others) assert.notEqual(of(type, value), first, String(value))
    })
  }

  it('of several columns is different wherever one of them is', () => {
    const part = fc.oneof(fc.constant(null), fc.string({ maxLength: 4 }), fc.constantFrom(';', ':', '1:', '-;', '1', '12', '2'))
    const identify = identifier([TEXT, TEXT, TEXT], [0, 1, 2])
    fc.assert(fc.property(fc.tuple(part, part, part), fc.tuple(part, part, part), (a, b) => {
      assert.equal(identify(a) === identify(b), a.every((value, i) => value === b[i]))
    }), { numRuns: 2000 })
  })

  it('of several columns tells an integer from the text of another one', () => {
    const identify = identifier([INT, TEXT], [1, 0])
    assert.notEqual(identify(['2', 1]), identify(['', 12]))
    assert.equal(identify(['a', '01']), identify(['a', 1]))
    assert.equal(identify(['a', 'x']), undefined)
  })
})
