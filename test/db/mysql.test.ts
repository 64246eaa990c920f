import assert from 'node:assert/strict'
import type { Connection } from '../../engine/db/connection.ts'
import { mergeTables } from '../../engine/db/merge.ts'
import { openMysql } from '../../engine/db/mysql.ts'
import { deferred } from '../../engine/db/waiting.ts'
import { ConfigurationError, DatabaseError } from '../../engine/errors.ts'
import { freshUser, startOwn } from '../helpers/servers/index.ts'
import { eventually, failureOf, proxyTo, scene } from './mysql/helpers.ts'
import type { Scene } from './mysql/helpers.ts'

/** Everything that could be printed of an error. */
const allOf = (error: unknown): string => {
  const seen: string[] = []
  for (let each: unknown = error; each instanceof Error; each = each.cause) seen.push(each.message, each.stack ?? '', JSON.stringify(each))
  return seen.join('\n')
}

const numberOf = async (session: Connection, sql: string): Promise<unknown> => Object.values((await session.query(sql))[0] ?? {})[0]

describe('MySQL sessions', () => {
  let here: Scene
  before(async () => { here = await scene() })
  after(() => here.end())

  describe('opening', () => {
    it('reads only URLs that it understands, and never repeats one that it does not', async () => {
      const wrong = [
        ['mysql://u:canary-pw@host/db?sll=true', 'unknown parameter sll'],
        ['mysql://u:canary-pw@host/', 'names no database'],
        ['mysql://u:canary-pw@host/db?ssl=maybe', 'ssl=maybe'],
        ['mysql://u:canary-pw@host:port/db', "can't be read"],
        ['mysql://u:canary-pw#x@host/db', "can't be read"],
        ['mysql:u:canary-pw@host/db', "can't be read"],
        ['mysql://u:canary-pw%@host/db', 'encodes nothing'],
        ['mysql://u:canary-pw@host/db?sslCa=/no/such/file', '/no/such/file'],
      ]
      for (const [url = '', words = ''] of wrong) {
        const error = await failureOf(openMysql(url))
        assert.ok(error instanceof ConfigurationError, url)
        assert.ok(error.message.includes(words), error.message)
        assert.ok(!allOf(error).includes('canary-pw'), allOf(error))
      }
    })

    it('says who was refused, why and what to do, without the password', async () => {
      const user = await freshUser(here.fresh.url)
      const bad = user.url.replace(/:[^:@/]*@/, ':canary-wrong-pw@')
      const denied = await failureOf(openMysql(bad))
      assert.ok(denied instanceof DatabaseError, denied.stack)
      assert.deepEqual([denied.code, denied.transient], ['ER_ACCESS_DENIED_ERROR', false])
      assert.match(denied.message, /mysql:\/\/user.*@127\.0\.0\.1:\d+\/.*not let in.*Way out: check/s)
      assert.ok(!allOf(denied).includes('canary-wrong-pw'), '!allOf(denied).includes(\'canary-wrong-pw\')')

      const good = await openMysql(user.url)
      const session = await good.connect()
      const error = await failureOf(session.query(`SELECT nothing, '${user.password}' FROM nowhere`))
      assert.ok(!allOf(error).includes(user.password), allOf(error))
      await good.close()
    })

    it('knows a wrong database and a server that is not there apart', async () => {
      const unknown = await failureOf(openMysql(here.fresh.url.replace(/\/[^/]*$/, '/no_such_database')))
      assert.ok(unknown instanceof DatabaseError, unknown.stack)
      assert.deepEqual([unknown.code, unknown.transient], ['ER_BAD_DB_ERROR', false])
      assert.match(unknown.message, /there is no such database.*Way out: create it/)
      const refused = await failureOf(openMysql('mysql://root@127.0.0.1:1/db'))
      assert.ok(refused instanceof DatabaseError, refused.stack)
      assert.deepEqual([refused.code, refused.transient], ['ECONNREFUSED', true])
      assert.match(refused.message, /Way out: see whether the server runs/)
    })

    it('gives up on a server that takes the connection and says nothing', async () => {
      const proxy = await proxyTo(here.fresh.url)
      proxy.freeze()
      const began = performance.now()
      const error = await failureOf(openMysql(proxy.url, { connectSeconds: 0.3 }))
      await proxy.close()
      assert.ok(error instanceof DatabaseError && error.transient && error.code === 'ETIMEDOUT', error.message)
      assert.ok(performance.now() - began < 5_000, 'performance.now() - began < 5_000')
    })

    it('connects through a socket file', async () => {
      const path = await numberOf(here.session, 'SELECT @@socket')
      const session = await here.connect({}, `mysql://root@localhost/${here.fresh.name}?socketPath=${encodeURIComponent(String(path))}`)
      assert.equal(await numberOf(session, 'SELECT 1'), 1)
    })

    it('refuses a plain server where encryption is asked for', async () => {
      const error = await failureOf(openMysql(`${here.fresh.url}?ssl=true`))
      assert.ok(error instanceof DatabaseError && !error.transient, error.stack)
      assert.equal(error.code, 'HANDSHAKE_NO_SSL_SUPPORT')
    })

    it('sets every session up the same way', async () => {
      const [writer] = await here.session.query(`SELECT @@time_zone AS zone, @@lock_wait_timeout AS waits, @@innodb_lock_wait_timeout AS row_waits,
        @@net_write_timeout AS writes, @@net_read_timeout AS readings, @@character_set_client AS client, @@character_set_results AS results, @@tx_isolation AS isolation,
        @@sql_mode LIKE '%STRICT_ALL_TABLES%' AS strict, @@sql_mode LIKE '%BACKSLASH%' AS no_backslash, @@sql_mode LIKE '%ANSI%' AS ansi`)
      assert.deepEqual(writer, {
        zone: '+00:00', waits: 5, row_waits: 10, writes: 600, readings: 600, client: 'utf8mb4', results: 'utf8mb4', isolation: 'READ-COMMITTED',
        strict: 1, no_backslash: 0, ansi: 0,
      })
      const reader = await here.connect({ readOnly: true })
      assert.equal(await numberOf(reader, 'SELECT @@tx_isolation'), 'REPEATABLE-READ')
      assert.equal(await numberOf(reader, 'SELECT @@tx_read_only'), 1)
    })

    it('keeps REPEATABLE READ where the server logs statements, which refuses anything less, and has room for what a statement holds in memory', async () => {
      const own = await startOwn('mariadb', { args: ['--log-bin', '--server-id=1', '--binlog-format=STATEMENT', '--optimizer-switch=derived_with_keys=off', '--tmp-memory-table-size=32768'] })
      const there = await scene(own.url)
      assert.deepEqual(await there.session.query("SELECT @@tmp_memory_table_size AS room, @@optimizer_switch LIKE '%derived_with_keys=on%' AS has_keys"), [{ room: 33_554_432, has_keys: 1 }])
      await there.session.execute('CREATE TABLE t (a INT)')
      assert.equal(await there.session.execute('INSERT INTO t VALUES (1)'), 1)
      await there.end()
      await own.stop()
    })

    it('never lets a merge cascade over a child that came after its transaction began, where the server logs statements', async () => {
      const own = await startOwn('mariadb', { args: ['--log-bin', '--server-id=1', '--binlog-format=STATEMENT'] })
      const there = await scene(own.url)
      const { session } = there
      await session.execute('CREATE TABLE live (id INT NOT NULL PRIMARY KEY)')
      await session.execute('CREATE TABLE staged (id INT NOT NULL PRIMARY KEY)')
      await session.execute('CREATE TABLE note (parent INT NOT NULL, FOREIGN KEY (parent) REFERENCES live (id) ON DELETE CASCADE)')
      await session.execute('INSERT INTO live VALUES (1), (2)')
      await session.execute('INSERT INTO staged VALUES (1)')
      const other = await there.connect()
      const failure = await failureOf(session.transaction(async () => {
        assert.equal(await numberOf(session, 'SELECT COUNT(*) FROM note'), 0)
        await other.execute('INSERT INTO note VALUES (2)')
        await mergeTables(session, [{ live: 'live', staging: 'staged', definition: undefined }])
      }))
      assert.match(failure.message, /1 row of `note` points at rows that are to go.*one of them is parent = 2/)
      assert.equal(await numberOf(session, 'SELECT COUNT(*) FROM note'), 1)
      await there.end()
      await own.stop()
    })

    it('lets nothing be written through a source', async () => {
      await here.session.execute('CREATE TABLE only_read (a INT)')
      const reader = await here.connect({ readOnly: true })
      for (const sql of ['INSERT INTO only_read VALUES (1)', 'DROP TABLE only_read', 'CREATE TABLE new_one (a INT)', 'TRUNCATE only_read']) {
        const error = await failureOf(reader.execute(sql))
        assert.ok(error instanceof DatabaseError && !error.transient, sql)
        assert.match(error.message, /nothing may be written here/)
      }
    })
  })

  describe('statements', () => {
    it('gives integers, exact decimals, UTC instants, texts and bytes', async () => {
      await here.session.execute(`CREATE TABLE kinds (i BIGINT, u BIGINT UNSIGNED, d DECIMAL(30,10), f DOUBLE, t DATETIME(6), s TIMESTAMP(3) NULL, day DATE, clock TIME(2),
        x VARCHAR(20), b VARBINARY(4), bits BIT(12), j JSON, y YEAR)`)
      await here.session.execute(`INSERT INTO kinds VALUES (-9007199254740993, 18446744073709551615, 12345678901234567890.0123456789, 9876543.210987654,
        '2024-02-29 23:59:59.000001', '2024-03-31 02:30:00.5', '0999-12-31', '-838:59:58.99', 'é😀', X'00FF', b'101010101010', '{"a":  1.0}', 2024)`)
      const [row] = await here.session.query('SELECT *, 9007199254740991 AS safe, -5 AS small, NULL AS nothing FROM kinds')
      assert.deepEqual(row, {
        i: -9007199254740993n, u: 18446744073709551615n, d: '12345678901234567890.0123456789', f: 9876543.210987654, t: '2024-02-29 23:59:59.000001',
        s: '2024-03-31 02:30:00.500', day: '0999-12-31', clock: '-838:59:58.99', x: 'é😀', b: Buffer.from([0, 255]), bits: 0b101010101010,
        j: '{"a":  1.0}', y: 2024, safe: 9007199254740991, small: -5, nothing: null,
      })
    })

    it('puts binds where placeholders are, and nowhere else', async () => {
      const [row] = await here.session.query({
        sql: `SELECT ? AS a, "why?" AS b, 'what?' AS c, /* ? */ ? AS d # ?\n , ? AS e -- ?\n , '\\'?' AS f, ? AS g, ? IN (?) AS h`,
        values: ["o'hara\\\0\n\u001a", 10n ** 18n, new Uint8Array([1, 2]), null, 3, [1, 2, 3]],
      })
      assert.deepEqual(row, {
        a: "o'hara\\\0\n\u001a", b: 'why?', c: 'what?', d: 1000000000000000000n, e: Buffer.from([1, 2]), f: "'?", g: null, h: 1,
      })
      const [more] = await here.session.query({ sql: 'SELECT ? AS a, ? AS b, ? AS c', values: [true, new Date(Date.UTC(2024, 1, 29, 1, 2, 3, 4)), 0.1] })
      assert.deepEqual(more, { a: 1, b: '2024-02-29 01:02:03.004', c: '0.1' })
    })

    it('refuses binds that no text can carry', async () => {
      for (const [values, words] of [
        [[undefined], /undefined/], [[{ a: 1 }], /Object/], [['\ud800'], /surrogate/], [[NaN], /NaN/], [[1, 2], /2 values/],
      ] as const) {
        assert.match((await failureOf(here.session.query({ sql: 'SELECT ?', values }))).message, words)
      }
    })

    it('runs what knex builds, a list of statements one by one', async () => {
      const { knex } = here.session.dialect
      await here.session.execute(knex.schema.createTable('built', (table) => {
        table.integer('id').primary()
        table.string('name', 20).index()
      }))
      assert.equal(await here.session.execute(knex('built').insert([{ id: 1, name: "a'?b" }, { id: 2, name: null }])), 2)
      assert.equal(await here.session.execute(knex('built').where({ id: 2 }).update({ name: 'x' })), 1)
      assert.deepEqual(await here.session.query(knex('built').select('name').orderBy('id')), [{ name: "a'?b" }, { name: 'x' }])
      assert.deepEqual(await here.session.query(knex.raw('SELECT name FROM built WHERE id = ?', [1])), [{ name: "a'?b" }])
    })

    it('counts the rows that an UPDATE found, also those that were so already', async () => {
      await here.session.execute('CREATE TABLE found (a INT, b INT)')
      assert.equal(await here.session.execute('INSERT INTO found VALUES (1, 1), (2, 1)'), 2)
      assert.equal(await here.session.execute('UPDATE found SET b = 1'), 2)
      assert.equal(await here.session.execute('DELETE FROM found WHERE a = 1'), 1)
    })

    it('says by its code what a statement was refused for, and that trying again is of no use', async () => {
      for (const [sql, code] of [
        ['SELEKT 1', 'ER_PARSE_ERROR'], ['SELECT no FROM kinds', 'ER_BAD_FIELD_ERROR'], ['SELECT * FROM no', 'ER_NO_SUCH_TABLE'],
      ] as const) {
        const error = await failureOf(here.session.query(sql))
        assert.ok(error instanceof DatabaseError, error.stack)
        assert.deepEqual([error.code, error.transient, error.where], [code, false, here.session.place])
      }
      assert.equal(await numberOf(here.session, 'SELECT 1'), 1, 'the session lives on')
    })

    it('runs one statement at a time: what comes behind a semicolon is refused', async () => {
      const error = await failureOf(here.session.query('SELECT 1; SELECT 2'))
      assert.ok(error instanceof DatabaseError && error.code === 'ER_PARSE_ERROR', error.stack)
    })
  })

  describe('transactions', () => {
    before(() => here.session.execute('CREATE TABLE moved (a INT PRIMARY KEY)'))
    beforeEach(() => here.session.execute('DELETE FROM moved'))

    it('commits what resolves and rolls back what throws', async () => {
      assert.equal(await here.session.transaction(async () => { await here.session.execute('INSERT INTO moved VALUES (1)'); return 'done' }), 'done')
      const reason = new Error('no')
      assert.equal(await failureOf(here.session.transaction(async () => { await here.session.execute('INSERT INTO moved VALUES (2)'); throw reason })), reason)
      assert.equal(await numberOf(here.session, 'SELECT GROUP_CONCAT(a) FROM moved'), '1')
    })

    it('undoes everything after a lock wait timeout, which itself undoes one statement only', async () => {
      const other = await here.connect()
      await here.session.execute('INSERT INTO moved VALUES (1)')
      await other.execute('SET SESSION innodb_lock_wait_timeout = 1')
      await here.session.transaction(async () => {
        await here.session.execute('UPDATE moved SET a = 10 WHERE a = 1')
        const error = await failureOf(other.transaction(async () => {
          await other.execute('INSERT INTO moved VALUES (5)')
          await other.execute('UPDATE moved SET a = 11 WHERE a = 1')
        }))
        assert.ok(error instanceof DatabaseError, error.stack)
        assert.deepEqual([error.code, error.transient], ['ER_LOCK_WAIT_TIMEOUT', true])
      })
      assert.equal(await numberOf(other, 'SELECT GROUP_CONCAT(a) FROM moved'), '10')
    })

    it('takes a deadlock for something that trying again can help', async () => {
      const other = await here.connect()
      await here.session.execute('INSERT INTO moved VALUES (1), (2)')
      const held = deferred<void>()
      const first = here.session.transaction(async () => {
        await here.session.execute('UPDATE moved SET a = a WHERE a = 1')
        held.resolve()
        // What InnoDB says of its transactions is as old as the first of many quick looks.
        const waits = `SELECT COUNT(*) FROM information_schema.processlist WHERE id = ${other.session} AND info LIKE 'UPDATE moved % a = 1'`
        await eventually('the other holds its row, and waits for this one', async () => Number(await numberOf(here.session, waits)) === 1)
        await here.session.execute('UPDATE moved SET a = a WHERE a = 2')
      })
      // Else it could have both rows before the first has any.
      await Promise.race([held.promise, first])
      const second = other.transaction(async () => {
        await other.execute('UPDATE moved SET a = a WHERE a = 2')
        await other.execute('UPDATE moved SET a = a WHERE a = 1')
      })
      const failed = (await Promise.allSettled([first, second])).filter((each) => each.status === 'rejected').map((each): unknown => each.reason)
      assert.equal(failed.length, 1)
      assert.ok(failed[0] instanceof DatabaseError && failed[0].transient && failed[0].code === 'ER_LOCK_DEADLOCK', String(failed[0]))
    })

    it('refuses one inside of another, and a statement that would commit it silently', async () => {
      await here.session.transaction(async () => {
        assert.match((await failureOf(here.session.transaction(async () => {}))).message, /inside of another/)
      })
      const error = await failureOf(here.session.transaction(async () => { await here.session.execute('CREATE TABLE commits (a INT)') }))
      assert.match(error.message, /committed the transaction/)
      assert.match((await failureOf(here.session.transaction(() => here.session.swap([{ live: 'a', staging: 'b', old: undefined, definition: undefined }])))).message, /would commit/)
    })
  })

  describe('locks', () => {
    it('are had by one session at a time, without waiting, and are freed with it', async () => {
      const other = await here.connect()
      const name = 'etl:a name far longer than the sixty-four characters that the server would take for a lock of its own'
      assert.deepEqual([await here.session.holderOf(name), await here.session.lock(name), await here.session.holderOf(name)], [undefined, true, here.session.session])
      assert.deepEqual([await other.lock(name), await here.session.lock(name)], [false, true])
      await here.session.unlock(name)
      assert.deepEqual([await other.lock(name), await here.session.lock(name)], [true, false])
      await other.close()
      await eventually('the lock is free', async () => await here.session.holderOf(name) === undefined)
    })

    it('let exactly one of many win', async () => {
      const many = await Promise.all(Array.from({ length: 10 }, () => here.connect()))
      for (let round = 0; round < 20; round += 1) {
        const won = await Promise.all(many.map((session) => session.lock(`round ${round}`)))
        assert.equal(won.filter(Boolean).length, 1)
      }
    })

    it('belong to a database: one of the same name in another is another one', async () => {
      const elsewhere = await scene()
      assert.ok(await here.session.lock('shared name'), 'await here.session.lock(\'shared name\')')
      assert.ok(await elsewhere.session.lock('shared name'), 'await elsewhere.session.lock(\'shared name\')')
      await here.session.unlock('shared name')
      await elsewhere.end()
    })

    it('tell names apart that differ in case only', async () => {
      const other = await here.connect()
      assert.deepEqual([await here.session.lock('case'), await other.lock('CASE')], [true, true])
    })
  })

  describe('swapping', () => {
    it('makes every staging table live in one step and keeps the old ones', async () => {
      for (const [table, value] of [['star_a', 1], ['star_a__r2', 2], ['star_b__r2', 2]] as const) {
        await here.session.execute(`CREATE TABLE ${table} (v INT) COMMENT='etl_run=${value}'`)
        await here.session.execute(`INSERT INTO ${table} VALUES (${value})`)
      }
      await here.session.swap([
        { live: 'star_a', staging: 'star_a__r2', old: 'star_a__o2', definition: undefined },
        { live: 'star_b', staging: 'star_b__r2', old: undefined, definition: undefined },
      ])
      assert.deepEqual(await here.session.tablesLike('star_'), ['star_a', 'star_a__o2', 'star_b'])
      assert.equal(await numberOf(here.session, 'SELECT a.v * 10 + b.v FROM star_a a, star_b b'), 22)
      assert.equal((await here.session.describe('star_a'))?.comment, 'etl_run=2')
    })

    it('changes nothing where one of the tables is missing', async () => {
      await here.session.execute('CREATE TABLE whole (v INT)')
      await here.session.execute('CREATE TABLE whole__r2 (v INT)')
      const error = await failureOf(here.session.swap([
        { live: 'whole', staging: 'whole__r2', old: 'whole__o2', definition: undefined },
        { live: 'other', staging: 'other__r2', old: undefined, definition: undefined },
      ]))
      assert.ok(error instanceof DatabaseError && !error.transient, error.stack)
      assert.deepEqual(await here.session.tablesLike('whole'), ['whole', 'whole__r2'])
    })

    it('gives up after some seconds where a reader holds the table, and says that trying again can help', async () => {
      await here.session.execute('CREATE TABLE held (v INT)')
      await here.session.execute('CREATE TABLE held__r2 (v INT)')
      const reader = await here.connect()
      await here.session.execute('SET SESSION lock_wait_timeout = 1')
      await reader.transaction(async () => {
        await reader.query('SELECT * FROM held')
        const error = await failureOf(here.session.swap([{ live: 'held', staging: 'held__r2', old: 'held__o2', definition: undefined }]))
        assert.ok(error instanceof DatabaseError && error.transient && error.code === 'ER_LOCK_WAIT_TIMEOUT', error.stack)
      })
      await here.session.swap([{ live: 'held', staging: 'held__r2', old: 'held__o2', definition: undefined }])
    })
  })

  describe('describing', () => {
    it('tells columns in their order, with types, nullability, defaults and the comment', async () => {
      await here.session.execute(`CREATE TABLE told (b INT UNSIGNED NOT NULL DEFAULT 5, a VARCHAR(12) NULL, c DECIMAL(9,3) NOT NULL, e ENUM('x','it''s') DEFAULT 'x',
        t DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6), g INT AS (b + 1) STORED) COMMENT='it''s told'`)
      const told = await here.session.describe('told')
      assert.equal(told?.comment, "it's told")
      assert.deepEqual(told.columns.map(({ name, type, nullable, hasDefault }) => [name, type.kind, nullable, hasDefault]), [
        ['b', 'integer', false, true], ['a', 'text', true, false], ['c', 'decimal', false, false], ['e', 'enum', true, true],
        ['t', 'timestamp', true, true], ['g', 'integer', true, true],
      ])
      assert.deepEqual(told.columns[3]?.type, { kind: 'enum', values: ['x', "it's"] })
      assert.equal(told.columns[0]?.sqlType, 'int(10) unsigned')
    })

    it('knows no table of another name, case or database', async () => {
      await here.session.execute('CREATE TABLE Cased (a INT)')
      assert.equal(await here.session.describe('cased'), undefined)
      assert.equal(await here.session.describe('no_such_table'), undefined)
      assert.equal((await here.session.describe('Cased'))?.table, 'Cased')
      assert.deepEqual([...(await here.session.columnNames(['cased', 'Cased', 'no_such_table'])).keys()], ['Cased'])
      assert.equal(await here.session.describe('user'), undefined)
    })

    it('takes a prefix for itself, also where it has wildcards', async () => {
      await here.session.execute('CREATE TABLE `w_x%1` (a INT)')
      await here.session.execute('CREATE TABLE wax1 (a INT)')
      await here.session.execute('CREATE VIEW w_x_view AS SELECT 1')
      assert.deepEqual(await here.session.tablesLike('w_x'), ['w_x%1'])
      assert.deepEqual(await here.session.tablesLike('w_x%'), ['w_x%1'])
    })
  })
})
