import type { Job } from 'bullmq'
import { databasesOf, workerName } from '../etl/context.ts'
import type { Databases } from '../etl/context.ts'
import type { Result } from '../etl/etl.ts'
import { labelOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { messageOf } from '../errors.ts'
import { withFields } from '../log.ts'
import type { Log } from '../log.ts'
import { forQueue, isFinal } from './failures.ts'
import { helpLoad } from './help-load.ts'
import { keepLines } from './job-log.ts'
import { readMessage } from './message.ts'
import type { EtlMessage } from './message.ts'
import { processEtl } from './process-etl.ts'
import { processRefresh } from './process-refresh.ts'
import type { Queues } from './queues.ts'
import type { Room } from './room.ts'
import type { Outcome, Tally } from './tally.ts'

/** What a worker has for all of its jobs. */
export interface Shop {
  readonly config: Config
  readonly databases: Databases
  readonly log: Log
  readonly queues: Queues
  /** The jobs at work, each by its queue and id, so that one whose lock was lost can be stopped. */
  readonly atWork: Map<string, AbortController>
  /** What has been done. */
  readonly tally: Tally
  readonly step?: (step: string) => void
}

/** One job, from what arrived to its result or to the error that the queue may keep. */
export async function processJob(job: Job, token: string, { config, databases, log, queues, atWork, tally, step }: Shop): Promise<unknown> {
  const controller = new AbortController()
  const { signal } = controller
  const id = `${job.queueName} ${job.id}`
  const sources = databasesOf(config)
  const kept = keepLines(job, labelled(log, job), workerName())
  const own = kept.log
  const begun = performance.now()
  const ended = (outcome: Outcome): void => tally.attempt(job.name, outcome, (performance.now() - begun) / 1000)
  atWork.set(id, controller)
  try {
    const room: Room = {
      config, warehouse: await databases.warehouse(), source: (name) => sources.source(name), signal, worker: workerName(), log: own,
      abort: (reason) => controller.abort(reason), isFinal: (error) => isFinal(error, job, signal), ...step && { step },
    }
    const { task, message } = readMessage(job.name, job.data, job.queueName)
    const what = task === 'refreshDataWarehouse' ? `refresh ${message.refresh}` : task === 'loadRanges' ? `ranges of ${labelOf(message)}` : labelOf(message)
    room.log.info(`Started ${what}`, { event: 'job-started' })
    const result = task === 'processEtl' ? await loadEtl(message, room, queues, tally)
      : task === 'loadRanges' ? await helpLoad(message, room) : await processRefresh(message, job, token, queues, room)
    ended('succeeded')
    room.log.info(`Ended ${what}`, { event: 'job-ended', result })
    return result
  } catch (error) {
    const told = await forQueue(error, job, token, signal)
    tellOfError(own, error, told, job)
    const outcome = outcomeOf(told)
    if (outcome !== undefined) ended(outcome === 'retried' && isFinal(error, job, signal) ? 'failed' : outcome)
    throw told
  } finally {
    atWork.delete(id)
    await sources.close().catch((error: unknown) => own.warn(`Could not close a source: ${messageOf(error)}`))
    await kept.end()
  }
}

async function loadEtl(message: EtlMessage, room: Room, queues: Queues, tally: Tally): Promise<Result> {
  const result = await processEtl(message, room, queues)
  tally.loaded(...result)
  return result
}

/** What the queue is told says how the attempt ended; undefined where it has not. */
function outcomeOf({ name }: Error): Outcome | undefined {
  if (name === 'WaitingChildrenError') return undefined
  if (name === 'WaitingError') return 'given_back'
  if (name === 'DelayedError') return 'put_off'
  return name === 'UnrecoverableError' ? 'failed' : 'retried'
}

function tellOfError(log: Log, error: unknown, told: Error, job: Job): void {
  // Anybody who reaches the queue can give a job a name of any length.
  const what = `${job.name} ${job.id}`.slice(0, 200)
  if (told.name === 'WaitingChildrenError') log.info(`Waiting for the ETLs of ${what}`, { event: 'job-waits' })
  else if (told.name === 'WaitingError') log.info(`Gave back ${what}`, { event: 'job-given-back' })
  else if (told.name === 'DelayedError') log.info(`Put off ${what}: ${messageOf(error)}`, { event: 'job-put-off' })
  else log.error(`Failed ${what}: ${messageOf(error)}`, { event: 'job-failed', stack: error instanceof Error ? error.stack : undefined })
}

/** Every line of a job says which one it is of, and which attempt at it. */
function labelled(log: Log, job: Job): Log {
  const { message } = tried(() => readMessage(job.name, job.data, job.queueName)) ?? { message: {} }
  return withFields(log, { job: job.id, attempt: job.attemptsMade + 1, ...message })
}

/** A job that is refused is told of without what it claims to be. */
function tried<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
