import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Row } from '../../../engine/db/flow.ts'
import { RowSource } from '../../../engine/db/row-source.ts'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

describe('the rows of a load', () => {
  it('are let go of as they are taken, however long the load lasts', async () => {
    const given: WeakRef<readonly Row[]>[] = []
    async function* batches(): AsyncGenerator<readonly Row[]> {
      for (let i = 0; i < 20; i += 1) {
        const batch: readonly Row[] = [[i]]
        given.push(new WeakRef(batch))
        yield batch
      }
    }
    const source = new RowSource(batches())
    while (source.taken < 20) await source.next(String, 1)
    // What was referred to weakly lives until the turn has ended.
    await new Promise(setImmediate)
    collect()
    const held = given.filter((batch) => batch.deref() !== undefined)
    assert.ok(held.length <= 2, `${held.length} of ${given.length} batches are still held`)
    source.close()
  })

  it('end with the reason of who stops them, also while a batch is waited for', async () => {
    const source = new RowSource({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) })
    const next = source.next(String, 1)
    source.stop(new Error('enough'))
    await assert.rejects(next, /enough/)
    await assert.rejects(source.next(String, 1), /enough/)
  })
})
