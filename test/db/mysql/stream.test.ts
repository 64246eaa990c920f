import assert from 'node:assert/strict'
import type { Connection } from '../../../engine/db/connection.ts'
import { ByteBatch } from '../../../engine/db/byte-batch.ts'
import type { Row } from '../../../engine/db/flow.ts'
import type { ValueType } from '../../../engine/db/value-type.ts'
import { readAddress } from '../../../engine/db/mysql/address.ts'
import { ByteRows } from '../../../engine/db/mysql/byte-rows.ts'
import { isPacket } from '../../../engine/db/mysql/packets.ts'
import { ValueRows } from '../../../engine/db/mysql/value-rows.ts'
import { setUp } from '../../../engine/db/mysql/server.ts'
import { RowReading } from '../../../engine/db/mysql/stream.ts'
import { openWire } from '../../../engine/db/mysql/wire.ts'
import { DatabaseError } from '../../../engine/errors.ts'
import { startOwn } from '../../helpers/servers/index.ts'
import { eventually, failureOf, proxyTo, read, rowsOf, scene } from './helpers.ts'
import type { Scene } from './helpers.ts'
import { held } from '../../helpers/held.ts'

const MANY = 'SELECT seq AS id, REPEAT("x", 100) AS filler FROM seq_1_to_1000000'

const runningOf = async (observer: Connection, session: Connection): Promise<unknown> =>
  (await observer.query({ sql: 'SELECT command, info FROM information_schema.processlist WHERE id = ?', values: [Number(session.session)] }))[0]

describe('MySQL streams', () => {
  let here: Scene
  before(async () => { here = await scene() })
  after(() => here.end())

  describe('columns', () => {
    // declared                           value in SQL                     read as                                 type
    const table: readonly [string, string, unknown, ValueType][] = [
      ['TINYINT', '-128', -128, { kind: 'integer', min: -128n, max: 127n }],
      ['TINYINT(1)', '7', 7, { kind: 'integer', min: -128n, max: 127n }],
      ['SMALLINT UNSIGNED', '65535', 65535, { kind: 'integer', min: 0n, max: 65535n }],
      ['MEDIUMINT', '-8388608', -8388608, { kind: 'integer', min: -8388608n, max: 8388607n }],
      ['INT(8) ZEROFILL', '42', 42, { kind: 'integer', min: 0n, max: 4294967295n }],
      ['BIGINT', '9007199254740993', 9007199254740993n, { kind: 'integer', min: -(2n ** 63n), max: 2n ** 63n - 1n }],
      ['BIGINT UNSIGNED', '18446744073709551615', 2n ** 64n - 1n, { kind: 'integer', min: 0n, max: 2n ** 64n - 1n }],
      ['DECIMAL(65,30)', '-12345678901234567890123456789012345.123456789012345678901234567890', '-12345678901234567890123456789012345.123456789012345678901234567890', { kind: 'decimal', precision: 65, scale: 30 }],
      ['DECIMAL(5,0) UNSIGNED', '99999', '99999', { kind: 'decimal', precision: 5, scale: 0 }],
      ['DOUBLE', '9876543.210987654', 9876543.210987654, { kind: 'float', bits: 64 }],
      ['DOUBLE', '-1.7976931348623157e308', -1.7976931348623157e308, { kind: 'float', bits: 64 }],
      ['DATE', "'9999-12-31'", '9999-12-31', { kind: 'date' }],
      ['DATE', "'0000-00-00'", '0000-00-00', { kind: 'date' }],
      ['DATETIME', "'2024-03-31 02:30:00'", '2024-03-31 02:30:00', { kind: 'timestamp', precision: 0 }],
      ['DATETIME(6)', "'0001-01-01 00:00:00.000001'", '0001-01-01 00:00:00.000001', { kind: 'timestamp', precision: 6 }],
      ['DATETIME(3)', "'0000-00-00 00:00:00'", '0000-00-00 00:00:00.000', { kind: 'timestamp', precision: 3 }],
      ['TIMESTAMP(2)', "'2024-03-31 02:30:00.25'", '2024-03-31 02:30:00.25', { kind: 'timestamp', precision: 2 }],
      ['TIME(3)', "'-838:59:58.999'", '-838:59:58.999', { kind: 'time', precision: 3 }],
      ['YEAR', '1999', 1999, { kind: 'integer', min: 1901n, max: 2155n }],
      ['BIT(64)', "X'FFFFFFFFFFFFFFFF'", 2n ** 64n - 1n, { kind: 'integer', min: 0n, max: 2n ** 64n - 1n }],
      ['BIT(1)', '1', 1, { kind: 'integer', min: 0n, max: 1n }],
      ['CHAR(5)', "'é😀'", 'é😀', { kind: 'text', length: 5 }],
      ['VARCHAR(20) CHARACTER SET latin1', "'café'", 'café', { kind: 'text', length: 20 }],
      ['VARCHAR(9) CHARACTER SET ucs2', "X'D83DDE00'", '😀', { kind: 'text', length: 9 }],
      ['VARCHAR(300)', "'a\\0b '", 'a\0b ', { kind: 'text', length: 300 }],
      ['TINYTEXT', "''", '', { kind: 'text', bytes: 255 }],
      ['TEXT', "'t'", 't', { kind: 'text', bytes: 65535 }],
      ['MEDIUMTEXT', "'m'", 'm', { kind: 'text', bytes: 16777215 }],
      ['LONGTEXT', "'l'", 'l', { kind: 'text' }],
      ["ENUM('a','longer')", "'longer'", 'longer', { kind: 'text', length: 6 }],
      ["SET('a','b')", "'a,b'", 'a,b', { kind: 'text', length: 3 }],
      ['BINARY(3)', "X'01'", Buffer.from([1, 0, 0]), { kind: 'binary', length: 3 }],
      ['VARBINARY(9)', "X'00FF'", Buffer.from([0, 255]), { kind: 'binary', length: 9 }],
      ['BLOB', "X'00'", Buffer.from([0]), { kind: 'binary', length: 65535 }],
      ['JSON', `'{"big": 12345678901234567890, "a": 1.0}'`, '{"big": 12345678901234567890, "a": 1.0}', { kind: 'json' }],
      ['UUID', "'123e4567-e89b-12d3-a456-426655440000'", '123e4567-e89b-12d3-a456-426655440000', { kind: 'uuid' }],
      ['INET6', "'2001:db8::ff00:42:8329'", '2001:db8::ff00:42:8329', { kind: 'text', length: 39 }],
    ]
    for (const [i, [declared, value, expected, type]] of table.entries()) {
      it(`reads ${declared} ${value.slice(0, 40)} exactly`, async () => {
        const name = `read_${i}`
        const reader = await here.connect()
        await reader.execute("SET SESSION sql_mode = ''")
        await reader.execute(`CREATE TABLE ${name} (v ${declared} NULL)`)
        await reader.execute(`INSERT INTO ${name} VALUES (${value}), (NULL)`)
        const { columns, rows } = await read(reader, `SELECT v FROM ${name}`)
        assert.deepEqual(columns, [{ name: 'v', type }])
        assert.deepEqual(rows.toSorted((a) => a[0] === null ? 1 : -1), [[expected], [null]])
        await reader.close()
      })
    }

    it('reads the same where the driver is left no part in it', async () => {
      await here.session.execute('CREATE TABLE all_kinds (f FLOAT, d DOUBLE, i INT, b BIGINT, c DECIMAL(9,3), t DATETIME(3), s VARCHAR(9), y VARBINARY(9), n BIT(9), j JSON, g POINT, e YEAR, u UUID)')
      await here.session.execute("INSERT INTO all_kinds VALUES (0.5, 9876543.210987654, -5, 9007199254740993, 1.250, '2024-02-29 01:02:03.004', 'é😀', X'00FF', 257, '{\"a\": 1}', POINT(1, 2), 2024, '123e4567-e89b-12d3-a456-426655440000')")
      await here.session.execute('INSERT INTO all_kinds () VALUES ()')
      const wire = await openWire(readAddress(here.fresh.url), 5)
      await setUp(wire, false)
      assert.equal(wire.bytesOnly, false, 'this release of mysql2 takes part as it should')
      const seen: unknown[] = []
      class Seeing extends ByteRows {
        override add(row: Parameters<ByteRows['add']>[0]): void {
          seen.push(isPacket(row))
          super.add(row)
        }
      }
      // A release of mysql2 that has another name for its parser goes on to parse.
      class Unasked extends ByteRows { override prepare(): void {} }
      const readings: unknown[] = []
      for (const [bytesOnly, gathering] of [[false, new ValueRows()], [true, new ValueRows()], [false, new Seeing()], [true, new Unasked()], [false, new Unasked()]] as const) {
        wire.bytesOnly = bytesOnly
        const reading = new RowReading<readonly Row[] | ByteBatch>(wire, 'SELECT * FROM all_kinds', gathering, { place: '', idleSeconds: 5, limit: Infinity, interrupt: async () => {}, finish: async () => {} })
        const columns = await reading.columns
        const rows: Row[] = []
        for await (const batch of reading) rows.push(...batch instanceof ByteBatch ? batch.rows() : batch)
        readings.push({ columns, rows })
      }
      await wire.close()
      for (const reading of readings) assert.deepEqual(reading, readings[0])
      assert.deepEqual(seen, [true, true], 'this release of mysql2 hands out its packets')
    })

    it('tells half of a surrogate pair, which MariaDB keeps, from half of another, in values and in bytes', async () => {
      await here.session.execute('CREATE TABLE halves (v VARCHAR(9))')
      await here.session.execute("INSERT INTO halves VALUES (X'EDA080'), (X'61EDB0806200'), ('\uFFFD한')")
      const [halves, whole] = [['\uD800', 'a\uDC00b\0', '\uFFFD한'], ['\uFFFD한', '한']]
      const sql = 'SELECT v FROM halves'
      assert.deepEqual((await read(here.session, sql)).rows, halves.map((text) => [text]))
      for (const [query, texts, asItCame] of [[sql, halves, false], ["SELECT v FROM halves WHERE v LIKE '%한' UNION ALL SELECT '한'", whole, true]] as const) {
        const { rows } = await here.session.streamBytes?.({ sql: query }) ?? assert.fail('it hands out bytes')
        for await (const batch of rows.of) {
          assert.deepEqual(batch.rows(), texts.map((text) => [text]))
          assert.equal(batch.kinds[0]?.isText, asItCame, 'what is no UTF-8 is looked at as values')
        }
      }
    })

    it('names what no path carries, and reads the way out that it names', async () => {
      const { columns } = await read(here.session, "SELECT CAST(0.1 AS FLOAT) AS f, POINT(1, 2) AS p")
      assert.deepEqual(columns.map(({ type }) => type.kind), ['other', 'other'])
      assert.match(columns[0]?.type.kind === 'other' ? columns[0].type.name : '', /FLOAT.*CAST/)
      await here.session.execute('CREATE TABLE floats (f FLOAT)')
      await here.session.execute('INSERT INTO floats VALUES (0.1), (16777217)')
      assert.deepEqual((await read(here.session, 'SELECT CAST(f AS DOUBLE) AS f FROM floats')).rows, [[Math.fround(0.1)], [16777216]])
    })

    it('knows a NULL literal, doubled names and expressions', async () => {
      const { columns, rows } = await read(here.session, "SELECT NULL AS n, 1 AS a, 2 AS a, 1.50 + 1 AS d, CONCAT('x', 1) AS `odd ``name`")
      assert.deepEqual(columns.map(({ name, type }) => [name, type.kind]), [['n', 'null'], ['a', 'integer'], ['a', 'integer'], ['d', 'decimal'], ['odd `name', 'text']])
      assert.deepEqual(rows, [[null, 1, 2, '2.50', 'x1']])
    })

    it('are known also where there is no row', async () => {
      const { columns, rows } = await read(here.session, 'SELECT 1 AS a FROM DUAL WHERE 1 = 0')
      assert.deepEqual([columns.map(({ name }) => name), rows], [['a'], []])
    })
  })

  describe('reading', () => {
    it('takes binds, and gives every row once in order', async () => {
      const flow = await here.session.stream({ sql: 'SELECT seq FROM seq_1_to_5000 WHERE seq > ?', values: [10] })
      const sizes: number[] = []
      const seen: unknown[] = []
      for await (const batch of flow.rows.of) { sizes.push(batch.length); seen.push(...batch.map((row) => row[0])) }
      assert.deepEqual(seen, Array.from({ length: 4990 }, (_, i) => i + 11))
      assert.ok(sizes.every((size) => size <= 1_000) && sizes.length >= 5, 'sizes.every((size) => size <= 1_000) && sizes.length >= 5')
    })

    it('ends a batch by its bytes where rows are large', async () => {
      const flow = await here.session.stream({ sql: 'SELECT REPEAT("x", 600000) FROM seq_1_to_20' })
      for await (const batch of flow.rows.of) assert.ok(batch.length <= 2, 'batch.length <= 2')
    })

    it('holds the server back while the reader is slow', async () => {
      const own = await here.connect()
      const flow = await own.stream({ sql: MANY })
      const reader = flow.rows.of[Symbol.asyncIterator]()
      await reader.next()
      const sends = async (): Promise<boolean> => JSON.stringify(await here.session.query({
        sql: 'SELECT state FROM information_schema.processlist WHERE id = ?', values: [Number(own.session)],
      })).includes('Writing to net')
      await eventually('the server waits for the reader', sends)
      const before = held()
      await eventually('it still waits', sends)
      assert.ok(held() - before < 20, `${before} MB held when it began to wait, and ${held()} later`)
      let rows = 1_000
      for (let step = await reader.next(); !step.done; step = await reader.next()) rows += step.value.length
      assert.equal(rows, 1_000_000)
    })

    it('leaves the session free for the next statement, and busy until then', async () => {
      const flow = await here.session.stream({ sql: MANY })
      assert.match((await failureOf(here.session.query('SELECT 1'))).message, /busy: a stream is read/)
      assert.match((await failureOf(here.session.stream({ sql: 'SELECT 1' }))).message, /busy/)
      for await (const batch of flow.rows.of) if (batch.length > 0) break
      assert.deepEqual(await here.session.query('SELECT 1 AS one'), [{ one: 1 }])
    })

    it('ends the statement on the server when the reader leaves, and the session lives on', async () => {
      const own = await here.connect()
      for (let round = 0; round < 5; round += 1) {
        const flow = await own.stream({ sql: MANY })
        for await (const batch of flow.rows.of) if (batch.length > 0) break
        assert.deepEqual(await own.query(`SELECT ${round} AS round`), [{ round }])
      }
    })

    it('ends a flow that nobody ever read when the session closes', async () => {
      const own = await here.connect()
      const flow = await own.stream({ sql: MANY })
      await own.close()
      assert.match((await failureOf(rowsOf(flow))).message, /the connection was closed/)
      await eventually('the server has forgotten it', async () => await runningOf(here.session, own) === undefined)
    })

    it('refuses a statement without rows, and one with several results', async () => {
      await here.session.execute('CREATE OR REPLACE PROCEDURE two_results() BEGIN SELECT 1 AS a; SELECT 2 AS b; END')
      await here.session.execute('CREATE OR REPLACE PROCEDURE one_result() BEGIN SELECT 1 AS a; END')
      assert.match((await failureOf(here.session.stream({ sql: 'DO 1' }))).message, /gives no rows/)
      assert.match((await failureOf(read(here.session, 'CALL two_results()'))).message, /more than one result/)
      assert.deepEqual((await read(here.session, 'CALL one_result()')).rows, [[1]])
      assert.deepEqual(await here.session.query('SELECT 1 AS one'), [{ one: 1 }])
    })

    it('errors with the reason of the server, before and after the first row', async () => {
      const wrong = await failureOf(here.session.stream({ sql: 'SELECT nothing FROM nowhere' }))
      assert.ok(wrong instanceof DatabaseError && wrong.code === 'ER_NO_SUCH_TABLE', wrong.stack)
      const late = await failureOf(read(here.session, 'SELECT IF(seq < 5000, seq, (SELECT 1 UNION SELECT 2)) FROM seq_1_to_10000'))
      assert.ok(late instanceof DatabaseError && late.code === 'ER_SUBQUERY_NO_1_ROW', late.message)
      assert.deepEqual(await here.session.query('SELECT 1 AS one'), [{ one: 1 }])
    })
  })

  describe('limits', () => {
    for (const [what, sql] of [
      ['a long result', MANY],
      ['an ordered result', 'SELECT seq FROM seq_1_to_200000 ORDER BY seq DESC'],
      ['doubled names', 'SELECT seq, seq FROM seq_1_to_200000'],
      ['a limit of its own that is larger', 'SELECT seq FROM seq_1_to_200000 LIMIT 100000'],
      ['a union', 'SELECT seq FROM seq_1_to_200000 UNION ALL SELECT seq FROM seq_1_to_200000'],
      ['a comment at its end', 'SELECT seq FROM seq_1_to_200000 -- that is all'],
    ] as const) {
      it(`reads no more than asked for of ${what}`, async () => {
        assert.equal((await read(here.session, sql, { limit: 10 })).rows.length, 10)
        assert.equal((await read(here.session, sql, { limit: 1_500 })).rows.length, 1_500)
      })
    }

    it('is over with the stream', async () => {
      assert.equal((await read(here.session, 'SELECT seq FROM seq_1_to_100', { limit: 3 })).rows.length, 3)
      assert.equal((await read(here.session, 'SELECT seq FROM seq_1_to_100')).rows.length, 100)
      assert.equal((await read(here.session, 'SELECT seq FROM seq_1_to_2', { limit: 3 })).rows.length, 2)
      assert.equal((await read(here.session, 'SELECT seq FROM seq_1_to_2', { limit: 0 })).rows.length, 0)
      await failureOf(read(here.session, 'SELECT no', { limit: 3 }))
      assert.equal((await here.session.query('SELECT seq FROM seq_1_to_100')).length, 100)
    })
  })

  describe('snapshots of a source', () => {
    it('are each their own, and end with the stream: nobody waits for a reader that is done', async () => {
      await here.session.execute('CREATE TABLE snapped (a INT)')
      const reader = await here.connect({ readOnly: true })
      const count = async (): Promise<unknown> => (await read(reader, 'SELECT COUNT(*) FROM snapped')).rows[0]?.[0]
      assert.equal(await count(), 0)
      await here.session.execute('INSERT INTO snapped VALUES (1)')
      assert.equal(await count(), 1)
      await read(reader, 'SELECT a FROM snapped', { limit: 1 })
      await here.session.execute('SET SESSION lock_wait_timeout = 1')
      await here.session.execute('RENAME TABLE snapped TO snapped_2')
    })

    it('are one within a transaction, so that extracts agree', async () => {
      await here.session.execute('CREATE TABLE agreed (a INT)')
      const reader = await here.connect({ readOnly: true })
      await reader.transaction(async () => {
        await here.session.execute('INSERT INTO agreed VALUES (1)')
        assert.deepEqual((await read(reader, 'SELECT COUNT(*) FROM agreed')).rows, [[0]])
        assert.deepEqual((await read(reader, 'SELECT COUNT(*) FROM agreed')).rows, [[0]])
      })
      assert.deepEqual((await read(reader, 'SELECT COUNT(*) FROM agreed')).rows, [[1]])
    })
  })

  describe('what goes wrong', () => {
    it('errors when the session is killed on the server, and everything after it with the same reason', async () => {
      const own = await here.connect()
      const flow = await own.stream({ sql: MANY })
      const reader = flow.rows.of[Symbol.asyncIterator]()
      await reader.next()
      await here.session.execute(`KILL ${own.session}`)
      const error = await failureOf((async () => { while (!(await reader.next()).done); })())
      assert.ok(error instanceof DatabaseError && error.transient, error.message)
      assert.match(error.message, /connection/)
      assert.equal(await failureOf(own.query('SELECT 1')), error)
      assert.equal(await failureOf(own.execute('DO 1')), error)
      assert.equal(await failureOf(own.lock('x')), error)
      await own.close()
    })

    it('errors when the statement alone is killed, and the session lives on', async () => {
      const own = await here.connect()
      const flow = await own.stream({ sql: MANY })
      await here.session.execute(`KILL QUERY ${own.session}`)
      const error = await failureOf(rowsOf(flow))
      assert.ok(error instanceof DatabaseError && error.transient && error.code === 'ER_QUERY_INTERRUPTED', error.message)
      assert.deepEqual(await own.query('SELECT 1 AS one'), [{ one: 1 }])
    })

    it('errors when the server is killed, with rows waiting or not', async () => {
      const server = await startOwn('mariadb')
      const there = await scene(server.url)
      const idle = await there.connect()
      const flow = await there.session.stream({ sql: MANY })
      const reader = flow.rows.of[Symbol.asyncIterator]()
      await reader.next()
      const waiting = failureOf(idle.query('SELECT SLEEP(100)'))
      await server.kill('SIGKILL')
      const error = await failureOf((async () => { while (!(await reader.next()).done); })())
      assert.ok(error instanceof DatabaseError && error.transient, error.message)
      const other = await waiting
      assert.ok(other instanceof DatabaseError && other.transient, other.message)
      await there.end()
      await server.stop()
    })

    it('gives up on a server that stalls, after the idle seconds and not before', async () => {
      const server = await startOwn('mariadb')
      const there = await scene(server.url)
      const flow = await there.session.stream({ sql: MANY }, { idleSeconds: 0.6 })
      const reader = flow.rows.of[Symbol.asyncIterator]()
      await reader.next()
      await server.kill('SIGSTOP')
      let asked = performance.now()
      const error = await failureOf((async () => {
        for (;;) {
          asked = performance.now()
          if ((await reader.next()).done) return
        }
      })())
      assert.ok(performance.now() - asked >= 590, 'performance.now() - asked >= 590')
      assert.ok(error instanceof DatabaseError && error.transient && error.code === 'STARLINE_IDLE', error.stack)
      assert.match(error.message, /no row came for 0\.6 s/)
      await server.stop()
      await there.end()
    })

    it('gives up on a connection through which nothing comes any more', async () => {
      const proxy = await proxyTo(here.fresh.url)
      const own = await here.connect({}, proxy.url)
      const flow = await own.stream({ sql: MANY }, { idleSeconds: 0.5 })
      const reader = flow.rows.of[Symbol.asyncIterator]()
      await reader.next()
      proxy.freeze()
      const error = await failureOf((async () => { while (!(await reader.next()).done); })())
      assert.ok(error instanceof DatabaseError && error.code === 'STARLINE_IDLE', error.stack)
      await proxy.close()
    })

    it('does not count the time in which the reader asks for nothing', async () => {
      const flow = await here.session.stream({ sql: 'SELECT seq, REPEAT("x", 1000) FROM seq_1_to_30000' }, { idleSeconds: 0.4 })
      let rows = 0
      for await (const batch of flow.rows.of) {
        const until = performance.now() + (rows < 3_000 ? 500 : 0)
        rows += batch.length
        await eventually('the reader took its time', () => performance.now() >= until)
      }
      assert.equal(rows, 30_000)
    })

    it('hands on a slow source’s rows as they come', async () => {
      const flow = await here.session.stream({ sql: 'SELECT seq, REPEAT("x", 20000), SLEEP(0.1) FROM seq_1_to_20' }, { idleSeconds: 1.5 })
      let batches = 0
      for await (const batch of flow.rows.of) batches += Math.sign(batch.length)
      assert.ok(batches > 1, String(batches))
    })

    it('stops with the signal’s own reason, also while the server works on its first row', async () => {
      const own = await here.connect()
      const reason = new Error('Ctrl-C')
      for (const sql of ['SELECT SLEEP(100)', MANY]) {
        const control = new AbortController()
        const starting = own.stream({ sql }, { signal: control.signal })
        if (sql === MANY) {
          const reader = (await starting).rows.of[Symbol.asyncIterator]()
          await reader.next()
          control.abort(reason)
          assert.equal(await failureOf((async () => { while (!(await reader.next()).done); })()), reason)
        } else {
          await eventually('it runs', async () => JSON.stringify(await runningOf(here.session, own)).includes('SLEEP'))
          control.abort(reason)
          assert.equal(await failureOf(starting), reason)
        }
        assert.deepEqual(await own.query('SELECT 1 AS one'), [{ one: 1 }])
      }
      assert.equal(await failureOf(own.stream({ sql: 'SELECT 1' }, { signal: AbortSignal.abort(reason) })), reason)
      assert.deepEqual(await own.query('SELECT 1 AS one'), [{ one: 1 }])
    })
  })

  it('reads a million rows in flat memory', async () => {
    const flow = await here.session.stream({ sql: MANY })
    const seen: number[] = []
    let count = 0
    for await (const batch of flow.rows.of) {
      if (Math.floor((count + batch.length) / 100_000) > Math.floor(count / 100_000)) seen.push(held())
      count += batch.length
    }
    assert.equal(count, 1_000_000)
    assert.equal(seen.length, 10)
    const [first = NaN] = seen
    assert.ok(Math.max(...seen) - first < 20, `MB held after each 100,000 rows: ${seen.map(Math.round).join(', ')}`)
  })
})
