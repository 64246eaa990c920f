import { refused } from './case.ts'
import type { Case, Family, SourceName } from './case.ts'

/** The largest and the smallest that goes, and one beyond each. */
function limits(min: bigint, max: bigint): Case[] {
  return [[String(min), String(min)], [String(max), String(max)], [String(min - 1n), refused], [String(max + 1n), refused]]
}

const nines = (count: number): string => '9'.repeat(count)

/** Spellings that no integer column takes, and those that every one does. */
const spelled: readonly Case[] = [
  ['0', '0'], ['7', '7'], ['-0', '0'], ['00', '0'], ['007', '7'], ['0000000000000000000000000000000000000012', '12'],
  ['+5', refused], [' 5', refused], ['5 ', refused], ['5\t', refused], ['5\n', refused], ['\u00A05', refused], ['0x1F', refused], ['0b1', refused], ['0o7', refused],
  ['1,000', refused], ['1.000', refused], ['1 000', refused], ['1_000', refused], ["1'000", refused], ['1e3', refused], ['1E3', refused], ['1.0', refused],
  ['1.5', refused], ['0.1', refused], ['.5', refused], ['5.', refused], ['--1', refused], ['- 1', refused], ['1-', refused], ['(1)', refused], ['-', refused],
  ['', refused], [' ', refused], ['NaN', refused], ['nan', refused], ['Infinity', refused], ['-Infinity', refused], ['inf', refused], ['∞', refused],
  ['abc', refused], ['5a', refused], ['5;', refused], ['5\0', refused], ['true', refused], ['٣', refused], ['５', refused], ['Ⅴ', refused], ['1n', refused],
  ['$5', refused], ['5%', refused], ['#N/A', refused], [nines(65), refused], [`-${nines(65)}`, refused], [nines(400), refused],
]

const wrongPoint: readonly Case[] = [
  ['5.', refused], ['.', refused], ['-', refused], ['-.', refused], ['1.1.1', refused], ['1,5', refused], ['1.000,00', refused], ['1,000.00', refused],
  ['1 000', refused], ['1_0', refused], ['+1', refused], ['1e3', refused], ['1E2', refused], ['1e-2', refused], ['0x10', refused], ['$1', refused], ['1€', refused],
  [' 1', refused], ['1 ', refused], ['', refused], ['abc', refused], ['Infinity', refused, { also: ['PostgreSQL'] }], ['-Infinity', refused, { also: ['PostgreSQL'] }],
  ['NaN', refused, { also: ['PostgreSQL'] }], ['１', refused], ['1−1', refused], ['−1', refused], ['1\0', refused],
]

const floats: readonly SourceName[] = ['PostgreSQL', 'DuckDB']

export const numbers: Family = {
  c_tiny: limits(-128n, 127n),
  c_small: limits(-32_768n, 32_767n),
  c_medium: limits(-8_388_608n, 8_388_607n),
  c_int: [...limits(-2_147_483_648n, 2_147_483_647n), ...spelled],
  c_big: [
    ...limits(-(2n ** 63n), 2n ** 63n - 1n), ...limits(-(2n ** 63n), 2n ** 63n - 1n).map(([given, out]): Case => [`${given}`.replace(/^-?/, '$&000'), out]),
    ['9007199254740991', '9007199254740991'], ['9007199254740992', '9007199254740992'], ['9007199254740993', '9007199254740993'],
    ['-9007199254740991', '-9007199254740991'], ['-9007199254740993', '-9007199254740993'], ['1e3', refused], ['1.5', refused], [nines(65), refused],
  ],
  c_utiny: [...limits(0n, 255n), ...spelled],
  c_usmall: limits(0n, 65_535n),
  c_uint: limits(0n, 4_294_967_295n),
  c_ubig: [...limits(0n, 2n ** 64n - 1n), ['9007199254740993', '9007199254740993'], [nines(20), refused]],
  c_price: [
    ['0', '0.00'], ['1', '1.00'], ['12.3', '12.30'], ['12.30', '12.30'], ['12.300', '12.30'], ['00012.30', '12.30'], ['.5', '0.50'], ['-.5', '-0.50'],
    ['-0', '0.00'], ['-0.00', '0.00'], ['0.010', '0.01'], ['99999999.99', '99999999.99'], ['-99999999.99', '-99999999.99'], ['99999999.990000', '99999999.99'],
    ['100000000', refused], ['100000000.00', refused], ['-100000000', refused], ['99999999.995', refused], ['12.345', refused], ['0.001', refused],
    ['0.005', refused], ['-0.001', refused], ['1.999', refused], [`1.${nines(11)}`, refused], [nines(25), refused], [nines(65), refused], [`0.${nines(65)}`, refused], ...wrongPoint,
  ],
  c_share: [
    ['0', '0.000'], ['0.125', '0.125'], ['.1', '0.100'], ['0.999', '0.999'], ['.999', '0.999'], ['-0.999', '-0.999'], ['0.1230', '0.123'],
    ['1', refused], ['1.000', refused], ['-1', refused], ['0.1234', refused], ['0.9995', refused], ['10', refused],
  ],
  c_huge: [
    [nines(36), nines(36)], [nines(38), nines(38)], [`-${nines(38)}`, `-${nines(38)}`], [`1${'0'.repeat(38)}`, refused], [nines(39), refused], [nines(65), refused],
    ['9007199254740993', '9007199254740993'], ['18446744073709551616', '18446744073709551616'], ['1.0', '1'], ['0.5', refused], ['1e38', refused],
  ],
  c_single: [
    ['0.5', '0.5'], ['-0.5', '-0.5'], ['1.5', '1.5'], ['16777216', '16777216'], ['16777217', refused], ['1e39', refused], ['3.5e38', refused], ['1e-60', refused],
    ['NaN', refused, { also: floats }], ['Infinity', refused, { also: floats }], ['-Infinity', refused, { also: floats }], ['', refused], ['x', refused], ['1,5', refused],
  ],
  c_double: [
    ['0.1', '0.1'], ['1e3', '1000'], ['1E+3', '1000'], ['-1.5e-3', '-0.0015'], ['0.30000000000000004', '0.30000000000000004'], ['9007199254740992', '9007199254740992'],
    ['9007199254740993', refused], ['1.7976931348623157e308', '1.7976931348623157e308'], ['1.8e308', refused], ['-1.8e308', refused], ['1e400', refused], ['1e-400', refused],
    ['2.2250738585072014e-308', '2.2250738585072014e-308'], ['007.5', '7.5'], ['.5', '0.5'], ['5.', refused], ['+1', refused], ['0.1000000000000000000000000000000001', refused],
    ['NaN', refused, { also: floats }], ['Infinity', refused, { also: floats }], ['-Infinity', refused, { also: floats }], ['inf', refused], ['1e', refused], ['e3', refused],
    ['1.5.2', refused], ['0x1p3', refused], ['1d3', refused], ['1e3.5', refused], ['', refused], [' 1', refused], ['1,5', refused], ['1_0', refused], ['1f', refused],
  ],
}

/** Numbers as JSON writes them: their digits stay as they are. */
export const jsonNumbers: Family = {
  c_int: [
    ['5', '5', { token: '5' }], ['-0', '0', { token: '-0' }], ['5.0', refused, { token: '5.0' }], ['5e0', refused, { token: '5e0' }], ['1e3', refused, { token: '1e3' }],
    ['1.5', refused, { token: '1.5' }], ['true', refused, { token: 'true' }], ['[1]', refused, { token: '[1]' }], ['{}', refused, { token: '{}' }], [null, null, { token: 'null' }],
    ['2147483648', refused, { token: '2147483648' }], [nines(65), refused, { token: nines(65) }],
  ],
  c_big: [['9007199254740993', '9007199254740993', { token: '9007199254740993' }], ['1e18', refused, { token: '1e18' }]],
  c_huge: [[nines(38), nines(38), { token: nines(38) }]],
  c_price: [['12.30', '12.30', { token: '12.30' }], ['1.005', refused, { token: '1.005' }], ['1e1', refused, { token: '1e1' }], ['-0.0', '0.00', { token: '-0.0' }]],
  c_double: [['1e3', '1000', { token: '1e3' }], ['1e400', refused, { token: '1e400' }], ['0.1', '0.1', { token: '0.1' }]],
  c_name: [
    ['12', '12', { token: '12' }], ['1.10', '1.10', { token: '1.10' }], ['true', 'true', { token: 'true' }], ['1e3', '1e3', { token: '1e3' }], ['{"a": 1}', '{"a": 1}', { token: '{"a": 1}' }],
    ['[ 1,2 ]', '[ 1,2 ]', { token: '[ 1,2 ]' }], ['A', 'A', { token: '"\\u0041"' }], ['😀', '😀', { token: '"\\ud83d\\ude00"' }], ['/', '/', { token: '"\\/"' }],
  ],
  c_flag: [['true', '1', { token: 'true' }], ['false', '0', { token: 'false' }], ['1', '1', { token: '1' }], ['2', refused, { token: '2' }], ['1.0', refused, { token: '1.0' }]],
  c_day: [['20200101', refused, { token: '20200101' }], ['1577836800', refused, { token: '1577836800' }]],
  c_json: [['{"a":1.10}', '{"a":1.10}', { token: '{"a":1.10}' }], ['1.10', '1.10', { token: '1.10' }], ['true', 'true', { token: 'true' }]],
}
