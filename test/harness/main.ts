/**
 * The harness by hand, as long as one likes:
 *
 *     npm run harness -- --kills 1000 --seed 7 --warehouse mariadb
 *
 * Each hundred kills are an epoch with a warehouse and a seed of their own, which replays it: `--kills 100 --seed <its seed>`.
 */

import { parseArgs } from 'node:util'
import { mochaGlobalTeardown } from '../helpers/setup.ts'
import { openLoaders } from './loaders.ts'
import { places } from './places.ts'
import { noFigures, torture } from './torture.ts'
import type { Figures } from './torture.ts'

const EPOCH = 100

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '1000' }, seed: { type: 'string' }, warehouse: { type: 'string', default: 'mariadb' } },
})
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const kills = Number(values.kills)
const place = Object.entries(places).find(([name]) => name === values.warehouse)?.[1]
if (place === undefined || !Number.isInteger(seed) || !Number.isInteger(kills)) {
  process.stderr.write(`--warehouse is one of ${Object.keys(places).join(', ')}; --kills and --seed are whole numbers\n`)
  process.exit(2)
}

const tell = (line: string): void => { process.stdout.write(`${line}\n`) }
const total = noFigures()
const begun = performance.now()
const loaders = openLoaders()
for (let epoch = 0; total.kills < kills; epoch += 1) {
  const where = await place()
  tell(`seed ${seed + epoch}`)
  add(await torture({ ...where, loaders, seed: seed + epoch, kills: Math.min(EPOCH, kills - total.kills), tell }))
  await where.remove()
  tell(`  ${wordsOf(total)}`)
}
await loaders.close()
tell(`${values.warehouse}, seed ${seed}: ${wordsOf(total)} in ${Math.round((performance.now() - begun) / 1000)} s`)
tell(`died after ${[...total.at].toSorted(([, a], [, b]) => b - a).map(([step, times]) => `${step} ${times}`).join(', ')}`)
process.exitCode = total.violations.length + total.hangs > 0 ? 1 : 0
await mochaGlobalTeardown()

function add(figures: Figures): void {
  for (const name of ['kills', 'chance', 'survived', 'successes', 'polls', 'hangs'] as const) total[name] += figures[name]
  for (const [step, times] of figures.at) total.at.set(step, (total.at.get(step) ?? 0) + times)
  total.violations.push(...figures.violations)
}

function wordsOf({ kills: died, chance, survived, successes, polls, hangs, violations }: Figures): string {
  return `${died} kills (${chance} by chance; ${survived} were too late), ${successes} loads, ${polls} readings, ${violations.length} violations, ${hangs} hangs`
}
