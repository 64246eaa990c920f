import assert from 'node:assert/strict'
import type { Connection } from '../../../engine/db/connection.ts'
import { DatabaseError } from '../../../engine/errors.ts'
import { startOwn } from '../../helpers/servers/index.ts'
import { eventually, failureOf, into, madeRows, proxyTo, scene } from './helpers.ts'
import type { Scene } from './helpers.ts'

/** A statement that runs for long inside of the server, and would commit when it is done. */
const LONG = 'INSERT INTO outlived SELECT a.seq + SLEEP(0.0005) FROM seq_1_to_1000000 a'

describe('The end of a MySQL session', () => {
  let here: Scene
  before(async () => {
    here = await scene()
    await here.session.execute('CREATE TABLE outlived (v INT)')
  })
  after(() => here.end())

  const runs = async (session: Connection): Promise<boolean> => {
    const [row] = await here.session.query({ sql: "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE id = ? AND command = 'Query'", values: [Number(session.session)] })
    return row?.['n'] === 1
  }
  const lives = async (session: Connection): Promise<boolean> => {
    const [row] = await here.session.query({ sql: 'SELECT COUNT(*) AS n FROM information_schema.processlist WHERE id = ?', values: [Number(session.session)] })
    return row?.['n'] === 1
  }

  it('by abort is at once, with its reason, and ends the statement on the server too', async () => {
    const own = await here.connect()
    const reason = new Error('the lease was lost')
    const running = failureOf(own.execute(LONG))
    const queued = failureOf(own.query('SELECT 1'))
    await eventually('it runs', () => runs(own))
    own.abort(reason)
    assert.equal(await running, reason)
    assert.equal(await queued, reason)
    assert.equal(await failureOf(own.query('SELECT 1')), reason)
    assert.equal(await failureOf(own.transaction(async () => {})), reason)
    assert.equal(await failureOf(own.stream({ sql: 'SELECT 1' })), reason)
    assert.equal(await failureOf(own.load(into('outlived', 'v'), madeRows(1, (i) => [i]))), reason)
    own.abort(new Error('a second one changes nothing'))
    assert.equal(await failureOf(own.query('SELECT 1')), reason)
    await eventually('the server has let it go', async () => !await lives(own), 5)
    assert.deepEqual(await here.session.query('SELECT COUNT(*) AS n FROM outlived'), [{ n: 0 }])
    await own.close()
  })

  it('by abort works in a transaction, a stream and a load', async () => {
    const reason = new Error('stop')
    const inTransaction = await here.connect()
    const failing = failureOf(inTransaction.transaction(async () => {
      await inTransaction.execute('INSERT INTO outlived VALUES (1)')
      inTransaction.abort(reason)
      await inTransaction.execute('INSERT INTO outlived VALUES (2)')
    }))
    assert.equal(await failing, reason)

    const inStream = await here.connect()
    const reader = (await inStream.stream({ sql: 'SELECT seq FROM seq_1_to_10000000' })).rows.of[Symbol.asyncIterator]()
    await reader.next()
    inStream.abort(reason)
    assert.equal(await failureOf(Promise.resolve(reader.next())), reason)

    const inLoad = await here.connect()
    assert.equal(await failureOf(inLoad.load(into('outlived', 'v'), madeRows(10_000_000, (i) => { if (i === 50_000) inLoad.abort(reason); return [i] }))), reason)
    await eventually('the server has let them go', async () => !await lives(inTransaction) && !await lives(inStream) && !await lives(inLoad))
    await eventually('all is rolled back', async () => (await here.session.query('SELECT v FROM outlived LIMIT 1')).length === 0)
  })

  it('by a lost connection ends the statement on the server, which would have committed it', async () => {
    const proxy = await proxyTo(here.fresh.url)
    const own = await here.connect({}, proxy.url)
    const running = failureOf(own.execute(LONG))
    await eventually('it runs', () => runs(own))
    proxy.cut()
    const error = await running
    assert.ok(error instanceof DatabaseError && error.transient, error.stack)
    assert.equal(await failureOf(own.execute('DO 1')), error)
    await eventually('the server has let it go', async () => !await lives(own), 5)
    await proxy.close()
  })

  it('comes where a connection is dead without an end, as soon as the server is asked and knows it no more', async () => {
    const proxy = await proxyTo(here.fresh.url)
    const own = await here.connect({}, proxy.url, { lookSeconds: 0.2 })
    const running = failureOf(own.execute('DO SLEEP(60)'))
    await eventually('it runs', () => runs(own))
    proxy.stall()
    await here.session.execute(`KILL ${own.session}`)
    const error = await Promise.race([running, new Promise<string>((resolve) => { setTimeout(resolve, 30_000, 'it hangs') })])
    assert.ok(error instanceof DatabaseError && error.transient && error.code === 'STARLINE_SILENT', String(error))
    assert.match(error.message, /knows this session no more/)
    await proxy.close()
  })

  it('does not come for a statement that takes long', async () => {
    const own = await here.connect({}, here.fresh.url, { lookSeconds: 0.05 })
    assert.deepEqual(await own.query('SELECT SLEEP(1.5) AS slept'), [{ slept: 0 }])
  })

  it('spares the session that has the same number in a later life of the server', async () => {
    const server = await startOwn('mariadb')
    const there = await scene(server.url)
    const proxy = await proxyTo(there.fresh.url)
    const [own = there.session] = (await Promise.all(Array.from({ length: 20 }, () => there.connect({}, proxy.url)))).slice(-1)
    const unaware = failureOf(own.query('SELECT SLEEP(100)'))
    await eventually('it has lived for some seconds', async () => Number((await there.session.query("SHOW GLOBAL STATUS LIKE 'Uptime'"))[0]?.['Value']) > 4)
    proxy.stall()
    await server.kill('SIGKILL')
    await server.restart()
    const later = await Promise.all(Array.from({ length: Number(own.session) + 5 }, () => there.database.connect()))
    assert.ok(later.some((session) => session.session === own.session), 'a session has the number anew')
    const running = later.map((session) => session.query('SELECT SLEEP(1) AS slept'))
    own.abort(new Error('the old one'))
    assert.match((await unaware).message, /the old one/)
    for (const each of await Promise.all(running)) assert.deepEqual(each, [{ slept: 0 }])
    await there.end()
    await proxy.close()
    await server.stop()
  })

  it('by close leaves nothing behind, whether once, twice or after an end', async () => {
    const own = await here.connect()
    await own.close()
    await own.close()
    await eventually('the server has let it go', async () => !await lives(own))
    assert.match((await failureOf(own.query('SELECT 1'))).message, /the connection was closed/)
    const database = await here.open()
    const sessions = await Promise.all([database.connect(), database.connect()])
    await database.close()
    for (const session of sessions) await eventually('the server has let it go', async () => !await lives(session))
  })

  it('says that too many connections can be tried again', async () => {
    const server = await startOwn('mariadb', { args: ['--max-connections=10'] })
    const there = await scene(server.url)
    const many = await Promise.allSettled(Array.from({ length: 15 }, () => there.connect()))
    const refused = many.flatMap((each): unknown[] => each.status === 'rejected' ? [each.reason] : [])
    assert.ok(refused.length > 0, 'some were refused')
    for (const error of refused) assert.ok(error instanceof DatabaseError && error.transient && error.code === 'ER_CON_COUNT_ERROR', String(error))
    await there.end()
    await server.stop()
  })
})
