/**
 * The harness by hand, as long as one likes:
 *
 *     npm run harness -- --fault loader --kills 1000 --seed 7 --warehouse mariadb
 *
 * Epochs of a hundred strikes have a warehouse and a seed of their own, which replays them: `--kills 100 --seed <its seed>`.
 */

import { parseArgs } from 'node:util'
import { mochaGlobalTeardown } from '../helpers/setup.ts'
import { faults } from './faults.ts'
import type { Fault, FaultName } from './faults.ts'
import { addFigures, figuresWords, noFigures } from './figures.ts'
import { openLoaders } from './loaders.ts'
import type { Loaders } from './loaders.ts'
import { places } from './places.ts'
import type { PlaceName } from './places.ts'

const { values } = parseArgs({
  options: {
    fault: { type: 'string', default: 'loader' }, kills: { type: 'string', default: '1000' }, seed: { type: 'string' },
    warehouse: { type: 'string', default: 'mariadb' }, lanes: { type: 'string', default: '2' }, help: { type: 'boolean', default: false },
  },
})
const [seed, kills, lanes] = [values.seed ?? Date.now() % 1_000_000, values.kills, values.lanes].map(Number) as [number, number, number]
const warehouse = Object.keys(places).find((name) => name === values.warehouse) as PlaceName | undefined
const name = Object.keys(faults).find((each) => each === values.fault) as FaultName | undefined
if (values.help || warehouse === undefined || name === undefined || ![seed, kills, lanes].every(Number.isInteger)) {
  const usage = `npm run harness -- [--fault F] [--kills N] [--warehouse W] [--seed N] [--lanes N]

  --fault      ${Object.keys(faults).join(', ')} (default loader)
  --kills      how many loads are to be struck (default 1000)
  --warehouse  ${Object.keys(places).join(', ')} (default mariadb)
  --seed       of the first epoch (default: by the clock)
  --lanes      epochs side by side (default 2)

docs/reliability.md says what each fault does.
`
  process[values.help ? 'stdout' : 'stderr'].write(usage)
  process.exit(values.help ? 0 : 2)
}

const fault: Fault = faults[name]
const tell = (line: string): void => { process.stdout.write(`${line}\n`) }
const total = noFigures()
const begun = performance.now()
let loaders: Loaders | undefined
let epochs = 0
let asked = 0
await Promise.all(Array.from({ length: lanes }, lane))
await loaders?.close()
tell(`${name} on ${warehouse}, seed ${seed}: ${figuresWords(fault.word, total)} in ${Math.round((performance.now() - begun) / 1000)} s`)
if (total.by.size > 1) tell([...total.by].map(([key, times]) => `${key} ${times}`).join(', '))
tell([...total.at].toSorted(([, a], [, b]) => b - a).map(([key, times]) => `${key} ${times}`).join(', '))
process.exitCode = total.violations.length + total.hangs > 0 ? 1 : 0
await mochaGlobalTeardown()

/** One epoch after the other, beside the other lanes: a load mostly waits. */
async function lane(): Promise<void> {
  while (asked < kills) {
    const [own, strikes] = [seed + epochs, Math.min(fault.epoch, kills - asked)]
    epochs += 1
    asked += strikes
    tell(`seed ${own}`)
    const figures = await fault.try({ warehouse: warehouse!, seed: own, strikes, tell, loaders: () => loaders ??= openLoaders() })
    if (figures === undefined) return tell(`there is no ${name} fault on ${warehouse}`)
    addFigures(total, figures)
    tell(`  ${figuresWords(fault.word, total)}`)
  }
}
