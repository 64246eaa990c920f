import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { BadValue, checker, typeWords } from '../../engine/db/check.ts'
import type { Value, ValueType } from '../../engine/db/value-type.ts'

const TINY: ValueType = { kind: 'integer', min: -128n, max: 127n }
const BIG: ValueType = { kind: 'integer', min: -(2n ** 63n), max: 2n ** 63n - 1n }
const UNSIGNED: ValueType = { kind: 'integer', min: 0n, max: 2n ** 64n - 1n }
const MONEY: ValueType = { kind: 'decimal', precision: 10, scale: 2 }
const SHARE: ValueType = { kind: 'decimal', precision: 3, scale: 3 }
const COUNT: ValueType = { kind: 'decimal', precision: 20, scale: 0 }
const DOUBLE: ValueType = { kind: 'float', bits: 64 }
const SINGLE: ValueType = { kind: 'float', bits: 32 }
const FLAG: ValueType = { kind: 'boolean' }
const NAME: ValueType = { kind: 'text', length: 3 }
const BYTES: ValueType = { kind: 'text', bytes: 4 }
const TEXT: ValueType = { kind: 'text' }
const STATE: ValueType = { kind: 'enum', values: ['on', 'off'] }
const HASH: ValueType = { kind: 'binary', length: 2 }
const FIXED: ValueType = { kind: 'text', length: 3, trims: true }
const FILLED: ValueType = { kind: 'binary', length: 2, fills: true }
const DAY: ValueType = { kind: 'date' }
const SECOND: ValueType = { kind: 'timestamp', precision: 0 }
const MICRO: ValueType = { kind: 'timestamp', precision: 6 }
const UNIX: ValueType = { kind: 'timestamp', precision: 0, min: '1970-01-01 00:00:01', max: '2038-01-19 03:14:07' }
const CLOCK: ValueType = { kind: 'time', precision: 3 }
const JSON_TEXT: ValueType = { kind: 'json' }
const FLAT: ValueType = { kind: 'json', depth: 2 }
const PARSED: ValueType = { kind: 'json', parsed: true }
const ENDED: ValueType = { kind: 'text', length: 3, noNul: true }
const ID: ValueType = { kind: 'uuid' }

const shown = (value: Value) => typeof value === 'bigint' ? `${value}n` : JSON.stringify(value)

/** type | given | comes out */
const taken: readonly (readonly [ValueType, Value, Value])[] = [
  [TINY, 127, 127], [TINY, -128, -128], [TINY, -0, 0], [TINY, 1e1, 10], [TINY, 5n, 5], [TINY, '5', 5], [TINY, '-5', -5],
  [TINY, '007', 7], [TINY, '-0', 0], [TINY, true, 1], [TINY, false, 0],
  [BIG, 9007199254740991, 9007199254740991], [BIG, '9007199254740992', 9007199254740992n],
  [BIG, '-9223372036854775808', -(2n ** 63n)], [BIG, 2n ** 63n - 1n, 2n ** 63n - 1n],
  [BIG, '000000000000000000000000000012', 12], [BIG, '-9007199254740991', -9007199254740991],
  [UNSIGNED, '18446744073709551615', 2n ** 64n - 1n], [UNSIGNED, 2n ** 64n - 1n, 2n ** 64n - 1n], [UNSIGNED, 0, 0],
  [MONEY, '12.30', '12.30'], [MONEY, '12.3', '12.30'], [MONEY, '12', '12.00'], [MONEY, '012.3', '12.30'],
  [MONEY, '.5', '0.50'], [MONEY, '-.5', '-0.50'], [MONEY, '0', '0.00'], [MONEY, '-0.00', '0.00'], [MONEY, '1.10000', '1.10'],
  [MONEY, '-12.30', '-12.30'], [MONEY, '99999999.99', '99999999.99'], [MONEY, '00099999999.99', '99999999.99'],
  [MONEY, 0.1, '0.10'], [MONEY, 12, '12.00'], [MONEY, -0.05, '-0.05'], [MONEY, -0, '0.00'], [MONEY, 7n, '7.00'],
  [SHARE, '0.125', '0.125'], [SHARE, '.1', '0.100'], [SHARE, '0', '0.000'], [SHARE, '-0.125', '-0.125'],
  [COUNT, '12', '12'], [COUNT, '12.000', '12'], [COUNT, 1e19, '10000000000000000000'],
  [COUNT, 2n ** 64n, '18446744073709551616'],
  [{ kind: 'decimal', precision: 20, scale: 10 }, 1.5e-9, '0.0000000015'],
  [DOUBLE, 0.1, 0.1], [DOUBLE, '0.1', 0.1], [DOUBLE, '1e3', 1000], [DOUBLE, '-1.5E-3', -0.0015], [DOUBLE, '007.50', 7.5],
  [DOUBLE, '0.30000000000000004', 0.1 + 0.2], [DOUBLE, '1.7976931348623157e308', Number.MAX_VALUE],
  [DOUBLE, '5e-324', 5e-324], [DOUBLE, '0e999', 0], [DOUBLE, 2n ** 60n, 2 ** 60], [DOUBLE, '9007199254740992', 2 ** 53],
  [DOUBLE, '0.1000000000000000055511151231257827', 0.1],
  [SINGLE, 0.5, 0.5], [SINGLE, 0.1, Math.fround(0.1)], [SINGLE, '0.1', Math.fround(0.1)], [SINGLE, 16777216, 16777216],
  [SINGLE, '3.4028235e38', Math.fround(3.4028235e38)], [SINGLE, '0.1234567', Math.fround(0.1234567)],
  [FLAG, true, true], [FLAG, 0, false], [FLAG, 1n, true], [FLAG, 'TRUE', true], [FLAG, 'f', false], [FLAG, '1', true],
  [FLAG, 'False', false], [FLAG, 'T', true], [FLAG, '0', false],
  [NAME, 'abc', 'abc'], [NAME, '', ''], [NAME, 'żół', 'żół'], [NAME, '🎓🎓🎓', '🎓🎓🎓'], [NAME, 12, '12'], [NAME, 5n, '5'],
  [BYTES, 'abcd', 'abcd'], [BYTES, 'éé', 'éé'], [BYTES, '🎓', '🎓'], [BYTES, '漢a', '漢a'], [TEXT, true, 'true'], [TEXT, false, 'false'],
  [TEXT, ' a\tb\n', ' a\tb\n'], [TEXT, 1.5, '1.5'],
  [STATE, 'on', 'on'],
  [DAY, '2012-02-29', '2012-02-29'], [DAY, '0001-01-01', '0001-01-01'], [DAY, '9999-12-31', '9999-12-31'],
  [DAY, '2000-02-29', '2000-02-29'], [DAY, '2012-01-01 00:00:00', '2012-01-01'], [DAY, '2012-01-01T00:00:00.000Z', '2012-01-01'],
  [DAY, '2012-01-01T02:00:00+02:00', '2012-01-01'],
  [SECOND, '2012-01-01 12:34:56', '2012-01-01 12:34:56'], [SECOND, '2012-01-01T12:34:56', '2012-01-01 12:34:56'],
  [SECOND, '2012-01-01T12:34:56Z', '2012-01-01 12:34:56'], [SECOND, '2012-01-01', '2012-01-01 00:00:00'],
  [SECOND, '2012-01-01 12:34:56.000000', '2012-01-01 12:34:56'],
  [SECOND, '2012-01-01 01:30:15+05:45', '2011-12-31 19:45:15'], [SECOND, '2012-02-28T20:00:00-05', '2012-02-29 01:00:00'],
  [SECOND, '2012-12-31T23:59:59-0001', '2013-01-01 00:00:59'], [SECOND, '2012-01-01 00:00:00-00:00', '2012-01-01 00:00:00'],
  [MICRO, '2012-01-01 12:34:56.5', '2012-01-01 12:34:56.500000'],
  [MICRO, '2012-01-01 12:34:56.123456', '2012-01-01 12:34:56.123456'],
  [MICRO, '2012-01-01 12:34:56.123456000', '2012-01-01 12:34:56.123456'],
  [MICRO, '2012-01-01 12:34:56.000000', '2012-01-01 12:34:56'],
  [{ kind: 'timestamp', precision: 3 }, '2012-01-01T12:34:56.7', '2012-01-01 12:34:56.700'],
  [UNIX, '1970-01-01 00:00:01', '1970-01-01 00:00:01'], [UNIX, '2038-01-19 03:14:07', '2038-01-19 03:14:07'],
  [MICRO, '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59.999999'],
  [CLOCK, '00:00:00', '00:00:00'], [CLOCK, '23:59:59.5', '23:59:59.500'], [CLOCK, '23:59:59.000000', '23:59:59'],
  [JSON_TEXT, '{"a": 1.10}', '{"a": 1.10}'], [JSON_TEXT, 'null', 'null'],
  [JSON_TEXT, '{"a":1,"a":2}', '{"a":1,"a":2}'], [JSON_TEXT, '"\\\\ud800"', '"\\\\ud800"'], [JSON_TEXT, '"\\ud83c\\udf93"', '"\\ud83c\\udf93"'], [FLAT, '[["[[["],[1]]', '[["[[["],[1]]'],
  [PARSED, '[{"a":1},{"a":2}]', '[{"a":1},{"a":2}]'], [PARSED, '{"a":{"a":"a"},"b":"a"}', '{"a":{"a":"a"},"b":"a"}'], [ENDED, 'abc', 'abc'],
  [ID, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
]

/** type | given | a part of the reason */
const refused: readonly (readonly [ValueType, Value, string])[] = [
  [TINY, 128, '128 does not fit an integer from -128 to 127'], [TINY, -129, '-129 does not fit'], [TINY, 300n, '300 does not'],
  [TINY, '300', "'300' does not fit an integer from -128 to 127"], [TINY, 1.5, 'no whole number'], [TINY, NaN, 'no number'],
  [TINY, Infinity, 'no number'], [TINY, '1.5', 'digits alone'], [TINY, '5.0', 'digits alone'], [TINY, '1e1', 'digits alone'],
  [TINY, ' 12 ', 'digits alone'], [TINY, '12\n', 'digits alone'], [TINY, '+5', 'digits alone'], [TINY, '', 'digits alone'],
  [TINY, '-', 'digits alone'], [TINY, '0x10', 'digits alone'], [TINY, '1_0', 'digits alone'], [TINY, '1,0', 'digits alone'],
  [TINY, '٣', 'digits alone'], [TINY, 'Infinity', 'digits alone'], [TINY, new Uint8Array(1), 'A value of 1 bytes'],
  [BIG, 2 ** 53, 'not exact'], [BIG, 2n ** 63n, 'does not fit'], [BIG, '9223372036854775808', 'does not fit'],
  [BIG, '99999999999999999999999999999999999999999', 'does not fit'],
  [UNSIGNED, -1, 'does not fit'], [UNSIGNED, '-1', 'does not fit'], [UNSIGNED, 2n ** 64n, 'does not fit'],
  [MONEY, '12.345', 'does not fit DECIMAL(10,2)'], [MONEY, '100000000', 'DECIMAL(10,2)'], [MONEY, '1e3', 'digits and a point'],
  [MONEY, '', 'digits and a point'], [MONEY, '.', 'digits and a point'], [MONEY, '-', 'digits and a point'],
  [MONEY, '5.', 'digits and a point'], [MONEY, '+5', 'digits and a point'], [MONEY, ' 5', 'digits and a point'],
  [MONEY, '1,5', 'digits and a point'], [MONEY, '--5', 'digits and a point'], [MONEY, '1.2.3', 'digits and a point'],
  [MONEY, 0.125, '0.125 does not fit'], [MONEY, 1e-7, 'does not fit'], [MONEY, 1e21, 'does not fit'], [MONEY, NaN, 'no number'],
  [MONEY, 0.1 + 0.2, '0.30000000000000004 does not fit'], [MONEY, true, 'does not fit'], [MONEY, 'NaN', 'digits and a point'],
  [SHARE, '1', 'DECIMAL(3,3)'], [COUNT, '0.5', 'DECIMAL(20,0)'],
  [DOUBLE, NaN, 'no number'], [DOUBLE, -Infinity, 'no number'], [DOUBLE, 'NaN', 'not written'], [DOUBLE, '', 'not written'],
  [DOUBLE, ' 1', 'not written'], [DOUBLE, '0x1', 'not written'], [DOUBLE, '1e', 'not written'], [DOUBLE, '1e400', 'out of range'],
  [DOUBLE, '1e-400', 'the nearest is 0'], [DOUBLE, '9007199254740993', 'nearest is 9007199254740992'],
  [DOUBLE, 2n ** 53n + 1n, 'the nearest'], [DOUBLE, '0.12345678901234567890', 'the nearest'], [DOUBLE, true, 'does not fit'],
  [DOUBLE, `0.${'1'.repeat(101)}`, 'the nearest'],
  [SINGLE, 16777217, 'nearest is 16777216'], [SINGLE, '16777217', 'nearest is 16777216'], [SINGLE, 1e39, 'out of range'],
  [SINGLE, 0.1 + 0.2, 'the nearest'], [SINGLE, '0.123456789012', 'the nearest'], [SINGLE, NaN, 'no number'],
  [FLAG, 2, '2 does not fit a boolean'], [FLAG, 'yes', 'true, false'], [FLAG, '', 'true, false'], [FLAG, ' true', 'true, false'],
  [NAME, 'abcd', 'text of at most 3 characters: it has 4 characters'], [NAME, '🎓🎓🎓🎓', '4 characters'], [NAME, 1000, '4 char'],
  [NAME, '\ud83c', 'half a character'], [NAME, 'a\udf93', 'half a character'], [NAME, new Uint8Array(1), 'bytes have no char'],
  [BYTES, 'ééé', 'text of at most 4 bytes: it has 6 bytes'], [BYTES, '漢字', '6 bytes'], [TEXT, NaN, 'no number'],
  [STATE, 'On', "one of 'on', 'off'"], [STATE, 'on ', 'does not fit'], [STATE, 1, 'does not fit'],
  [FIXED, 'a ', 'a CHAR drops the blanks at its end'], [FIXED, 'abcd', 'it has 4 characters'], [FILLED, new Uint8Array(1), 'a BINARY fills it up with zero bytes'],
  [HASH, new Uint8Array(3), 'A value of 3 bytes does not fit at most 2 bytes'], [HASH, 'ab', 'not bytes'],
  [DAY, '2012-02-30', 'no such date'], [DAY, '1900-02-29', 'no such date'], [DAY, '0000-00-00', 'no such date'],
  [DAY, '2012-00-01', 'no such date'], [DAY, '2012-01-00', 'no such date'], [DAY, '2012-13-01', 'no such date'],
  [DAY, '0000-01-01', 'no such date'], [DAY, '10000-01-01', 'YYYY-MM-DD'], [DAY, '01/02/2024', 'YYYY-MM-DD'],
  [DAY, '2012-1-1', 'YYYY-MM-DD'], [DAY, '20120101', 'YYYY-MM-DD'], [DAY, '', 'YYYY-MM-DD'], [DAY, '2012-01-01 ', 'YYYY-MM-DD'],
  [DAY, 20120101, 'YYYY-MM-DD'], [DAY, '2012-01-01 00:00:01', 'time of day would be lost'],
  [DAY, '2012-01-01 00:00:00.000001', 'time of day would be lost'], [DAY, '2012-01-01T00:00:00+02:00', 'would be lost'],
  [SECOND, '2012-01-01 24:00:00', 'no such time'], [SECOND, '2012-01-01 12:60:00', 'no such time'],
  [SECOND, '2016-12-31 23:59:60', 'no such time'], [SECOND, '2012-02-30 00:00:00', 'no such date'],
  [SECOND, '2012-01-01 12:34:56.5', 'would be lost'], [SECOND, '2012-01-01 12:34', 'instants are written'],
  [SECOND, '2012-01-01  12:34:56', 'instants are written'], [SECOND, '2012-01-01 12:34:56 ', 'instants are written'],
  [SECOND, 1325376000, 'instants are written'], [SECOND, '2012-01-01 00:00:00+16:00', 'no such offset'],
  [SECOND, '2012-01-01 00:00:00+01:60', 'no such offset'], [SECOND, '9999-12-31 23:00:00-02:00', 'years 1 to 9999'],
  [SECOND, '0001-01-01 00:00:00+00:01', 'years 1 to 9999'],
  [MICRO, '2012-01-01 12:34:56.1234567', 'would be lost'], [MICRO, '2012-01-01 12:34:56.', 'instants are written'],
  [UNIX, '1970-01-01 00:00:00', 'from 1970-01-01 00:00:01 to 2038-01-19 03:14:07'], [UNIX, '2038-01-19 03:14:08', 'does not fit'],
  [UNIX, '2038-01-19T04:14:08+01:00', 'does not fit'],
  [CLOCK, '24:00:00', 'no such time'], [CLOCK, '-01:00:00', 'HH:MM:SS'], [CLOCK, '1:00:00', 'HH:MM:SS'],
  [CLOCK, '00:00:00.0001', 'would be lost'], [CLOCK, 5, 'HH:MM:SS'],
  [JSON_TEXT, '{a: 1}', 'does not fit JSON'], [JSON_TEXT, '', 'JSON'], [JSON_TEXT, 1, 'JSON is text'],
  [JSON_TEXT, '["\\ud83c"]', 'half a character'], [JSON_TEXT, '{"\\udf93": 1}', 'half a character'], [FLAT, '[[[]]]', 'nested more than 2 deep'], [FLAT, '[{"a":[]}]', 'nested more than 2 deep'],
  [PARSED, '{"a":1,"a":2}', 'two fields "a"'], [PARSED, '[{"b":{"a":1,"\\u0061" :2}}]', 'two fields "a"'], [PARSED, '"\\u0000"', 'U+0000'], [ENDED, 'a\0', 'U+0000'],
  [JSON_TEXT, '"\ud83c"', 'half a character'],
  [ID, 'a0eebc999c0b4ef8bb6d6bb9bd380a11', 'a UUID'], [ID, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g', 'a UUID'], [ID, 1, 'a UUID'],
  [{ kind: 'null' }, 1, '1 does not fit NULL'], [{ kind: 'other', name: 'GEOMETRY' }, 'x', 'does not fit GEOMETRY'],
]

describe('checker', () => {
  for (const [type, given, expected] of taken) {
    it(`takes ${shown(given)} into ${typeWords(type)} as ${shown(expected)}`, () => {
      assert.deepStrictEqual(checker(type, { nullable: false })(given), expected)
    })
  }

  for (const [type, given, reason] of refused) {
    it(`refuses ${shown(given)?.slice(0, 60)} for ${typeWords(type)}: ${reason}`, () => {
      const check = checker(type, { nullable: true })
      assert.throws(() => check(given), (error) => error instanceof BadValue && error.reason.includes(reason)
        || assert.fail(String(error)))
    })
  }

  const everyType: readonly ValueType[] = [
    TINY, MONEY, DOUBLE, SINGLE, FLAG, TEXT, STATE, HASH, DAY, SECOND, CLOCK, JSON_TEXT, ID,
    { kind: 'null' }, { kind: 'other', name: 'GEOMETRY' },
  ]
  for (const type of everyType) {
    it(`takes NULL into ${typeWords(type)} only where the column allows it`, () => {
      assert.equal(checker(type, { nullable: true })(null), null)
      assert.throws(() => checker(type, { nullable: false })(null), { name: 'BadValue', reason: /^NULL/ })
    })

    it(`gives back what it gave for ${typeWords(type)} and refuses an object that is no value`, () => {
      const check = checker(type, { nullable: false })
      for (const [of, given] of taken) if (of === type) assert.deepStrictEqual(check(check(given)), check(given))
      // @ts-expect-error: a driver that isn't told otherwise makes Dates
      assert.throws(() => check(new Date(0)), BadValue)
      // @ts-expect-error: a transform that forgot to call a method
      assert.throws(() => check(() => ''), BadValue)
      // @ts-expect-error: nor has this a text of its own
      assert.throws(() => check(Symbol('x')), BadValue)
      // @ts-expect-error: a row that is too short
      assert.throws(() => check(undefined), BadValue)
    })
  }

  it('keeps the bytes it was given', () => {
    const bytes = new Uint8Array([0, 255])
    assert.equal(checker(HASH, { nullable: false })(bytes), bytes)
  })

  it('cuts and escapes a long value in its reason', () => {
    const check = checker(TINY, { nullable: false })
    assert.throws(() => check(`\n${'x'.repeat(1000)}`), (error) => error instanceof BadValue
      && error.reason.length < 200 && error.reason.includes(String.raw`'\nxxx`))
  })

  it('gives every decimal one text, equal to the number it was given', () => {
    const check = checker({ kind: 'decimal', precision: 30, scale: 6 }, { nullable: false })
    fc.assert(fc.property(fc.bigInt(-(10n ** 29n), 10n ** 29n), fc.nat(4), fc.nat(4), (scaled, zeros, more) => {
      const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(7, '0')
      const text = `${scaled < 0n ? '-' : ''}${'0'.repeat(zeros)}${digits.slice(0, -6)}.${digits.slice(-6)}${'0'.repeat(more)}`
      const out = String(check(text))
      assert.equal(BigInt(out.replace('.', '')), scaled)
      assert.match(out, /^-?(0|[1-9]\d*)\.\d{6}$/)
      assert.notEqual(out, '-0.000000')
    }))
  })

  it('takes every double by its own shortest text, and every single by nine digits', () => {
    const double = checker(DOUBLE, { nullable: false })
    const single = checker(SINGLE, { nullable: false })
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      assert.equal(double(String(number)), number + 0)
    }))
    fc.assert(fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (number) => {
      assert.equal(single(number.toPrecision(9)), number + 0)
    }))
  })

  it('takes every short text into a float, from which it can be read again', () => {
    const double = checker(DOUBLE, { nullable: false })
    const single = checker(SINGLE, { nullable: false })
    fc.assert(fc.property(fc.bigInt(0n, 10n ** 14n - 1n), fc.nat(14), (digits, point) => {
      const whole = String(digits).padStart(14, '0')
      const text = `${whole.slice(0, point)}.${whole.slice(point)}`.replace(/\.$/, '')
      assert.equal(Number(Number(double(text)).toPrecision(14)), Number(text))
    }))
    fc.assert(fc.property(fc.nat(999_999), fc.nat(6), (digits, point) => {
      const whole = String(digits).padStart(6, '0')
      const text = `${whole.slice(0, point)}.${whole.slice(point)}`.replace(/\.$/, '')
      assert.equal(Number(Number(single(text)).toPrecision(6)), Number(text))
    }))
    fc.assert(fc.property(fc.nat(9_999_999), (whole) => { assert.equal(single(String(whole)), whole) }))
  })

  it('takes every double that has few digits into a decimal, and back', () => {
    const check = checker({ kind: 'decimal', precision: 40, scale: 20 }, { nullable: false })
    fc.assert(fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: -11, max: 10 }), (digits, exponent) => {
      const number = Number(`${digits}e${exponent}`)
      assert.equal(Number(check(number)), number + 0)
    }))
  })

  it('takes off an offset as Date does', () => {
    const check = checker({ kind: 'timestamp', precision: 3 }, { nullable: false })
    const instant = fc.date({ min: new Date('0001-01-03T00:00:00Z'), max: new Date('9999-12-29T00:00:00Z'), noInvalidDate: true })
    fc.assert(fc.property(instant, fc.integer({ min: -959, max: 959 }), (date, minutes) => {
      const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, -1)
      const clock = new Date(Math.abs(minutes) * 60_000).toISOString().slice(11, 16)
      assert.equal(check(`${local}${minutes < 0 ? '-' : '+'}${clock}`), date.toISOString().replace('T', ' ').replace(/(\.000)?Z$/, ''))
    }))
  })
})

describe('typeWords', () => {
  const words: readonly (readonly [ValueType, string])[] = [
    [TINY, 'an integer from -128 to 127'], [MONEY, 'DECIMAL(10,2)'], [SINGLE, 'a 32-bit float'], [FLAG, 'a boolean'],
    [NAME, 'text of at most 3 characters'], [{ kind: 'text', length: 1, bytes: 4 }, 'text of at most 1 character and 4 bytes'],
    [{ kind: 'text', untyped: true }, 'untyped text'], [STATE, "one of 'on', 'off'"],
    [{ kind: 'enum', values: 'abcdefghij'.split('') }, "one of 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h' and 2 more"],
    [HASH, 'at most 2 bytes'], [{ kind: 'binary' }, 'bytes'], [DAY, 'a date'], [SECOND, 'a timestamp in whole seconds'],
    [{ kind: 'timestamp', precision: 6, min: '1970-01-01' }, 'a timestamp with 6 digits after the second from 1970-01-01 on'],
    [CLOCK, 'a time of day with 3 digits after the second'], [JSON_TEXT, 'JSON'], [ID, 'a UUID'], [{ kind: 'null' }, 'NULL'],
    [{ kind: 'other', name: 'GEOMETRY' }, 'GEOMETRY'],
  ]
  for (const [type, expected] of words) {
    it(`calls ${type.kind} ${expected}`, () => { assert.equal(typeWords(type), expected) })
  }
})
