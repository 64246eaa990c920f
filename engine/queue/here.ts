import { setTimeout as sleep } from 'node:timers/promises'
import { isOneProcess } from '../db/open.ts'
import type { Config } from '../etl/registry.ts'
import { openLog } from '../log.ts'
import type { Log } from '../log.ts'
import { isEmbedded } from './backend.ts'
import type { RunningWorker } from './worker.ts'

/** Whether nobody but this process can do what it asks for: its warehouse or its queue lives in one process. */
export const isAlone = ({ warehouse, queue }: Config): boolean => isOneProcess(warehouse) || isEmbedded(queue)

/** A worker of this process: how often it was asked for, and how it ends. */
interface Here {
  asks: number
  /** Told to give back what it is working on. */
  isUnwanted: boolean
  worker?: RunningWorker
  ended?: Promise<void>
}

const atWork = new Map<Config, Here>()

/**
 * Starts a worker in this process where nobody else could do the work. It ends when nothing is left to do, so that the
 * process can; until then it keeps the process alive.
 *
 * @throws {DatabaseError} where the queue or the warehouse can't be reached
 */
export async function workHere(config: Config): Promise<void> {
  if (!isAlone(config)) return
  const known = atWork.get(config)
  if (known !== undefined) {
    known.asks += 1
    return
  }
  const own: Here = { asks: 0, isUnwanted: false }
  atWork.set(config, own)
  const { startWorker } = await import('./worker.ts')
  const log = openLog(config.logs, 'worker')
  try {
    const worker = await startWorker(config, { concurrency: 1, log })
    own.worker = worker
    own.ended = untilDone(config, worker, own, log)
  } catch (error) {
    atWork.delete(config)
    await log.close()
    throw error
  }
}

/** Somebody may ask for more while it is being found out that nothing is left. */
async function untilDone(config: Config, worker: RunningWorker, own: Here, log: Log): Promise<void> {
  for (let seen = -1; seen !== own.asks && !own.isUnwanted;) {
    seen = own.asks
    while (!own.isUnwanted && !(await worker.isEmpty().catch(() => false))) await sleep(50)
  }
  atWork.delete(config)
  if (own.isUnwanted) worker.abort()
  await worker.stop()
  await log.close()
}

/**
 * Resolves when the worker that was started in this process has ended, if one was.
 *
 * @param now it gives back what it is working on, instead of working until nothing is left
 */
export async function endHere(config: Config, now: boolean): Promise<void> {
  const own = atWork.get(config)
  if (own === undefined) return
  own.isUnwanted ||= now
  await own.ended
}
