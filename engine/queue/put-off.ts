import type { Queue } from 'bullmq'
import type { Log } from '../log.ts'

/** Milliseconds after which a job that was put off begins in any case: none is put off for longer than a quarter of a minute. */
const longest = 60_000

/** Jobs that were found put off, by queue and name: how often each had begun by then, and since when it is known, by no clock that anybody sets. */
export type PutOff = Map<string, { readonly begun: number; readonly since: number }>

/** So many are remembered: one that has ended meanwhile is never looked at again. */
const most = 1_000

/**
 * Begins a job that was put off for too long. Until when it waits is said by the clock of the worker that put it off: where
 * that one was ahead by a day, nobody else would take the job for a day.
 */
export async function hurry(queue: Queue, id: string, known: PutOff, log: Log): Promise<void> {
  const job = await queue.getJob(id)
  if (job === undefined) return
  const key = `${queue.name} ${id}`
  const seen = known.get(key)
  if (seen?.begun !== job.attemptsStarted) {
    if (known.size >= most) known.clear()
    known.set(key, { begun: job.attemptsStarted, since: performance.now() })
    return
  }
  if (performance.now() - seen.since < longest) return
  known.delete(key)
  await job.promote()
  log.warn(`Job ${id} was put off by a worker whose clock is ahead, and begins now. Way out: let all machines ask a time server`, { event: 'hurried', job: id })
}
