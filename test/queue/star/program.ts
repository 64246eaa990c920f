/** A user's small program: adds a job, awaits its result, closes nothing, and ends by itself. */

import { processEtlTask } from '../../../engine/queue/task.ts'
import config from './config.ts'

const job = await processEtlTask(config).add('school', 'dimension')
process.stdout.write(`${JSON.stringify(await job.result({ timeoutSeconds: 30 }))}\n`)
