/**
 * The queue, shown: npm run demo:queue, npm run demo:kill
 */

import { constants } from 'node:os'
import { demoKill } from './kill.ts'
import { demoQueue } from './queue.ts'
import { openStage } from './stage.ts'

const [name, ...flags] = process.argv.slice(2)
const stage = openStage()
const demo = name === 'kill' ? demoKill(stage) : demoQueue(stage, flags.includes('--embedded'))
// One that was stopped goes on in vain until the process ends.
demo.catch(() => undefined)
const stopped = new Promise<number>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stage.tell('Stopping')
      resolve(128 + constants.signals[signal])
    })
  }
})
let code = 1
try {
  code = await Promise.race([demo, stopped])
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
} finally {
  await stage.clear()
}
process.exit(code)
