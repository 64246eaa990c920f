import assert from 'node:assert/strict'
import { faults } from './harness/faults.ts'
import type { FaultName } from './harness/faults.ts'
import type { Figures } from './harness/figures.ts'
import { figuresWords } from './harness/figures.ts'
import { openLoaders } from './harness/loaders.ts'
import type { Loaders } from './harness/loaders.ts'
import type { PlaceName } from './harness/places.ts'

/** Another one for every run of the tests; a failure says which. STARLINE_HARNESS_SEED replays one. */
const seed = Number(process.env['STARLINE_HARNESS_SEED'] ?? Date.now() % 1_000_000)

/** How often each fault strikes each warehouse here: thousands of times by `npm run harness`. */
const short: readonly (readonly [fault: FaultName, warehouse: PlaceName, strikes: number])[] = [
  ['stream', 'mariadb', 8], ['stream', 'postgres', 8], ['stream', 'duckdb', 4],
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
      this.timeout(300_000)
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
