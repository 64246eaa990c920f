import assert from 'node:assert/strict'
import type { Queue } from 'bullmq'
import type { FurtherRange } from '../../engine/db/flow.ts'
import { FencedError } from '../../engine/errors.ts'
import type { RunContext } from '../../engine/etl/context.ts'
import type { RangeCounts } from '../../engine/etl/etl.ts'
import type { Entry } from '../../engine/etl/registry.ts'
import { sharingOf } from '../../engine/etl/sharing.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import { silent } from '../../engine/log.ts'
import { openLedger } from '../../engine/publish/ledger.ts'
import { lockRange } from '../../engine/publish/range-locks.ts'
import { enterRanges } from '../../engine/publish/ranges.ts'
import { helpersOf } from '../../engine/queue/helpers.ts'
import { source } from '../../engine/source/sql.ts'
import { create } from '../../engine/sql/define-create.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

const counted: RangeCounts = { read: 1, rejected: 0, staged: 1, notFound: {}, looked: 1, tried: [] }

const queue = { addBulk: () => Promise.resolve([]), remove: () => Promise.resolve(0) } as unknown as Queue

const away = { addBulk: () => Promise.reject(new Error('it is away')), remove: () => Promise.resolve(0) } as unknown as Queue

const range = (number: number): FurtherRange => ({ terms: { range: number, condition: '1 = 1', words: { by: 'id', values: '1 to 2' }, statement: '' }, open: () => assert.fail('nobody opens it'), leave: () => Promise.resolve() })

onEveryWarehouse('the ranges of a run that others may take', ({ connection, another, database }) => {
  const etl = transaction({ source: source<{ id: number }>('SELECT 1'), create: create<string>('CREATE TABLE sale_fact (\n id INT NOT NULL\n)'), keys: {} })
  const entry: Entry = { type: 'fact', name: 'sale', etl }

  it('are those of this run alone, each is had once, and one that the ledger knows no more is no reason to wait', async () => {
    const late = await another()
    let looks = 0
    // Who has a range lets go of it after the second look.
    const session = new Proxy(connection(), {
      get(inner, name) {
        const member: unknown = Reflect.get(inner, name, inner)
        if (typeof member !== 'function') return member
        if (name !== 'holderOf') return member.bind(inner) as unknown
        return async (lock: string) => {
          const holder = await inner.holderOf(lock)
          if (holder === late.session && (looks += 1) === 2) await late.unlock(lock)
          return holder
        }
      },
    })
    const { knex, now, after } = session.dialect
    await openLedger(session)
    await session.execute(knex('etl_target').insert({ target: 'sale_fact', fence: 2, last_key: 0 }))
    await session.execute(knex('etl_run').insert({ run_id: 'run-2', request_key: 'r-1 fact sale', refresh: 'r-1', target: 'sale_fact', etl_type: 'fact', etl_name: 'sale', fence: 2, status: 'running', started_at: knex.raw(now) }))
    await enterRanges(session, { runId: 'run-1', target: 'sale_fact' }, [{ range: 1, reading: {} }])
    await enterRanges(session, { runId: 'run-x', target: 'other_fact' }, [{ range: 1, reading: {} }])
    const { signal } = new AbortController()
    const noted: string[] = []
    const note = (_: string, { event }: Readonly<Record<string, unknown>> = {}): void => { noted.push(String(event)) }
    const context = {
      config: { source: 'mysql://host/shop', sources: {} }, warehouse: database(), worker: 'w', signal, log: { ...silent, info: note, warn: note }, refresh: { id: 'r-1' },
      helpers: [queue, away].map((each) => ({ ...helpersOf('r-1', { of: () => each }), areWorthwhile: () => Promise.resolve(true) })),
    } as unknown as RunContext
    const sharing = sharingOf(entry, context, session, etl.create.definition(session.dialect.name), { runId: 'run-2', fence: 2, lastKey: 0, lastRows: undefined, time: '2024-01-01 00:00:00', live: undefined })!
    const entries = () => session.query(knex('etl_range').orderBy(['run', 'part']).select('run', 'part'))
    assert.equal(await sharing.isWorthwhile(), false, 'nobody else is at work')
    await session.execute(knex('etl_worker').insert({ worker: 'x', queues: '["default"]', lease: knex.raw(after(60)) }))
    assert.equal(await sharing.isWorthwhile(), true)
    assert.equal(await sharing.offer([range(1), range(2)], { begun: Promise.resolve(), signal, tell() {} }), true)
    assert.deepEqual(noted.toSorted(), ['ranges-not-offered', 'ranges-offered'])
    assert.deepEqual(await entries(), [{ run: 'run-2', part: 1 }, { run: 'run-2', part: 2 }, { run: 'run-x', part: 1 }])
    const take = (number: number) => sharing.take(number, () => Promise.resolve(counted), signal)
    assert.deepEqual(await take(1), counted)
    assert.equal(await take(1), undefined, 'it is done')
    await session.execute(knex('etl_range').where({ run: 'run-2', part: 2 }).delete())
    await assert.rejects(take(2), (error) => error instanceof FencedError && /range 2 of run run-2: .*does not know the range any more/.test(error.message))
    assert.equal(await take(1), undefined)
    await session.execute(knex('etl_run').where({ run_id: 'run-2' }).update({ status: 'abandoned' }))
    await assert.rejects(take(2), FencedError)
    await lockRange(late, 'sale_fact', 3)
    await sharing.end(true)
    assert.deepEqual(await late.query('SELECT 1 AS one'), [{ one: 1 }], 'who is about to let go is not ended')
    assert.deepEqual(await entries(), [{ run: 'run-x', part: 1 }])
  })
})
