import { setTimeout as sleep } from 'node:timers/promises'
import { isOneProcess } from '../db/open.ts'
import type { Config } from '../etl/registry.ts'
import { openLog } from '../log.ts'
import type { Log } from '../log.ts'
import { isEmbedded } from './backend.ts'
import type { RunningWorker } from './worker.ts'

/** Whether nobody but this process can do what it asks for: its warehouse or its queue lives in one process. */
const isAlone = ({ warehouse, queue }: Config): boolean => isOneProcess(warehouse) || isEmbedded(queue)

/** How often each worker of this process was asked for. */
const atWork = new Map<Config, { asks: number }>()

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
  const own = { asks: 0 }
  atWork.set(config, own)
  const { startWorker } = await import('./worker.ts')
  const log = openLog(config.logs, 'worker')
  try {
    const worker = await startWorker(config, { concurrency: 1, log })
    void untilDone(config, worker, own, log)
  } catch (error) {
    atWork.delete(config)
    await log.close()
    throw error
  }
}

/** Somebody may ask for more while it is being found out that nothing is left. */
async function untilDone(config: Config, worker: RunningWorker, own: { readonly asks: number }, log: Log): Promise<void> {
  for (let seen = -1; seen !== own.asks;) {
    seen = own.asks
    while (!(await worker.isEmpty().catch(() => false))) await sleep(50)
  }
  atWork.delete(config)
  await worker.stop()
  await log.close()
}
