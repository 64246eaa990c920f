import { setTimeout as sleep } from 'node:timers/promises'
import type { Job, Worker } from 'bullmq'
import { databasesOf, workerName } from '../etl/context.ts'
import { pickQueues } from '../etl/queue-name.ts'
import type { Config } from '../etl/registry.ts'
import { withFields } from '../log.ts'
import type { Log } from '../log.ts'
import { clearUp } from '../publish/janitor.ts'
import { enterWorker } from '../publish/workers.ts'
import { openLine } from './backend.ts'
import { answerWithin } from './backend/within.ts'
import { Stopping, TakenOver } from './failures.ts'
import { countsOf, healthOf } from './health.ts'
import type { Health, Patient } from './health.ts'
import { metricsText } from './metrics.ts'
import { keepAlive } from './keep-alive.ts'
import { processJob } from './process-job.ts'
import { refreshesQueue } from './message.ts'
import { queueOf, queuesOn } from './queues.ts'
import { recover } from './recover.ts'
import type { Ward } from './recover.ts'
import { startRounds } from './rounds.ts'
import { askInTime } from './schedules.ts'
import type { Clockwork } from './schedules.ts'
import { signOff } from './sign-off.ts'
import { newTally } from './tally.ts'
import { tellOfTrouble } from './trouble.ts'

export interface WorkerOptions {
  /** How many jobs of each queue are worked on side by side. */
  readonly concurrency: number
  /** The queues of ETLs to take; all where none is given. */
  readonly queues?: readonly string[]
  readonly log: Log
  /** Seconds until a job whose worker died may be taken by another, and between the looks for such jobs and for what the queue has lost. */
  readonly lockSeconds?: number
  readonly stalledSeconds?: number
  /** Told of each step of the protocol, so that a test can die there. */
  readonly step?: (step: string) => void
}

/** A worker at work. */
export interface RunningWorker {
  /** Who it is, as the ledger and the log call it. */
  readonly name: string
  /** The warehouse and the queue, without secrets. */
  readonly warehouse: string
  readonly queue: string
  /** Whether nothing is left in the queues that it takes: nothing waits, runs, or is to be tried again, here or elsewhere. */
  isEmpty(): Promise<boolean>
  /** What somebody should know of the queue: a sentence each, with the way out. */
  readonly warnings: readonly string[]
  /** How many jobs it is working on. */
  readonly busy: number
  /** Whether its queue and its warehouse answer. */
  health(): Promise<Health>
  /** What it has done and what waits, as Prometheus text. */
  metrics(): Promise<string>
  /** Takes no more jobs, and resolves when those at work have ended and everything is closed. With the queue away that may be never. */
  stop(): Promise<void>
  /** Ends the work on all jobs now; they go back to the queue. */
  abort(): void
}

/**
 * Starts a worker: it takes one job at a time and runs exactly the journey that the command line runs.
 *
 * It takes the queues that it is told, and the one of the refreshes' own jobs.
 *
 * @throws {DatabaseError} where the queue or the warehouse can't be reached
 * @throws {ConfigurationError} for a queue that no active ETL waits in
 */
export async function startWorker(config: Config, options: WorkerOptions): Promise<RunningWorker> {
  const { concurrency, lockSeconds = 15, stalledSeconds = 5 } = options
  const log = withFields(options.log, { worker: workerName() })
  const taken = pickQueues(config, options.queues ?? [])
  const databases = databasesOf(config)
  // Opened first: a warehouse that only one process may open says so here, and not in the middle of a job.
  const warehouse = await databases.warehouse()
  const line = await openLine(config.queue, { seconds: config.deadlines.connectSeconds, comesBack: true, warehouse: config.warehouse })
    .catch(async (error: unknown) => {
      await databases.close()
      throw error
    })
  // A server that refuses to tell, or is away by now, is no reason not to work.
  const warnings = await answerWithin(config.deadlines.connectSeconds, () => line.warnings()).catch(() => [])
  const queues = queuesOn(line)
  const shop = { config, databases, log, queues, atWork: new Map<string, AbortController>(), tally: newTally(), ...options.step && { step: options.step } }
  const { atWork, tally } = shop
  const names = [refreshesQueue, ...taken.map(queueOf)]
  const workers = names.map((name) => line.worker(name, (job: Job, token?: string) => processJob(job, token ?? '', shop), {
    name: workerName(), concurrency, lockSeconds, stalledSeconds,
  }))
  const ward: Ward = { config, warehouse, queues, log, stuck: new Set(), untaken: new Set(), putOff: new Map() }
  const clockwork: Clockwork = { config, warehouse, queues, log, told: new Set() }
  const rounds = startRounds(warehouse, log, [
    // First: who looks for queues that nobody takes must find itself.
    {
      what: 'say that it works', seconds: 5,
      async work(session) {
        await enterWorker(session, warehouse, taken)
        await keepAlive(session)
      },
    },
    {
      what: 'look after the queue', seconds: stalledSeconds,
      // Where it is away, who asks would hold the others up until it is back.
      work: async (session) => { if (line.isUp) await recover(session, ward) },
    },
    { what: 'look at the schedules', seconds: 5, work: (session) => askInTime(session, clockwork) },
    // Last: what is at work is alive, however long all workers were away.
    { what: 'clear up', seconds: 600, work: (session) => clearUp(session, log) },
  ])
  const patient: Patient = { line, warehouse, queues, names }
  line.watch({ away() {}, back: () => rounds.now('look after the queue') })
  const trouble = tellOfTrouble(workers, line, log)
  for (const worker of workers) {
    worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) atWork.get(`${worker.name} ${id}`)?.abort(new TakenOver('another worker has taken this job over', { where: `job ${id}` }))
    })
  }
  return {
    name: workerName(),
    warehouse: warehouse.place,
    queue: line.place,
    warnings,
    get busy() { return atWork.size },
    health: () => healthOf(patient),
    async metrics() {
      const [health, counts] = await Promise.all([healthOf(patient), countsOf(patient)])
      return metricsText({ active: atWork.size, tally, health, counts })
    },
    async isEmpty() {
      const counts = await Promise.all(names.map((name) => queues.named(name).getJobCounts('waiting', 'active', 'delayed', 'prioritized', 'waiting-children')))
      return counts.flatMap((each) => Object.values(each)).every((count) => count === 0)
    },
    async stop() {
      await closed(workers, () => atWork.size === 0 && !line.isUp)
      trouble.hush()
      await line.close()
      await rounds.stop()
      await signOff(warehouse)
      await databases.close()
    },
    abort() {
      for (const controller of atWork.values()) controller.abort(new Stopping('the worker was told to stop'))
    },
  }
}

/** Closes workers. Without their queue they would wait for ever, so with nothing at work they are cut off. */
async function closed(workers: readonly Worker[], mayCut: () => boolean): Promise<void> {
  const closing = Promise.all(workers.map((worker) => worker.close())).then(() => 'closed')
  while (await Promise.race([closing, sleep(100)]) !== 'closed') {
    if (!mayCut()) continue
    for (const worker of workers) void worker.disconnect().catch(() => undefined)
    return
  }
}
