/** Jobs that come twice, too late, or into each other's way: what a queue of several workers does sooner or later. */

import assert from 'node:assert/strict'
import { newRefreshId } from '../engine/publish/refresh.ts'
import { benchOn } from './harness/bench-on.ts'
import { newGate } from './harness/gate.ts'
import type { Gate } from './harness/gate.ts'
import type { FailPoint, Job, Report } from './harness/job.ts'
import { reportOfError } from './harness/load.ts'
import { ask, dropAll, faultsAfterNext, faultsNow, inside, rollBack, silence, sweep } from './harness/pairs.ts'
import type { Bench } from './harness/pairs.ts'

/** Behind this everything is staged, and nothing is published. */
const allStaged: FailPoint = { step: 'run', etl: 'sale' }

interface Standing { readonly gate: Gate; readonly report: Promise<Report> }

/** A load that stands still at a step until its gate is opened. */
async function standing(bench: Bench, more: Partial<Job>, at: FailPoint): Promise<Standing> {
  const gate = newGate()
  const report = inside(bench, more, { at, gate })
  const early = await Promise.race([gate.reached.then(() => undefined), report])
  assert.equal(early, undefined, `it never came to ${at.step}: ${early?.errors.join('; ')}`)
  return { gate, report }
}

/** What it comes to, also where it can't even end its refresh, for its session was ended. */
async function continued({ gate, report }: Standing): Promise<Report> {
  gate.open()
  return report.catch(reportOfError)
}

for (const name of ['mariadb', 'postgres', 'duckdb'] as const) {
  describe(`jobs that meet on ${name}`, () => {
    const bench = benchOn(name)
    afterEach(async () => { assert.deepEqual(await faultsAfterNext(bench()), []) })

    /** A refresh by the queue's door: each of its jobs brings the same generation. */
    const queued = (): Partial<Job> => ({ door: 'queue', refresh: newRefreshId(), generation: bench().generation + 1 })
    const successes = async (id: string): Promise<number> => {
      const [row] = await ask(bench(), () => `SELECT COUNT(*) AS n FROM etl_run WHERE status = 'succeeded' AND refresh = '${id}'`)
      return Number(row?.['n'])
    }

    it('a job that is delivered again after its staging gives the stored result, and both say the same', async () => {
      const job = queued()
      const first = await standing(bench(), job, allStaged)
      const second = await inside(bench(), job)
      assert.deepEqual(second.errors, [])
      const late = await continued(first)
      assert.deepEqual(late.errors, [])
      assert.deepEqual(late.results, second.results)
      assert.deepEqual(late.published.toSorted(), second.published.toSorted())
      assert.equal(await successes(String(job.refresh)), 3)
      assert.deepEqual(await faultsNow(bench()), [])
    })

    it('a job that is delivered again after its publish gives the stored result, and loads nothing', async () => {
      const job = queued()
      const first = await inside(bench(), job)
      const [before] = await ask(bench(), () => 'SELECT COUNT(*) AS n FROM etl_run')
      const second = await inside(bench(), job)
      assert.deepEqual(second.errors, [])
      assert.deepEqual(second.results, first.results)
      assert.deepEqual(await ask(bench(), () => 'SELECT COUNT(*) AS n FROM etl_run'), [before])
    })

    for (const more of [{}, { door: 'queue', refresh: 'by its lease' }] as const) {
      it(`a run of one ETL between the staging and the publish of a refresh ${'door' in more ? 'that lives by its lease' : 'that a process holds'} is busy`, async () => {
        const refresh = await standing(bench(), 'door' in more ? queued() : {}, allStaged)
        for (const only of [['item'], ['sale']]) {
          const { busy, published, errors } = await inside(bench(), { only })
          assert.ok(busy, errors.join('; ') || 'it was not busy')
          assert.deepEqual(published, [])
        }
        assert.deepEqual((await continued(refresh)).errors, [])
      })
    }

    it('a run of one ETL that reads a dimension which is staged elsewhere takes the live one', async () => {
      const refresh = await standing(bench(), { only: ['shop', 'item'] }, { step: 'run', etl: 'item' })
      const fact = await inside(bench(), { only: ['sale'] })
      assert.deepEqual(fact.errors, [])
      assert.deepEqual((await continued(refresh)).errors, [])
    })

    it('two refreshes that overlap in some targets: what is free is loaded, what is not is busy', async () => {
      const first = await standing(bench(), { only: ['shop', 'sale'] }, { step: 'run', etl: 'shop' })
      const second = await inside(bench(), { only: ['shop', 'item'] })
      assert.deepEqual(second.published, ['item'])
      assert.ok(second.busy, second.errors.join('; ') || 'shop was not busy')
      assert.deepEqual((await continued(first)).errors, [])
    })

    for (const over of [false, true]) {
      it(`a janitor who passes between the staging and the publish of a refresh ${over ? 'whose lease is over ends it' : 'leaves it alone'}`, async () => {
        const job = queued()
        const refresh = await standing(bench(), job, allStaged)
        if (over) await silence(bench())
        await sweep(bench())
        const { published, errors } = await continued(refresh)
        assert.deepEqual(published.length, over ? 0 : 3, errors.join('; '))
        assert.equal(errors.length > 0, over, errors.join('; ') || 'it says that all went well')
        assert.equal(await successes(String(job.refresh)), over ? 0 : 3)
        assert.deepEqual(await faultsNow(bench()), [])
      })
    }

    it('a dimension whose first attempt came to nothing, and which is published before its facts are loaded, is read by them', async () => {
      const job = { ...queued(), publish: 'each' } as const
      const lost = await standing(bench(), job, { step: 'created', etl: 'shop' })
      await silence(bench())
      const again = await inside(bench(), job)
      assert.deepEqual(again.errors, [])
      assert.equal(again.published.length, 3)
      await continued(lost)
      assert.deepEqual(await faultsNow(bench()), [])
    })

    it('a dimension that was taken over and is staged again has its facts staged again', async () => {
      const job = queued()
      const stale = await standing(bench(), job, allStaged)
      await silence(bench())
      const other = await inside(bench(), { only: ['shop'] })
      assert.deepEqual(other.errors, [])
      const again = await inside(bench(), job)
      assert.deepEqual(again.errors, [])
      assert.equal(again.published.length, 3)
      const late = await continued(stale)
      assert.deepEqual(late.errors.filter((error) => !/newer run/.test(error)), [])
      assert.equal(await successes(String(job.refresh)), 3)
      assert.deepEqual(await faultsNow(bench()), [])
    })
  })
  describe(`a star on ${name}`, () => {
    const bench = benchOn(name)

    const generation = async (): Promise<number> => {
      const [row] = await ask(bench(), () => 'SELECT MAX(gen) AS newest FROM sale_fact')
      return Number(row?.['newest'])
    }

    it('that was rolled back is not moved on by a worker that wakes up later', async () => {
      const first = await generation()
      assert.deepEqual((await inside(bench(), {})).errors, [])
      const stale = await standing(bench(), {}, allStaged)
      await silence(bench())
      await rollBack(bench())
      const { published, errors } = await continued(stale)
      assert.deepEqual(published, [])
      assert.ok(errors.length > 0, 'it says that all went well')
      assert.equal(await generation(), first)
      assert.deepEqual((await inside(bench(), {})).errors, [])
      assert.equal(await generation(), bench().generation)
    })

    it('that was dropped is not brought back by a worker that wakes up later, and no key is given again', async () => {
      const lastKeys = () => ask(bench(), () => "SELECT MAX(last_key) AS highest FROM etl_target WHERE target = 'shop_dim'")
      const stale = await standing(bench(), {}, allStaged)
      const [before] = await lastKeys()
      await silence(bench())
      await dropAll(bench())
      const { published, errors } = await continued(stale)
      assert.deepEqual(published, [])
      assert.ok(errors.length > 0, 'it says that all went well')
      assert.deepEqual(await ask(bench(), () => 'SELECT target FROM etl_target WHERE last_rows IS NOT NULL'), [])
      assert.deepEqual((await inside(bench(), {})).errors, [])
      const [lowest] = await ask(bench(), () => 'SELECT MIN(shop_key) AS lowest FROM shop_dim WHERE shop_key > 0')
      assert.ok(Number(lowest?.['lowest']) > Number(before?.['highest']), `key ${String(lowest?.['lowest'])} was given again`)
    })
  })
}
