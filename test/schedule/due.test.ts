import assert from 'node:assert/strict'
import type { Connection, Database } from '../../engine/db/connection.ts'
import { openLedger } from '../../engine/publish/ledger.ts'
import { takeTicks } from '../../engine/schedule/due.ts'
import type { Came } from '../../engine/schedule/due.ts'
import { enterSchedule, pauseSchedule, schedulesIn } from '../../engine/schedule/ledger.ts'
import { task } from '../../engine/schedule/scheduled-task.ts'
import type { TaskSpec } from '../../engine/schedule/scheduled-task.ts'
import { inside } from '../helpers/inside.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

const all = { task: 'refreshDataWarehouse' }

let warehouse: Database

/** Looks at the schedules as a worker does, at a time of ours. */
const look = async (session: Connection, at: string, asked: { task: string; only?: readonly string[] } = all): Promise<readonly Came[]> =>
  takeTicks(session, { warehouse, orderOf: () => ({ asked, wanted: [], leaseSeconds: 900 }), clock: () => Promise.resolve(new Date(at)) })

const told = (came: readonly Came[]): string[] => came.map(({ name, what, tick, refresh, leftOut }) => [name, what, tick.toISOString().slice(0, 16), refresh ?? '', leftOut].join(' ').trim())

/** Enters a schedule whose ticks are due from a time of ours on. */
async function declare(session: Connection, name: string, from: string, spec: TaskSpec): Promise<void> {
  const { knex, timestamp } = session.dialect
  await openLedger(session)
  await enterSchedule(session, name, task(spec))
  await session.execute(knex('etl_schedule').where({ name }).update({ due_after: knex.raw(timestamp(from)) }))
}

const refreshes = async (session: Connection): Promise<string[]> =>
  (await session.query<{ id: string }>(session.dialect.knex('etl_refresh').orderBy('id').select('id'))).map(({ id }) => id)
const end = async (session: Connection): Promise<void> => void await session.execute(session.dialect.knex('etl_refresh').update({ status: 'succeeded' }))
const lastOf = async (session: Connection) => (await schedulesIn(session)).map(({ last }) => last === undefined ? undefined : { ...last, tick: last.tick.toISOString() })

onEveryWarehouse('a schedule whose time has come', ({ connection, database, url }) => {
  beforeEach(() => { warehouse = database() })

  it('asks for its refresh once, at midnight where its clocks are, on either side of a change', async () => {
    const session = connection()
    await declare(session, 'nightly', '2024-03-09 12:00:00', { schedule: '0 0 * * *', tz: 'America/New_York' })
    assert.deepEqual(await look(session, '2024-03-10T04:59:59Z'), [])
    assert.deepEqual(told(await look(session, '2024-03-10T05:00:00Z')), ['nightly asked 2024-03-10T05:00 nightly-20240310T050000 0'])
    assert.deepEqual(await look(session, '2024-03-10T05:00:04Z'), [])
    await end(session)
    assert.deepEqual(await look(session, '2024-03-11T03:59:59Z'), [])
    assert.deepEqual(told(await look(session, '2024-03-11T04:00:07Z')), ['nightly asked 2024-03-11T04:00 nightly-20240311T040000 0'])
    assert.deepEqual(await refreshes(session), ['nightly-20240310T050000', 'nightly-20240311T040000'])
    assert.deepEqual(await lastOf(session), [{ tick: '2024-03-11T04:00:00.000Z', refresh: 'nightly-20240311T040000', joined: false }])
  })

  it('asks once where several workers look at the same moment', async () => {
    const session = connection()
    await declare(session, 'nightly', '2024-05-01 00:00:00', { schedule: '@daily' })
    const came = await Promise.all([1, 2, 3].map(() => inside(url(), (other) => look(other, '2024-05-02T00:00:01Z'))))
    assert.deepEqual(told(came.flat()), ['nightly asked 2024-05-02T00:00 nightly-20240502T000000 0'])
    assert.deepEqual(await refreshes(session), ['nightly-20240502T000000'])
  })

  it('does the work of a tick that comes again no second time', async () => {
    const session = connection()
    await declare(session, 'every_night', '2024-05-01 00:00:00', { schedule: '@daily' })
    assert.deepEqual(told(await look(session, '2024-05-02T00:00:01Z')), ['every_night asked 2024-05-02T00:00 every-night-20240502T000000 0'])
    await end(session)
    const { knex, timestamp } = session.dialect
    await session.execute(knex('etl_schedule').update({ due_after: knex.raw(timestamp('2024-05-01 00:00:00')) }))
    assert.deepEqual(told(await look(session, '2024-05-02T00:00:09Z')), ['every_night joined 2024-05-02T00:00 every-night-20240502T000000 0'])
    assert.deepEqual(await session.query(knex('etl_refresh').select('id', 'status')), [{ id: 'every-night-20240502T000000', status: 'succeeded' }])
  })

  it('makes up for the newest of what was missed, for each in turn, or for nothing, as it says', async () => {
    const session = connection()
    for (const catchUp of ['last', 'all', 'none'] as const) await declare(session, catchUp, '2024-05-01 00:00:00', { schedule: '@daily', catchUp })
    assert.deepEqual(told(await look(session, '2024-05-04T08:00:00Z')), [
      'all asked 2024-05-02T00:00 all-20240502T000000 0',
      'last joined 2024-05-04T00:00 all-20240502T000000 2',
      'none left out 2024-05-04T00:00  2',
    ])
    assert.deepEqual(await look(session, '2024-05-04T08:00:05Z'), [], 'the one of before is at work still')
    await end(session)
    assert.deepEqual(told(await look(session, '2024-05-04T08:00:10Z')), ['all asked 2024-05-03T00:00 all-20240503T000000 0'])
    await end(session)
    assert.deepEqual(told(await look(session, '2024-05-04T08:00:15Z')), ['all asked 2024-05-04T00:00 all-20240504T000000 0'])
    await end(session)
    assert.deepEqual(await look(session, '2024-05-04T08:00:20Z'), [])
    assert.deepEqual(told(await look(session, '2024-05-05T00:04:59Z')).toSorted(), [
      'all asked 2024-05-05T00:00 all-20240505T000000 0', 'last joined 2024-05-05T00:00 all-20240505T000000 0', 'none joined 2024-05-05T00:00 all-20240505T000000 0',
    ])
  })

  it('waits for a refresh that does something else, and begins after it', async () => {
    const session = connection()
    await declare(session, 'nightly', '2024-05-01 00:00:00', { schedule: '@daily' })
    await declare(session, 'some', '2024-05-01 12:00:00', { schedule: '0 12 * * *' })
    assert.deepEqual(told(await look(session, '2024-05-02T00:00:00Z')), ['nightly asked 2024-05-02T00:00 nightly-20240502T000000 0'])
    const other = { ...all, only: ['dimension school'] }
    const [waits] = await look(session, '2024-05-02T12:00:00Z', other)
    assert.deepEqual([waits?.name, waits?.what], ['some', 'waits'])
    assert.match(waits?.error?.message ?? '', /refresh nightly-20240502T000000: another refresh of this warehouse is at work/)
    await end(session)
    assert.deepEqual(told(await look(session, '2024-05-02T13:00:00Z', other)), ['some asked 2024-05-02T12:00 some-20240502T120000 0'])
  })

  it('does not come while it is paused, nor afterwards for what would have come meanwhile', async () => {
    const session = connection()
    await declare(session, 'nightly', '2024-01-01 12:00:00', { schedule: '@yearly', catchUp: 'all' })
    assert.equal(await pauseSchedule(session, 'nightly', true), true)
    assert.equal(await pauseSchedule(session, 'nightly', true), false)
    assert.deepEqual(await look(session, '2025-05-03T00:00:00Z'), [])
    assert.equal(await pauseSchedule(session, 'nightly', false), true)
    assert.deepEqual(await look(session, new Date().toISOString()), [])
  })

  it('that cannot be read stays due, and holds no other up', async () => {
    const session = connection()
    await declare(session, 'bad', '2024-05-01 00:00:00', { schedule: '@daily' })
    await declare(session, 'good', '2024-05-01 00:00:00', { schedule: '@daily' })
    await session.execute(session.dialect.knex('etl_schedule').where({ name: 'bad' }).update({ tz: 'Mars/Olympus' }))
    const came = await look(session, '2024-05-02T00:00:00Z')
    assert.deepEqual(came.map(({ name, what }) => [name, what]), [['bad', 'failed'], ['good', 'asked']])
    assert.match(came[0]?.error?.message ?? '', /there is no time zone "Mars\/Olympus"/)
  })
})
