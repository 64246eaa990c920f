import { Queue } from 'bullmq'
import type { JobsOptions } from 'bullmq'
import type { Redis } from 'ioredis'
import { DatabaseError, messageOf } from '../errors.ts'
import { redact } from '../redact.ts'
import { queueName, queuePrefix } from './message.ts'
import type { JobName } from './message.ts'
import { openRedis, placeOf } from './redis.ts'

const day = 24 * 60 * 60

/** How every job is kept and tried: only errors that can pass are tried again (see failures.ts), and nothing is kept for ever. */
export const jobOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 2_000, jitter: 0.5 },
  removeOnComplete: { age: 7 * day, count: 5_000 },
  removeOnFail: { age: 30 * day, count: 5_000 },
  // Stacks are stored in clear and help nobody there: the worker's log has them.
  stackTraceLimit: 0,
} as const satisfies JobsOptions

/** The queue over a connection; events are capped, since nobody reads them later. */
export function queueOver(client: Redis): Queue {
  const queue = new Queue(queueName, {
    connection: client, prefix: queuePrefix, defaultJobOptions: jobOptions, streams: { events: { maxLen: 5_000 } },
  })
  // The connection's own listener tells of errors; without one here they would end the process.
  queue.on('error', () => undefined)
  return queue
}

interface Line {
  readonly client: Redis
  readonly queue: Queue
}

/** What has become of a job. */
export interface Standing {
  /** The queue's own word. */
  readonly state: string
  readonly returnValue: unknown
  readonly failedReason: string | undefined
}

/**
 * Adds jobs and asks after them.
 *
 * It connects when it is first used. While something is under way it keeps the process alive; at rest it doesn't, so a
 * program that added a job and has its result ends by itself. A connection that breaks at rest is made anew when needed.
 */
export class Producer {
  readonly #url: string
  readonly #seconds: number
  #line: Promise<Line> | undefined
  #busy = 0

  constructor(url: string, connectSeconds: number) {
    this.#url = url
    this.#seconds = connectSeconds
  }

  async add(task: JobName, data: object, jobId: string): Promise<void> {
    await this.#use(({ queue }) => queue.add(task, data, { jobId }))
  }

  /** @throws {DatabaseError} where Redis is away */
  async standing(jobId: string): Promise<Standing> {
    return this.#use(async ({ queue }) => {
      // The state first: read the other way round, a job could end in between.
      const state = await queue.getJobState(jobId)
      const job = await queue.getJob(jobId)
      return { state, returnValue: job?.returnvalue, failedReason: job?.failedReason }
    })
  }

  /** Calls back when a job ends, as far as it is heard of: a hint to look, never the truth. Gives a function that stops listening. */
  async listen(jobId: string, hint: () => void): Promise<() => void> {
    const { client, queue } = await this.#use((line) => Promise.resolve(line))
    const ears = client.duplicate({ commandTimeout: undefined, retryStrategy: () => null, lazyConnect: false })
    ears.on('error', () => undefined)
    const key = queue.toKey('events')
    const hear = async (): Promise<void> => {
      for (let last = '$'; ;) {
        const [stream] = await ears.xread('BLOCK', 30_000, 'STREAMS', key, last) ?? []
        for (const [id, fields] of stream?.[1] ?? []) {
          last = id
          if (/^(completed|failed)$/.test(fields[fields.indexOf('event') + 1] ?? '') && fields[fields.indexOf('jobId') + 1] === jobId) hint()
        }
      }
    }
    hear().catch(() => undefined)
    return () => ears.disconnect()
  }

  /** Ends the connection now; the next use makes another. */
  async close(): Promise<void> {
    const line = this.#line
    this.#line = undefined
    const { client } = await line?.catch(() => undefined) ?? {}
    client?.disconnect()
  }

  async #use<T>(work: (line: Line) => Promise<T>): Promise<T> {
    this.#busy += 1
    const opening = this.#line ??= this.#open()
    try {
      const line = await opening
      line.client.stream?.ref()
      return await work(line)
    } catch (error) {
      if (this.#line === opening) await this.close()
      throw error instanceof DatabaseError ? error : new DatabaseError('the queue did not answer', {
        where: placeOf(this.#url), why: redact(messageOf(error)), transient: true, wayOut: 'look whether its Redis is well, then try again',
      })
    } finally {
      this.#busy -= 1
      if (this.#busy === 0) (await this.#line?.catch(() => undefined))?.client.stream?.unref()
    }
  }

  async #open(): Promise<Line> {
    // A broken connection doesn't come back by itself: its timers would keep a process alive that is at rest.
    const client = await openRedis(this.#url, { seconds: this.#seconds, comesBack: false }, { commandTimeout: this.#seconds * 1000 })
    client.once('end', () => { this.#line = undefined })
    return { client, queue: queueOver(client) }
  }
}
