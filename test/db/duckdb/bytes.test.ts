import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { Connection, LoadTarget } from '../../../engine/db/connection.ts'
import type { ColumnBatch } from '../../../engine/db/flow.ts'
import { byteBatch } from '../../helpers/byte-batches.ts'
import { failureOf, inMemory, made, streamed } from './helpers.ts'

type Field = string | Uint8Array | null

const whole = (min: bigint, max: bigint): fc.Arbitrary<string> => fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n)).map(String)
/** Decimals with no more digits than so many before and behind the point. */
const digits = (precision: number, scale: number): fc.Arbitrary<string> => fc.tuple(
  fc.bigInt({ min: 0n, max: 10n ** BigInt(precision - scale) - 1n }), fc.stringMatching(new RegExp(`^\\d{0,${scale}}$`)), fc.boolean(),
).map(([before, after, negative]) => `${negative ? '-' : ''}${before}${after === '' ? '' : `.${after}`}`)
const date = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }).map((value) => value.toISOString())
const day = date.map((text) => text.slice(0, 10))
const second = date.map((text) => text.slice(0, 19).replace('T', ' '))
const instant = (most: number): fc.Arbitrary<string> => fc.tuple(second, fc.stringMatching(new RegExp(`^(\\.\\d{1,${most}})?$`))).map((parts) => parts.join(''))
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('', '\0', 'a\0b', '\uFEFF and more than twelve bytes', "'", '"', '\\', '\n\r\t', '𝄞', 'NULL', '\\N', ' blank ', 'exactly12byt', 'exactly13byte', 'ééé', 'x'.repeat(100_000)),
)

/** One column of each type that is written from bytes, and fields that it takes. */
const COLUMNS: readonly (readonly [sql: string, fields: fc.Arbitrary<string>])[] = [
  ['TINYINT', whole(-128n, 127n)], ['TINYINT UNSIGNED', whole(0n, 255n)], ['SMALLINT', whole(-32_768n, 32_767n)], ['SMALLINT UNSIGNED', whole(0n, 65_535n)],
  ['INT', whole(-(2n ** 31n), 2n ** 31n - 1n)], ['INT UNSIGNED', whole(0n, 2n ** 32n - 1n)], ['BIGINT', whole(-(2n ** 63n), 2n ** 63n - 1n)],
  ['BIGINT UNSIGNED', whole(0n, 2n ** 64n - 1n)],
  ['DECIMAL(4,2)', digits(4, 2)], ['DECIMAL(9,0)', digits(9, 0)], ['DECIMAL(9,9)', digits(9, 9)], ['DECIMAL(18,6)', digits(18, 6)], ['DECIMAL(38,10)', digits(38, 10)], ['DECIMAL(38,38)', digits(38, 38)],
  ['DATE', day], ['DATETIME(6)', instant(6)], ['TIMESTAMP_MS', instant(3)], ['TIMESTAMP_S', second], ['TIMESTAMPTZ', instant(6)], ['UUID', fc.uuid()], ['VARCHAR(200)', text], ['LONGTEXT', text],
]

describe('loading DuckDB with bytes', () => {
  let here: Awaited<ReturnType<typeof inMemory>>
  let session: Connection
  before(async () => {
    here = await inMemory()
    session = here.session
  })
  after(() => here.end())

  const load = async (target: LoadTarget, ...batches: readonly (readonly (readonly Field[])[])[]): Promise<number> => session.load(target, asBytes(target.columns.length, batches))

  it('gives back the very same as DuckDB makes of their texts', async () => {
    const { target } = await made(session, `CREATE TABLE bytes (${['row_no BIGINT', ...COLUMNS.map(([sql], at) => `c${at} ${sql}`)].join(', ')})`)
    await session.execute('CREATE TABLE texts AS FROM bytes')
    const rows = fc.array(fc.tuple(...COLUMNS.map(([, fields]) => fc.option(fields, { freq: 6 }))), { minLength: 1, maxLength: 40 })
    await fc.assert(fc.asyncProperty(rows, async (given) => {
      const sent = given.map((row, at) => [String(at), ...row])
      await session.execute('DELETE FROM bytes')
      await session.execute('DELETE FROM texts')
      assert.equal(await load(target, sent.slice(0, 7), [], sent.slice(7)), sent.length)
      for (const row of sent) await session.execute({ sql: `INSERT INTO texts VALUES (${row.map(() => '?').join(', ')})`, values: row })
      assert.deepEqual(await streamed(session, 'SELECT * FROM bytes ORDER BY row_no'), await streamed(session, 'SELECT * FROM texts ORDER BY row_no'))
    }), { numRuns: 25 })
  }).timeout(60_000)

  it('takes batches of any size, long texts and short ones, over the edges of chunks', async () => {
    const { target } = await made(session, 'CREATE TABLE sizes (n INT, t VARCHAR)')
    const long = 'a text of more than twelve bytes, é '
    let next = 0
    const all = [1, 2047, 2048, 2049, 64, 30_000, 3].map((size) => Array.from({ length: size }, () => [String(next += 1), next % 7 === 0 ? null : next % 2 === 0 ? `t${next}` : `${long}${next}`]))
    assert.equal(await load(target, ...all), next)
    assert.deepEqual(await streamed(session, 'SELECT n::VARCHAR, t FROM sizes ORDER BY n'), all.flat())
    assert.deepEqual(await streamed(session, `SELECT count(*) FROM sizes WHERE t LIKE '${long}%' AND t = '${long}' || n`), [[all.flat().filter(([, t]) => t?.startsWith(long)).length]])
  })

  it('refuses what is no UTF-8, and what does not fit the table that is really there', async () => {
    const { target } = await made(session, 'CREATE TABLE strict (n INT, d DECIMAL(4,2), t VARCHAR)')
    const cases: readonly (readonly [words: RegExp, row: readonly Field[]])[] = [
      [/column t.*UTF-8/, ['1', '1', Buffer.from([0xff])]],
      [/column t.*UTF-8/, ['1', '1', Buffer.from('half a pair of surrogates \xED\xA0\x80', 'latin1')]],
      [/column t.*UTF-8/, ['1', '1', Buffer.from('cut off at its end: \xC3', 'latin1')]],
      [/column n.*2147483648.*is not from/, ['2147483648', '1', '']],
      [/column d.*100.*DECIMAL\(4,2\)/, ['1', '100', '']],
      [/column d.*0\.125.*DECIMAL\(4,2\)/, ['1', '0.125', '']],
    ]
    for (const [words, row] of cases) {
      assert.match((await failureOf(load(target, [['1', '1', 'good'], row]))).message, words)
      assert.deepEqual(await session.query('SELECT count(*) AS n FROM strict'), [{ n: 0 }])
    }
  })
})

// oxlint-disable-next-line typescript/require-await -- a source that has its rows ready
async function* asBytes(width: number, batches: readonly (readonly (readonly Field[])[])[]): AsyncGenerator<ColumnBatch> {
  for (const rows of batches) {
    const batch = byteBatch(rows, width)
    yield { length: rows.length, columns: Array.from({ length: width }, (_, at) => ({ batch, at })) }
  }
}
