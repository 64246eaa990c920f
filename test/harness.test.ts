import assert from 'node:assert/strict'
import { openDatabase } from '../engine/db/open.ts'
import type { Database } from '../engine/db/connection.ts'
import { benchOn, seed } from './harness/bench-on.ts'
import { seenUnder } from './harness/catch.ts'
import type { Fault } from './harness/judge.ts'
import { pointWords } from './harness/job.ts'
import type { FailPoint } from './harness/job.ts'
import { knownBad, oneSwap } from './harness/known-bad.ts'
import { openLoaders } from './harness/loaders.ts'
import type { Loaders } from './harness/loaders.ts'
import { faultsAfterNext, faultsNow, inside, killOtherSessions, outside, overtakenAt, stoodStill } from './harness/pairs.ts'
import { places } from './harness/places.ts'
import type { OwnPlace } from './harness/places.ts'
import { steps } from './harness/plan.ts'
import { torture } from './harness/torture.ts'
import type { Figures } from './harness/figures.ts'
import { waysTo, wrongWay } from './harness/ways.ts'

const warehouses = ['mariadb', 'postgres', 'duckdb'] as const

/** For loads of which none is to die. */
const nobody: Loaders = { start: () => assert.fail('no loader is to be started'), close: async () => {} }

/** Beyond one at each fail point. */
const byChance = { mariadb: 8, postgres: 5, duckdb: 5 } as const

describe('a loader that is killed', () => {
  let loaders: Loaders
  const own: OwnPlace[] = []
  const done = new Map<string, Promise<Figures>>()

  before(() => {
    loaders = openLoaders()
    // All at the same time: a loader mostly waits.
    for (const name of warehouses) {
      const figures = places[name]().then((where) => {
        own.push(where)
        return torture({ ...where, warehouse: name, ways: waysTo[name], loaders, seed, quick: true, kills: steps.length + byChance[name] })
      })
      // Looked at by its own test.
      figures.catch(() => {})
      done.set(name, figures)
    }
  })

  after(async () => {
    await Promise.allSettled(done.values())
    await loaders.close()
    for (const place of own) await place.remove()
  })

  for (const name of warehouses) {
    it(`leaves readers of ${name} a whole star, and the next load succeeds at once`, async function () {
      this.timeout(900_000)
      const figures = await done.get(name)
      assert.ok(figures)
      assert.deepEqual(figures.violations, [], `seed ${seed}`)
      assert.equal(figures.hangs, 0)
      for (const step of steps) assert.ok((figures.at.get(step) ?? 0) > 0, `nobody died at ${step}`)
      for (const way of waysTo[name]) assert.ok((figures.by.get(way) ?? 0) > 0, `nobody died whose rows came by ${way}`)
      assert.ok(figures.polls > figures.strikes, 'somebody must have been looking')
      process.stderr.write(`tests: ${name}, seed ${seed}: ${figures.strikes} kills, ${figures.successes} loads, ${figures.polls} readings\n`)
    })
  }
})

describe('the harness', () => {
  for (const [name, way] of [['mariadb', 'ranges'], ['postgres', 'ranges'], ['postgres', 'copies'], ['duckdb', 'files']] as const) {
    it(`catches a load that forgets a part of its rows, by ${way} into ${name}`, async () => {
      const where = await places[name]()
      const { violations } = await torture({ ...where, warehouse: name, ways: [way], loaders: nobody, seed, quick: true, kills: 1, enough: 1, careless: 'forgets' })
      await where.remove()
      assert.match(violations.join('\n'), /the star is in no state that it may be in/)
    })

    it(`catches a load into ${name} whose rows come by another way than ${way}`, () => {
      assert.match(wrongWay(way, ['batches']) ?? '', /should have come by/)
    })
  }
})

/** What the reader must at least see of each strategy; others may be seen besides. */
const mustSee: Readonly<Record<string, readonly Fault[]>> = {
  'drop, create, load': ['missing', 'empty', 'partial', 'mixed'],
  'truncate, load': ['empty', 'partial', 'mixed'],
  'two renames': ['missing'],
  'delete and insert without a transaction': ['empty', 'partial', 'mixed'],
  'one swap for each table': ['mixed', 'partial'],
  'one swap without a fence': ['backwards'],
}

for (const name of warehouses) {
  describe(`the reader of ${name}`, () => {
    let place: OwnPlace
    let database: Database
    before(async () => {
      place = await places[name]()
      database = await openDatabase(place.url)
    })
    after(async () => {
      await database.close()
      await place.remove()
    })

    for (const [words, strategy] of Object.entries(knownBad)) {
      it(`catches ${words}`, async () => {
        const must = mustSee[words] ?? []
        const { faults, refreshes } = await seenUnder(database, strategy, 400, (seen) => must.some((fault) => seen.has(fault)))
        assert.ok(must.some((fault) => faults.has(fault)), `${refreshes} refreshes, and it saw ${[...faults].join(', ') || 'nothing'}`)
      })
    }

    it('has nothing to say of one swap', async () => {
      const { faults, polls } = await seenUnder(database, oneSwap, 15, () => false)
      assert.deepEqual([...faults], [])
      assert.ok(polls >= 15, `only ${polls} readings`)
    })
  })

  describe(`two loaders on ${name}`, () => {
    const bench = benchOn(name)

    it('at the same time serialise or are busy, and double nothing', async () => {
      for (let pair = 0; pair < 2; pair += 1) {
        const reports = await Promise.all([inside(bench(), {}), inside(bench(), {})])
        for (const { errors, busy } of reports) assert.ok(errors.length === 0 || busy, errors.join('; '))
        assert.ok(reports.some(({ published }) => published.length > 0), 'one of them must get on')
        assert.deepEqual(await faultsNow(bench()), [])
      }
      assert.deepEqual(await faultsAfterNext(bench()), [])
    })

    /** Where the first one is stopped: with its fact under way or everything staged, all of it was overtaken. */
    const points: readonly FailPoint[] = [
      ...['reserved', 'loaded', 'staged', 'run'].map((step) => ({ step, etl: 'sale' })),
      { step: 'publish-locked' },
      ...name === 'mariadb' ? [{ step: 'publishing' }] : [],
    ]
    for (const at of points) {
      it(`are told apart by the fence alone: stopped at ${pointWords(at)}, overtaken, and continued, the first publishes nothing`, async () => {
        const { first, second } = await overtakenAt(bench(), at)
        assert.deepEqual(second.errors, [])
        assert.equal(second.published.length, 3)
        assert.deepEqual(first.published, [])
        assert.ok(first.errors.length > 0, 'it must say that it was overtaken')
        assert.ok(first.fenced, first.errors.join('; '))
        assert.deepEqual(await faultsNow(bench()), [])
        assert.deepEqual(await faultsAfterNext(bench()), [])
      })
    }

    for (const at of [{ step: 'created', etl: 'shop' }, { step: 'staged', etl: 'item' }] as const) {
      it(`keep a whole star where the first was overtaken at ${pointWords(at)}, early enough to go on`, async () => {
        const { second } = await overtakenAt(bench(), at)
        assert.deepEqual(second.errors, [])
        assert.deepEqual(await faultsNow(bench()), [])
        assert.deepEqual(await faultsAfterNext(bench()), [])
      })
    }
  })
}

describe('a loader that is stopped', () => {
  const bench = benchOn('mariadb')
  let loaders: Loaders
  before(() => { loaders = openLoaders() })
  after(() => loaders.close())

  for (const at of [{ step: 'extracting', etl: 'sale' }, { step: 'publishing' }] as const) {
    it(`at ${pointWords(at)} keeps the others out while its sessions live, and publishes nothing once they were ended`, async () => {
      const { running, report } = await outside(bench(), loaders, { stop: at })
      await stoodStill(running)
      const second = await inside(bench(), {})
      assert.ok(second.busy, second.errors.join('; ') || 'it was not busy')
      assert.deepEqual(second.published, [])
      assert.ok(await killOtherSessions(bench()) > 0)
      const third = await inside(bench(), {})
      assert.deepEqual(third.errors, [])
      running.signal('SIGCONT')
      const first = await report
      assert.deepEqual(first.published, [])
      assert.ok(first.errors.length > 0)
      assert.deepEqual(await faultsNow(bench()), [])
      assert.deepEqual(await faultsAfterNext(bench()), [])
    })
  }
})
