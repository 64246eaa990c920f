import { setTimeout as sleep } from 'node:timers/promises'
import { StarlineError } from '../errors.ts'
import type { Producer, Standing } from './producer.ts'

/**
 * What a job is doing. `delayed`: it waits to be tried again. `unknown`: the queue has forgotten it, because it ended
 * long ago or the queue was lost; the ledger in the warehouse still knows.
 */
export type JobStatus = 'waiting' | 'active' | 'delayed' | 'succeeded' | 'failed' | 'unknown'

/** How long a result is waited for. */
export interface ResultOptions {
  /** Seconds after which waiting ends with an error; the job itself goes on. Without it, as long as it takes. */
  readonly timeoutSeconds?: number
}

/** A job that was added. */
export interface QueuedJob<R> {
  readonly id: string
  /** The refresh that it belongs to, as the ledger names it. */
  readonly refresh: string
  /** What it is doing now. @throws {DatabaseError} where the queue can't be reached */
  status(): Promise<JobStatus>
  /**
   * Waits until it has ended and gives its result.
   *
   * @throws {StarlineError} with the job's own words where it failed, was forgotten, or did not end in time
   * @example await job.result({ timeoutSeconds: 600 })
   */
  result(options?: ResultOptions): Promise<R>
}

const words: Readonly<Record<string, JobStatus>> = {
  waiting: 'waiting', prioritized: 'waiting', active: 'active', delayed: 'delayed', completed: 'succeeded', failed: 'failed',
  // A refresh waits for its ETLs, which are at work.
  'waiting-children': 'active',
}

const pollMilliseconds = 2_000

/** The handle of a job that is in the queue. */
export function jobHandle<R>(producer: Producer, id: string, refresh: string, read: (value: unknown) => R): QueuedJob<R> {
  return {
    id,
    refresh,
    status: async () => statusOf(await producer.standing(id)),
    async result({ timeoutSeconds = Infinity } = {}) {
      const standing = await untilEnded(producer, id, timeoutSeconds)
      const status = statusOf(standing)
      if (status === 'succeeded') return read(standing.returnValue)
      if (status === 'failed') throw new StarlineError(standing.failedReason ?? 'it failed')
      throw forgotten(id, refresh)
    },
  }
}

const statusOf = ({ state }: Standing): JobStatus => words[state] ?? 'unknown'
const isOpen = (standing: Standing): boolean => ['waiting', 'active', 'delayed'].includes(statusOf(standing))

/**
 * Waits until a job is not open any more. It listens for the end, and looks now and then, since an event may be lost.
 * A queue that is away for a while is waited for; only the first look must find it.
 */
async function untilEnded(producer: Producer, id: string, seconds: number): Promise<Standing> {
  const end = performance.now() + seconds * 1000
  const ear = new Ear()
  let trouble: unknown
  try {
    for (let looks = 0; ; looks++) {
      try {
        // Listens before it looks, so that an end in between is heard.
        if (looks === 0 || trouble !== undefined) ear.stopWith(await producer.listen(id, () => ear.hear()))
        const standing = await producer.standing(id)
        if (!isOpen(standing)) return standing
        trouble = undefined
      } catch (error) {
        if (looks === 0 || !isAway(error)) throw error
        trouble = error
      }
      const left = end - performance.now()
      if (left <= 0) throw tooLate(id, seconds, trouble)
      await ear.wait(Math.min(left, pollMilliseconds))
    }
  } finally {
    ear.stopWith(undefined)
  }
}

/** Sleeps until something is heard, or for so long. */
class Ear {
  #wake = new AbortController()
  #stop: (() => void) | undefined

  hear(): void {
    this.#wake.abort()
  }

  async wait(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: this.#wake.signal }).catch(() => undefined)
    this.#wake = new AbortController()
  }

  /** Stops what it listened with before. */
  stopWith(stop: (() => void) | undefined): void {
    this.#stop?.()
    this.#stop = stop
  }
}

const isAway = (error: unknown): boolean => error instanceof StarlineError && error.transient

const forgotten = (id: string, refresh: string): StarlineError => new StarlineError('the queue does not know this job any more', {
  where: `job ${id}`, why: 'it ended long ago, or the queue was emptied',
  wayOut: `look it up in the warehouse: select * from etl_run where refresh = '${refresh}'`,
})

const tooLate = (id: string, seconds: number, cause: unknown): StarlineError => new StarlineError(`the job did not end within ${seconds} s`, {
  where: `job ${id}`, wayOut: 'wait longer, or look whether a worker is at work: npm run worker', cause,
})
