import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, stat, symlink } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Connection, Database } from '../../engine/db/connection.ts'
import { BadValue, checker } from '../../engine/db/check.ts'
import { openDuckdb } from '../../engine/db/duckdb.ts'
import { ConfigurationError, DatabaseError } from '../../engine/errors.ts'
import { batches, eventually, failureOf, freshFolder, inMemory, made, rowsOf, streamed } from './duckdb/helpers.ts'

const ENDLESS = 'SELECT a.range AS a FROM range(1000000000000) AS a WHERE a.range % 1000000007 = 3'

/** Whether a process of its own can open the file for writing now. */
async function opensElsewhere(path: string): Promise<string> {
  const script = `
    import { openDuckdb } from './engine/db/duckdb.ts'
    try {
      const database = await openDuckdb('duckdb:' + process.argv[1])
      await database.close()
      console.log('opened')
    } catch (error) { console.log(JSON.stringify({ message: error.message, transient: error.transient, name: error.name })) }`
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, path])
  return stdout.trim()
}

const millis = (text: unknown): number => Date.parse(`${String(text).replace(' ', 'T')}Z`)

describe('DuckDB', () => {
  let home: Awaited<ReturnType<typeof freshFolder>>
  before(async () => { home = await freshFolder() })
  after(() => home.end())

  describe('opening', () => {
    it('makes the file and the folders above it, and finds it again', async () => {
      const path = join(home.folder, 'a/b/new.duckdb')
      const first = await openDuckdb(`duckdb:${path}`)
      const session = await first.connect()
      await session.execute('CREATE TABLE t AS SELECT 7 AS n')
      await session.close()
      await first.close()
      assert.ok((await stat(path)).isFile())

      const again = await openDuckdb(`duckdb:${relative(process.cwd(), path)}`)
      const reader = await again.connect()
      assert.deepEqual(await reader.query('SELECT n FROM t'), [{ n: 7 }])
      await reader.close()
      await again.close()
    })

    it('refuses URLs that it does not understand', async () => {
      const wrong = [
        ['duckdb:', 'names no file'],
        ['duckdb:x.duckdb?memory=1GB', 'no option memory'],
        ['duckdb:x.duckdb?memory_limit=lots', 'lots is no amount of memory'],
      ]
      for (const [url = '', words = ''] of wrong) {
        const error = await failureOf(openDuckdb(url))
        assert.ok(error instanceof ConfigurationError && error.message.includes(words), error.message)
      }
    })

    it('says that a file to be read is missing, or is no database', async () => {
      const missing = await failureOf(openDuckdb(`duckdb:${home.folder}/none.duckdb`, { readOnly: true }))
      assert.ok(missing instanceof ConfigurationError && /there is no file .*none\.duckdb/.test(missing.message), missing.message)
      await mkdir(join(home.folder, 'folder.duckdb'))
      const folder = await failureOf(openDuckdb(`duckdb:${home.folder}/folder.duckdb`))
      assert.ok(folder instanceof DatabaseError && folder.message.includes('folder.duckdb'), folder.message)
    })

    it('has one instance of a file, by whatever name it is reached', async () => {
      const path = join(home.folder, 'one.duckdb')
      await symlink(path, join(home.folder, 'link.duckdb'))
      await symlink(home.folder, join(home.folder, 'same'))
      const urls = [join(home.folder, 'link.duckdb'), path, relative(process.cwd(), path), join(home.folder, 'same', 'one.duckdb')]
      const databases = await Promise.all(urls.map((url) => openDuckdb(`duckdb:${url}`)))
      const sessions = await Promise.all(databases.map((database) => database.connect()))
      for (const [at, session] of sessions.entries()) await session.execute(`CREATE TABLE t${at} AS SELECT ${at} AS n`)
      for (const session of sessions) assert.deepEqual(await session.tablesLike('t'), ['t0', 't1', 't2', 't3'])
      await Promise.all(sessions.map((session) => session.close()))
      await Promise.all(databases.map((database) => database.close()))

      const again = await openDuckdb(`duckdb:${path}`)
      const session = await again.connect()
      assert.deepEqual(await session.tablesLike('t'), ['t0', 't1', 't2', 't3'])
      await session.close()
      await again.close()
    })

    it('tells a second process which file it can not have, and lets it in after the last one closed', async () => {
      const path = join(home.folder, 'locked.duckdb')
      const database = await openDuckdb(`duckdb:${path}`)
      const session = await database.connect()
      await session.execute('CREATE TABLE t AS SELECT range AS n FROM range(300000)')
      const refused = JSON.parse(await opensElsewhere(path)) as { message: string; transient: boolean; name: string }
      assert.equal(refused.name, 'BusyError')
      assert.equal(refused.transient, true)
      assert.match(refused.message, /another process has .*locked\.duckdb open.*one process.*MySQL or MariaDB/s)

      // What was read to its end, left early, cut off by another statement or failed half-way must not hold on to the file.
      await streamed(session, 'SELECT n FROM t')
      for await (const rows of (await session.stream({ sql: 'SELECT n FROM t' })).rows.of) if (rows.length > 0) break
      await session.transaction(async () => {
        for await (const rows of (await session.stream({ sql: 'SELECT n FROM t' })).rows.of) if (rows.length > 0) break
      })
      await failureOf(streamed(session, "SELECT CASE WHEN n = 250000 THEN error('half-way') END FROM t"))
      const left = await session.stream({ sql: 'SELECT n FROM t' })
      await left.rows.of[Symbol.asyncIterator]().next()
      await session.close()
      await database.close()
      assert.equal(await opensElsewhere(path), 'opened')
    }).timeout(60_000)

    it('reads a file without being able to write anything anywhere', async () => {
      const path = join(home.folder, 'read.duckdb')
      const writer = await openDuckdb(`duckdb:${path}`)
      const writing = await writer.connect()
      await writing.execute('CREATE TABLE t AS SELECT 1 AS n')
      const shared = await openDuckdb(`duckdb:${path}`, { readOnly: true })
      const sharing = await shared.connect()
      const outside = join(home.folder, 'out.csv')
      const writes = ['INSERT INTO t VALUES (2)', 'CREATE TABLE u (n INT)', `COPY t TO '${outside}'`, 'BEGIN', 'EXPLAIN ANALYZE INSERT INTO t VALUES (2)', "SET memory_limit = '9GB'"]
      for (const sql of writes) {
        assert.match((await failureOf(sharing.execute(sql))).message, /open for reading only/, sql)
        assert.match((await failureOf(sharing.stream({ sql }))).message, /open for reading only/, sql)
      }
      await failureOf(sharing.query('SELECT 1; INSERT INTO t VALUES (2)'))
      assert.deepEqual(await sharing.query('SELECT n FROM t'), [{ n: 1 }])
      for (const part of [sharing, shared, writing, writer]) await part.close()

      const alone = await openDuckdb(`duckdb:${path}`, { readOnly: true })
      const reading = await alone.connect()
      assert.deepEqual(await reading.query('SELECT n FROM t'), [{ n: 1 }])
      assert.match((await failureOf(reading.query(`SELECT * FROM read_text('/etc/hostname')`))).message, /disabled by configuration.*Way out/)
      // Nobody can write while it is read, and a writer says so; afterwards it may.
      const busy = await failureOf(openDuckdb(`duckdb:${path}`))
      assert.ok(busy instanceof DatabaseError && busy.transient && busy.message.includes('reading only'), busy.message)
      await reading.close()
      const upgraded = await openDuckdb(`duckdb:${path}`)
      const late = await upgraded.connect()
      assert.equal(await late.execute('INSERT INTO t VALUES (2)'), 1)
      const rereading = await alone.connect()
      assert.deepEqual(await rereading.query('SELECT count(*) AS n FROM t'), [{ n: 2 }])
      for (const part of [rereading, late, upgraded, alone]) await part.close()
    })

    it('holds to a stated memory limit, UTC, and downloads nothing', async () => {
      const database = await openDuckdb(`duckdb:${home.folder}/limit.duckdb?memory_limit=300MB`)
      const session = await database.connect()
      const [is] = await session.query("SELECT current_setting('memory_limit') AS memory, current_setting('TimeZone') AS zone, current_setting('autoinstall_known_extensions') AS installs")
      assert.deepEqual(is, { memory: '286.1 MiB', zone: 'UTC', installs: false })
      await session.close()
      await database.close()
    })
  })

  describe('sessions', () => {
    let database: Database
    let one: Connection
    let two: Connection
    beforeEach(async () => {
      database = await openDuckdb('duckdb::memory:')
      one = await database.connect()
      two = await database.connect()
      await one.execute('CREATE TABLE t (id VARCHAR PRIMARY KEY, n INT)')
      await one.execute("INSERT INTO t VALUES ('a', 1), ('b', 2)")
    })
    afterEach(async () => {
      for (const part of [one, two, database]) await part.close()
    })

    it('give a lock to one of them, and free it with the session however that ends', async () => {
      assert.notEqual(one.session, two.session)
      assert.deepEqual([await one.lock('l'), await one.lock('l'), await two.lock('l'), await two.holderOf('l')], [true, true, false, one.session])
      await two.unlock('l')
      assert.equal(await two.lock('l'), false)
      await one.unlock('l')
      assert.equal(await two.lock('l'), true)
      two.abort(new Error('killed'))
      assert.equal(await one.holderOf('l'), undefined)
      assert.equal(await one.lock('l'), true)
      await one.close()
      const three = await database.connect()
      assert.equal(await three.holderOf('l'), undefined)
      await three.close()
    })

    it('error at once with the reason of an abort, whatever is under way', async () => {
      const running = [one.query('SELECT count(*) FROM range(1000000) AS a, range(1000000) AS b WHERE a.range * b.range % 7 = 8'), one.query('SELECT 1')]
      const failures = running.map(failureOf)
      one.abort(new Error('the machine is going down'))
      for (const failure of failures) assert.equal((await failure).message, 'the machine is going down')
      assert.equal((await failureOf(one.query('SELECT 1'))).message, 'the machine is going down')
      assert.equal((await failureOf(one.stream({ sql: 'SELECT 1' }))).message, 'the machine is going down')
      await one.close()
      assert.deepEqual(await two.query('SELECT count(*) AS n FROM t'), [{ n: 2 }])
    })

    it('undo the whole transaction on any error', async () => {
      const error = await failureOf(one.transaction(async () => {
        await one.execute("INSERT INTO t VALUES ('c', 3)")
        await one.execute('CREATE TABLE u (n INT)')
        throw new Error('mine')
      }))
      assert.equal(error.message, 'mine')
      assert.deepEqual(await two.query('SELECT count(*) AS n FROM t'), [{ n: 2 }])
      assert.equal(await two.describe('u'), undefined)
    })

    it('do not take a transaction for committed in which a failed statement was caught', async () => {
      const error = await failureOf(one.transaction(async () => {
        await one.execute("INSERT INTO t VALUES ('c', 3)")
        await one.execute("INSERT INTO t VALUES ('a', 3)").catch(() => 0)
      }))
      assert.match(error.message, /nothing of this transaction is kept.*Duplicate key/s)
      assert.deepEqual(await two.query('SELECT count(*) AS n FROM t'), [{ n: 2 }])
    })

    it('call a conflict transient, and a broken constraint not', async () => {
      const conflict = await failureOf(one.transaction(async () => {
        await one.execute("UPDATE t SET n = 10 WHERE id = 'a'")
        await two.execute("UPDATE t SET n = 11 WHERE id = 'a'")
      }))
      assert.ok(conflict instanceof DatabaseError && conflict.transient, conflict.message)
      const inserted = await failureOf(one.transaction(async () => {
        await one.execute("INSERT INTO t VALUES ('z', 1)")
        await two.execute("INSERT INTO t VALUES ('z', 2)")
      }))
      assert.ok(inserted instanceof DatabaseError && inserted.transient, inserted.message)
      const created = await failureOf(one.transaction(async () => {
        await one.execute('CREATE TABLE u (n INT)')
        await two.execute('CREATE TABLE u (n INT)')
      }))
      assert.ok(created instanceof DatabaseError && created.transient, created.message)
      const doubled = await failureOf(one.execute("INSERT INTO t VALUES ('b', 1)"))
      assert.ok(doubled instanceof DatabaseError && !doubled.transient && doubled.code === 'Constraint', doubled.message)
    })

    it('do one thing at a time: a stream has its session to itself', async () => {
      const flow = await one.stream({ sql: 'SELECT range FROM range(100000)' })
      assert.match((await failureOf(one.query('SELECT 1'))).message, /this session is busy: a stream is read/)
      assert.equal((await rowsOf(flow)).length, 100_000)
      assert.deepEqual(await one.query('SELECT 1 AS x'), [{ x: 1 }])
      assert.match((await failureOf(one.transaction(() => one.transaction(async () => 1)))).message, /inside of another/)
    })

    it('bind values in order, and a text to whatever it is compared with', async () => {
      await one.execute('CREATE TABLE v (i BIGINT, h HUGEINT, d DECIMAL(10,2), t TIMESTAMP, day DATE, s VARCHAR, b BLOB, f BOOLEAN, x DOUBLE)')
      const values = [9_007_199_254_740_993n, 2n ** 100n, '12.30', '2020-01-01 10:00:00.123456', '2020-02-03', 'a\0\uFEFF𝄞', Buffer.from([0, 255]), true, 0.5]
      assert.equal(await one.execute({ sql: 'INSERT INTO v VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', values }), 1)
      const [row] = await one.query({
        sql: 'SELECT * FROM v WHERE i = $1 AND h = $2 AND d = $3 AND t = $4 AND day = $5 AND s = $6 AND b = $7 AND f = $8 AND x = $9', values,
      })
      assert.deepEqual(row, {
        i: 9_007_199_254_740_993n, h: 2n ** 100n, d: '12.30', t: '2020-01-01 10:00:00.123456', day: '2020-02-03', s: 'a\0\uFEFF𝄞', b: Uint8Array.from([0, 255]), f: true, x: 0.5,
      })
      assert.deepEqual(await one.query({ sql: 'SELECT ? AS n, typeof(?) AS type', values: [null, 5] }), [{ n: null, type: 'INTEGER' }])
      assert.match((await failureOf(one.query({ sql: 'SELECT ?', values: ['\uD800'] }))).message, /surrogate/)
      assert.match((await failureOf(one.query({ sql: 'SELECT ?', values: [] }))).message, /1 placeholders, and 0 values/)
    })

    it('run what knex builds, its definitions included', async () => {
      const { knex } = one.dialect
      const schema = knex.schema.createTable('k', (table) => {
        table.string('id', 40).primary()
        table.bigInteger('n').notNullable()
        table.specificType('at', one.dialect.writeType({ kind: 'timestamp', precision: 6 }))
        table.timestamp('made', { useTz: false, precision: 6 })
        table.boolean('on').defaultTo(true)
        table.unique(['id', 'n'], { indexName: 'k_id_n' })
        table.unique(['at'])
        table.index(['n'])
      })
      await one.execute(schema)
      assert.equal(await one.execute(knex('k').insert({ id: 'x', n: 1, at: knex.raw(one.dialect.now) })), 1)
      assert.equal(await one.execute(knex('k').where({ id: 'x' }).update({ n: 2, at: knex.raw(one.dialect.after(90)) })), 1)
      assert.equal(await one.execute(knex('k').insert({ id: 'x', n: 9 }).onConflict('id').ignore()), 0)
      assert.deepEqual(await one.query(knex('k').select('id', 'n', 'on').where('n', '>', 1)), [{ id: 'x', n: 2, on: true }])
      const doubled = await failureOf(one.execute(knex('k').insert({ id: 'y', n: 2, at: knex('k').select('at').first() })))
      assert.match(doubled.message, /Constraint Error/)
    })

    it('have a clock in UTC whose instants are TIMESTAMPs', async () => {
      const [row] = await one.query(`SELECT typeof(${one.dialect.now}) AS type, ${one.dialect.now} AS now, ${one.dialect.after(1.5)} AS later,
        ${one.dialect.timestamp('2020-01-01 00:00:00.5')} AS instant, ${one.dialect.now} = now()::TIMESTAMP AS same`)
      assert.equal(row?.['type'], 'TIMESTAMP')
      assert.equal(row['instant'], '2020-01-01 00:00:00.500000')
      assert.equal(row['same'], true)
      assert.ok(Math.abs(millis(row['now']) - Date.now()) < 5000)
      assert.equal(millis(row['later']) - millis(row['now']), 1500)
    })

    it('describe tables with their comments, and no views', async () => {
      await made(one, "CREATE TABLE d (k KEY, a DECIMAL(10,2) NOT NULL, b ENUM('x','y''z') DEFAULT 'x', c VARCHAR(3) COMMENT 'three')", 'etl_run=7')
      await one.execute('CREATE VIEW e AS SELECT 1 AS n')
      assert.deepEqual(await one.describe('D'), {
        table: 'd', comment: 'etl_run=7',
        columns: [
          { name: 'k', sqlType: 'INTEGER', nullable: false, hasDefault: false, type: { kind: 'integer', min: -2_147_483_648n, max: 2_147_483_647n } },
          { name: 'a', sqlType: 'DECIMAL(10,2)', nullable: false, hasDefault: false, type: { kind: 'decimal', precision: 10, scale: 2 } },
          { name: 'b', sqlType: "ENUM('x', 'y''z')", nullable: true, hasDefault: true, type: { kind: 'enum', values: ['x', "y'z"] } },
          { name: 'c', sqlType: 'VARCHAR', nullable: true, hasDefault: false, type: { kind: 'text' } },
        ],
      })
      assert.equal(await one.describe('e'), undefined)
      assert.equal(await one.describe('none'), undefined)
      assert.deepEqual([...await one.columnNames(['D', 'none'])], [['D', ['k', 'a', 'b', 'c']]])
      assert.deepEqual([await one.tablesLike('D'), await one.tablesLike('e')], [['d'], []])
    })
  })

  describe('streams', () => {
    let here: Awaited<ReturnType<typeof inMemory>>
    before(async () => { here = await inMemory() })
    after(() => here.end())

    it('carry every type exactly, and name what no path carries', async () => {
      const cases: readonly (readonly [sql: string, kind: string, value: unknown])[] = [
        ['TRUE', 'boolean', true],
        ['(-128)::TINYINT', 'integer', -128],
        ['255::UTINYINT', 'integer', 255],
        ['(-32768)::SMALLINT', 'integer', -32_768],
        ['65535::USMALLINT', 'integer', 65_535],
        ['(-2147483648)::INTEGER', 'integer', -2_147_483_648],
        ['4294967295::UINTEGER', 'integer', 4_294_967_295],
        ['9007199254740991::BIGINT', 'integer', 9_007_199_254_740_991],
        ['9007199254740993::BIGINT', 'integer', 9_007_199_254_740_993n],
        ['(-9223372036854775808)::BIGINT', 'integer', -9_223_372_036_854_775_808n],
        ['18446744073709551615::UBIGINT', 'integer', 18_446_744_073_709_551_615n],
        ['(-170141183460469231731687303715884105728)::HUGEINT', 'integer', -(2n ** 127n)],
        ['340282366920938463463374607431768211455::UHUGEINT', 'integer', 2n ** 128n - 1n],
        ['5::HUGEINT', 'integer', 5],
        ['(-0.05)::DECIMAL(3,2)', 'decimal', '-0.05'],
        ['(-12345.6789)::DECIMAL(9,4)', 'decimal', '-12345.6789'],
        ['(-1234567890123.45)::DECIMAL(18,2)', 'decimal', '-1234567890123.45'],
        ["'99999999999999999999999999999999999.999'::DECIMAL(38,3)", 'decimal', '99999999999999999999999999999999999.999'],
        ['7::DECIMAL(5,0)', 'decimal', '7'],
        ['0.1::FLOAT', 'float', Math.fround(0.1)],
        ['0.1::DOUBLE', 'float', 0.1],
        ["DATE '0001-01-01'", 'date', '0001-01-01'],
        ["DATE '9999-12-31'", 'date', '9999-12-31'],
        ["TIMESTAMP '1969-12-31 23:59:59.999999'", 'timestamp', '1969-12-31 23:59:59.999999'],
        ["TIMESTAMP '0001-01-01 00:00:00'", 'timestamp', '0001-01-01 00:00:00'],
        ["TIMESTAMP '9999-12-31 23:59:59.000001'", 'timestamp', '9999-12-31 23:59:59.000001'],
        ["TIMESTAMPTZ '2020-01-01 00:00:00+02:30'", 'timestamp', '2019-12-31 21:30:00'],
        ["TIMESTAMP_S '2020-01-01 10:20:30'", 'timestamp', '2020-01-01 10:20:30'],
        ["TIMESTAMP_MS '1960-01-01 10:20:30.123'", 'timestamp', '1960-01-01 10:20:30.123000'],
        ["TIME '23:59:59.000001'", 'time', '23:59:59.000001'],
        ["'short \uFEFF'", 'text', 'short \uFEFF'],
        ["'\uFEFFbegins with a mark, and is long; 𝄞 ünï'", 'text', '\uFEFFbegins with a mark, and is long; 𝄞 ünï'],
        ["'a' || chr(0) || 'b'", 'text', 'a\0b'],
        ["''", 'text', ''],
        ["'y'::ENUM('x', 'y')", 'enum', 'y'],
        ["'\\x00\\xFFabcdefghijklmnop'::BLOB", 'binary', Uint8Array.from([0, 255, ...Buffer.from('abcdefghijklmnop')])],
        ["'123e4567-e89b-12d3-a456-426614174000'::UUID", 'uuid', '123e4567-e89b-12d3-a456-426614174000'],
        ["'ffffffff-ffff-ffff-ffff-ffffffffffff'::UUID", 'uuid', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
        [`'{"a": 1.10}'::JSON`, 'json', '{"a": 1.10}'],
        ['NULL', 'null', null],
        ["TIMESTAMP_NS '2020-01-01 00:00:00.123456789'", 'other', '2020-01-01 00:00:00.123456789'],
        ['[1, 2]', 'other', '[1, 2]'],
        ["INTERVAL '2 days'", 'other', '2 days'],
        ["{'a': 1}", 'other', "{'a': 1}"],
        ["'101'::BIT", 'other', '101'],
      ]
      const flow = await here.session.stream({ sql: `SELECT ${cases.map(([sql], at) => `${sql} AS c${at}`).join(', ')}` })
      const [row] = await rowsOf(flow)
      for (const [at, [sql, kind, value]] of cases.entries()) {
        const type = flow.columns[at]?.type.kind
        assert.equal(type === 'integer' && kind === 'null' ? 'null' : type, kind, sql)
        assert.deepEqual(row?.[at], value, sql)
      }
    })

    it('read NULLs where they are, over many chunks', async () => {
      const rows = await streamed(here.session, `SELECT range, CASE WHEN range % 3 = 0 THEN NULL ELSE range::VARCHAR END, CASE WHEN range % 5 = 0 THEN NULL ELSE range::DECIMAL(10,2) END
        FROM range(10000) ORDER BY range`)
      assert.equal(rows.length, 10_000)
      for (const [at, row] of rows.entries()) assert.deepEqual(row, [at, at % 3 === 0 ? null : String(at), at % 5 === 0 ? null : `${at}.00`])
    })

    it('give dates and instants that no other database has as DuckDB writes them: the check of their column refuses them', async () => {
      for (const type of ['DATE', 'TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS']) {
        for (const day of ['infinity', '-infinity', '10000-01-01', '0001-01-01 (BC)', '0044-03-15 (BC)', '99999-12-31']) {
          const text = type === 'DATE' || day.endsWith('infinity') ? day : `${day} 01:02:03`
          const [row] = await streamed(here.session, `SELECT '${text}'::${type}`)
          assert.deepEqual(row, [text], type)
          assert.throws(() => checker({ kind: 'timestamp', precision: 6 }, { nullable: true })(text), BadValue, text)
          assert.throws(() => checker({ kind: 'date' }, { nullable: true })(text), BadValue, text)
        }
      }
    })

    it('error where the query fails half-way, in its own words, however many rows came before', async () => {
      const flow = await here.session.stream({ sql: "SELECT CASE WHEN range = 290000 THEN error('row 290000 is bad') ELSE range END AS n FROM range(300000) WHERE range >= ?", values: [0] })
      let seen = 0
      const error = await failureOf((async () => { for await (const rows of flow.rows.of) seen += rows.length })())
      assert.ok(error instanceof DatabaseError && error.message.includes('row 290000 is bad'), error.message)
      assert.ok(seen > 0 && seen < 290_001, String(seen))
      assert.deepEqual(await here.session.query('SELECT 1 AS x'), [{ x: 1 }])
    })

    it('stop at an abort, at a deadline, at a limit, and when the reader leaves', async () => {
      const { session } = here
      const stop = new AbortController()
      const aborted = await session.stream({ sql: 'SELECT range FROM range(1000000000000)' }, { signal: stop.signal })
      let rows = 0
      const reason = await failureOf((async () => {
        for await (const batch of aborted.rows.of) {
          rows += batch.length
          if (rows > 10_000) stop.abort(new Error('enough'))
        }
      })())
      assert.equal(reason.message, 'enough')
      assert.equal((await failureOf(session.stream({ sql: 'SELECT 1' }, { signal: AbortSignal.abort(new Error('before')) }))).message, 'before')

      const late = await failureOf((async () => rowsOf(await session.stream({ sql: ENDLESS }, { idleSeconds: 0.2 })))())
      assert.ok(late instanceof DatabaseError && late.transient && /no row came for 0.2 s/.test(late.message), late.message)
      const sorted = await failureOf(session.stream({ sql: 'SELECT count(*) FROM range(10000000) AS a, range(10000000) AS b WHERE a.range * b.range % 7 = 8' }, { idleSeconds: 0.2 }))
      assert.ok(sorted instanceof DatabaseError && sorted.transient && /no row came for 0.2 s/.test(sorted.message), sorted.message)

      for (const [limit, expected] of [[0, 0], [1, 1], [2048, 2048], [5000, 5000], [20_000, 10_000]]) {
        assert.equal((await rowsOf(await session.stream({ sql: 'SELECT range FROM range(10000)' }, { limit: limit ?? 0 }))).length, expected)
      }
      for await (const batch of (await session.stream({ sql: 'SELECT range FROM range(1000000000000)' })).rows.of) if (batch.length > 0) break
      const untouched = await session.stream({ sql: 'SELECT range FROM range(1000000000000)' })
      await untouched.rows.of[Symbol.asyncIterator]().return?.()
      assert.deepEqual(await session.query('SELECT 1 AS x'), [{ x: 1 }])
    })

    it('keep the transaction that they are read in, also when the reader leaves', async () => {
      const { session } = here
      await session.execute('CREATE OR REPLACE TABLE kept (n INT)')
      await session.transaction(async () => {
        await session.execute('INSERT INTO kept VALUES (1)')
        for await (const batch of (await session.stream({ sql: 'SELECT range FROM range(1000000)' })).rows.of) if (batch.length > 0) break
        await session.execute('INSERT INTO kept VALUES (2)')
      })
      assert.deepEqual(await session.query('SELECT count(*) AS n FROM kept'), [{ n: 2 }])
    })

    it('hold only a few chunks in memory', async () => {
      const { session } = here
      const pull = async (rows: number): Promise<number> => {
        const flow = await session.stream({ sql: `SELECT range, 'a text that is long enough to lie elsewhere ' || range AS text FROM range(${rows})` })
        let most = 0
        for await (const batch of flow.rows.of) if (batch.length > 0) most = Math.max(most, process.memoryUsage().rss)
        return most
      }
      await pull(200_000)
      const before = process.memoryUsage().rss
      const grown = await pull(1_500_000) - before
      assert.ok(grown < 100_000_000, `${grown} bytes more`)
    }).timeout(60_000)
  })

  describe('swap', () => {
    const create = 'CREATE TABLE product_dim (k KEY, id INT NOT NULL, title VARCHAR(40), UNIQUE (id), KEY by_title (title), INDEX (id, title))'

    /** One publish: `generation` in every row. */
    async function publish(session: Connection, generation: number, live: boolean): Promise<void> {
      const staging = `product_dim__r${generation}`
      const old = live ? `product_dim__o${generation}` : undefined
      const { definition, target } = await made(session, create.replace('product_dim', staging), `etl_run=${generation}`)
      await session.load(target, batches(Array.from({ length: 500 }, (_, at) => [at, at, `generation ${generation}`])))
      await session.transaction(() => session.swap([{ live: 'product_dim', staging, old, definition }]))
      if (old !== undefined) await session.execute(session.dialect.dropTable(old))
    }

    it('shows readers a whole table at any moment, over many publishes', async () => {
      const path = join(home.folder, 'swap.duckdb')
      const database = await openDuckdb(`duckdb:${path}`)
      const [writer, ...readers] = await Promise.all(Array.from({ length: 3 }, () => database.connect()))
      assert.ok(writer !== undefined)
      await publish(writer, 1, false)
      const run = { over: false, reads: 0, generations: new Set<number>() }
      const polls = readers.map(async (reader) => {
        while (!run.over) {
          const [seen] = await reader.query('SELECT count(*) AS n, count(DISTINCT title) AS titles, min(title) AS title FROM product_dim')
          assert.deepEqual([seen?.['n'], seen?.['titles']], [500, 1])
          run.reads += 1
          run.generations.add(Number(String(seen?.['title']).split(' ')[1]))
        }
      })
      const publishes = (async () => {
        for (let generation = 2; generation <= 25; generation += 1) await publish(writer, generation, true)
        run.over = true
      })()
      await Promise.all([publishes, ...polls]).finally(() => { run.over = true })
      assert.ok(run.reads > 25 && run.generations.size > 5, `${run.reads} reads of ${run.generations.size} generations`)

      const table = await writer.describe('product_dim')
      assert.equal(table?.comment, 'etl_run=25')
      assert.deepEqual(await writer.tablesLike('product_dim'), ['product_dim'])
      const indexes = await writer.query("SELECT index_name, expressions FROM duckdb_indexes() WHERE table_name = 'product_dim' ORDER BY 1")
      assert.deepEqual(indexes.map((index) => index['index_name']), ['product_dim__r25__x1', 'product_dim__r25__x2'])
      for (const session of [writer, ...readers]) await session.close()
      await database.close()
    }).timeout(60_000)

    it('leaves the whole old table, with its indexes, where the transaction fails', async () => {
      const here = await inMemory()
      const { session } = here
      await publish(session, 1, false)
      const { definition } = await made(session, create.replace('product_dim', 'product_dim__r2'))
      const error = await failureOf(session.transaction(async () => {
        await session.swap([{ live: 'product_dim', staging: 'product_dim__r2', old: 'product_dim__o2', definition }])
        throw new Error('the ledger says no')
      }))
      assert.equal(error.message, 'the ledger says no')
      assert.deepEqual(await session.tablesLike('product_dim'), ['product_dim', 'product_dim__r2'])
      assert.equal((await session.query("SELECT 1 FROM duckdb_indexes() WHERE table_name = 'product_dim'")).length, 2)
      assert.match((await failureOf(session.swap([]))).message, /inside a transaction/)
      await here.end()
    })

    it('refuses a live name that is a view', async () => {
      const here = await inMemory()
      const { session } = here
      await session.execute('CREATE VIEW sale AS SELECT 1 AS n')
      await session.execute('CREATE TABLE sale__r1 (n INT)')
      const error = await failureOf(session.transaction(() => session.swap([{ live: 'sale', staging: 'sale__r1', old: undefined, definition: undefined }])))
      assert.match(error.message, /sale is a view.*DROP VIEW/s)
      await here.end()
    })

    it('says how indexes are made whole that another program has opened after a kill', async () => {
      const path = join(home.folder, 'touched.duckdb')
      const inDuckdb = async (...statements: readonly string[]): Promise<void> => {
        const instance = await DuckDBInstance.create(path)
        const connection = await instance.connect()
        for (const sql of statements) await connection.run(sql)
        connection.closeSync()
        instance.closeSync()
      }
      // As a kill leaves it: what was committed is in its log alone. Who opens it next and closes it does the harm.
      await inDuckdb('PRAGMA disable_checkpoint_on_shutdown', 'CREATE TABLE t (k INT PRIMARY KEY, name VARCHAR)', 'CREATE UNIQUE INDEX t_name ON t (name)', "INSERT INTO t VALUES (1, 'a')")
      await inDuckdb()
      const remove = async (): Promise<number> => {
        const database = await openDuckdb(`duckdb:${path}`)
        const session = await database.connect()
        try {
          return await session.execute('DELETE FROM t WHERE k = 1')
        } finally {
          await session.close()
          await database.close()
        }
      }
      assert.match((await failureOf(remove())).message, /duckdb_indexes\(\).*DROP INDEX/)
      await inDuckdb('DROP INDEX t_name', 'CREATE UNIQUE INDEX t_name ON t (name)')
      assert.equal(await remove(), 1)
    })

    it('survives a kill -9 with its indexes whole', async () => {
      const path = join(home.folder, 'killed.duckdb')
      const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.resolve('./duckdb/publisher.ts')), path], { stdio: ['ignore', 'pipe', 'inherit'] })
      const exited = once(child, 'exit')
      let published = 0
      createInterface(child.stdout).on('line', () => { published += 1 })
      await eventually(() => published >= 6, 'six publishes')
      child.kill('SIGKILL')
      await exited

      const database = await openDuckdb(`duckdb:${path}`)
      const session = await database.connect()
      const generation = Number((await session.describe('t'))?.comment.split('=')[1])
      assert.ok(generation >= published, `${generation} of ${published}`)
      assert.deepEqual(await session.query({ sql: 'SELECT count(*) AS n, min(g) AS low, max(g) AS high FROM t WHERE g = ?', values: [generation] }), [{ n: 3000, low: generation, high: generation }])
      assert.deepEqual(await session.query("SELECT k FROM t WHERE name = 'row 2999'"), [{ k: 2999 }])
      assert.equal((await session.query("SELECT 1 FROM duckdb_indexes() WHERE table_name = 't'")).length, 2)
      await session.close()
      await database.close()
    }).timeout(60_000)
  })
})
