import { DelayedError, UnrecoverableError, WaitingChildrenError, WaitingError } from 'bullmq'
import type { Job } from 'bullmq'
import { BusyError, CancelledError, messageOf, StarlineError } from '../errors.ts'
import type { DatabaseError } from '../errors.ts'
import { redact } from '../redact.ts'

/** The worker was told to stop: the job goes back and another worker takes it. */
export class Stopping extends StarlineError {}

/** Another worker has the job by now. */
export class TakenOver extends StarlineError {}

/** The job goes on elsewhere, or here another time. */
export const goesOn = ({ reason }: AbortSignal): boolean => reason instanceof Stopping || reason instanceof TakenOver

/** The warehouse did not answer when a job began: it waits until it does. */
export class WarehouseAway extends StarlineError {
  override readonly transient = true

  constructor(cause: DatabaseError) {
    const { what, where, why, wayOut } = cause
    super(what, { ...where !== undefined && { where }, ...why !== undefined && { why }, ...wayOut !== undefined && { wayOut }, cause })
  }
}

/** Whether the job has begun nothing, and waits until it can: as long as its refresh has time. */
const mustWait = (error: unknown): boolean => error instanceof BusyError || error instanceof WarehouseAway

/** Whether the job was ended because somebody has cancelled it, or its refresh. */
export const isCancelled = ({ reason }: AbortSignal): boolean => reason instanceof CancelledError

/** Whether another attempt can help. */
const isTransient = (error: unknown): boolean => error instanceof StarlineError && error.transient

/** Whether this failure is the end of the job: it is not tried again by itself. */
export function isFinal(error: unknown, job: Job, signal: AbortSignal): boolean {
  if (goesOn(signal)) return false
  if (mustWait(error)) return false
  return !isTransient(error) || job.attemptsMade + 1 >= (job.opts.attempts ?? 1)
}

/**
 * What the queue is told of an error: wait, try again, or fail for good. The queue stores it in clear and copies it to
 * the parent, so nothing leaves here that was not redacted, and no stack.
 */
export async function forQueue(error: unknown, job: Job, token: string, signal: AbortSignal): Promise<Error> {
  if (error instanceof WaitingChildrenError) return error
  try {
    if (signal.reason instanceof Stopping) {
      await job.moveToWait(token)
      return new WaitingError()
    }
    if (mustWait(error)) {
      await job.moveToDelayed(Date.now() + busyDelay(job.attemptsStarted), token)
      return new DelayedError()
    }
  } catch {
    // The job is another worker's by now, or the queue is away: whoever finds it stalled goes on with it.
  }
  const text = redact(messageOf(error)).slice(0, 900)
  return withoutStack(isTransient(error) || goesOn(signal) ? new Error(text) : new UnrecoverableError(text))
}

/** Whole milliseconds, from 1 s up to a quarter of a minute, never twice the same: two jobs that wait for each other don't meet again. */
const busyDelay = (started: number): number => Math.round(Math.min(15_000, 1_000 * 1.5 ** started) * (0.5 + Math.random() / 2))

function withoutStack<E extends Error>(error: E): E {
  error.stack = `${error.name}: ${error.message}`
  return error
}
