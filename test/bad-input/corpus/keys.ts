/** Natural keys: which of them are one member, which are none, and whom a fact finds by which spelling. */

import type { WarehouseName } from './case.ts'

type DatabaseName = 'MariaDB' | 'PostgreSQL' | 'DuckDB'
/** A key as a file brings it, a text for each column of the lookup; bytes as their hexadecimal digits. */
export type Key = readonly (string | null)[]
/** The spelling finds no member. */
export const nobody: unique symbol = Symbol('nobody')

export interface KeyColumn {
  /** The type in the create. */
  readonly type: string
  /** The type in each source database, and what such a column can hold as it is written; all texts unless told. */
  readonly sources: Readonly<Record<DatabaseName, string>>
  readonly holds?: RegExp | Readonly<Record<DatabaseName, RegExp>>
}

export interface KeyFamily {
  readonly columns: readonly KeyColumn[]
  /** Each is a member of its own. A fact finds it by itself. */
  readonly kept: readonly Key[]
  /** Those of `kept` that a warehouse has no room for. */
  readonly refusedOn?: Readonly<Partial<Record<WarehouseName, readonly Key[]>>>
  /** Rows of one member: nobody can tell which counts. */
  readonly twice: readonly (readonly Key[])[]
  /** A member of the first load comes a second time in a later one: it stays as it was. */
  readonly again: readonly (readonly [kept: Key, later: Key])[]
  readonly refused: readonly Key[]
  /** Whom a fact's row finds. */
  readonly finds: readonly (readonly [spelled: Key, member: Key | typeof nobody])[]
  /** No text stands for it: files have none of it, and a fact looks it up by its own type alone. */
  readonly bytes?: true
}

const characters = { MariaDB: 'LONGTEXT CHARACTER SET utf8mb4', PostgreSQL: 'TEXT', DuckDB: 'VARCHAR' }
const text = (type: string): KeyColumn => ({ type, sources: characters })
const whole = (type: string): KeyColumn => ({ type, sources: { MariaDB: 'DECIMAL(65,0)', PostgreSQL: 'NUMERIC(66,0)', DuckDB: 'HUGEINT' }, holds: /^-?(?:0|[1-9]\d{0,36})$/ })

/** Keys of one column. */
type Text = string | null
interface Single {
  readonly column: KeyColumn
  readonly kept: readonly Text[]
  readonly refusedOn?: Readonly<Partial<Record<WarehouseName, readonly Text[]>>>
  readonly twice: readonly (readonly Text[])[]
  readonly again?: readonly (readonly [Text, Text])[]
  readonly refused: readonly Text[]
  readonly finds: readonly (readonly [Text, Text | typeof nobody])[]
  readonly bytes?: true
}
const keys = (texts: readonly Text[]): Key[] => texts.map((one) => [one])
const member = (one: Text | typeof nobody): Key | typeof nobody => (one === nobody ? nobody : [one])

function single({ column, kept, refusedOn = {}, twice, again = [], refused, finds, bytes }: Single): KeyFamily {
  return {
    columns: [column], kept: keys(kept), twice: twice.map(keys), refused: keys(refused), ...bytes !== undefined && { bytes },
    again: again.map(([first, later]) => [[first], [later]]),
    refusedOn: Object.fromEntries(Object.entries(refusedOn).map(([on, texts]) => [on, keys(texts)])),
    finds: finds.map(([spelled, found]) => [[spelled], member(found)]),
  }
}

const none = (...spelled: string[]): [string, typeof nobody][] => spelled.map((one) => [one, nobody])
/** A database tells long texts apart by more than their beginnings. */
const long = 'x'.repeat(1500)
const smile = '\u{1F600}'
const uuid = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1'

export const KEYS: Readonly<Record<string, KeyFamily>> = {
  text: single({
    column: text('VARCHAR(12)'),
    kept: ['a', 'A', 'á', 'a\u0301', 'a ', ' a', 'a\t', 'a\u200B', 'ß', 'ss', 'ſ', 's', 'ﬁ', 'fi', 'i', 'İ', 'ı', '1', '01', '1.0', '-0', '0', '', ' ', 'NULL', 'x'.repeat(12), smile.repeat(12), 'a\0', null],
    refusedOn: { PostgreSQL: ['a\0'] },
    twice: [['b', 'b'], ['b ', 'b '], ['  ', '  ', '  '], ['é', 'é'], [smile, smile], ['7', '7']],
    again: [['a', 'a'], ['', ''], ['1', '1'], [null, null]],
    refused: ['x'.repeat(13), `${'x'.repeat(12)} `, smile.repeat(13)],
    finds: none('a  ', 'B', 'e\u0301', '1.00', '+1', 'null', 'SS', 'x'.repeat(13), `${'x'.repeat(12)} `, 'b', 'é', `${smile}\u200D`),
  }),
  code: single({
    column: text('CHAR(4)'), kept: ['ab', 'AB', '', 'ab '], refusedOn: { MariaDB: ['ab '] }, twice: [['cd', 'cd']], again: [['ab', 'ab']], refused: ['abcde', 'abcd '], finds: none('ab  ', 'Ab', ' '),
  }),
  long: single({
    column: text('VARCHAR(2000)'), kept: [long, `${long}a`, `${long}A`, `${long} `, null], twice: [[`${long}b`, `${long}b`], [`${long}c`, `${long}c`]], again: [[`${long}a`, `${long}a`]], refused: ['x'.repeat(2001)],
    finds: none(`${long}d`, `${long}b`, 'x'),
  }),
  whole: single({
    column: whole('INT'), kept: ['1', '-1', '0', '10', '2147483647', '-2147483648', null], twice: [['7', '007'], ['8', '8'], ['9', '9', '9']], again: [['1', '01'], ['10', '10']],
    refused: ['2147483648', '1.0', '1e0', '', ' 1', 'x'],
    finds: [['01', '1'], ['1.0', '1'], ['1.00', '1'], ['-0', '0'], ['000', '0'], ['-01', '-1'], ...none('+1', ' 1', '1e0', '1.5', '1,0', '0x1', '2147483648', '', 'x', '7', '11')],
  }),
  big: single({
    column: whole('BIGINT'), kept: ['9007199254740991', '9007199254740992', '9007199254740993', '-9007199254740993', '9223372036854775807'],
    twice: [['9007199254740995', '9007199254740995'], ['9007199254740997', '09007199254740997']], again: [['9007199254740993', '9007199254740993']], refused: ['9223372036854775808', '9007199254740993.0'],
    finds: [['9007199254740993.0', '9007199254740993'], ['0009007199254740992', '9007199254740992'], ...none('9007199254740994', '9007199254740996', '9007199254740993.5', '9.007199254740992e15', '9223372036854775808')],
  }),
  amount: single({
    column: { type: 'DECIMAL(12,2)', sources: { MariaDB: 'DECIMAL(65,12)', PostgreSQL: 'NUMERIC', DuckDB: 'DECIMAL(38,12)' }, holds: /^-?(?:0|[1-9]\d{0,25})(?:\.\d{1,12})?$/ },
    kept: ['1', '1.1', '-1', '9999999999.99', null], twice: [['2', '2.00'], ['3.50', '3.5'], ['0', '-0.00'], ['.5', '00.50']], again: [['1.1', '1.10'], ['1', '1.000']], refused: ['1.005', '10000000000', '1e1', ''],
    finds: [['1.00', '1'], ['01', '1'], ['1.10', '1.1'], ['1.100', '1.1'], ['-1.0', '-1'], ...none('1.101', '1.001', '+1', '1,1', '1e0', '')],
  }),
  ratio: single({
    column: { type: 'DOUBLE', sources: { MariaDB: 'DOUBLE', PostgreSQL: 'DOUBLE PRECISION', DuckDB: 'DOUBLE' }, holds: /^-?\d(?:\.\d{1,17})?(?:e[+-]?\d+)?$/ },
    kept: ['0.1', '0.3', '0.30000000000000004', '-1', '9007199254740992', '1e300', null], twice: [['0', '-0'], ['2', '2.0', '2e0'], ['0.5', '0.5']], again: [['0.1', '0.10']], refused: ['NaN', '9007199254740993', 'x'],
    finds: [['1e-1', '0.1'], ['0.10', '0.1'], ['-1.0', '-1'], ['9007199254740992.0', '9007199254740992'], ...none('0.1000000000000000001', '0.3000000000000001', '9007199254740993', '9007199254740991', 'NaN', '')],
  }),
  single: single({
    // MySQL sends six digits of a FLOAT only, and no load takes them.
    column: { type: 'FLOAT', sources: { MariaDB: 'BIGINT', PostgreSQL: 'REAL', DuckDB: 'FLOAT' }, holds: { MariaDB: /^\d{8}$/, PostgreSQL: /^-?\d\.\d$/, DuckDB: /^-?\d\.\d$/ } },
    kept: ['16777216', '16777214', '0.5', '0.1'], twice: [['1.5', '1.50'], ['10000001', '10000001']], again: [['0.5', '.5'], ['16777214', '16777214']], refused: ['16777217', 'x'],
    finds: [['16777216.0', '16777216'], ['0.10', '0.1'], ...none('16777215', '16777200', '16777217', '0.1000001', '16777218')],
  }),
  day: single({
    column: { type: 'DATE', sources: { MariaDB: 'DATE', PostgreSQL: 'DATE', DuckDB: 'DATE' }, holds: /^(?:1[5-9]|20)\d\d-\d\d-\d\d$/ },
    kept: ['2020-02-29', '1999-12-31', '0001-01-01', '9999-12-31', null], twice: [['2020-01-01', '2020-01-01'], ['2020-01-03', '2020-01-03 00:00:00'], ['2020-01-04', '2020-01-04T00:00:00Z'], ['2020-01-05', '2020-01-05T02:00:00+02:00']],
    again: [['1999-12-31', '1999-12-31']], refused: ['2021-02-30', '2020-01-01 00:00:01', '', '0000-00-00'],
    finds: [['2020-02-29 00:00:00', '2020-02-29'], ['2020-02-29T00:00:00.000Z', '2020-02-29'], ['2020-02-29T01:00:00+01:00', '2020-02-29'],
      ...none('2020-02-29 12:00:00', '2020-02-29 00:00:00.000001', '2020-2-29', '20200229', '29.02.2020', '2021-02-30', '2020-02-28T23:00:00+01:00')],
  }),
  moment: single({
    column: { type: 'TIMESTAMP', sources: { MariaDB: 'DATETIME(6)', PostgreSQL: 'TIMESTAMP', DuckDB: 'TIMESTAMP' }, holds: /^(?:1[5-9]|20)\d\d-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?$/ },
    kept: ['2020-01-01 12:00:00', '2020-01-01 12:00:00.000001', '2020-01-01 00:00:00', '1969-12-31 23:59:59.999999', null],
    twice: [['2020-02-01 00:00:00', '2020-02-01'], ['2020-03-01 10:00:00.5', '2020-03-01T10:00:00.500000Z'], ['2020-04-01 10:00:00', '2020-04-01 12:00:00+02:00'], ['2020-05-01 00:00:00', '2020-05-01 00:00:00']],
    again: [['2020-01-01 12:00:00', '2020-01-01 12:00:00.000000']], refused: ['2020-01-01 12:00:00.0000001', '2021-02-30 00:00:00', '2020-01-01 24:00:00'],
    finds: [['2020-01-01', '2020-01-01 00:00:00'], ['2020-01-01 12:00:00.000000', '2020-01-01 12:00:00'], ['2020-01-01T12:00:00.000001000Z', '2020-01-01 12:00:00.000001'], ['2020-01-01T13:00:00+01:00', '2020-01-01 12:00:00'],
      ...none('2020-01-01 12:00:00.000002', '2020-01-01 12:00', '2020-01-01 12:00:00.0000011', '2020-01-01 13:00:00')],
  }),
  state: single({
    column: text("ENUM('on','off')"), kept: ['on', 'off', null], twice: [], again: [['off', 'off']], refused: ['ON', 'on ', '', '1'], finds: none('ON', 'on ', ' on', '', '1', '0'),
  }),
  id: single({
    column: text('UUID'), kept: [`${uuid}1`, null], twice: [[`${uuid}2`, `${uuid}2`.toUpperCase()], [`${uuid}3`, `${uuid}3`]], again: [[`${uuid}1`, `${uuid}1`.toUpperCase()]], refused: [uuid, `{${uuid}4}`, ''],
    finds: [[`${uuid}1`.toUpperCase(), `${uuid}1`], ...none(`${uuid}9`, `{${uuid}1}`, `${uuid}1`.replaceAll('-', ''))],
  }),
  bytes: single({
    column: { type: 'VARBINARY(4)', sources: { MariaDB: 'VARBINARY(40)', PostgreSQL: 'BYTEA', DuckDB: 'BLOB' } }, bytes: true,
    kept: ['', '00', '0000', 'ff', '61', '6120', '41', null], twice: [['62', '62'], ['6200', '6200']], again: [['61', '61']], refused: ['6161616161'], finds: none('610000', '6161616161', '42'),
  }),
  pair: {
    columns: [text('VARCHAR(8)'), whole('INT')],
    kept: [['a', '1'], ['A', '1'], ['a ', '1'], ['a', '2'], ['1', '1'], [null, '1'], ['a', null], ['', '1'], ['', null], [null, null], ['a;1', '1']],
    twice: [[['b', '1'], ['b', '1']], [['b', null], ['b', null]], [[null, '2'], [null, '2']], [['b', '3'], ['b', '03']]],
    again: [[['a', '1'], ['a', '1']], [['a', null], ['a', null]], [[null, '1'], [null, '01']], [[null, null], [null, null]]],
    refused: [['a', 'x'], ['a', ''], ['x'.repeat(9), '1']],
    finds: [[['a', '01'], ['a', '1']], [['a', '2.0'], ['a', '2']], [[null, '01'], [null, '1']], [['b', '1'], nobody], [[null, '3'], nobody], [['b', null], nobody], [['á', '1'], nobody], [['a', 'x'], nobody], [['', '2'], nobody], [['a;', '11'], nobody]],
  },
}
