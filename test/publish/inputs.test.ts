import assert from 'node:assert/strict'
import { benchOn } from '../harness/bench-on.ts'
import { newGate, refusals } from '../harness/gate.ts'
import { faultsAfterNext, inside } from '../harness/pairs.ts'

for (const name of ['mariadb', 'postgres', 'duckdb'] as const) {
  describe(`a fact that is published alone to ${name}`, () => {
    const bench = benchOn(name)

    it('is not overtaken by its dimension between the check and the swap: the dimension waits', async () => {
      const gate = newGate()
      const fact = inside(bench(), { only: ['sale'] }, { at: { step: 'publishing' }, gate })
      await Promise.race([gate.reached, fact])
      const { database, refused } = refusals(bench().database)
      const dimension = inside(bench(), { only: ['item'] }, undefined, database)
      const what = await Promise.race([refused, dimension.then(({ published }) => `published ${published.join()}`)])
      gate.open()
      assert.equal(what, 'publish:item_dim')
      assert.deepEqual((await fact).errors, [])
      assert.deepEqual((await dimension).errors, [])
      assert.deepEqual(await faultsAfterNext(bench()), [])
    })

    it('waits for its dimension that is just being published, and then is not: its keys were read before', async () => {
      const [gate, swapping] = [newGate(), newGate()]
      const { database, refused } = refusals(bench().database)
      const fact = inside(bench(), { only: ['sale'] }, { at: { step: 'run', etl: 'sale' }, gate }, database)
      await Promise.race([gate.reached, fact])
      const dimension = inside(bench(), { only: ['item'] }, { at: { step: 'publishing' }, gate: swapping })
      await Promise.race([swapping.reached, dimension])
      gate.open()
      const what = await Promise.race([refused, fact.then(({ published }) => `published ${published.join()}`)])
      swapping.open()
      assert.equal(what, 'publish:item_dim')
      assert.deepEqual((await dimension).errors, [])
      const { published, errors, fenced } = await fact
      assert.deepEqual(published, [])
      assert.ok(fenced, errors.join('; '))
      assert.match(errors.join('; '), /^fact sale: item_dim was loaded anew since its keys were read/)
      assert.deepEqual(await faultsAfterNext(bench()), [])
    })
  })
}
