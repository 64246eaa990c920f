import assert from 'node:assert/strict'
import { openBench } from './pairs.ts'
import type { Bench } from './pairs.ts'
import { places } from './places.ts'
import type { OwnPlace, PlaceName } from './places.ts'

/** Another one for every run of the tests; a failure says which. STARLINE_HARNESS_SEED replays one. */
export const seed = Number(process.env['STARLINE_HARNESS_SEED'] ?? Date.now() % 1_000_000)

/** A bench on a place of its own, from before the first test of this block until after its last. */
export function benchOn(name: PlaceName): () => Bench {
  const made: { place?: OwnPlace, bench?: Bench } = {}
  before(async () => {
    made.place = await places[name]()
    made.bench = await openBench(made.place, seed)
  })
  after(async () => {
    await made.bench?.close()
    await made.place?.remove()
  })
  return () => made.bench ?? assert.fail('the bench is not open yet')
}
