import assert from 'node:assert/strict'
import type { Value, ValueType } from '../../engine/db/value-type.ts'
import { unknownValue } from '../../engine/dimension/unknown.ts'
import { heldBy } from '../../engine/dimension/versions.ts'

describe('the unknown member', () => {
  // a NOT NULL column of this type | its value
  const cases: [ValueType, Value][] = [
    [{ kind: 'text', length: 7 }, 'Unknown'], [{ kind: 'text', length: 6 }, ''], [{ kind: 'text', bytes: 6 }, ''], [{ kind: 'text' }, 'Unknown'],
    [{ kind: 'enum', values: ['b', 'a'] }, 'b'], [{ kind: 'integer', min: -5n, max: 5n }, 0], [{ kind: 'integer', min: 1901n, max: 2155n }, 1901n],
    [{ kind: 'decimal', precision: 5, scale: 2 }, '0'], [{ kind: 'float', bits: 64 }, 0], [{ kind: 'boolean' }, false], [{ kind: 'date' }, '1900-01-01'],
    [{ kind: 'timestamp', precision: 6 }, '1900-01-01 00:00:00'], [{ kind: 'timestamp', precision: 0, min: '1970-01-01 00:00:01' }, '1970-01-01 00:00:01'],
    [{ kind: 'time', precision: 0 }, '00:00:00'], [{ kind: 'json' }, '{}'], [{ kind: 'uuid' }, '00000000-0000-0000-0000-000000000000'],
    [{ kind: 'binary' }, new Uint8Array(0)], [{ kind: 'binary', length: 2, fills: true }, new Uint8Array(2)],
  ]
  for (const [type, value] of cases) {
    it(`has ${value instanceof Uint8Array ? 'no bytes' : JSON.stringify(String(value))} in a column of the type ${type.kind}, and NULL where that is allowed`, () => {
      assert.deepEqual(unknownValue({ name: 'a', type, nullable: false }), value)
      assert.equal(unknownValue({ name: 'a', type, nullable: true }), null)
    })
  }
})

describe('an instant', () => {
  it('is cut to what its column has a place for', () => {
    assert.equal(heldBy({ kind: 'timestamp', precision: 6 }, '2020-01-02 03:04:05.123456'), '2020-01-02 03:04:05.123456')
    assert.equal(heldBy({ kind: 'timestamp', precision: 3 }, '2020-01-02 03:04:05.123956'), '2020-01-02 03:04:05.123')
    assert.equal(heldBy({ kind: 'timestamp', precision: 0 }, '2020-01-02 03:04:05.999'), '2020-01-02 03:04:05')
    assert.equal(heldBy({ kind: 'date' }, '2020-01-02 03:04:05.999'), '2020-01-02 00:00:00')
  })
})
