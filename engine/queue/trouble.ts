import type { Worker } from 'bullmq'
import type { Log } from '../log.ts'
import { redact } from '../redact.ts'
import type { Line } from './backend/line.ts'

/** A queue that is away makes an error every few milliseconds: it is told once, and when it is back. Gives how to end the telling. */
export function tellOfTrouble(workers: readonly Worker[], line: Line, log: Log): { hush(): void } {
  let away = false
  let hushed = false
  for (const worker of workers) {
    worker.on('error', (error) => {
      if (!hushed && line.isUp) log.warn(`The queue says: ${redact(error.message)}`, { event: 'queue-error' })
    })
    worker.on('stalled', (id) => log.warn(`Job ${id} lost its worker and is taken up again`, { event: 'job-stalled', job: id }))
  }
  line.watch({
    away() {
      if (!away && !hushed) log.warn('The queue is away; waiting for it', { event: 'queue-away' })
      away = true
    },
    back() {
      if (away) log.info('The queue is back', { event: 'queue-back' })
      away = false
    },
  })
  return { hush() { hushed = true } }
}
