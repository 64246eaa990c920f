import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import type { Connection, LoadTarget } from '../../../engine/db/connection.ts'
import type { Row } from '../../../engine/db/flow.ts'
import type { Value } from '../../../engine/db/value-type.ts'
import { DatabaseError, DataError } from '../../../engine/errors.ts'
import { startOwn } from '../../helpers/servers/index.ts'
import { batchesOf, eventually, failureOf, into, madeRows, proxyTo, read, scene } from './helpers.ts'
import type { Scene } from './helpers.ts'
import { held } from '../../helpers/held.ts'

/** Rows one by one, with so many milliseconds before each. */
async function* slowRows(count: number, milliseconds: number): AsyncGenerator<readonly Row[]> {
  for (let i = 0; i < count; i += 1) {
    const until = performance.now() + milliseconds
    await eventually('the source has a row', () => performance.now() > until)
    yield [[i]]
  }
}

/** The server keeps the sign of a zero, but does not tell it in text. */
const comparable = ([s, b, f, i]: Row): unknown[] => [s, b instanceof Uint8Array ? Buffer.from(b).toString('hex') : b, f === 0 ? 0 : f, String(i)]

interface Way { readonly name: string, readonly here: Scene, readonly stop: () => Promise<void> }

/** The same is asked of both ways into a table: by LOAD DATA LOCAL, and by INSERTs where that is off. */
const ways: Way[] = []
for (const [name, args] of [['LOAD DATA LOCAL', []], ['INSERT', ['--local-infile=0', '--max-allowed-packet=1M']]] as const) {
  describe(`MySQL loads by ${name}`, () => suite(name, args))
}

function suite(name: string, args: readonly string[]): void {
  let here: Scene
  let session: Connection
  const byInfile = name !== 'INSERT'
  before(async () => {
    const server = byInfile ? undefined : await startOwn('mariadb', { args: [...args] })
    here = await scene(server?.url)
    session = here.session
    ways.push({ name, here, stop: async () => { await server?.stop() } })
  })
  after(async () => {
    await here.end()
    await ways.find((way) => way.name === name)?.stop()
  })

  const count = async (table: string): Promise<unknown> => (await session.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`))[0]?.n
  const table = async (columns: string): Promise<string> => {
    const made = `t_${Math.random().toString(36).slice(2)}`
    await session.execute(`CREATE TABLE ${made} (${columns}) DEFAULT CHARSET=utf8mb4`)
    return made
  }

  it('really goes that way', async () => {
    const made = await table('a INT')
    const before = await session.query<{ Value: string }>("SHOW SESSION STATUS LIKE 'Com_load'")
    assert.equal(await session.load(into(made, 'a'), batchesOf([[1], [2]])), 2)
    const after = await session.query<{ Value: string }>("SHOW SESSION STATUS LIKE 'Com_load'")
    assert.equal(Number(after[0]?.Value) - Number(before[0]?.Value), byInfile ? 1 : 0)
  })

  describe('values', () => {
    // declared                    the value that is sent                              what is read back, where it looks different
    const exact: readonly [string, Value, Value?][] = [
      ['INT', -2147483648], ['INT', '42', 42], ['INT', 7n, 7], ['INT', true, 1], ['TINYINT(1)', false, 0],
      ['BIGINT', 9223372036854775807n], ['BIGINT', '-9223372036854775808', -9223372036854775808n], ['BIGINT UNSIGNED', 18446744073709551615n],
      ['DECIMAL(65,30)', '-12345678901234567890123456789012345.123456789012345678901234567890'], ['DECIMAL(10,2)', '0.10'], ['DECIMAL(10,2)', 5, '5.00'],
      ['DOUBLE', 0.1], ['DOUBLE', 1e21], ['DOUBLE', -1.7976931348623157e308], ['DOUBLE', 5e-324], ['DOUBLE', 9876543.210987654], ['DOUBLE', 2 ** 53 + 2],
      ['FLOAT', Math.fround(0.1)], ['FLOAT', 16777216], ['FLOAT', Math.fround(3.4e38)],
      ['DATE', '1000-01-01'], ['DATE', '9999-12-31'], ['DATETIME(6)', '2024-02-29 23:59:59.999999'], ['DATETIME(6)', '1000-01-01 00:00:00', '1000-01-01 00:00:00.000000'],
      ['DATETIME', '2024-03-31', '2024-03-31 00:00:00'], ['DATETIME', '2024-03-31 02:30:00'], ['TIMESTAMP(6) NULL', '2024-03-31 02:30:00.123456'],
      ['TIME(3)', '-838:59:58.999'], ['YEAR', 1999], ['YEAR', '2155', 2155],
      ['BIT(1)', true, 1], ['BIT(1)', 0], ['BIT(12)', 0b101010101010], ['BIT(64)', 2n ** 64n - 1n], ['BIT(8)', '49', 49],
      ['VARCHAR(20)', ''], ['VARCHAR(20)', 'NULL'], ['VARCHAR(20)', '\\N'], ['VARCHAR(20)', '\\'], ['VARCHAR(20)', 'a\tb\nc\r\nd'], ['VARCHAR(20)', '\0\u0001\u001a\b'],
      ['VARCHAR(20)', '"\'`%_?;--'], ['VARCHAR(20)', 'trailing  '], ['VARCHAR(20)', ' \t '], ['VARCHAR(20)', 'é中😀\u{10FFFF}'], ['VARCHAR(20)', '\uFEFFbom\uFFFD'],
      ['CHAR(5)', 'é😀'], ['VARCHAR(20) CHARACTER SET latin1', 'café'], ['LONGTEXT', 'x'.repeat(200_000)], ['TEXT', '😀'.repeat(16_383)],
      ["ENUM('a','1','')", '1'], ["ENUM('a','1','')", ''], ["ENUM('x,y','it''s')", "it's"],
      ['VARBINARY(20)', Buffer.from([])], ['VARBINARY(20)', Buffer.from([0, 9, 10, 13, 39, 92, 255])], ['VARBINARY(20)', Buffer.from('NULL')], ['BINARY(2)', Buffer.from([1, 0])],
      ['BLOB', Buffer.from(Array.from({ length: 256 }, (_, i) => i))], ['VARBINARY(4)', new Uint8Array([1, 2, 3, 4]).subarray(1, 3), Buffer.from([2, 3])],
      ['JSON', '{"a": [1, "t\\tn\\n\\u0000"], "b": 12345678901234567890}'], ['UUID', '123e4567-e89b-12d3-a456-426655440000'],
    ]
    for (const [declared, value, expected = value] of exact) {
      const shown = value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString('hex').slice(0, 20)}` : JSON.stringify(typeof value === 'bigint' ? `${value}n` : value).slice(0, 40)
      it(`keeps ${shown} exactly in ${declared}`, async () => {
        const made = await table(`n INT, v ${declared} ${declared.includes('NULL') ? '' : 'NULL'}, z INT`)
        assert.equal(await session.load(into(made, 'n', 'v', 'z'), batchesOf([[1, value, 2], [2, null, 3]])), 2)
        const { rows } = await read(session, `SELECT n, ${declared === 'FLOAT' ? 'CAST(v AS DOUBLE) AS v' : 'v'}, z FROM ${made} ORDER BY n`)
        assert.deepEqual(rows, [[1, expected, 2], [2, null, 3]])
        await session.execute(`DROP TABLE ${made}`)
      })
    }

    it('keeps any text, any bytes, any double and any integer', async () => {
      const made = await table('n INT, s LONGTEXT COLLATE utf8mb4_bin, b LONGBLOB, f DOUBLE, i BIGINT')
      const row = fc.tuple(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: fc.constantFrom('\\', '\t', '\n', '\r', '\0', 'N', 'n', "'", '"', ',', ' ', '\u001a'), maxLength: 12 })),
        fc.uint8Array({ maxLength: 40 }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      )
      await fc.assert(fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 200 }), fc.integer({ min: 1, max: 50 }), async (rows, size) => {
        await session.execute(`DELETE FROM ${made}`)
        await session.load(into(made, 'n', 's', 'b', 'f', 'i'), batchesOf(rows.map((each, n) => [n, ...each]), size))
        const back = await read(session, `SELECT s, b, f, i FROM ${made} ORDER BY n`)
        assert.deepEqual(back.rows.map(comparable), rows.map(comparable))
      }), { numRuns: 40 })
    })

    it('fills the columns that it names, wherever they stand, and leaves the others to their defaults', async () => {
      const made = await table('a INT, `odd ``name` VARCHAR(5), b INT DEFAULT 9')
      await session.load(into(made, 'odd `name', 'a'), batchesOf([['x', 1]]))
      assert.deepEqual(await session.query(`SELECT * FROM ${made}`), [{ a: 1, 'odd `name': 'x', b: 9 }])
    })
  })

  describe('the gate', () => {
    // declared                        the value                                  what the refusal speaks of
    const refused: readonly [string, Value, RegExp][] = [
      ['INT', 'abc', /integer/i], ['INT', '12abc', /./], ['INT', 2147483648, /range/i], ['INT', '', /integer/i], ['INT UNSIGNED', -1, /range/i],
      ['DECIMAL(5,2)', '1000.00', /range/i], ['DECIMAL(5,2)', 'x', /decimal/i], ['DECIMAL(5,2)', '1.005', /truncated/i],
      ['DATE', '2024-02-30', /date|truncated/i], ['DATE', '0000-00-00', /date|range/i], ['DATETIME', 'yesterday', /datetime|truncated/i], ['DATE', '2024-01-01 10:00:00', /truncated/i],
      ['VARCHAR(3)', 'four', /too long|truncated/i], ['VARCHAR(3)', 'abc ', /truncated|too long/i], ['VARCHAR(5) CHARACTER SET latin1', '中', /incorrect string value/i],
      ['TINYTEXT', 'é'.repeat(128), /too long|incorrect string/i], ["ENUM('a','b')", 'c', /truncated/i], ['VARBINARY(2)', Buffer.from([1, 2, 3]), /too long|truncated/i],
      ['BIT(2)', 4, /too long|range/i], ['YEAR', 2156, /range/i], ['INT NOT NULL', null, /null/i], ['INT CHECK (v > 5)', 5, /constraint/i],
      ['JSON', '{no json', /constraint|json/i], ['UUID', 'none', /uuid/i], ['INT UNIQUE', 1, /duplicate/i], ['FLOAT', 1e300, /range/i],
    ]
    for (const [declared, value, words] of refused) {
      it(`refuses ${JSON.stringify(value)} for ${declared}, and nothing stays`, async () => {
        const made = await table(`n INT, v ${declared}`)
        const good: Row = [0, declared === 'INT UNIQUE' ? 1 : null]
        const rows: Row[] = declared.includes('NOT NULL') ? [[1, value]] : [good, [1, value]]
        const error = await failureOf(session.load(into(made, 'n', 'v'), batchesOf(rows)))
        assert.ok(error instanceof DataError, error.stack)
        assert.match(error.why ?? '', words)
        assert.equal(error.where, made)
        assert.equal(await count(made), 0)
        await session.execute(`DROP TABLE ${made}`)
      })
    }

    // What no gate would see: the server would change these without a word.
    const seenBefore: readonly [string, Value, RegExp][] = [
      ['CHAR(5)', 'a ', /drops the blanks/], ['BINARY(3)', Buffer.from([1]), /fills 1 bytes up/], ['VARCHAR(5)', 'a\ud800', /surrogate/], ['DOUBLE', NaN, /NaN/],
      ['DOUBLE', Infinity, /Infinity/], ['VARBINARY(9)', 'text', /only bytes/], ['VARCHAR(9)', Buffer.from('x'), /bytes only/], ['YEAR', 5, /takes 5 for another/], ['YEAR', '0', /takes 0 for another/],
    ]
    for (const [declared, value, words] of seenBefore) {
      it(`refuses what ${declared} would change without a word: ${words.source}`, async () => {
        const made = await table(`n INT, v ${declared}`)
        const error = await failureOf(session.load(into(made, 'n', 'v'), batchesOf([[0, null], [1, value]])))
        assert.ok(error instanceof DataError, error.stack)
        assert.match(error.message, words)
        assert.match(error.message, /^column v: row 2 can't be loaded as it is/)
        assert.equal(await count(made), 0)
      })
    }

    it('quotes no more than the first warnings', async () => {
      const made = await table('v INT')
      const error = await failureOf(session.load(into(made, 'v'), madeRows(5_000, (i) => [`bad ${i}`])))
      assert.ok(error instanceof DataError, error.stack)
      assert.ok(error.message.length < 1_000, error.message)
    })

    it('refuses a column that is not there, and a table that is not', async () => {
      const made = await table('v INT')
      const target: LoadTarget = into(made, 'v', 'w')
      assert.match((await failureOf(session.load(target, batchesOf([[1, 2]])))).message, /no such column/)
      assert.match((await failureOf(session.load(into('no_such_table', 'v'), batchesOf([[1]])))).message, /no such table/)
      assert.deepEqual(await session.query('SELECT 1 AS one'), [{ one: 1 }])
    })
  })

  describe('rows', () => {
    it('loads none', async () => {
      const made = await table('v INT')
      assert.equal(await session.load(into(made, 'v'), batchesOf([])), 0)
      assert.equal(await session.load(into(made, 'v'), (async function* () { yield []; yield [] })()), 0)
    })

    it('tells how many it has sent after each batch', async () => {
      const made = await table('v INT')
      const told: number[] = []
      assert.equal(await session.load(into(made, 'v'), madeRows(2_500, (i) => [i]), { onRows: (rows) => told.push(rows) }), 2_500)
      assert.deepEqual(told, [1_000, 2_000, 2_500])
    })

    it('loads rows larger than any buffer on the way', async () => {
      const made = await table('n INT, v LONGTEXT')
      const rows = [300_000, 10, 400_000, 0].map((length, n): Row => [n, '\t😀'.repeat(length / 10)])
      assert.equal(await session.load(into(made, 'n', 'v'), batchesOf(rows)), 4)
      assert.deepEqual((await read(session, `SELECT n, v FROM ${made} ORDER BY n`)).rows, rows)
    })

    it('loads 200,000 rows in flat memory, below the pace at which they could be made', async () => {
      const made = await table('n INT PRIMARY KEY, s VARCHAR(60), d DECIMAL(12,2), t DATETIME(6)')
      const seen: number[] = []
      const rows = madeRows(200_000, (i) => [i, `some text of number ${i}\twith a tab`, `${i}.25`, '2024-02-29 23:59:59.000001'])
      assert.equal(await session.load(into(made, 'n', 's', 'd', 't'), rows, { onRows: (sent) => { if (sent % 20_000 === 0) seen.push(held()) } }), 200_000)
      const [sums] = await session.query(`SELECT COUNT(*) AS n, SUM(n) AS s, SUM(d) AS d FROM ${made}`)
      assert.deepEqual(sums, { n: 200_000, s: '19999900000', d: '19999950000.00' })
      const [first = NaN] = seen
      assert.ok(seen.length > 5 && Math.max(...seen) - first < 20, `MB held on the way: ${seen.map(Math.round).join(', ')}`)
    })

  })

  describe('errors of the source', () => {
    it('rolls back and throws the very error of the source, at the first row and after many', async () => {
      const lost = new DatabaseError('the server closed the connection', { where: 'the source', code: 'PROTOCOL_CONNECTION_LOST', transient: true })
      for (const [good, reason] of [[0, new Error('the source broke')], [1, new Error('the source broke')], [50_000, new Error('the source broke')], [50_000, lost]] as const) {
        const made = await table('v INT')
        const failing = async function* (): AsyncGenerator<readonly Row[]> {
          yield* madeRows(good, (i) => [i])
          throw reason
        }
        assert.equal(await failureOf(session.load(into(made, 'v'), failing())), reason)
        assert.equal(await count(made), 0)
        assert.deepEqual(await session.query('SELECT @@in_transaction AS open'), [{ open: 0 }])
      }
    })

    it('closes the source whatever happens', async () => {
      const made = await table('v INT')
      const closed: string[] = []
      const source = async function* (what: string, value: Value): AsyncGenerator<readonly Row[]> {
        try {
          for (;;) yield [[value]]
        } finally {
          closed.push(what)
        }
      }
      await failureOf(session.load(into(made, 'v'), source('bad value', NaN)))
      await failureOf(session.load(into('no_such_table', 'v'), (async function* () { yield* source('never begun', 1) })()))
      const control = new AbortController()
      await failureOf(session.load(into(made, 'v'), source('stopped', 1), { signal: control.signal, onRows: (rows) => { if (rows > 100) control.abort(new Error('stop')) } }))
      assert.deepEqual(closed, ['bad value', 'stopped'])
    })

    it('stops with the signal’s own reason, also while the source is stuck', async () => {
      const made = await table('v INT')
      const reason = new Error('Ctrl-C')
      const control = new AbortController()
      const stuck = async function* (): AsyncGenerator<readonly Row[]> {
        yield [[1]]
        setImmediate(() => control.abort(reason))
        await new Promise(() => {})
      }
      assert.equal(await failureOf(session.load(into(made, 'v'), stuck(), { signal: control.signal })), reason)
      assert.equal(await failureOf(session.load(into(made, 'v'), batchesOf([[1]]), { signal: AbortSignal.abort(reason) })), reason)
      assert.equal(await count(made), 0)
    })

    it('has the session to itself', async () => {
      const made = await table('v INT')
      let error: Error | undefined
      const curious = async function* (): AsyncGenerator<readonly Row[]> {
        error = await failureOf(session.query('SELECT 1'))
        yield [[1]]
      }
      assert.equal(await session.load(into(made, 'v'), curious()), 1)
      assert.match(error?.message ?? '', /busy: a table is loaded/)
    })

    it('is part of the transaction around it', async () => {
      const made = await table('v INT')
      await failureOf(session.transaction(async () => {
        await session.load(into(made, 'v'), batchesOf([[1]]))
        throw new Error('no')
      }))
      assert.equal(await count(made), 0)
      await session.transaction(async () => { await session.load(into(made, 'v'), batchesOf([[1]])) })
      assert.equal(await count(made), 1)
    })
  })

  describe('errors of the database', () => {
    it('errors when its session is killed midway, and nothing stays', async () => {
      const made = await table('v INT')
      const own = await here.connect({}, here.fresh.url, { lookSeconds: 0.5 })
      const source = async function* (): AsyncGenerator<readonly Row[]> {
        for (let i = 0; ; i += 1) {
          if (i === 200) await session.execute(`KILL ${own.session}`)
          yield Array.from({ length: 1_000 }, (_, at): Row => [i * 1_000 + at])
        }
      }
      const error = await failureOf(own.load(into(made, 'v'), source()))
      assert.ok(error instanceof DatabaseError && error.transient, error.stack)
      assert.equal(await failureOf(own.query('SELECT 1')), error)
      await eventually('it is rolled back', async () => await count(made) === 0)
    })

    it('asks for no more when the database takes nothing, and gives up after the idle seconds', async () => {
      const made = await table('v INT')
      const proxy = await proxyTo(here.fresh.url)
      const own = await here.connect({}, proxy.url)
      let given = 0
      const source = madeRows(20_000_000, (i) => {
        if (i === 100_000) proxy.freeze()
        given = i
        return [i]
      })
      const error = await failureOf(own.load(into(made, 'v'), source, { idleSeconds: 0.7 }))
      assert.ok(given >= 100_000 && given < 5_000_000, `${given} rows were asked for`)
      assert.ok(error instanceof DatabaseError && error.transient && error.code === 'STARLINE_IDLE', error.stack)
      await proxy.close()
      await eventually('it is rolled back', async () => await count(made) === 0)
    })

    it('waits for a slow source as long as it takes', async () => {
      const made = await table('v INT')
      assert.equal(await session.load(into(made, 'v'), slowRows(3, 500), { idleSeconds: 0.3 }), 3)
    })
  })
}

describe('MySQL loads where the server is not to be trusted', () => {
  it('give a server that asks for another file nothing, neither the file nor the rows', async () => {
    const here = await scene()
    await here.session.execute('CREATE TABLE etl (v VARCHAR(100))')
    const rogue = await proxyTo(here.fresh.url, (bytes) => {
      const at = bytes.indexOf('starline/rows')
      return at < 0 ? bytes : Buffer.concat([bytes.subarray(0, at), Buffer.from('/etc/./group'), bytes.subarray(at + 12)])
    })
    const own = await here.connect({}, rogue.url)
    const before = rogue.sent
    const error = await failureOf(own.load(into('etl', 'v'), madeRows(1_000, () => ['x'.repeat(100)])))
    assert.match(error.message, /asked for a file that nobody offered.*\/etc\/\.\/group/)
    assert.ok(rogue.sent - before < 2_000, `${rogue.sent - before} bytes went to the server`)
    assert.deepEqual(await here.session.query('SELECT COUNT(*) AS n FROM etl'), [{ n: 0 }])
    await rogue.close()
    await here.end()
  })

  it('give a server that asks for a file where none was spoken of nothing', async () => {
    const here = await scene()
    const bait = Buffer.from('bait-that-is-as-long-as-need-be')
    const rogue = await proxyTo(here.fresh.url, (bytes) => {
      if (!bytes.includes(bait)) return bytes
      const path = Buffer.from('\u00fb/etc/passwd', 'latin1')
      return Buffer.concat([Buffer.from([path.length, 0, 0, 1]), path])
    })
    const own = await here.connect({}, rogue.url)
    const before = rogue.sent
    await failureOf(own.query(`SELECT '${bait.toString()}' AS v`))
    assert.ok(rogue.sent - before < 200, `${rogue.sent - before} bytes went to the server`)
    await rogue.close()
    await here.end()
  })

  it('falls back to INSERTs where LOAD DATA LOCAL was switched off meanwhile, with every row', async () => {
    const server = await startOwn('mariadb')
    const here = await scene(server.url)
    await here.session.execute('CREATE TABLE t (v INT)')
    await here.session.execute('SET GLOBAL local_infile = 0')
    assert.equal(await here.session.load(into('t', 'v'), madeRows(2_500, (i) => [i])), 2_500)
    assert.deepEqual(await here.session.query('SELECT COUNT(*) AS n, MAX(v) AS most FROM t'), [{ n: 2_500, most: 2_499 }])
    await here.end()
    await server.stop()
  })

  it('errors when the server is killed midway', async () => {
    const server = await startOwn('mariadb')
    const here = await scene(server.url)
    await here.session.execute('CREATE TABLE t (v INT)')
    let kill: Promise<void> | undefined
    const error = await failureOf(here.session.load(into('t', 'v'), madeRows(100_000_000, (i) => {
      if (i === 100_000) kill = server.kill('SIGKILL')
      return [i]
    })))
    assert.ok(kill, 'kill')
    await kill
    assert.ok(error instanceof DatabaseError && error.transient, error.stack)
    await here.end()
    await server.stop()
  })
})
