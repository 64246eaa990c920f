import assert from 'node:assert/strict'
import type { Connection, Database, OpenOptions, Statement, StreamOptions } from '../../engine/db/connection.ts'
import type { Flow, FlowColumn, Row } from '../../engine/db/flow.ts'
import { ByteBatch } from '../../engine/db/byte-batch.ts'
import { openPostgres } from '../../engine/db/postgres.ts'
import { readAddress } from '../../engine/db/postgres/address.ts'
import { ByteRows } from '../../engine/db/postgres/byte-rows.ts'
import type { Gathering } from '../../engine/db/postgres/gathering.ts'
import { Portal, Preparing } from '../../engine/db/postgres/portal.ts'
import { setUp } from '../../engine/db/postgres/server.ts'
import { native } from '../../engine/db/postgres/statement.ts'
import { RowReading } from '../../engine/db/postgres/stream.ts'
import { decoderOf } from '../../engine/db/postgres/types.ts'
import { ValueRows } from '../../engine/db/postgres/value-rows.ts'
import { openWire } from '../../engine/db/postgres/wire.ts'
import type { RawRow } from '../../engine/db/postgres/wire.ts'
import type { ValueType } from '../../engine/db/value-type.ts'
import { BusyError, ConfigurationError, DatabaseError, DataError } from '../../engine/errors.ts'
import { readCreate } from '../../engine/sql/create.ts'
import { poolerOf } from '../helpers/pooler.ts'
import { freshPostgres } from '../helpers/servers/index.ts'
import type { FreshDatabase } from '../helpers/servers/index.ts'
import { batchesOf, eventually, failureOf, integer, into, madeRows, proxyTo, read, rowsOf } from './mysql/helpers.ts'

/** A source that fails after its first row. */
async function* broken(): AsyncGenerator<readonly Row[]> {
  yield [[1, 'a', null, null, null, null, null]]
  throw new BusyError('the source broke')
}

/** Rows in either form. */
const flowAs = {
  values: (session: Connection, statement: Statement, options?: StreamOptions): Promise<Flow> => session.stream(statement, options),
  bytes: (session: Connection, statement: Statement, options?: StreamOptions): Promise<Flow> => session.streamBytes?.(statement, options) ?? assert.fail('it gives none'),
}

const valueOf = async (session: Connection, sql: string): Promise<unknown> => Object.values((await session.query(sql))[0] ?? {})[0]

describe('PostgreSQL sessions', () => {
  let fresh: FreshDatabase
  let database: Database
  let session: Connection
  const opened: Database[] = []

  const open = async (options: OpenOptions = {}, url = fresh.url, tuning = {}): Promise<Database> => {
    const each = await openPostgres(url, options, tuning)
    opened.push(each)
    return each
  }
  const connect = async (options?: OpenOptions, url?: string, tuning?: object): Promise<Connection> => (await open(options, url, tuning)).connect()

  before(async () => {
    const made = await freshPostgres('postgres')
    // A driver is tried with what only an administrator may do, too.
    fresh = { ...made, url: made.adminUrl }
    database = await open()
    session = await database.connect()
  })
  after(async () => {
    for (const each of opened) await each.close()
    await fresh.drop()
  })

  describe('opening', () => {
    it('reads only URLs that it understands, and never repeats one that it does not', async () => {
      const wrong = [
        ['postgres://u:canary-pw@host/db?sll=true', 'unknown parameter sll'],
        ['postgres://u:canary-pw@host/', 'names no database'],
        ['postgres://host/db', 'names no user'],
        ['postgres://u:canary-pw@host/db?ssl=maybe', 'ssl=maybe'],
        ['postgres://u:canary-pw@host:port/db', "can't be read"],
        ['postgres://u:canary-pw#x@host/db', "can't be read"],
        ['postgres:u:canary-pw@host/db', "can't be read"],
        ['postgres://u:canary-pw%@host/db', 'encodes nothing'],
        ['postgres://u:canary-pw@host/db?sslCa=/no/such/file', '/no/such/file'],
      ]
      for (const [url = '', words = ''] of wrong) {
        const error = await failureOf(openPostgres(url))
        assert.ok(error instanceof ConfigurationError, url)
        assert.ok(error.message.includes(words) && !`${error.message}${error.stack}`.includes('canary-pw'), error.message)
      }
    })

    it('tells apart a wrong database, a wrong schema, a server without encryption and one that is not there', async () => {
      const cases: readonly [string, string, boolean, RegExp][] = [
        [fresh.url.replace(/\/[^/]*$/, '/no_such_database'), '3D000', false, /there is no such database.*Way out: create it/],
        ['postgres://u@127.0.0.1:1/db', 'ECONNREFUSED', true, /nobody answers there/],
        [fresh.url.replace('postgres@', 'nobody_here@'), '28000', false, /not let in/],
      ]
      for (const [url, code, transient, words] of cases) {
        const error = await failureOf(openPostgres(url))
        assert.ok(error instanceof DatabaseError, error.stack)
        assert.deepEqual([error.code, error.transient], [code, transient], error.message)
        assert.match(error.message, words)
      }
      assert.match((await failureOf(openPostgres(`${fresh.url}?schema=nowhere`))).message, /there is no schema nowhere.*Way out: CREATE SCHEMA "nowhere"/)
      assert.match((await failureOf(openPostgres(`${fresh.url}?ssl=true`))).message, /the server does not encrypt/)
    })

    it('gives up on a server that takes the connection and says nothing', async () => {
      const proxy = await proxyTo(fresh.url)
      proxy.freeze()
      const error = await failureOf(openPostgres(proxy.url, { connectSeconds: 0.3 }))
      await proxy.close()
      assert.ok(error instanceof DatabaseError && error.transient && error.code === 'ETIMEDOUT', error.message)
    })

    it('works in the schema that the URL names, and sees no other', async () => {
      await session.execute('CREATE SCHEMA "The Star"; CREATE TABLE only_public (a INT)')
      const there = await connect({}, `${fresh.url}?schema=The%20Star`)
      await there.execute('CREATE TABLE mine (a INT)')
      assert.deepEqual(await there.tablesLike(''), ['mine'])
      assert.equal(await there.describe('only_public'), undefined)
      assert.equal(await session.describe('mine'), undefined)
      assert.deepEqual([...await there.columnNames(['only_public', 'mine'])], [['mine', ['a']]])
      // Locks of one name in two schemas are two.
      assert.ok(await session.lock('one name') && await there.lock('one name'))
      await session.unlock('one name')
    })

    it('shares the moment of a session as long as that one lasts, and can be asked again when it is gone', async () => {
      const [first, second, third] = [await connect(), await connect(), await connect()]
      const moment = await first.shareMoment?.()
      assert.ok(moment)
      await second.joinMoment?.(moment)
      await first.close()
      await assert.rejects(async () => third.joinMoment?.(moment), (error) => error instanceof DatabaseError && error.transient && /whose moment this one was to share/.test(error.message))
      await second.close()
      await third.close()
    })

    it('sets every session up the same way, and lets nothing be written through a source', async () => {
      const [row] = await session.query(`SELECT current_setting('TimeZone') AS zone, current_setting('lock_timeout') AS waits, current_setting('statement_timeout') AS takes,
        current_setting('standard_conforming_strings') AS plain, current_setting('transaction_isolation') AS isolation`)
      assert.deepEqual(row, { zone: 'UTC', waits: '10s', takes: '0', plain: 'on', isolation: 'read committed' })
      const reader = await connect({ readOnly: true })
      for (const sql of ['CREATE TABLE new_one (a INT)', 'DROP TABLE only_public', 'INSERT INTO only_public VALUES (1)', 'TRUNCATE only_public']) {
        assert.match((await failureOf(reader.execute(sql))).message, /nothing may be written here/, sql)
      }
    })
  })

  describe('statements', () => {
    it('gives integers, exact decimals, UTC instants, texts, bytes and booleans', async () => {
      const [row] = await session.query(`SELECT '-9007199254740993'::int8 AS i, 5::int2 AS s, 12345678901234567890.0123456789::numeric(30,10) AS d, 9876543.210987654::float8 AS f,
        0.1::float4 AS f4, '2024-02-29 23:59:59.000001'::timestamp AS t, '2024-03-31 02:30:00.5+02'::timestamptz AS z, '0999-12-31'::date AS day, '23:59:58.99'::time AS clock,
        'é😀'::text AS x, '\\x00ff'::bytea AS b, true AS yes, '{"a":  1.0}'::json AS j, 'ab'::char(5) AS c, NULL AS nothing, 9007199254740991::int8 AS safe`)
      assert.deepEqual(row, {
        i: -9007199254740993n, s: 5, d: '12345678901234567890.0123456789', f: 9876543.210987654, f4: 0.1, t: '2024-02-29 23:59:59.000001', z: '2024-03-31 00:30:00.5',
        day: '0999-12-31', clock: '23:59:58.99', x: 'é😀', b: Buffer.from([0, 255]), yes: true, j: '{"a":  1.0}', c: 'ab', nothing: null, safe: 9007199254740991,
      })
    })

    it('puts binds where placeholders are, and nowhere else', async () => {
      const [row] = await session.query({
        sql: `SELECT '?' AS a, "q?" AS b, ? AS c, $$?$$ AS d, E'\\'?' AS e /* ? */, ?::int + 1 AS f, ?::bytea AS g, 3 IN (?) AS h -- ?
          FROM (SELECT 1 AS "q?") AS t WHERE ?`,
        values: ["it's \\ ?", 41, new Uint8Array([1, 2]), [2, 3], true],
      })
      assert.deepEqual(row, { a: '?', b: 1, c: "it's \\ ?", d: '?', e: "'?", f: 42, g: Buffer.from([1, 2]), h: true })
      assert.match((await failureOf(session.query({ sql: 'SELECT ?', values: [1, 2] }))).message, /1 placeholders, and 2 values/)
      assert.match((await failureOf(session.query({ sql: 'SELECT ?', values: ['a\0b'] }))).message, /U\+0000/)
    })

    it('says what went wrong, by the server’s code, and whether another try can help', async () => {
      await session.execute('CREATE TABLE one_row (a INT PRIMARY KEY CHECK (a < 5)); INSERT INTO one_row VALUES (1)')
      const cases: readonly [string, string, boolean][] = [
        ['SELECT * FROM nowhere', '42P01', false], ['SELECT nothing FROM one_row', '42703', false], ['SELEC 1', '42601', false],
        ['INSERT INTO one_row VALUES (1)', '23505', true], ['INSERT INTO one_row VALUES (7)', '23514', true], ['SELECT 1 / 0', '22012', true],
      ]
      for (const [sql, code, refusesRows] of cases) {
        const error = await failureOf(session.execute(sql))
        assert.ok(error instanceof DatabaseError, error.stack)
        assert.deepEqual([error.code, error.refusesRows, error.transient], [code, refusesRows, false], error.message)
      }
      assert.equal(await valueOf(session, 'SELECT 1'), 1)
    })
  })

  describe('transactions', () => {
    it('keep all or nothing, DDL too, and say so where a caught error has broken them', async () => {
      await failureOf(session.transaction(async () => {
        await session.execute('CREATE TABLE never (a INT)')
        throw new Error('no')
      }))
      assert.equal(await session.describe('never'), undefined)
      const error = await failureOf(session.transaction(async () => {
        await session.execute('CREATE TABLE never (a INT)')
        await session.execute('SELECT 1 / 0').catch(() => {})
      }))
      assert.match(error.message, /nothing of this transaction is kept.*division by zero/)
      assert.equal(await session.describe('never'), undefined)
    })
  })

  describe('locks', () => {
    it('are held by one session, and free with its end', async () => {
      const other = await connect()
      assert.ok(await session.lock('target'))
      assert.ok(await session.lock('target'), 'its own again')
      assert.deepEqual([await other.lock('target'), await other.holderOf('target'), await other.holderOf('another')], [false, session.session, undefined])
      await session.unlock('target')
      assert.deepEqual([await other.holderOf('target'), await other.lock('target')], [undefined, true])
      other.abort(new Error('gone'))
      await eventually('the lock is free', async () => await session.holderOf('target') === undefined)
    })
  })

  describe('a pooler that hands statements out by transaction', () => {
    const words = /go to several sessions of the server.*by transaction.*Way out: .*pool_mode to session/s

    it('is found out where it is opened', async () => {
      const pooler = await poolerOf(fresh.url)
      assert.match((await failureOf(openPostgres(pooler.url, { readOnly: true }))).message, words)
      await pooler.close()
    })

    it('is found out before anything is loaded, and leaves no lock behind', async () => {
      // Opening asks twice, and once more before the session is handed out.
      const pooler = await poolerOf(fresh.url, 3)
      const mine = await connect({}, pooler.url)
      await mine.query('SELECT 1')
      const error = await failureOf(mine.lock('target'))
      assert.ok(error instanceof ConfigurationError, error.stack)
      assert.match(error.message, words)
      assert.equal(mine.isOpen, false)
      await pooler.close()
      await eventually('the lock is free', async () => await session.holderOf('target') === undefined)
    })
  })

  describe('creating', () => {
    it('understands MySQL’s words, and describes what it made', async () => {
      const definition = readCreate(`CREATE TABLE words (
        Word_Key KEY COMMENT 'it''s a key', tiny TINYINT UNSIGNED NOT NULL DEFAULT 3, big BIGINT UNSIGNED, \`when\` DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
        kind ENUM('a','b'), yes BOOLEAN DEFAULT 1, price DECIMAL(10,2) CHECK (price >= 0), name CHAR(5) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, body LONGTEXT,
        Sum INT GENERATED ALWAYS AS (tiny + 1) VIRTUAL, raw VARBINARY(4), UNIQUE (tiny), KEY by_name (name), CHECK (Word_Key <> 7)
      ) ENGINE=InnoDB COMMENT='the words'`)
      for (const sql of [...session.dialect.createTable(definition, 'words__r1', 'made'), ...session.dialect.createIndexes(definition, 'words__r1')]) await session.execute(sql)
      const made = await session.describe('words__r1')
      assert.equal(made?.comment, 'made')
      assert.deepEqual(made?.columns.map(({ name, sqlType, nullable }) => `${name} ${sqlType}${nullable ? '' : ' NOT NULL'}`), [
        'Word_Key integer NOT NULL', 'tiny smallint NOT NULL', 'big numeric(20,0)', 'when timestamp(6) without time zone', 'kind text', 'yes boolean', 'price numeric(10,2)',
        'name character varying(5)', 'body text', 'Sum integer', 'raw bytea',
      ])
      await session.execute('INSERT INTO words__r1 ("Word_Key", kind) VALUES (1, \'a\')')
      const bad = ["(2, 'c', 1, NULL)", "(2, 'a', 256, NULL)", "(2, 'a', -1, NULL)", "(7, 'a', 1, NULL)", "(2, 'a', 3, NULL)", "(2, 'a', 9, '\\x0102030405')"]
      for (const row of bad) {
        const error = await failureOf(session.execute(`INSERT INTO words__r1 ("Word_Key", kind, tiny, raw) VALUES ${row}`))
        assert.ok(error instanceof DatabaseError && error.refusesRows, `${row} ${error.message}`)
      }
      assert.deepEqual(await session.query('SELECT tiny, yes, "Sum" FROM words__r1'), [{ tiny: 3, yes: true, Sum: 4 }])
      assert.deepEqual(await session.query("SELECT count(*) AS n FROM pg_indexes WHERE tablename = 'words__r1'"), [{ n: 3 }])
    })

    it('makes the keys with the table or over its rows, and both are the same', async () => {
      const { createTable, createKeyless, createKeys } = session.dialect
      const definition = readCreate('CREATE TABLE keyed (a INT, b VARCHAR(5), c INT NOT NULL, PRIMARY KEY (a, b), UNIQUE (c), UNIQUE (b, c), CHECK (c > 0))')
      const made = async (statements: readonly string[]): Promise<unknown> => {
        for (const sql of statements) await session.execute(sql)
        const keys = await session.query("SELECT conname, pg_get_constraintdef(oid) AS says FROM pg_constraint WHERE conrelid = 'keyed__r1'::regclass ORDER BY conname")
        const described = await session.describe('keyed__r1')
        await session.execute('DROP TABLE keyed__r1')
        return { keys, described }
      }
      const expected = await made(createTable(definition, 'keyed__r1', 'made'))
      assert.deepEqual(await made([...createKeyless(definition, 'keyed__r1', 'made'), ...createKeys(definition, 'keyed__r1')]), expected)
      assert.equal((await made(createKeyless(definition, 'keyed__r1', 'made')) as { keys: unknown[] }).keys.length, 1, 'the check alone')
      assert.deepEqual(createKeys(readCreate('CREATE TABLE bare (a INT)'), 'bare'), [])
    })

    it('refuses a type that it has not, and a name that would be cut', () => {
      const { createTable } = session.dialect
      const make = (sql: string, name = 't'): unknown => createTable(readCreate(sql), name, '')
      assert.throws(() => make('CREATE TABLE t (a TIMESTAMP(9))'), /table t, column a: TIMESTAMP\(9\) is no type that PostgreSQL has/)
      assert.throws(() => make('CREATE TABLE t (a DECIMAL)'), /DECIMAL with its digits/)
      assert.throws(() => make('CREATE TABLE t (a INT)', 'ü'.repeat(32)), /64 bytes, and PostgreSQL keeps 63/)
    })
  })

  for (const form of ['values', 'bytes'] as const) describe(`streams of ${form}`, () => {
    const flowOf = flowAs[form]
    const readAs = async (from: Connection, sql: string, options?: StreamOptions): Promise<{ readonly columns: readonly FlowColumn[], readonly rows: Row[] }> => {
      const flow = await flowOf(from, { sql }, options)
      return { columns: flow.columns, rows: await rowsOf(flow) }
    }

    it('know every column’s type, and carry its values', async () => {
      await session.execute(`DROP TABLE IF EXISTS kinds; DROP TYPE IF EXISTS mood; DROP DOMAIN IF EXISTS short; CREATE TYPE mood AS ENUM ('so', 'so, so'); CREATE DOMAIN short AS VARCHAR(7); CREATE TABLE kinds (i INT, n NUMERIC(12,3), m mood, s short, c CHAR(3),
        t TIMESTAMP(3), z TIMESTAMPTZ, u UUID, b BYTEA, j JSONB, f REAL, o POINT)`)
      await session.execute(`INSERT INTO kinds VALUES (1, 1.5, 'so, so', 'é', 'a', '2024-01-01 00:00:00.5', '2024-01-01 00:00:00+02', '123e4567-e89b-12d3-a456-426655440000', '\\x00', '{"a":1}', 0.1, '(1,2)')`)
      const { columns, rows } = await readAs(session, 'SELECT * FROM kinds')
      assert.deepEqual(columns.map(({ type }) => type), [
        { kind: 'integer', min: -(2n ** 31n), max: 2n ** 31n - 1n }, { kind: 'decimal', precision: 12, scale: 3 }, { kind: 'enum', values: ['so', 'so, so'] },
        { kind: 'text', length: 7 }, { kind: 'text', length: 3, trims: true }, { kind: 'timestamp', precision: 3 }, { kind: 'timestamp', precision: 6 }, { kind: 'uuid' },
        { kind: 'binary' }, { kind: 'json' }, { kind: 'float', bits: 32 }, { kind: 'other', name: 'point' },
      ] satisfies ValueType[])
      assert.deepEqual(rows, [[1, '1.500', 'so, so', 'é', 'a', '2024-01-01 00:00:00.5', '2023-12-31 22:00:00', '123e4567-e89b-12d3-a456-426655440000', Buffer.from([0]), '{"a": 1}', 0.1, '(1,2)']])
      assert.deepEqual((await session.describe('kinds'))?.columns.map(({ type }) => type), columns.map(({ type }) => type))
    })

    it('give every row once in order, and no more than asked for', async () => {
      const flow = await flowOf(session, { sql: 'SELECT a FROM generate_series(1, ?::int) AS t (a)', values: [12_345] })
      assert.deepEqual((await rowsOf(flow)).map(([a]) => a), Array.from({ length: 12_345 }, (_, i) => i + 1))
      for (const limit of [0, 1, 250]) assert.equal((await readAs(session, 'SELECT generate_series(1, 1000)', { limit })).rows.length, limit)
      assert.equal((await readAs(session, 'SELECT 1 WHERE false')).rows.length, 0)
    })

    it('hold the server back while the reader is slow, and end a batch by its bytes', async () => {
      const flow = await flowOf(session, { sql: "SELECT repeat('x', 100000) FROM generate_series(1, 1000000)" })
      let rows = 0
      for await (const batch of flow.rows.of) {
        assert.ok(rows === 0 || batch.length <= 30, `${batch.length} rows of 100 kB in a batch`)
        rows += batch.length
        if (rows > 200) break
      }
      assert.equal(await valueOf(session, 'SELECT 1'), 1, 'the session is free again')
    })

    it('keep the session for themselves until they end', async () => {
      const flow = await flowOf(session, { sql: 'SELECT generate_series(1, 100000)' })
      assert.match((await failureOf(session.query('SELECT 1'))).message, /busy: a stream is read/)
      await flow.rows.of[Symbol.asyncIterator]().return?.()
      assert.equal(await valueOf(session, 'SELECT 1'), 1)
    })

    it('stop with the signal’s own reason, also while the server works on its first row, and leave the session alive', async () => {
      for (const sql of ['SELECT pg_sleep(60)', 'SELECT generate_series(1, 100000000)']) {
        const stop = new AbortController()
        const flow = await flowOf(session, { sql }, { signal: stop.signal })
        const reading = failureOf((async () => { for await (const batch of flow.rows.of) if (batch.length > 0) stop.abort(new BusyError('enough')) })())
        if (sql.includes('sleep')) {
          const watch = await connect()
          await eventually('the server sleeps', async () => await valueOf(watch, "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'") === 1)
          stop.abort(new BusyError('enough'))
        }
        assert.match((await reading).message, /enough/)
        await eventually('the session is free', () => session.query('SELECT 1').then(() => true, () => false))
      }
    })

    it('error with the server’s reason, before and after the first row, and where there are no rows at all', async () => {
      assert.match((await failureOf(flowOf(session, { sql: 'SELECT * FROM nowhere' }))).message, /there is no such table/)
      assert.match((await failureOf(readAs(session, 'SELECT 1 / (5000 - a) FROM generate_series(1, 10000) AS t (a)'))).message, /division by zero/)
      assert.match((await failureOf(flowOf(session, { sql: 'CREATE TEMP TABLE x (a INT)' }))).message, /gives no rows/)
      assert.equal(await valueOf(session, 'SELECT 1'), 1)
    })

    it('give up on a server that stalls, after the idle seconds', async () => {
      const mine = await connect()
      const error = await failureOf(readAs(mine, 'SELECT pg_sleep(60)', { idleSeconds: 0.4 }))
      assert.ok(error instanceof DatabaseError && error.code === 'STARLINE_IDLE' && error.transient, error.message)
      assert.equal(mine.isOpen, false)
      await eventually('the statement is ended on the server', async () =>
        await valueOf(session, "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'") === 0)
    })
  })

  describe('rows as bytes', () => {
    it('come in small batches soon where rows become large behind many small ones', async () => {
      const { rows } = await (session.streamBytes?.({ sql: "SELECT a, CASE WHEN a > 20000 THEN repeat('x', 20000) END AS t FROM generate_series(1, 24000) AS s (a)" }) ?? assert.fail('it gives none'))
      const large: number[] = []
      for await (const batch of rows.of) if (batch.bytes.length > 4_000_000) large.push(batch.length)
      assert.ok(large.length <= 2, `${large.length} batches had more than 4 MB`)
    })

    it('are the same as values, also where pg reads the rows, which this release leaves to us', async () => {
      const given: readonly (readonly [value: string, type: string])[] = [
        ['-5', 'int2'], ['-2147483648', 'int4'], ['9007199254740993', 'int8'], ['4294967295', 'oid'], ['-0.10', 'numeric(9,2)'], ['NaN', 'numeric(9,2)'], ['Infinity', 'numeric'], ['0.1', 'float4'],
        ['-0', 'float8'], ['1e300', 'float8'], ['NaN', 'float8'], ['t', 'bool'], ['f', 'bool'], ['é😀\t\\', 'text'], ['', 'varchar(5)'], ['a', 'char(5)'], ['', 'char(5)'], ['x', '"char"'], ['n', 'name'],
        ['\\x00ff0a', 'bytea'], ['\\x', 'bytea'], ['0044-03-15 BC', 'date'], ['infinity', 'date'], ['12345-01-01', 'date'], ['2024-02-29 01:02:03.004', 'timestamp'], ['-infinity', 'timestamp'],
        ['2024-03-31 02:30:00+02', 'timestamptz'], ['0044-03-15 00:00:00+00 BC', 'timestamptz'], ['infinity', 'timestamptz'], ['23:59:58.99', 'time'], ['{"a":  1.0}', 'json'], ['{"a":  1.0}', 'jsonb'],
        ['123e4567-e89b-12d3-a456-426655440000', 'uuid'], ['::1', 'inet'], ['{1,NULL,"x"}', 'text[]'], ['1 day', 'interval'],
      ]
      const columns = given.map(([value, type], i) => `'${value.replaceAll("'", "''")}'::${type} AS c${i}`).join(', ')
      const one = native({ sql: `SELECT ${columns} UNION ALL SELECT ${given.map(([, type]) => `NULL::${type}`).join(', ')} WHERE ?`, values: [true] })
      const wire = await openWire(readAddress(fresh.url), 5)
      await setUp(wire, readAddress(fresh.url), true)
      const parsed: string[] = []
      class Seeing extends ByteRows {
        override add(row: RawRow): void {
          parsed.push('by pg')
          super.add(row)
        }
      }
      // A release of pg that listens to its socket otherwise.
      class Unasked extends ByteRows { override begin(): void {} }
      const readings: Row[][] = []
      for (const gatheringOf of [(oids: number[]) => new ValueRows(oids.map(decoderOf)), (oids: number[]) => new Seeing(oids), (oids: number[]) => new Unasked(oids)]) {
        const oids = (await wire.guarded(() => wire.submit(new Preparing(one)).fields)).map(({ dataTypeID }) => dataTypeID)
        const gathering: Gathering<readonly Row[] | ByteBatch> = gatheringOf(oids)
        const reading = new RowReading(wire, wire.submit(new Portal(one, gathering, 1)), [], gathering, { idleSeconds: 5, limit: Infinity, interrupt: async () => {}, finish: async () => {} })
        const rows: Row[] = []
        for await (const batch of reading) rows.push(...batch instanceof ByteBatch ? batch.rows() : batch)
        readings.push(rows)
      }
      await wire.close()
      assert.deepEqual(readings[0]?.[0]?.slice(0, 5), [-5, -2147483648, 9007199254740993n, 4294967295, '-0.10'])
      assert.deepEqual(readings[0]?.[1], given.map(() => null))
      for (const rows of readings) assert.deepEqual(rows, readings[0])
      assert.deepEqual(parsed, [], 'this release of pg listens as it should')
    })
  })

  describe('loads', () => {
    const columns = [['i', integer], ['x', { kind: 'text' }], ['b', { kind: 'binary' }], ['d', { kind: 'decimal', precision: 20, scale: 4 }], ['t', { kind: 'timestamp', precision: 6 }],
      ['y', { kind: 'boolean' }], ['f', { kind: 'float', bits: 64 }]] as const satisfies readonly (readonly [string, ValueType])[]
    const target = { table: 'loaded', columns: columns.map(([name, type]) => ({ name, type })) }
    beforeEach(() => session.execute('DROP TABLE IF EXISTS loaded; CREATE TABLE loaded (i INT8 PRIMARY KEY, x TEXT, b BYTEA, d NUMERIC(20,4), t TIMESTAMP, y BOOLEAN, f FLOAT8, later INT DEFAULT 5)'))

    it('bring back what was sent, whatever is in it', async () => {
      const texts = ['', ' ', '\\N', '\\.', 'a\tb', 'a\nb', 'a\r\nb', '\\', "'\"", 'é😀', '\u0001\u007f', 'NULL', '\\x00', '\b\f\v']
      const rows: Row[] = texts.map((x, i) => [i, x, new Uint8Array([i, 0, 92, 10]), '-1.2500', '0001-01-01 00:00:00.000001', i % 2 === 0, i === 0 ? -0 : 1e300])
      rows.push([9_223_372_036_854_775_807n, null, null, null, null, null, null])
      assert.equal(await session.load(target, batchesOf(rows, 3)), rows.length)
      const back = await read(session, 'SELECT i, x, b, d, t, y, f FROM loaded ORDER BY i')
      assert.deepEqual(back.rows, rows.map((row) => row.map((value) => value instanceof Uint8Array ? Buffer.from(value) : value)))
      assert.equal(await valueOf(session, 'SELECT min(later) FROM loaded'), 5, 'what is not brought has its default')
    })

    it('refuse by name what no column can hold, and leave nothing behind', async () => {
      const bad: readonly (readonly [Row, RegExp])[] = [
        [[2, 'a\0b', null, null, null, null, null], /row 2 can't be loaded as it is.*U\+0000/s], [[2, '\ud800', null, null, null, null, null], /surrogate/],
        [[2, new Uint8Array([1]), null, null, null, null, null], /bytes go into a column of bytes only/], [[2, null, 'x', null, null, null, null], /only bytes/],
        [[1, null, null, null, null, null, null], /the rows don't go into loaded.*already exists/s], [[2, null, null, '99999999999999999', null, null, null], /overflow.*COPY loaded, line 2/s],
        [[2, null, null, null, '2024-02-30 00:00:00', null, null], /out of range/], [[2, null, null, null, null, null, NaN], /NaN is no number/],
      ]
      for (const [row, words] of bad) {
        const error = await failureOf(session.load(target, batchesOf([[1, 'good', null, null, null, null, null], row])))
        assert.ok(error instanceof DataError, `${String(words)} ${error.stack}`)
        assert.match(error.message, words)
        assert.equal(await valueOf(session, 'SELECT count(*) FROM loaded'), 0)
      }
    })

    it('end with the error of their source or the reason of their signal, and the session lives on', async () => {
      assert.match((await failureOf(session.load(target, broken()))).message, /the source broke/)
      const stop = new AbortController()
      const endless = madeRows(1_000_000_000, (i) => [i, 'x'.repeat(100), null, null, null, null, null])
      const error = await failureOf(session.load(target, endless, { signal: stop.signal, onRows: (rows) => { if (rows > 20_000) stop.abort(new BusyError('enough')) } }))
      assert.match(error.message, /enough/)
      assert.equal(await valueOf(session, 'SELECT count(*) FROM loaded'), 0)
    })

    it('end at once where the server says no, while the source has no end', async () => {
      const doubled = madeRows(1_000_000_000, (i) => [i % 50_000, null, null, null, null, null, null])
      assert.match((await failureOf(session.load(target, doubled))).message, /already exists/)
    })

    it('are part of a transaction that is open', async () => {
      await failureOf(session.transaction(async () => {
        await session.load(into('loaded', 'i'), batchesOf([[1]]))
        throw new Error('no')
      }))
      assert.equal(await valueOf(session, 'SELECT count(*) FROM loaded'), 0)
    })
  })

  describe('the end of a session', () => {
    it('comes to everything under way on it, with its reason, and to the server too', async () => {
      const mine = await connect()
      const waiting = failureOf(mine.query('SELECT pg_sleep(61)'))
      await eventually('the server sleeps', async () => await valueOf(session, "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(61)' AND state = 'active'") === 1)
      mine.abort(new BusyError('enough'))
      assert.match((await waiting).message, /enough/)
      assert.match((await failureOf(mine.query('SELECT 1'))).message, /enough/)
      await eventually('the server knows it no more', async () => await valueOf(session, `SELECT count(*) FROM pg_stat_activity WHERE pid = ${mine.session}`) === 0)
    })

    it('comes where another session ends it, as an error that can be tried again', async () => {
      const mine = await connect()
      const waiting = failureOf(mine.query('SELECT pg_sleep(62)'))
      await session.query({ sql: 'SELECT pg_terminate_backend(?)', values: [mine.session] })
      const error = await waiting
      assert.ok(error instanceof DatabaseError && error.transient, error.message)
      assert.equal(mine.isOpen, false)
    })

    it('comes where a connection is dead without an end, as soon as the server is asked and knows it no more', async () => {
      const proxy = await proxyTo(fresh.url)
      const mine = await connect({}, proxy.url, { lookSeconds: 0.1 })
      const waiting = failureOf(mine.query('SELECT pg_sleep(0.5)'))
      proxy.stall()
      const error = await waiting
      assert.ok(error instanceof DatabaseError && error.code === 'STARLINE_SILENT' && error.transient, error.message)
      await proxy.close()
    })
  })

  describe('a swap', () => {
    const star = readCreate('CREATE TABLE star (star_key KEY, name VARCHAR(2000), KEY by_name (name))')
    const fill = async (name: string, rows: number): Promise<void> => {
      for (const sql of [...session.dialect.createTable(star, name, `made ${name}`), ...session.dialect.createIndexes(star, name)]) await session.execute(sql)
      await session.execute(`INSERT INTO ${name} SELECT a, 'n' || a FROM generate_series(1, ${rows}) AS t (a)`)
    }
    const publish = (old: string | undefined, staging: string): Promise<void> =>
      session.transaction(() => session.swap([{ live: 'star', staging, old, definition: star }]))

    let published: Promise<void> | undefined

    beforeEach(async () => {
      await session.execute('DROP TABLE IF EXISTS star, star__r1, star__r2, star__o1, star__o2 CASCADE')
      await fill('star__r1', 1)
      await publish(undefined, 'star__r1')
      await fill('star__r2', 2)
    })

    it('carries owner, grants, comment and views along', async () => {
      const suffix = String(process.pid)
      const [owner, bi, clerk] = [`owner_${suffix}`, `bi_${suffix}`, `clerk ${suffix}`]
      try {
        for (const role of [owner, bi, clerk]) await session.execute(`CREATE ROLE "${role}"`)
        await session.execute(`GRANT SELECT ON star TO "${bi}" WITH GRANT OPTION; GRANT SELECT (name) ON star TO "${clerk}"; ALTER TABLE star OWNER TO "${owner}"; GRANT SELECT ON star TO PUBLIC;
          CREATE VIEW names WITH (security_barrier=true) AS SELECT name FROM star; GRANT SELECT ON names TO "${clerk}"; CREATE VIEW loud AS SELECT upper(name) AS n FROM names`)
        const rights = `SELECT (SELECT string_agg(x::text, ' ' ORDER BY x::text) FROM unnest(relacl) AS x) || pg_get_userbyid(relowner) || (SELECT string_agg(attacl::text, ',') FROM pg_attribute WHERE attrelid = c.oid) FROM pg_class AS c WHERE relname = 'star'`
        const before = await valueOf(session, rights)
        await session.execute(`ALTER DEFAULT PRIVILEGES GRANT INSERT ON TABLES TO "${bi}"`)
        await session.execute('DROP TABLE star__r2')
        await fill('star__r2', 2)
        await publish('star__o1', 'star__r2')
        assert.equal(await valueOf(session, rights), before)
        assert.deepEqual(await session.query('SELECT n FROM loud ORDER BY n'), [{ n: 'N1' }, { n: 'N2' }])
        assert.match(String(await valueOf(session, "SELECT reloptions::text || relacl::text FROM pg_class WHERE relname = 'names'")), /^\{security_barrier=true\}.*clerk \d+\\"=r\/postgres/)
        assert.equal((await session.describe('star'))?.comment, 'made star__r2')
        assert.equal(await session.obstacle('star'), undefined)
      } finally {
        for (const role of [owner, bi, clerk]) await session.execute(`DROP OWNED BY "${role}" CASCADE; DROP ROLE "${role}"`)
        await session.execute('DROP VIEW IF EXISTS names, loud')
      }
    })

    it('carries along what an administrator has set, and comments that the create leaves open', async () => {
      await session.execute(`ALTER TABLE star SET (fillfactor = 70, autovacuum_enabled = off, toast.autovacuum_enabled = off); ALTER TABLE star REPLICA IDENTITY FULL;
        ALTER TABLE star ALTER name SET STATISTICS 777; ALTER TABLE star ALTER name SET (n_distinct = -0.5); COMMENT ON COLUMN star.name IS 'it''s by hand'; COMMENT ON COLUMN star.star_key IS 'also'`)
      const settings = `SELECT c.reloptions::text, (SELECT reloptions::text FROM pg_class WHERE oid = c.reltoastrelid) AS toast, c.relreplident, a.attstattarget, a.attoptions::text,
        col_description(c.oid, 2) AS said, col_description(c.oid, 1) AS key_said, (SELECT most_common_vals IS NULL FROM pg_stats WHERE tablename = c.relname AND attname = 'name') AS looked
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'name' WHERE c.oid = 'star'::regclass`
      await session.execute('COMMENT ON COLUMN star__r2.star_key IS \'of the create\'')
      const [before] = await session.query(settings)
      await publish('star__o1', 'star__r2')
      assert.deepEqual(await session.query(settings), [{ ...before, key_said: 'of the create', looked: true }])
      assert.deepEqual({ ...before, key_said: '', looked: '' }, {
        reloptions: '{fillfactor=70,autovacuum_enabled=off}', toast: '{autovacuum_enabled=off}', relreplident: 'f', attstattarget: 777, attoptions: '{n_distinct=-0.5}', said: "it's by hand", key_said: '', looked: '',
      })
    })

    it('is refused by the name of what would stay with the old table, and changes nothing', async () => {
      const cases: readonly [string, string, RegExp][] = [
        ['CREATE MATERIALIZED VIEW frozen AS SELECT * FROM star', 'DROP MATERIALIZED VIEW frozen', /the materialized view frozen reads the table/],
        ['CREATE TABLE child (k INT REFERENCES star (star_key))', 'DROP TABLE child', /a foreign key of child points at the table/],
        ['CREATE FUNCTION noop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER tick BEFORE INSERT ON star FOR EACH ROW EXECUTE FUNCTION noop()',
          'DROP TRIGGER tick ON star', /the table has the trigger tick/],
        ['ALTER TABLE star ENABLE ROW LEVEL SECURITY', 'ALTER TABLE star DISABLE ROW LEVEL SECURITY', /row-level security/],
        ['CREATE RULE quiet AS ON DELETE TO star DO INSTEAD NOTHING', 'DROP RULE quiet ON star', /the rule quiet/],
        ['CREATE TABLE heir () INHERITS (star)', 'DROP TABLE heir', /heir inherits from the table/],
        ['CREATE PUBLICATION news FOR TABLE star', 'DROP PUBLICATION news', /the publication news replicates/],
        ['CREATE POLICY shy ON star USING (true)', 'DROP POLICY shy ON star', /the policy shy/],
        ['CREATE TABLE parent (star_key INT NOT NULL, name VARCHAR(2000)); ALTER TABLE star INHERIT parent', 'ALTER TABLE star NO INHERIT parent; DROP TABLE parent', /the table is a part of parent/],
        ['ALTER TABLE star REPLICA IDENTITY USING INDEX star__r1_pkey', 'ALTER TABLE star REPLICA IDENTITY DEFAULT', /replica identity is the index star__r1_pkey.*REPLICA IDENTITY DEFAULT/s],
        ['CREATE FUNCTION loudly(s star) RETURNS TEXT LANGUAGE sql AS $$ SELECT upper(s.name) $$', 'DROP FUNCTION loudly', /function loudly\(star\) uses the table's row as a type/],
        ['CREATE TABLE holder (all_of star[])', 'DROP TABLE holder', /column all_of of table holder uses the table's row/],
        ['CREATE STATISTICS pairs ON star_key, name FROM star', 'DROP STATISTICS pairs', /statistics object .*pairs depends/],
        ['CREATE VIEW whole AS SELECT s.name, s.star_key + 1 AS k FROM star AS s; ALTER TABLE star__r2 ALTER name TYPE TEXT', 'DROP VIEW whole', /the view whole can't be made anew on the new table.*Way out: change the view/s],
      ]
      for (const [make, drop, words] of cases) {
        await session.execute(make)
        const error = await failureOf(publish('star__o1', 'star__r2'))
        assert.ok(error instanceof DatabaseError && !error.transient, error.stack)
        assert.match(error.message, words)
        assert.equal(await valueOf(session, 'SELECT count(*) FROM star'), 1)
        await session.execute(drop)
      }
      await session.execute('DROP FUNCTION noop')
    })

    it('refuses what lies in another tablespace than new tables, until those are made there too', async () => {
      await session.execute('SET allow_in_place_tablespaces = on')
      await session.execute(`CREATE TABLESPACE fast_${process.pid} LOCATION ''`)
      try {
        await session.execute(`ALTER TABLE star SET TABLESPACE fast_${process.pid}`)
        assert.match((await failureOf(publish('star__o1', 'star__r2'))).message, /lies in the tablespace fast_\d+.*ALTER ROLE "postgres" SET default_tablespace = "fast_\d+"/s)
        await session.execute(`SET default_tablespace = fast_${process.pid}; DROP TABLE star__r2`)
        await fill('star__r2', 2)
        await publish('star__o1', 'star__r2')
        assert.equal(await valueOf(session, "SELECT count(*) FROM pg_tables WHERE tablename = 'star' AND tablespace LIKE 'fast%'"), 1)
      } finally {
        await session.execute('RESET default_tablespace; DROP TABLE IF EXISTS star, star__o1, star__r2 CASCADE')
        await session.execute(`DROP TABLESPACE fast_${process.pid}`)
      }
    })

    it('refuses to publish under a view’s name', async () => {
      await session.execute('CREATE VIEW in_the_way AS SELECT 1 AS a')
      assert.match((await session.obstacle('in_the_way'))?.what ?? '', /in_the_way is a view, and no table can be published under its name/)
    })

    it('waits for a reader only so long, and can be tried again', async () => {
      const reader = await connect()
      await reader.transaction(async () => {
        await reader.query('SELECT * FROM star')
        const error = await failureOf(publish('star__o1', 'star__r2'))
        assert.ok(error instanceof DatabaseError && error.transient && error.code === '55P03', error.stack)
      })
      await publish('star__o1', 'star__r2')
      assert.equal(await valueOf(reader, 'SELECT count(*) FROM star'), 2)
    })

    it('lets a reader who holds one table and wants another go first, rather than meet in a deadlock', async () => {
      await session.execute('DROP TABLE IF EXISTS planet, planet__r2, planet__o1; CREATE TABLE planet (a INT); CREATE TABLE planet__r2 (a INT)')
      const reader = await connect()
      await reader.transaction(async () => {
        await reader.query('SELECT * FROM star')
        const publishing = session.transaction(() => session.swap([
          { live: 'planet', staging: 'planet__r2', old: 'planet__o1', definition: undefined }, { live: 'star', staging: 'star__r2', old: 'star__o1', definition: star },
        ]))
        const watch = await connect()
        await eventually('the publisher waits for the reader', async () => await valueOf(watch, `SELECT count(*) FROM pg_locks WHERE pid = ${session.session} AND NOT granted`) === 1)
        assert.equal(await valueOf(reader, 'SELECT count(*) FROM planet'), 0)
        assert.equal(await valueOf(reader, 'SELECT count(*) FROM star'), 1)
        published = publishing
        published.catch(() => {})
      })
      await published
      assert.equal(await valueOf(reader, 'SELECT count(*) FROM star'), 2)
    })

    it('needs a transaction', async () => {
      assert.match((await failureOf(session.swap([{ live: 'star', staging: 'star__r2', old: 'star__o1', definition: star }]))).message, /inside a transaction/)
    })
  })

  describe('comparing', () => {
    it('is exact, takes NULL for NULL, and is hashed', async () => {
      const same = (landed: string, other: string, type: ValueType): Promise<unknown> => valueOf(session, `SELECT ${session.dialect.same(landed, other, type)}`)
      await session.execute("CREATE COLLATION IF NOT EXISTS lax (provider = icu, locale = 'und-u-ks-level1', deterministic = false)")
      const text: ValueType = { kind: 'text' }
      const cases: readonly [string, string, ValueType, boolean][] = [
        ["'a'", "'a'", text, true], ["'a'", "'A'", text, false], ["'a'", "'a '", text, false], ["'a' COLLATE lax", "'A' COLLATE lax", text, false], ['NULL', 'NULL', text, true],
        ["''", 'NULL', text, false], ['1.50', '1.5', { kind: 'decimal', precision: 9, scale: 2 }, true], ['NULL', '0', integer, false],
        ["'2024-01-01'", "'2024-01-01 00:00:00'", { kind: 'timestamp', precision: 6 }, true], ["'{}'::json", "'{ }'::json", { kind: 'json' }, false],
      ]
      for (const [landed, other, type, equal] of cases) assert.equal(await same(landed, other, type), equal, `${landed} and ${other}`)
      await session.execute("CREATE TABLE members AS SELECT a::int AS k, 'name ' || a AS n FROM generate_series(1, 100000) AS t (a)")
      const on = `${session.dialect.same('n.k', 'o.k', integer)} AND ${session.dialect.same('n.n', 'o.n', text)}`
      const plan = (await session.query(`EXPLAIN SELECT count(*) FROM members AS o JOIN members AS n ON ${on}`)).map((row) => String(Object.values(row)[0])).join('\n')
      assert.match(plan, /Hash Join|Merge Join/)
      const began = performance.now()
      assert.equal(await valueOf(session, `SELECT count(*) FROM members AS o JOIN members AS n ON ${on}`), 100_000)
      assert.ok(performance.now() - began < 20_000, `${performance.now() - began} ms`)
    })
  })
})
