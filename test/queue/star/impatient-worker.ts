/** A worker that gives a dead one's job up after a second: the real one waits for half a minute. */

import { openLog } from '../../../engine/log.ts'
import { startWorker } from '../../../engine/queue/worker.ts'
import config from './config.ts'

const worker = await startWorker(config, { concurrency: 1, log: openLog(config.logs, 'worker'), lockSeconds: 1, stalledSeconds: 1 })
process.stderr.write(`Working into ${worker.warehouse}\n`)
