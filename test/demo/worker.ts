/** The example's worker. One that is `impatient` gives a dead one's job up after some seconds: the real one waits for half a minute. */

import { openLog } from '../../engine/log.ts'
import type { Log } from '../../engine/log.ts'
import { work } from '../../engine/queue/work.ts'
import { startWorker } from '../../engine/queue/worker.ts'

const say = (text: string): void => void process.stderr.write(`${text}\n`)

if (process.argv.includes('impatient')) await impatient()
else process.exitCode = await work(() => import('./config.ts'), [])

async function impatient(): Promise<void> {
  const { default: config } = await import('./config.ts')
  const log = openLog(config.logs, 'worker')
  const seen: Log = {
    ...log,
    info(message, fields) {
      log.info(message, fields)
      if (['job-started', 'loaded', 'published'].includes(String(fields?.['event']))) say(message)
    },
    warn(message, fields) {
      log.warn(message, fields)
      say(message)
    },
  }
  const worker = await startWorker(config, { concurrency: 1, log: seen, lockSeconds: 5, stalledSeconds: 2 })
  say(`Working on ${worker.queue}`)
  process.once('SIGTERM', () => void worker.stop().then(() => process.exit()))
}
