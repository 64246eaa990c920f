import assert from 'node:assert/strict'
import { BusyError } from '../../engine/errors.ts'
import { openLedger } from '../../engine/publish/ledger.ts'
import { takeSlot } from '../../engine/publish/slots.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

const crm = { source: 'crm', most: 2 }

onEveryWarehouse('the slots of a source', ({ connection, another }) => {
  beforeEach(() => openLedger(connection()))

  it('are as many as its limit, and one is free again when it is given back or its session ends', async () => {
    const [one, two, three] = [connection(), await another(), await another()]
    const first = await takeSlot(one, 'r-1', crm, 0)
    await takeSlot(two, 'r-2', crm, 0)
    await assert.rejects(takeSlot(three, 'r-3', crm, 0), (error) => error instanceof BusyError && error.transient
      && /^source crm: the source is busy\. 2 extracts are at work.*limits: \{ crm: 3 \}/.test(error.message))
    await takeSlot(three, 'r-3', { source: 'default', most: 1 }, 0)
    await first.release()
    await first.release()
    await takeSlot(three, 'r-3', crm, 0)
    const waiting = takeSlot(one, 'r-1', crm, 20_000)
    two.abort(new Error('died'))
    await waiting
  })

  it('are taken from a session that stands still, once its lease is over', async () => {
    const [sleeper, next] = [await another(), connection()]
    const { knex, now } = next.dialect
    await takeSlot(sleeper, 'r-1', { source: 'crm', most: 1 }, 0)
    await assert.rejects(takeSlot(next, 'r-2', { source: 'crm', most: 1 }, 3_000), BusyError, 'one that lives keeps it')
    await next.execute(knex('etl_session').where({ session: sleeper.session }).update({ lease: knex.raw(now) }))
    await takeSlot(next, 'r-2', { source: 'crm', most: 1 }, 20_000)
    await assert.rejects(sleeper.query('SELECT 1'), 'its session was ended')
  })
})
