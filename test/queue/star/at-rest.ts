/** Adds a job to an embedded queue, and says how many timers are left that would keep a process alive. */

import { openLine } from '../../../engine/queue/backend.ts'

const line = await openLine('embedded', { seconds: 5, comesBack: false })
await line.queue('etl').add('processEtl', {})
process.stdout.write(`${process.getActiveResourcesInfo().filter((what) => what === 'Timeout').length} timers\n`)
