import assert from 'node:assert/strict'
import { deferred } from '../../engine/db/waiting.ts'
import { openDatabase } from '../../engine/db/open.ts'
import { create, defineConfig, scd1, source } from '../../engine/index.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { proxyTo } from '../db/mysql/helpers.ts'
import { until } from '../helpers/servers/machine.ts'
import { freshDatabase, mariadb, startOwn } from '../helpers/servers/index.ts'
import { withConnection } from '../helpers/servers/mariadb.ts'
import { loadAll } from '../helpers/refresh.ts'
import { inside, newStar } from './star.ts'
import type { Star } from './star.ts'

interface Session { readonly id: number; readonly info: string | null }

/** What is under way in a star's database. */
async function sessionsOf(star: Star): Promise<readonly Session[]> {
  const database = new URL(star.warehouse).pathname.slice(1)
  return withConnection((await mariadb()).url, async (connection) => {
    const [rows] = await connection.query('SELECT id AS id, info AS info FROM information_schema.processlist WHERE db = ?', [database])
    return rows as unknown as Session[] // oxlint-disable-line typescript/no-unsafe-type-assertion
  })
}

const find = (star: Star, like: RegExp): Promise<Session> =>
  until(`a session runs ${like}`, async () => (await sessionsOf(star)).find(({ info }) => info !== null && like.test(info)), 20_000)

describe('a publish on MariaDB', () => {
  let star: Star
  beforeEach(async () => {
    star = await newStar('MariaDB')
    await star.load()
    await star.load()
  })
  afterEach(() => star.remove())

  /** Begins a run that can't publish while a reader is in a live table; does `work` while it waits. */
  async function whileWaiting(work: (endReader: () => Promise<void>) => Promise<void>): ReturnType<Star['run']> {
    return withConnection((await mariadb()).url, async (reader) => {
      await reader.query(`USE \`${new URL(star.warehouse).pathname.slice(1)}\``)
      await reader.query('START TRANSACTION')
      await reader.query('SELECT COUNT(*) FROM sale_fact')
      const running = star.run()
      await find(star, /^RENAME TABLE/)
      await work(async () => { await reader.query('ROLLBACK') })
      return running
    })
  }

  it('waits for a reader who is in a live table', async () => {
    const { code, said } = await whileWaiting((endReader) => endReader())
    assert.equal(code, 0, said)
  })

  it('looks what was done with another session where its own is killed', async () => {
    const first = await star.live()
    const begun = performance.now()
    const { code, said } = await whileWaiting(async (endReader) => {
      const { id } = await find(star, /^RENAME TABLE/)
      await withConnection((await mariadb()).url, (connection) => connection.query(`KILL CONNECTION ${id}`))
      await endReader()
    })
    assert.equal(code, 0, said)
    assert.ok(performance.now() - begun < 20_000, 'a dead session was asked again and again')
    assert.equal(await star.live(), first)
    assert.deepEqual(await star.leftovers(), [])
  })

  it('has succeeded, also where what it replaced can\'t be cleared away', async () => {
    const [old] = await star.rows("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'school\\_dim\\_\\_o%'")
    await star.execute(`CREATE TABLE child (k INT, FOREIGN KEY (k) REFERENCES ${String(old?.['name'])} (school_key))`)
    await star.load()
    await star.execute('DROP TABLE child')
    await star.load()
    const left = await star.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'school\\_dim\\_\\_%'")
    assert.equal(left.length, 1)
  })
})

describe('a refresh on MariaDB', () => {
  it('hears that its session is lost with its next heartbeat', async () => {
    const star = await newStar('MariaDB')
    const database = await openDatabase(star.warehouse)
    try {
      const lost = deferred<Error>()
      const refresh = await openRefresh(database, { held: true, asked: 'test', leaseSeconds: 1, onLost: lost.resolve })
      const [session] = await sessionsOf(star)
      await withConnection((await mariadb()).url, (connection) => connection.query(`KILL CONNECTION ${session?.id}`))
      assert.match((await lost.promise).message, /closed the connection|was lost/)
      await refresh.leave()
    } finally {
      await database.close()
      star.remove()
    }
  })

  it('errors within the patience that it was opened with where its connection is dead without an end', async () => {
    const star = await newStar('MariaDB')
    const proxy = await proxyTo(star.warehouse)
    const database = await openDatabase(proxy.url, { idleSeconds: 0.6 })
    try {
      const session = await database.connect()
      const begun = performance.now()
      const failed = assert.rejects(session.execute('DO SLEEP(60)'), { code: 'STARLINE_SILENT' })
      await find(star, /^DO SLEEP/)
      proxy.stall()
      await withConnection((await mariadb()).url, (connection) => connection.query(`KILL CONNECTION ${session.session}`))
      await failed
      assert.ok(performance.now() - begun < 15_000)
      assert.equal(session.isOpen, false)
    } finally {
      await database.close()
      await proxy.close()
      star.remove()
    }
  })

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
