import type { Worker } from 'bullmq'
import type { Log } from '../log.ts'
import { redact } from '../redact.ts'
import type { Line } from './backend/line.ts'

/** Milliseconds in which the same words are told once: a queue that refuses to be written to is asked again and again. */
const every = 60_000

/** Characters of an error: it may quote what somebody has put into the queue. */
const mostSaid = 1_000

/** Whether a text was not told of late. Few are remembered: somebody may make new ones all the time. */
function seldom(): (text: string) => boolean {
  const told = new Map<string, number>()
  return (text) => {
    const now = performance.now()
    if (now - (told.get(text) ?? -Infinity) < every) return false
    if (told.size === 100) told.clear()
    told.set(text, now)
    return true
  }
}

/** A queue that is away makes an error every few milliseconds: it is told once, and when it is back. Gives how to end the telling. */
export function tellOfTrouble(workers: readonly Worker[], line: Line, log: Log): { hush(): void } {
  let away = false
  let hushed = false
  const isNew = seldom()
  for (const worker of workers) {
    worker.on('error', (error) => {
      if (!hushed && line.isUp && isNew(error.message)) log.warn(`The queue says: ${redact(error.message).slice(0, mostSaid)}`, { event: 'queue-error' })
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
