import type { JobsOptions } from 'bullmq'

const day = 24 * 60 * 60

/** How every job is kept and tried: only errors that can pass are tried again (see failures.ts), and nothing is kept for ever. */
export const jobOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 2_000, jitter: 0.5 },
  removeOnComplete: { age: 7 * day, count: 5_000 },
  removeOnFail: { age: 30 * day, count: 5_000 },
  // Of a job's log, so many writes: each has the lines of a second.
  keepLogs: 500,
  // Stacks are stored in clear and help nobody there: the worker's log has them.
  stackTraceLimit: 0,
} as const satisfies JobsOptions

/** How many events a queue keeps: nobody reads them later. */
export const keptEvents = 5_000

/** What a worker differs in from others. */
export interface WorkerWish {
  /** Who it is, for those who look at the queue. */
  readonly name: string
  /** How many jobs it works on side by side. */
  readonly concurrency: number
  /** Seconds until a job whose worker died may be taken by another, and between the looks for such jobs. */
  readonly lockSeconds: number
  readonly stalledSeconds: number
}

/** What every worker is told, on whatever queue. */
export const workerOptions = ({ name, concurrency, lockSeconds, stalledSeconds }: WorkerWish) => ({
  name: name.replaceAll(':', '-'), concurrency, lockDuration: lockSeconds * 1000, stalledInterval: stalledSeconds * 1000,
  // A job is safe to repeat, so a worker that dies often is no reason to give it up.
  maxStalledCount: 50, removeOnComplete: jobOptions.removeOnComplete, removeOnFail: jobOptions.removeOnFail,
}) as const
