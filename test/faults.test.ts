import assert from 'node:assert/strict'
import { faults } from './harness/faults.ts'
import type { FaultName } from './harness/faults.ts'
import type { Figures } from './harness/figures.ts'
import { figuresWords } from './harness/figures.ts'
import { openLoaders } from './harness/loaders.ts'
import type { Loaders } from './harness/loaders.ts'
import { lineTo } from './harness/line.ts'
import { isAt, ordeal } from './harness/ordeal.ts'
import type { Trouble } from './harness/ordeal.ts'
import { places } from './harness/places.ts'
import type { OwnPlace, PlaceName } from './harness/places.ts'

/** Another one for every run of the tests; a failure says which. STARLINE_HARNESS_SEED replays one. */
const seed = Number(process.env['STARLINE_HARNESS_SEED'] ?? Date.now() % 1_000_000)

/** How often each fault strikes each warehouse here: thousands of times by `npm run harness`. */
const short: readonly (readonly [fault: FaultName, warehouse: PlaceName, strikes: number])[] = [
  ['stream', 'mariadb', 8], ['stream', 'postgres', 8], ['stream', 'duckdb', 4],
  ['parts', 'mariadb', 3], ['parts', 'postgres', 3],
  ['query', 'mariadb', 6], ['query', 'postgres', 6], ['query', 'duckdb', 4],
  ['server', 'mariadb', 2], ['server', 'postgres', 2],
  ['fenced', 'mariadb', 3], ['fenced', 'postgres', 3], ['fenced', 'duckdb', 2],
  ['locks', 'mariadb', 2], ['locks', 'postgres', 2], ['locks', 'duckdb', 2],
]

describe('a load that is struck', () => {
  let loaders: Loaders | undefined
  const done = new Map<string, Promise<Figures | undefined>>()

  before(() => {
    // One lane for each warehouse: a load mostly waits.
    const lanes = new Map<PlaceName, Promise<unknown>>()
    for (const [fault, warehouse, strikes] of short) {
      const begun = (lanes.get(warehouse) ?? Promise.resolve())
        .then(() => faults[fault].try({ warehouse, strikes, seed, loaders: () => loaders ??= openLoaders() }))
      lanes.set(warehouse, begun.catch(() => undefined))
      done.set(`${fault} ${warehouse}`, begun)
    }
  })

  after(async () => {
    await Promise.allSettled(done.values())
    await loaders?.close()
  })

  for (const [fault, warehouse, strikes] of short) {
    const { word } = faults[fault]
    it(`by ${word} leaves readers of ${warehouse} a whole star, and the next one succeeds at once`, async function () {
      this.timeout(900_000)
      const figures = await done.get(`${fault} ${warehouse}`)
      assert.ok(figures)
      assert.deepEqual(figures.violations, [], `seed ${seed}`)
      assert.equal(figures.hangs, 0)
      assert.ok(figures.strikes >= strikes, `${figures.strikes} ${word}`)
      assert.ok(figures.polls > figures.strikes, 'somebody must have been looking')
      process.stderr.write(`tests: ${warehouse}, seed ${seed}: ${figuresWords(word, figures)}\n`)
    })
  }
})

/** Cuts the line to the source in the midst of its rows, as often as it is asked. */
async function cutsRows(source: string, warehouse: string): Promise<Trouble> {
  const line = await lineTo(source)
  return {
    source: line.url, warehouse,
    next: (chance) => ({
      kind: 'rows', words: 'the line to the source closed among its rows',
      arm() {},
      atStep(point) {
        if (isAt(point, { step: 'cleared', etl: 'sale' })) line.arm({ way: 'down', bytes: 12_000 + Math.floor(chance() * 20_000), how: 'closed', whole: true })
      },
      end: async () => line.heal(),
    }),
    close: () => line.close(),
  }
}

/** Cuts every line to the warehouse when it publishes: no answer comes, and nobody can be asked. */
async function cutsPublish(url: string): Promise<Trouble> {
  const line = await lineTo(url)
  return {
    warehouse: line.url,
    next: () => ({
      kind: 'publish', words: 'all lines to the warehouse reset when it publishes',
      arm() {},
      atStep(point) { if (isAt(point, { step: 'publishing' })) line.arm({ way: 'up', bytes: 0, how: 'reset', whole: false, outage: 60_000 }) },
      end: async () => line.heal(),
    }),
    close: () => line.close(),
  }
}

for (const name of ['mariadb', 'postgres'] as const) {
  describe(`the harness on ${name}`, () => {
    let place: OwnPlace
    let source: OwnPlace
    beforeEach(async () => { [place, source] = [await places[name](), await places[name]()] })
    afterEach(async () => {
      await place.remove()
      await source.remove()
    })

    const size = { shops: 20, items: 40, sales: 1_500 }
    it('catches a loader that takes the rows until its connection was lost for all of them', async () => {
      const { violations } = await ordeal({
        ...place, seed, size, strikes: 12, enough: 1, sourceUrl: source.url, careless: 'truncates', open: () => cutsRows(source.url, place.url),
      })
      assert.ok(violations.length > 0, 'it has seen nothing')
    })

    for (const careless of [undefined, 'guesses'] as const) {
      it(`${careless ? 'catches' : 'has nothing to say of'} a loader that ${careless ? 'guesses' : 'does not guess'} what became of a publish`, async () => {
        const { violations } = await ordeal({ ...place, seed, strikes: 2, enough: 1, open: () => cutsPublish(place.url), ...careless && { careless } })
        assert.equal(violations.length > 0, careless !== undefined, violations.join('\n') || 'it has seen nothing')
      })
    }
  })
}
