/** A worker that dies, once for all workers of its folder, at each step of which a file there tells: `staged.deadly`. */

import { openLog } from '../../../engine/log.ts'
import { startWorker } from '../../../engine/queue/worker.ts'
import config from './config.ts'
import { isDeadly } from './star.ts'

const folder = process.env['STAR_FOLDER'] ?? ''
const die = (step: string): void => { if (isDeadly(folder, step)) process.kill(process.pid, 'SIGKILL') }

await startWorker(config, { concurrency: 1, log: openLog(config.logs, 'worker'), lockSeconds: 1, stalledSeconds: 1, step: die })
