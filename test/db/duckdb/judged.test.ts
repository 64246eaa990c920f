import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { Connection } from '../../../engine/db/connection.ts'
import { checker } from '../../../engine/db/check.ts'
import { judgedText } from '../../../engine/db/duckdb/judged.ts'
import { quoteText } from '../../../engine/db/duckdb/quote.ts'
import { typeWord } from '../../../engine/db/duckdb/type-words.ts'
import type { Value, ValueType } from '../../../engine/db/value-type.ts'
import { inMemory, streamed } from './helpers.ts'

const typed = (sql: string): ValueType => typeWord(sql)!.type

const TYPES: readonly string[] = [
  'TINYINT', 'SMALLINT UNSIGNED', 'MEDIUMINT', 'YEAR', 'INT', 'BIGINT', 'BIGINT UNSIGNED', 'HUGEINT', 'DECIMAL(4,2)', 'DECIMAL(9,0)', 'DECIMAL(18,6)', 'DECIMAL(38,10)', 'DOUBLE', 'BOOLEAN',
  'VARCHAR(4)', 'LONGTEXT', 'TINYTEXT', "ENUM('a','b','c''d')", 'DATE', 'DATETIME', 'DATETIME(3)', 'TIMESTAMP', 'UUID',
]

/** Of each kind what is written usually, what is written otherwise, and what is nothing of the kind. */
const WRITTEN: readonly string[] = [
  '0', '1', '-1', '007', '-0', '+1', ' 1', '1 ', '1.0', '1.00', '1.5', '1.50', '.5', '-.5', '1.', '1.505', '1.500', '1e3', '1E3', '1_000', '1,5', '0x1F', '0b1', '٣', '１', '127', '128', '-128', '65535', '65536', '8388607', '8388608', '2155', '2156', '1901', '99.99', '99.995', '100', '-99.99', '999999999',
  '2147483648', '9007199254740993', '9223372036854775807', '9223372036854775808', '18446744073709551615', '170141183460469231731687303715884105727', '99999999999999999999999999999999999999999', '0.1', '123456789.123456', '0.0000001', '0.10000000000000000000000000000000000000000000', 'NaN', 'nan', 'inf', '-Infinity', 'Infinity', 'NULL', 'null', '\\N', '',
  'true', 'TRUE', 'True', 't', 'T', 'false', 'F', 'yes', 'no', 'on', 'tRuE', 'ᴛ', 'a', 'A', 'b', "c'd", 'abcd', 'abcde', 'éééé', '😀😀😀😀', '😀😀😀😀😀', 'e\u0301e\u0301', 'a\0b', '\0', 'x'.repeat(255), 'x'.repeat(256), 'é'.repeat(127), 'é'.repeat(128),
  '2024-02-29', '2023-02-29', '2024-2-9', '2024-02-30', '0000-01-01', '0001-01-01', '9999-12-31', '10000-01-01', '-0001-01-01', '0044-03-15 (BC)', '20240229', '2024/02/29', '29.02.2024', '01/02/2024', 'infinity', 'epoch', 'now', 'today', ' 2024-02-29', '2024-02-29 ',
  '2024-02-29 23:59:59', '2024-02-29T23:59:59', '2024-02-29T23:59:59Z', '2024-02-29 23:59:59z', '2024-02-29 23:59:59 Z', '2024-02-29 24:00:00', '2024-02-29 23:60:00', '2024-02-29 23:59:60', '2024-02-29 23:59', '2024-02-29 23:59:59.', '2024-02-29 23:59:59.5', '2024-02-29 23:59:59.500', '2024-02-29 23:59:59.123456', '2024-02-29 23:59:59.1234567',
  '2024-02-29 23:59:59.000000000', '2024-02-29 23:59:59.0000000000', '2024-02-29 23:59:59.123000000', '2024-02-29 23:59:59.999999999', '2024-02-29 23:59:59+00', '2024-02-29 23:59:59+02:00', '2024-02-29T23:59:59.5-05', '2024-02-29 23:59:59 UTC', '10000-01-01 00:00:00', '10000-01-01 00:00:00.5', '0001-01-01 00:00:00', '9999-12-31 23:59:59.999999', '290000-01-01 00:00:00', '2024-02-29 00:00:00',
  '2024-02-29  3:59:59', '2024-02-29 3:59:59', '+2024-02-29', '2024-02-29 23:59:59,5', '1970-01-01 00:00:00', '123e4567-e89b-12d3-a456-426655440000', '123E4567-E89B-12D3-A456-426655440000', '123e4567e89b12d3a456426655440000', '{123e4567-e89b-12d3-a456-426655440000}', '123e4567-e89b12d3-a456-426655440000-', '23:59:59', '{}', '[1]',
]

describe("DuckDB's judges of texts", () => {
  let here: Awaited<ReturnType<typeof inMemory>>
  let session: Connection
  before(async () => {
    here = await inMemory()
    session = here.session
  })
  after(() => here.end())

  /** What a type makes of each text: its value, or undefined where it isn't sure. */
  async function judged(texts: readonly string[], type: ValueType): Promise<readonly (Value | undefined)[]> {
    const { sure, value } = judgedText('t', type)!
    const list = texts.map((text) => text.includes('\0') ? text.split('\0').map(quoteText).join(' || chr(0) || ') : quoteText(text)).join(', ')
    const rows = await streamed(session, `SELECT COALESCE(${sure}, FALSE), CASE WHEN ${sure} THEN ${value} END FROM (SELECT unnest([${list}]) AS t)`)
    return rows.map(([isSure, made]) => isSure === true ? made : undefined)
  }

  /** Sure is only who is right. */
  async function hold(texts: readonly string[], type: ValueType): Promise<number> {
    const check = checker(type, { nullable: false })
    const made = await judged(texts, type)
    texts.forEach((text, i) => {
      if (made[i] !== undefined) assert.deepEqual(made[i], type.kind === 'timestamp' ? sixDigits(check(text)) : check(text), JSON.stringify({ text, type }, big))
    })
    return made.filter((value) => value !== undefined).length
  }

  for (const sql of TYPES) {
    it(`are sure of ${sql} only where the typed boundary makes the same of it`, async () => {
      const sure = await hold(WRITTEN, typed(sql))
      assert.ok(sure >= 2 && sure <= WRITTEN.length, `${sure} were sure`)
    })
  }

  it('are sure of what databases write', async () => {
    const usual: readonly (readonly [sql: string, texts: readonly string[]])[] = [
      ['INT', ['0', '-17', '2147483647']], ['BIGINT UNSIGNED', ['18446744073709551615']], ['DECIMAL(10,2)', ['0.00', '-1.5', '12', '12.300']], ['DOUBLE', ['0.5', '-12']], ['BOOLEAN', ['true', 'F', '1']], ['DATE', ['2024-02-29']],
      ['TIMESTAMP', ['2024-02-29 01:02:03', '2024-02-29T01:02:03Z', '2024-02-29 01:02:03.5', '2024-02-29 01:02:03.000000', '2024-02-29']], ['VARCHAR(4)', ['', 'éééé']], ['UUID', ['123E4567-e89b-12d3-a456-426655440000']],
    ]
    for (const [sql, texts] of usual) assert.equal(await hold(texts, typed(sql)), texts.length, sql)
  })

  it('are right about whatever is drawn', async () => {
    const digits = fc.stringMatching(/^-?\d{1,20}(\.\d{0,12})?$/)
    const instants = fc.stringMatching(/^[0-2]\d{3}-[01]\d-[0-3]\d([ T][0-2]\d:[0-6]\d:[0-6]\d(\.\d{1,10})?(Z|[+-]\d\d)?)?$/)
    const near = fc.constantFrom(...WRITTEN).chain((text) => fc.tuple(fc.nat(text.length), fc.constantFrom('0', '1', ' ', '-', '.', 'Z', 'e', '_', '')).map(([at, more]) => text.slice(0, at) + more + text.slice(more === '' ? at + 1 : at)))
    const texts = fc.array(fc.oneof(digits, instants, near, fc.string({ unit: 'grapheme', maxLength: 8 })), { minLength: 100, maxLength: 200 })
    await fc.assert(fc.asyncProperty(texts, fc.constantFrom(...TYPES), async (drawn, sql) => { await hold(drawn.filter((text) => (text as string & { isWellFormed(): boolean }).isWellFormed()), typed(sql)) }), { numRuns: 60 })
  }).timeout(60_000)

  it('leave alone what is written in many ways', () => {
    for (const sql of ['JSON', 'FLOAT', 'BLOB', 'TIME']) assert.equal(judgedText('t', typed(sql)), undefined, sql)
  })
})

/** Instants are read with six digits, where there are any. */
const sixDigits = (value: Value): string => String(value).includes('.') ? String(value).padEnd(26, '0') : String(value)

const big = (_name: string, value: unknown): unknown => typeof value === 'bigint' ? String(value) : value
