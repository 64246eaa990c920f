import { columnNames, refused } from './case.ts'
import type { Case, Family } from './case.ts'

const same = (...given: string[]): Case[] => given.map((text) => [text, text])
const no = (...given: string[]): Case[] => given.map((text) => [text, refused])
/** Brackets within brackets. */
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const yes = (...given: string[]): Case[] => given.map((text) => [text, '1'])
const off = (...given: string[]): Case[] => given.map((text) => [text, '0'])
/** What people write for NULL: text where text goes, and refused elsewhere. */
const nulls = ['NULL', 'null', 'Null', '\\N', '\\n', 'N/A', 'n/a', '#N/A', 'NA', 'None', 'nil', 'undefined', '-', '?', '(null)']

export const booleans: Family = {
  c_flag: [
    ...yes('true', 'TRUE', 'True', 'truE', 't', 'T', '1'), ...off('false', 'FALSE', 'False', 'f', 'F', '0'),
    ...no('yes', 'no', 'y', 'n', 'Y', 'N', 'on', 'off', 'ja', 'wahr', '2', '-1', '01', '10', '1.0', '0.0', '1e0', '', ' ', ' true', 'true ', 'true\n', 'tru', 'truee', 'ｔ', '✓', 'x'),
  ],
}

export const enums: Family = {
  c_state: [...same('on', 'off'), ...no('ON', 'On', 'Off', ' on', 'on ', 'on\n', '', ' ', '0', '1', '2', '3', 'of', 'onoff', 'on,off', "'on'", '"on"', 'оn', 'on\u200B', 'on\0', 'NULL')],
}

export const nullSpellings: Family = {
  ...Object.fromEntries(columnNames.filter((name) => name !== 'c_must').map((name) => [name, [[null, null]]])),
  c_int: [[null, null], ...no(...nulls)],
  c_price: [[null, null], ...no(...nulls)],
  c_day: [[null, null], ...no(...nulls)],
  c_instant: [[null, null], ...no(...nulls)],
  c_flag: [[null, null], ...no(...nulls)],
  c_state: [[null, null], ...no(...nulls)],
  c_uuid: [[null, null], ...no(...nulls)],
  c_name: [[null, null], ...same(...nulls)],
}

export const documents: Family = {
  c_json: [
    ...same('{}', '[]', 'null', 'true', '1', '-0', '1.10', '1e999', '"x"', '""', ' {} ', '{"a":1}', '{ "b" : 2 , "a" : 1 }', '[1,2,[3]]', '"\\u0041"', '"\\ud83d\\ude00"', '{"a":1,"a":2}',
      '{"__proto__":{"x":1}}', '{"constructor":{"prototype":1}}', '{"":1}', `${'['.repeat(20)}${']'.repeat(20)}`, `[${'1,'.repeat(500)}1]`, '"\u{1F600}"', '"\u2028"', '{"a":12345678901234567890}', nested(31)),
    [nested(32), nested(32), { on: { MariaDB: refused } }], [nested(900), nested(900), { on: { MariaDB: refused } }], [`{"a":${nested(31)}}`, `{"a":${nested(31)}}`, { on: { MariaDB: refused } }],
    ...no('', ' ', '{', '}', '[', '[1', '[1,]', '{"a":1,}', '{a:1}', "{'a':1}", '{"a"}', '{"a":}', 'NaN', '[NaN]', '[Infinity]', '-', '+1', '01', '1.', '.5', '0x1', 'TRUE', 'undefined', "'x'", '"x', '"\n"', '"\\x41"',
      '"\\u12"', '{} {}', '{}x', '// c\n{}', '{}//c', '/* c */ 1', '[1 2]', '\uFEFF{}', '{}\0', '"\\ud800"', '"\\udc00x"', '{"\\ud83d":1}', '[1,"a\\ud800b"]', '"\\ude00\\ud83d"'),
    ...same('"\\\\ud800"', '"\\u0000"'),
  ],
  c_uuid: [
    ...same('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
    ['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ...no('', 'a0eebc999c0b4ef8bb6d6bb9bd380a11', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}', 'urn:uuid:a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1',
      'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111', 'g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a0eebc99-9c0b4-ef8-bb6d-6bb9bd380a11', ' a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'x'),
  ],
}
