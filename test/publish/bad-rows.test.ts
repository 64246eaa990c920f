import assert from 'node:assert/strict'
import { openDatabase } from '../../engine/db/open.ts'
import { claim, isDone } from '../../engine/publish/claim.ts'
import type { Claim } from '../../engine/publish/claim.ts'
import { openRefresh } from '../../engine/publish/refresh.ts'
import { markFailed, markStaged } from '../../engine/publish/stage.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

const badRow = (row: number) => ({ row, column: 'amount', reason: 'too long', values: '{}' })

onEveryWarehouse('rows that were set aside', ({ connection, url }) => {
  it('are those of the run that waits for its publish, also where one that it overtook fails later', async () => {
    const warehouse = await openDatabase(url())
    const opened = await openRefresh(warehouse, { held: true, asked: 'a test', onLost: assert.fail })
    const refresh = opened.id
    const claimed = async (): Promise<Claim> => {
      const answer = await claim(connection(), { refresh, type: 'fact', name: 'sale', table: 'sale_fact', worker: 'a test', adopt: false, step() {} })
      return isDone(answer) ? assert.fail('nothing was done before') : answer
    }
    const kept = async () => (await connection().query<{ row_no: number; run: string }>('SELECT run, row_no FROM etl_bad_row ORDER BY row_no')).map(({ run, row_no: row }) => [run, row])
    const [first, second] = [await claimed(), await claimed()]
    await markStaged(connection(), 'sale_fact', second, { read: 1, loaded: 0, rejected: 1, lastKey: undefined, detail: '{}', badRows: [badRow(7)] })
    await markFailed(connection(), 'sale_fact', refresh, first, { error: new Error('overtaken'), comesAgain: false, badRows: [badRow(8)] })
    assert.deepEqual(await kept(), [[second.runId, 7], [first.runId, 8]])
    const third = await claimed()
    await markFailed(connection(), 'sale_fact', refresh, third, { error: new Error('no such column'), comesAgain: false, badRows: [] })
    assert.deepEqual(await kept(), [], 'nobody waits for them any more')
    await opened.end('succeeded')
    await warehouse.close()
  })
})
