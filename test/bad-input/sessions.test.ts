import assert from 'node:assert/strict'
import { deferred } from '../../engine/db/waiting.ts'
import { openDatabase } from '../../engine/db/open.ts'
import { create, defineConfig, scd1, source } from '../../engine/index.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { proxyTo } from '../db/mysql/helpers.ts'
import { until } from '../helpers/servers/machine.ts'
import { freshDatabase, mariadb, startOwn } from '../helpers/servers/index.ts'
import { withConnection } from '../helpers/servers/mariadb.ts'
import { withPostgres } from '../helpers/servers/postgres.ts'
import { loadAll } from '../helpers/refresh.ts'
import { inside } from '../helpers/inside.ts'
import { kinds, newStar, sales } from './star.ts'
import type { Star } from './star.ts'

interface Session { readonly id: number; readonly info: string | null }

/** How a database server shows and ends its sessions. DuckDB has none: whoever is in its file is this very process. */
interface Server {
  /** Every session in the star's database, and what it is at work on. */
  sessions(star: Star): Promise<readonly Session[]>
  end(star: Star, id: number | string): Promise<void>
  /** A publish that waits for a reader. */
  readonly publishing: RegExp
  /** Sleeps for a minute. */
  readonly sleep: string
  /** Reads in a transaction, and does the work before it ends. */
  reading<T>(star: Star, work: (endReader: () => Promise<void>) => Promise<T>): Promise<T>
}

const SERVERS: Readonly<Record<'MariaDB' | 'PostgreSQL', Server>> = {
  MariaDB: {
    publishing: /^RENAME TABLE/,
    sleep: 'DO SLEEP(60)',
    async sessions({ warehouse }) {
      return withConnection((await mariadb()).url, async (connection) => {
        const [rows] = await connection.query('SELECT id AS id, info AS info FROM information_schema.processlist WHERE db = ?', [databaseOf(warehouse)])
        return rows as unknown as Session[] // oxlint-disable-line typescript/no-unsafe-type-assertion
      })
    },
    async end(_star, id) {
      await withConnection((await mariadb()).url, (connection) => connection.query(`KILL CONNECTION ${id}`))
    },
    async reading(star, work) {
      return withConnection((await mariadb()).url, async (reader) => {
        await reader.query(`USE \`${databaseOf(star.warehouse)}\``)
        await reader.query('START TRANSACTION')
        await reader.query('SELECT COUNT(*) FROM sale_fact')
        return work(async () => { await reader.query('ROLLBACK') })
      })
    },
  },
  PostgreSQL: {
    publishing: /^waits: /,
    sleep: 'SELECT pg_sleep(60)',
    sessions: ({ warehouse }) => withPostgres(warehouse, async (client) => {
      const { rows } = await client.query<Session>(`SELECT pid AS id, CASE WHEN wait_event_type = 'Lock' THEN 'waits: ' ELSE '' END || query AS info
        FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
      return rows
    }),
    end: ({ warehouse }, id) => withPostgres(warehouse, async (client) => { await client.query('SELECT pg_terminate_backend($1)', [Number(id)]) }),
    reading: (star, work) => withPostgres(star.warehouse, async (reader) => {
      await reader.query('BEGIN')
      await reader.query('SELECT COUNT(*) FROM sale_fact')
      return work(async () => { await reader.query('ROLLBACK') })
    }),
  },
}

const databaseOf = (url: string): string => new URL(url).pathname.slice(1)

for (const [kind, server] of Object.entries(SERVERS)) {
  const find = (star: Star, like: RegExp): Promise<Session> =>
    until(`a session runs ${like}`, async () => (await server.sessions(star)).find(({ info }) => info !== null && like.test(info)), 20_000)

  describe(`a publish on ${kind}`, () => {
    let star: Star
    beforeEach(async () => {
      star = await newStar(kind as keyof typeof SERVERS)
      await star.load()
      await star.load()
    })
    afterEach(() => star.remove())

    /** Begins a run that can't publish while a reader is in a live table; does `work` while it waits. */
    const whileWaiting = (work: (endReader: () => Promise<void>) => Promise<void>): ReturnType<Star['run']> => server.reading(star, async (endReader) => {
      const running = star.run()
      await find(star, server.publishing)
      await work(endReader)
      return running
    })

    it('waits for a reader who is in a live table', async () => {
      const { code, said } = await whileWaiting((endReader) => endReader())
      assert.equal(code, 0, said)
    })

    it('looks what was done with another session where its own is killed', async () => {
      const first = await star.live()
      const begun = performance.now()
      const { code, said } = await whileWaiting(async (endReader) => {
        const { id } = await find(star, server.publishing)
        await server.end(star, id)
        await endReader()
      })
      assert.equal(code, 0, said)
      assert.ok(performance.now() - begun < 20_000, 'a dead session was asked again and again')
      assert.equal(await star.live(), first)
      assert.deepEqual(await star.leftovers(), [])
    })
  })

  describe(`a refresh on ${kind}`, () => {
    it('hears that its session is lost with its next heartbeat', async () => {
      const star = await newStar(kind as keyof typeof SERVERS)
      const database = await openDatabase(star.warehouse)
      try {
        const lost = deferred<Error>()
        const refresh = await openRefresh(database, { held: true, asked: 'test', leaseSeconds: 1, onLost: lost.resolve })
        for (const { id } of await server.sessions(star)) await server.end(star, id)
        assert.match((await lost.promise).message, /closed the connection|was lost|terminating connection/)
        await refresh.leave()
      } finally {
        await database.close()
        star.remove()
      }
    })

    it('errors within the patience that it was opened with where its connection is dead without an end', async () => {
      const star = await newStar(kind as keyof typeof SERVERS)
      const proxy = await proxyTo(star.warehouse)
      const database = await openDatabase(proxy.url, { idleSeconds: 0.6 })
      try {
        const session = await database.connect()
        const begun = performance.now()
        const failed = assert.rejects(session.execute(server.sleep), { code: 'STARLINE_SILENT' })
        await find(star, new RegExp(`^(?:waits: )?${server.sleep.replaceAll(/[()]/g, '\\$&')}`))
        proxy.stall()
        await server.end(star, session.session)
        await failed
        assert.ok(performance.now() - begun < 15_000)
        assert.equal(session.isOpen, false)
      } finally {
        await database.close()
        await proxy.close()
        star.remove()
      }
    })
  })
}

for (const kind of kinds) {
  describe(`a publish to ${kind}`, () => {
    it('has succeeded, also where what it replaced can\'t be cleared away', async () => {
      const star = await newStar(kind)
      await star.load()
      await star.load()
      const old = async (): Promise<readonly string[]> => (await inside(star.warehouse, (session) => session.tablesLike('school_dim__')))
      const [replaced] = await old()
      await star.execute(`CREATE TABLE child (k INT, FOREIGN KEY (k) REFERENCES ${replaced} (school_key))`)
      await star.load()
      await star.execute('DROP TABLE child')
      await star.load()
      assert.equal((await old()).length, 1)
      star.remove()
    })
  })
}

/** No server, so no session that somebody could end, or that could fall silent; and no lock that a publish waits for. */
describe('a publish on DuckDB', () => {
  it('waits for no reader: one who is in a live table sees it as it was until its transaction ends', async () => {
    const star = await newStar('DuckDB')
    await star.load()
    const count = 'SELECT COUNT(*) AS n FROM sale_fact'
    await inside(star.warehouse, async (reader) => {
      await reader.transaction(async () => {
        assert.deepEqual(await reader.query(count), [{ n: 3 }])
        await star.load({ sales: `${sales} WHERE s.id <> '3'` })
        assert.deepEqual(await reader.query(count), [{ n: 3 }])
      })
      assert.deepEqual(await reader.query(count), [{ n: 2 }])
    })
    star.remove()
  })
})

/** What only MySQL and MariaDB have: tables in memory with a limit, and a limit of one statement. */
describe('a refresh on MariaDB', () => {
  it('is told the way out where the server has no room left', async () => {
    const star = await newStar('MariaDB')
    const full = inside(star.warehouse, async (session) => {
      await session.execute('SET SESSION max_heap_table_size = 16384')
      await session.execute('CREATE TABLE narrow (t CHAR(255)) ENGINE=MEMORY')
      await session.execute('INSERT INTO narrow SELECT column_name FROM information_schema.columns')
    })
    await assert.rejects(full, { what: 'the server has no room left', wayOut: /make room/ })
    star.remove()
  })

  it('is told the way out where a row is larger than the server takes', async () => {
    const server = await startOwn('mariadb', { args: ['--local-infile=0', '--max-allowed-packet=1M'] })
    try {
      const { url } = await freshDatabase('small', server.url)
      const school = scd1({
        source: source<{ school_id: number; name: string }>("SELECT 7 AS school_id, repeat('x', 2000000) AS name"),
        create: create<string>('CREATE TABLE school_dim (\n school_key KEY,\n school_id INT NOT NULL,\n name LONGTEXT\n)'),
        key: 'school_key', lookup: ['school_id'],
      })
      const report = await loadAll(defineConfig({ source: 'files:.', warehouse: url, logs: false, dimensions: { school }, facts: {} }))
      const error = report.etls[0]?.error
      assert.match(String(error?.message), /dimension school, table school_dim.*row 1 is larger than the server takes.*raise the server's max_allowed_packet/)
      assert.doesNotMatch(String(error?.message), /collation/)
    } finally {
      await server.stop()
    }
  })
})
