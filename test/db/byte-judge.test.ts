import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { ByteBatch } from '../../engine/db/byte-batch.ts'
import { judgeOf } from '../../engine/db/byte-judge.ts'
import { checker } from '../../engine/db/check.ts'
import type { ValueType } from '../../engine/db/value-type.ts'
import { byteBatch } from '../helpers/byte-batches.ts'

/** A batch of one column. */
const batchOf = (...fields: readonly (string | null)[]): ByteBatch => byteBatch(fields.map((field) => [field]))

const passes = (from: ValueType, to: ValueType, ...fields: readonly (string | null)[]): boolean | undefined =>
  judgeOf(from, to, { nullable: true })?.(batchOf(...fields), 0)

const INT: ValueType = { kind: 'integer', min: -2_147_483_648n, max: 2_147_483_647n }
const BIG: ValueType = { kind: 'integer', min: -(2n ** 63n), max: 2n ** 63n - 1n }
const decimal = (precision: number, scale: number): ValueType => ({ kind: 'decimal', precision, scale })
const text = (more: object = {}): ValueType => ({ kind: 'text', ...more })
const DATE: ValueType = { kind: 'date' }
const SECOND: ValueType = { kind: 'timestamp', precision: 0 }
const UNIX: ValueType = { kind: 'timestamp', precision: 0, min: '1970-01-01 00:00:01', max: '2038-01-19 03:14:07' }
const MICRO: ValueType = { kind: 'timestamp', precision: 6 }
const MILLI: ValueType = { kind: 'timestamp', precision: 3 }
const UUID: ValueType = { kind: 'uuid' }

describe('bytes go into a table as they came', () => {
  /** from | to | fields that pass | fields that are looked at as values */
  const table: readonly (readonly [ValueType, ValueType, readonly string[], readonly string[]])[] = [
    [INT, BIG, ['0', '-5', '2147483647'], ['007', '-07', '-0']],
    [decimal(9, 2), decimal(12, 4), ['0.00', '-0.10', '-1234567.89'], ['00.10', '-00.10', '10000000.00', '-10000000.00', 'NaN', '-Infinity', '']],
    [decimal(2, 2), decimal(4, 2), ['0.00', '-0.99'], ['10.00']],
    [text({ length: 9 }), text({ length: 4 }), ['', 'abcd', 'é'], ['abcde', 'éé😀']],
    [text({ length: 4 }), text({ length: 4, trims: true }), ['', 'a', ' a'], ['a ', ' ']],
    [text({ length: 4 }), text({ length: 4, noNul: true }), ['ab'], ['a\0b']],
    [text(), text({ bytes: 3 }), ['abc', 'é'], ['abcd', 'éé']],
    [DATE, DATE, ['2024-02-29', '0001-01-01', '9999-12-31'], ['2023-02-29', '2024-02-30', '0000-00-00', '2024-00-10', '2024-13-01', '2024-04-31', '2024-1-1', '20240101', 'infinity', '2024-02-2x']],
    [SECOND, MICRO, ['2024-02-29 23:59:59', '2024-02-29 23:59:59.5', '2024-02-29 23:59:59.000001', '2024-02-29 23:59:59.000000'], ['2024-02-29 23:59:59.', '2024-02-29 23:59:59.5x', '2024-02-29 23:59:59.0000001', '2024-02-29 23:59:59+00', '2024-02-29 23:59:59 BC', '12024-02-29 23:59:59', 'infinity', '2024-02-29 24:00:00', '2024-02-29 23:60:00', '2024-02-29 23:59:60', '0000-00-00 00:00:00', '2024-02-29T23:59:59', '2024-02-29 23:59', '2023-02-29 01:02:03']],
    [MICRO, MILLI, ['2024-02-29 23:59:59.5', '2024-02-29 23:59:59.123'], ['2024-02-29 23:59:59.1230', '2024-02-29 23:59:59.123456']],
    [MICRO, SECOND, ['2024-02-29 23:59:59'], ['2024-02-29 23:59:59.0']],
    [UUID, UUID, ['123e4567-e89b-12d3-a456-426655440000'], ['123E4567-e89b-12d3-a456-426655440000', '123e4567e89b12d3a456426655440000', '']],
    [SECOND, UNIX, ['1971-01-01 00:00:00', '2037-12-31 23:59:59'], ['1970-01-01 00:00:00', '1970-06-01 00:00:00', '2038-01-19 03:14:08']],
  ]
  for (const [from, to, asTheyAre, asValues] of table) {
    it(`from ${JSON.stringify(from, big)} to ${JSON.stringify(to, big)}`, () => {
      for (const field of asTheyAre) assert.equal(passes(from, to, field), true, field)
      for (const field of asValues) assert.equal(passes(from, to, asTheyAre[0]!, field), false, field)
      assert.equal(passes(from, to, ...asTheyAre, null), true, 'NULL is a field too')
      assert.equal(judgeOf(from, to, { nullable: false })?.(batchOf(asTheyAre[0]!, null), 0), false, 'NULL in a column that allows none')
    })
  }

  it('where the database writes them as a person would: the bytes of a BIT are none', () => {
    const bits = new ByteBatch(1, Buffer.from('1'), Int32Array.from([0, 1]), [{ isText: false, decode: () => 49 }])
    assert.equal(judgeOf(INT, BIG, { nullable: true })?.(bits, 0), false)
  })

  it('where both types are of one kind, and the wider one is the target', () => {
    const never: readonly (readonly [ValueType, ValueType])[] = [
      [BIG, INT], [INT, { kind: 'integer', min: 0n, max: 2n ** 32n - 1n }], [decimal(9, 2), decimal(9, 3)], [decimal(9, 3), decimal(12, 2)], [INT, decimal(20, 0)],
      [INT, text()], [text({ untyped: true }), text()], [DATE, SECOND], [SECOND, DATE], [text(), { kind: 'enum', values: ['a'] }],
      [{ kind: 'float', bits: 64 }, { kind: 'float', bits: 64 }], [{ kind: 'json' }, { kind: 'json' }], [{ kind: 'binary' }, { kind: 'binary' }],
    ]
    for (const [from, to] of never) assert.equal(judgeOf(from, to, { nullable: true }), undefined, `${from.kind} ${to.kind}`)
  })

  it('only where the typed boundary makes the same of their value, whatever they are', () => {
    const types = [INT, BIG, decimal(9, 2), decimal(12, 4), text({ length: 4 }), text({ length: 4, trims: true, noNul: true }), text({ bytes: 5 }), DATE, SECOND, UNIX, MILLI, MICRO]
    const pairs = types.flatMap((from) => types.filter((to) => judgeOf(from, to, { nullable: false }) !== undefined).map((to) => [from, to] as const))
    const digits = fc.stringMatching(/^-?\d{1,12}(\.\d{0,5})?$/)
    const instants = fc.stringMatching(/^[0-2]\d{3}-[01]\d-[0-3]\d( [0-2]\d:[0-6]\d:[0-6]\d)?(\.\d{1,6})?$/)
    const fields = fc.oneof(digits, instants, fc.string({ unit: 'binary', maxLength: 6 }), fc.constantFrom('0000-00-00', '2024-02-29', ''))
    const passed = new Set<string>()
    fc.assert(fc.property(fields, fc.constantFrom(...pairs), (field, [from, to]) => {
      // What a source of the type can send.
      if (from.kind === 'integer' && !/^-?\d{1,9}$/.test(field)) return
      if (from.kind === 'decimal' && !/^-?\d{1,7}\.\d\d$/.test(field)) return
      if (passes(from, to, field) !== true) return
      passed.add(from.kind)
      assert.equal(same(field, to), same(String(checker(to, { nullable: false })(field)), to))
    }), { numRuns: 20_000 })
    assert.deepEqual([...passed].toSorted(), ['date', 'decimal', 'integer', 'text', 'timestamp'])
  })
})

/** Of numbers and instants the value alone counts: a table writes them with its own number of zeros. */
function same(written: string, to: ValueType): string {
  if (to.kind === 'timestamp') return written.replace(/(\.\d*?)0*$/, '$1').replace(/\.$/, '')
  return to.kind === 'integer' || to.kind === 'decimal' ? String(Number(written)) : written
}

function big(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
