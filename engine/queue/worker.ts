import { setTimeout as sleep } from 'node:timers/promises'
import type { Job, Worker } from 'bullmq'
import { databasesOf, workerName } from '../etl/context.ts'
import type { Databases } from '../etl/context.ts'
import { labelOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { clearUp } from '../publish/janitor.ts'
import { redact } from '../redact.ts'
import { openLine } from './backend.ts'
import type { Line } from './backend/line.ts'
import { forQueue, isFinal, Stopping, TakenOver } from './failures.ts'
import { queueName, readMessage } from './message.ts'
import { processEtl } from './process-etl.ts'
import type { Queues } from './process-etl.ts'
import { processRefresh } from './process-refresh.ts'
import type { Room } from './room.ts'
import { recover } from './recover.ts'
import type { Ward } from './recover.ts'
import { startRounds } from './rounds.ts'

export interface WorkerOptions {
  /** How many jobs are worked on side by side. */
  readonly concurrency: number
  readonly log: Log
  /** Seconds until a job whose worker died may be taken by another, and between the looks for such jobs. */
  readonly lockSeconds?: number
  readonly stalledSeconds?: number
}

/** A worker at work. */
export interface RunningWorker {
  /** The warehouse and the queue, without secrets. */
  readonly warehouse: string
  readonly queue: string
  /** Whether nothing is left in the queue: nothing waits, runs, or is to be tried again, here or elsewhere. */
  isEmpty(): Promise<boolean>
  /** How many jobs it is working on. */
  readonly busy: number
  /** Takes no more jobs, and resolves when those at work have ended and everything is closed. With the queue away that may be never. */
  stop(): Promise<void>
  /** Ends the work on all jobs now; they go back to the queue. */
  abort(): void
}

/**
 * Starts a worker: it takes one job at a time and runs exactly the journey that the command line runs.
 *
 * @throws {DatabaseError} where the queue or the warehouse can't be reached
 */
export async function startWorker(config: Config, options: WorkerOptions): Promise<RunningWorker> {
  const { concurrency, log, lockSeconds = 30, stalledSeconds = 15 } = options
  const databases = databasesOf(config)
  // Opened first: a warehouse that only one process may open says so here, and not in the middle of a job.
  const warehouse = await databases.warehouse()
  const line = await openLine(config.queue, { seconds: config.deadlines.connectSeconds, comesBack: true })
    .catch(async (error: unknown) => {
      await databases.close()
      throw error
    })
  const queue = line.queue(queueName)
  const queues: Queues = { main: queue, of: () => queue }
  const atWork = new Map<string, AbortController>()
  const worker = line.worker(queueName, (job: Job, token?: string) => processJob(job, token ?? '', { config, databases, log, queues, atWork }), {
    name: workerName(), concurrency, lockSeconds, stalledSeconds,
  })
  const ward: Ward = { config, warehouse, queues, log, stuck: new Set() }
  const rounds = startRounds(warehouse, log, [
    // First what the queue has lost: it is alive, however long all workers were away.
    { what: 'look after the queue', seconds: 15, work: (session) => recover(session, ward) },
    { what: 'clear up', seconds: 600, work: (session) => clearUp(session, log) },
  ])
  line.watch({ away() {}, back: () => rounds.now() })
  const trouble = tellOfTrouble(worker, line, log)
  worker.on('lockRenewalFailed', (ids) => {
    for (const id of ids) atWork.get(id)?.abort(new TakenOver('another worker has taken this job over', { where: `job ${id}` }))
  })
  return {
    warehouse: warehouse.place,
    queue: line.place,
    get busy() { return atWork.size },
    async isEmpty() {
      const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized', 'waiting-children')
      return Object.values(counts).every((count) => count === 0)
    },
    async stop() {
      await closed(worker, () => atWork.size === 0 && !line.isUp)
      trouble.hush()
      await line.close()
      await rounds.stop()
      await databases.close()
    },
    abort() {
      for (const controller of atWork.values()) controller.abort(new Stopping('the worker was told to stop'))
    },
  }
}

/** Closes a worker. Without its queue it would wait for ever, so with nothing at work it is cut off. */
async function closed(worker: Worker, mayCut: () => boolean): Promise<void> {
  const closing = worker.close().then(() => 'closed')
  while (await Promise.race([closing, sleep(100)]) !== 'closed') {
    if (mayCut()) return void worker.disconnect().catch(() => undefined)
  }
}

interface Shop {
  readonly config: Config
  readonly databases: Databases
  readonly log: Log
  readonly queues: Queues
  /** The jobs at work, so that one whose lock was lost can be stopped. */
  readonly atWork: Map<string, AbortController>
}

/** One job, from what arrived to its result or to the error that the queue may keep. */
async function processJob(job: Job, token: string, { config, databases, log, queues, atWork }: Shop): Promise<unknown> {
  const controller = new AbortController()
  const { signal } = controller
  const id = job.id ?? ''
  const sources = databasesOf(config)
  const own = labelled(log, job)
  atWork.set(id, controller)
  try {
    const room: Room = {
      config, warehouse: await databases.warehouse(), source: (name) => sources.source(name), signal, worker: workerName(), log: own,
      abort: (reason) => controller.abort(reason), isFinal: (error) => isFinal(error, job, signal),
    }
    const { task, message } = readMessage(job.name, job.data)
    room.log.info(`Started ${task === 'processEtl' ? labelOf(message) : `refresh ${message.refresh}`}`, { event: 'job-started' })
    const result = task === 'processEtl'
      ? await processEtl(message, room, queues)
      : await processRefresh(message, job, token, queues, room)
    room.log.info(`Ended ${task === 'processEtl' ? labelOf(message) : `refresh ${message.refresh}`}`, { event: 'job-ended', result })
    return result
  } catch (error) {
    const told = await forQueue(error, job, token, signal)
    tellOfError(own, error, told, job)
    throw told
  } finally {
    atWork.delete(id)
    await sources.close().catch((error: unknown) => own.warn(`Could not close a source: ${messageOf(error)}`))
  }
}

function tellOfError(log: Log, error: unknown, told: Error, job: Job): void {
  const what = `${job.name} ${job.id}`
  if (told.name === 'WaitingChildrenError') log.info(`Waiting for the ETLs of ${what}`, { event: 'job-waits' })
  else if (told.name === 'WaitingError') log.info(`Gave back ${what}`, { event: 'job-given-back' })
  else if (told.name === 'DelayedError') log.info(`Put off ${what}: ${messageOf(error)}`, { event: 'job-put-off' })
  else log.error(`Failed ${what}: ${messageOf(error)}`, { event: 'job-failed', stack: error instanceof Error ? error.stack : undefined })
}

/** Every line of a job says which one, and which attempt at it. */
function labelled(log: Log, job: Job): Log {
  const about = { job: job.id, attempt: job.attemptsMade + 1, worker: workerName() }
  return {
    info: (message, fields) => log.info(message, { ...about, ...fields }),
    warn: (message, fields) => log.warn(message, { ...about, ...fields }),
    error: (message, fields) => log.error(message, { ...about, ...fields }),
    close: () => log.close(),
  }
}

/** A queue that is away makes an error every few milliseconds: it is told once, and when it is back. Gives how to end the telling. */
function tellOfTrouble(worker: Worker, line: Line, log: Log): { hush(): void } {
  let away = false
  let hushed = false
  worker.on('error', (error) => {
    if (!hushed && line.isUp) log.warn(`The queue says: ${redact(error.message)}`, { event: 'queue-error' })
  })
  worker.on('stalled', (id) => log.warn(`Job ${id} lost its worker and is taken up again`, { event: 'job-stalled', job: id }))
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
