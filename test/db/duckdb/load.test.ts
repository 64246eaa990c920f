import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import type { Connection, LoadTarget } from '../../../engine/db/connection.ts'
import type { Row } from '../../../engine/db/flow.ts'
import type { Value } from '../../../engine/db/value-type.ts'
import { checker } from '../../../engine/db/check.ts'
import { DataError } from '../../../engine/errors.ts'
import { batches, failureOf, inMemory, made, streamed } from './helpers.ts'
import { held } from '../../helpers/held.ts'

const digits = (precision: number, scale: number): fc.Arbitrary<string> => fc.bigInt({ min: -(10n ** BigInt(precision)) + 1n, max: 10n ** BigInt(precision) - 1n })
  .map((units) => {
    const text = String(units < 0n ? -units : units).padStart(scale + 1, '0')
    return `${units < 0n ? '-' : ''}${scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`}`
  })
const whole = (min: bigint, max: bigint): fc.Arbitrary<number | bigint> => fc.bigInt({ min, max }).map((value) => Number.isSafeInteger(Number(value)) ? Number(value) : value)
const date = fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true }).map((value) => value.toISOString().slice(0, 10))
const two = (most: number): fc.Arbitrary<string> => fc.integer({ min: 0, max: most }).map((value) => String(value).padStart(2, '0'))
const fraction = (precision: number): fc.Arbitrary<string> => precision === 0 ? fc.constant('') : fc.integer({ min: 0, max: 10 ** precision - 1 })
  .map((value) => value === 0 ? '' : `.${String(value).padStart(precision, '0').padEnd(6, '0')}`)
const clock = (precision: number): fc.Arbitrary<string> => fc.tuple(two(23), two(59), two(59), fraction(precision)).map(([h, m, s, f]) => `${h}:${m}:${s}${f}`)
const instant = (precision: number): fc.Arbitrary<string> => fc.tuple(date, clock(precision)).map((parts) => parts.join(' '))
const text = fc.string({ unit: 'grapheme', maxLength: 60 })
const awkward = fc.constantFrom('', '\0', 'a\0b', '\uFEFF', '\uFEFFabc and so on beyond twelve', "'", '"', '\\', '\n\r\t', '𝄞', 'é', 'e\u0301', 'NULL', '\\N', ' blank ', 'exactly12byt', 'exactly13byte')

/** One column of each type, and values that it holds. */
const COLUMNS: readonly (readonly [sql: string, values: fc.Arbitrary<Value>])[] = [
  ['TINYINT', whole(-128n, 127n)], ['TINYINT UNSIGNED', whole(0n, 255n)], ['SMALLINT', whole(-32_768n, 32_767n)], ['SMALLINT UNSIGNED', whole(0n, 65_535n)],
  ['MEDIUMINT', whole(-8_388_608n, 8_388_607n)], ['INT', whole(-(2n ** 31n), 2n ** 31n - 1n)], ['INT UNSIGNED', whole(0n, 2n ** 32n - 1n)],
  ['BIGINT', whole(-(2n ** 63n), 2n ** 63n - 1n)], ['BIGINT UNSIGNED', whole(0n, 2n ** 64n - 1n)],
  ['HUGEINT', whole(-(2n ** 127n), 2n ** 127n - 1n)], ['UHUGEINT', whole(0n, 2n ** 128n - 1n)],
  ['DECIMAL(4,2)', digits(4, 2)], ['DECIMAL(9,0)', digits(9, 0)], ['DECIMAL(18,6)', digits(18, 6)], ['DECIMAL(38,10)', digits(38, 10)], ['DECIMAL(38,38)', digits(38, 38)],
  ['FLOAT', fc.float({ noNaN: true, noDefaultInfinity: true })], ['DOUBLE', fc.double({ noNaN: true, noDefaultInfinity: true })],
  ['BOOLEAN', fc.boolean()], ['DATE', date], ['DATETIME(6)', instant(6)], ['TIMESTAMP_MS', instant(3)], ['TIMESTAMP_S', instant(0)], ['TIMESTAMPTZ', instant(6)],
  ['TIME(6)', clock(6)], ['VARCHAR(200)', fc.oneof(text, awkward)], ['LONGTEXT', fc.oneof(text, awkward)],
  ['BLOB', fc.uint8Array({ maxLength: 40 })], ['UUID', fc.uuid()], ["ENUM('a','b','c''d')", fc.constantFrom('a', 'b', "c'd")],
  ['JSON', fc.json()],
]

describe('loading DuckDB', () => {
  let here: Awaited<ReturnType<typeof inMemory>>
  let session: Connection
  before(async () => {
    here = await inMemory()
    session = here.session
  })
  after(() => here.end())

  it('gives back every value of every type as it was checked', async () => {
    const { definition, target } = await made(session, `CREATE TABLE every (${['row_no BIGINT', ...COLUMNS.map(([sql], at) => `c${at} ${sql}`)].join(', ')})`)
    const check = target.columns.map(({ type }) => checker(type, { nullable: true }))
    const rows = fc.array(fc.tuple(...COLUMNS.map(([, values]) => fc.option(values, { freq: 8 }))), { minLength: 1, maxLength: 60 })
    await fc.assert(fc.asyncProperty(rows, async (given) => {
      const sent: Row[] = given.map((row, at) => [at, ...row].map((value, column) => check[column]?.(value) ?? null))
      await session.execute('DELETE FROM every')
      assert.equal(await session.load(target, batches(sent)), sent.length)
      const read = await streamed(session, 'SELECT * FROM every ORDER BY row_no')
      // Instants of a smaller precision are read with six digits.
      assert.deepEqual(read, sent.map((row) => row.map((value, column) => value instanceof Uint8Array ? Uint8Array.from(value) : sixDigits(value, definition.columns[column]?.type))))
    }), { numRuns: 60 })
  }).timeout(60_000)

  it('loads batches of any size, over the edges of chunks', async () => {
    const { target } = await made(session, 'CREATE TABLE sizes (n INT, t VARCHAR(20))')
    const sizes = [0, 1, 2047, 2048, 2049, 63, 64, 65, 5000, 0]
    let next = 0
    const all = sizes.map((size) => Array.from({ length: size }, () => [next += 1, next % 7 === 0 ? null : `t${next}`]))
    const told: number[] = []
    assert.equal(await session.load(target, batches(...all), { onRows: (rows) => told.push(rows) }), next)
    assert.deepEqual(told, sizes.map((_, at) => sizes.slice(0, at + 1).reduce((sum, size) => sum + size, 0)))
    assert.deepEqual(await streamed(session, 'SELECT * FROM sizes ORDER BY n'), all.flat())
  })

  it('fills the columns that the rows do not bring: NULL, a default, or what is computed', async () => {
    await session.execute('CREATE TABLE part (a INT, b VARCHAR, c INT)')
    await session.execute("CREATE TABLE filled (a INT, b VARCHAR DEFAULT 'none', c INT DEFAULT 7, d INT GENERATED ALWAYS AS (a * 2))")
    const columns: LoadTarget['columns'] = [{ name: 'C', type: { kind: 'integer', min: 0n, max: 9n } }, { name: 'a', type: { kind: 'integer', min: 0n, max: 9n } }]
    await session.load({ table: 'part', columns }, batches([[1, 2], [3, null]]))
    assert.deepEqual(await streamed(session, 'SELECT a, b, c FROM part ORDER BY c'), [[2, null, 1], [null, null, 3]])
    await session.load({ table: 'filled', columns }, batches([[1, 2], [null, 4]]))
    assert.deepEqual(await streamed(session, 'SELECT a, b, c, d FROM filled ORDER BY a'), [[2, 'none', 1, 4], [4, 'none', null, 8]])
  })

  it('leaves nothing behind where a row, a constraint or the source says no', async () => {
    const { target } = await made(session, 'CREATE TABLE strict (k KEY, n INT NOT NULL, s VARCHAR(5), CHECK (n < 100))')
    const many = Array.from({ length: 5000 }, (_, at) => [at, 1, 'x'] as const)
    async function* failing(): AsyncGenerator<readonly Row[]> {
      yield* batches(many)
      throw new Error('the source went away')
    }
    const cases: readonly (readonly [words: RegExp, source: AsyncIterable<readonly Row[]>])[] = [
      [/[Dd]uplicate key "?k?:? ?17/, batches(many, [[17, 1, 'again']])],
      [/NOT NULL constraint failed: strict\.n/, batches(many, [[9000, null, 'x']])],
      [/CHECK constraint failed/, batches(many, [[9000, 100, 'x']])],
      [/column n.*2147483648 is not from/, batches(many, [[9000, 2_147_483_648, 'x']])],
      [/column n.*1\.5 is no integer/, batches(many, [[9000, 1.5, 'x']])],
      [/column s.*surrogate/, batches(many, [[9000, 1, 'a\uD800']])],
      [/the source went away/, failing()],
    ]
    for (const [words, source] of cases) {
      const error = await failureOf(session.load(target, source))
      assert.match(error.message, words)
      if (!words.source.includes('source')) assert.ok(error instanceof DataError, error.message)
      assert.deepEqual(await session.query('SELECT count(*) AS n FROM strict'), [{ n: 0 }])
    }
    assert.equal(await session.load(target, batches(many)), 5000)
    // Nor does what a failed load still held come in later on, when the collector finds it.
    setFlagsFromString('--expose-gc')
    runInNewContext('gc()')
    await setImmediate()
    assert.deepEqual(await session.query('SELECT count(*) AS n FROM strict'), [{ n: 5000 }])
  })

  it('refuses a table that is not there, and a column that it does not have', async () => {
    const columns = [{ name: 'x', type: { kind: 'text' } }] as const
    assert.match((await failureOf(session.load({ table: 'nowhere', columns }, batches([['x']])))).message, /no table nowhere/)
    await session.execute('CREATE TABLE lacks (y VARCHAR)')
    assert.match((await failureOf(session.load({ table: 'lacks', columns }, batches([['x']])))).message, /column/)
  })

  it('is part of the transaction around it', async () => {
    const { target } = await made(session, 'CREATE TABLE inside (n INT)')
    await failureOf(session.transaction(async () => {
      await session.load(target, batches([[1]]))
      throw new Error('no')
    }))
    assert.deepEqual(await session.query('SELECT count(*) AS n FROM inside'), [{ n: 0 }])
  })

  it('stops at once at an abort, also while its source has nothing to give, and closes the source', async () => {
    const { target } = await made(session, 'CREATE TABLE aborted (n INT)')
    const source = { closed: 0 }
    const stalled = (): AsyncIterable<readonly Row[]> => ({
      [Symbol.asyncIterator]: () => {
        const first = { given: false }
        return {
          next: () => {
            if (first.given) return new Promise(() => {})
            first.given = true
            return Promise.resolve({ done: false, value: [[1]] })
          },
          return: () => {
            source.closed += 1
            return Promise.resolve({ done: true, value: undefined })
          },
        }
      },
    })
    const stop = new AbortController()
    const error = await failureOf(session.load(target, stalled(), { signal: stop.signal, onRows: () => queueMicrotask(() => stop.abort(new Error('enough'))) }))
    assert.equal(error.message, 'enough')
    assert.deepEqual(await session.query('SELECT count(*) AS n FROM aborted'), [{ n: 0 }])

    const other = await inMemory()
    const there = await made(other.session, 'CREATE TABLE aborted (n INT)')
    const killed = await failureOf(other.session.load(there.target, stalled(), { onRows: () => queueMicrotask(() => other.session.abort(new Error('killed'))) }))
    assert.equal(killed.message, 'killed')
    assert.equal(source.closed, 2)
    await other.end()
  })

  it('keeps no row that it has sent', async () => {
    const { target } = await made(session, 'CREATE TABLE big (n INT, t VARCHAR(60))')
    await session.load(target, longTexts(50_000))
    const before = held()
    const seen: number[] = []
    await session.load(target, longTexts(400_000), { onRows: (sent) => { if (sent % 100_000 === 0) seen.push(held() - before) } })
    assert.ok(seen.length > 2 && Math.max(...seen) < 20, `MB held on the way, more than before: ${seen.map(Math.round).join(', ')}`)
    await session.execute('DROP TABLE big')
  }).timeout(60_000)
})

async function* longTexts(count: number): AsyncGenerator<readonly Row[]> {
  for (let from = 0; from < count; from += 1000) {
    await setImmediate()
    yield Array.from({ length: 1000 }, (_, at) => [from + at, `a text that is long enough to lie elsewhere ${from + at}`])
  }
}

function sixDigits(value: Value, type: string | undefined): Value {
  return type === 'TIMESTAMP_MS' && typeof value === 'string' ? value.replace(/\.(\d{3})$/, '.$1000') : value
}
