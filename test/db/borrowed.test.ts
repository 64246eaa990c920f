import assert from 'node:assert/strict'
import { borrow } from '../../engine/db/connection.ts'
import type { Connection } from '../../engine/db/connection.ts'
import { until } from '../helpers/servers/machine.ts'
import { onEveryServer } from '../helpers/warehouses.ts'

onEveryServer('a borrowed session', ({ database, another }) => {
  /** Who comes after somebody who did this: the same session, or another one. */
  async function after(work: (session: Connection) => Promise<unknown>): Promise<{ readonly before: string; readonly next: Connection }> {
    const first = await borrow(database())
    await work(first)
    await first.close()
    return { before: first.session, next: await borrow(database()) }
  }

  const nothingStays: Readonly<Record<string, (session: Connection) => Promise<unknown>>> = {
    'a statement': (session) => session.query('SELECT 1 AS one'),
    'a transaction': (session) => session.transaction(() => session.query('SELECT 1 AS one')),
    'a lock that it gave back': async (session) => {
      assert.equal(await session.lock('borrowed'), true)
      await session.unlock('borrowed')
    },
  }
  for (const [what, work] of Object.entries(nothingStays)) {
    it(`is the next one's after ${what}`, async () => {
      const { before, next } = await after(work)
      assert.equal(next.session, before)
      assert.deepEqual(await next.query('SELECT 2 AS two'), [{ two: 2 }])
      await next.close()
    })
  }

  const somethingStays: Readonly<Record<string, (session: Connection) => Promise<unknown>>> = {
    'a lock that it kept': (session) => session.lock('borrowed'),
    'a statement that failed': (session) => session.query('SELECT nothing FROM nowhere').catch(() => undefined),
    'a transaction that failed': (session) => session.transaction(() => session.query('SELECT nothing FROM nowhere')).catch(() => undefined),
    'a stream that nobody read': (session) => session.stream({ sql: 'SELECT 1 AS one' }),
    'a statement that goes on': async (session) => { session.query('SELECT 1 AS one').catch(() => undefined) },
    'its end': async (session) => session.abort(new Error('enough')),
  }
  for (const [what, work] of Object.entries(somethingStays)) {
    it(`is nobody's after ${what}`, async () => {
      const { before, next } = await after(work)
      assert.notEqual(next.session, before)
      assert.deepEqual(await next.query('SELECT 2 AS two'), [{ two: 2 }])
      await until('the lock is free', async () => await next.lock('borrowed') || undefined)
      await next.unlock('borrowed')
      await next.close()
    })
  }

  it('is over for whoever gave it back, and goes on for the next one', async () => {
    const first = await borrow(database())
    await first.close()
    const second = await borrow(database())
    assert.equal(second.session, first.session)
    assert.equal(first.isOpen, false)
    first.abort(new Error('too late'))
    await first.close()
    await assert.rejects(first.query('SELECT 1 AS one'), /the connection was closed/)
    await assert.rejects(first.transaction(async () => undefined), /the connection was closed/)
    assert.deepEqual(await second.query('SELECT 2 AS two'), [{ two: 2 }])
    await second.close()
  })

  it('is replaced where the server has ended it meanwhile', async () => {
    const first = await borrow(database())
    await first.lock('borrowed')
    await first.unlock('borrowed')
    await first.close()
    const killer = await another()
    await killer.execute(killer.dialect.name === 'mysql' ? `KILL CONNECTION ${Number(first.session)}` : `SELECT pg_terminate_backend(${Number(first.session)})`)
    const next = await borrow(database())
    assert.notEqual(next.session, first.session)
    assert.deepEqual(await next.query('SELECT 2 AS two'), [{ two: 2 }])
    await next.close()
  })

  it('is never one that was connected, nor the other way round', async () => {
    const own = await database().connect()
    await own.close()
    const borrowed = await borrow(database())
    assert.notEqual(borrowed.session, own.session)
    await borrowed.close()
    const later = await database().connect()
    assert.notEqual(later.session, borrowed.session)
    await later.close()
  })
})
