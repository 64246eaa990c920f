import type { Processor, Queue, Worker } from 'bullmq'
import type { WorkerWish } from '../job-options.ts'

/** What a connection to the queue is for. */
export interface LineWish {
  /** Seconds until an answer must be there. */
  readonly seconds: number
  /**
   * Whether it outlives a queue that is away, as a worker's does: what was asked then waits until the queue is back.
   * A program's does not: what it asks fails, and it connects anew when it asks again.
   */
  readonly comesBack: boolean
  /** Whose queue it is, where several live in one process. */
  readonly warehouse?: string
}

/** Who wants to know whether the queue is there. */
export interface Watcher {
  readonly away: () => void
  readonly back: () => void
}

/**
 * A connection to the queue, whichever one the URL names: all that adding, awaiting and working need of it, and the only
 * place that knows what is behind it.
 */
export interface Line {
  /** For messages and logs: without secrets. */
  readonly place: string
  /** Whether the queue is there, as far as is known. */
  readonly isUp: boolean
  queue(name: string): Queue
  worker(name: string, work: Processor, wish: WorkerWish): Worker
  watch(watcher: Watcher): void
  /** What somebody should know of this queue: a sentence each, with the way out. */
  warnings(): Promise<readonly string[]>
  /** Whether the connection by itself keeps the process alive. It does unless told. */
  keepAlive(wanted: boolean): void
  /** Ends it at once, whether anybody answers or not. */
  close(): Promise<void>
}
