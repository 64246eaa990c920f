import { isDeepStrictEqual } from 'node:util'
import { setTimeout as pause } from 'node:timers/promises'
import { createConnection } from 'mysql2/promise'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { refresh, tupleLines } from './follow.ts'
import { configOf } from './queue.ts'
import { isWell, read, tallyLine, watch } from './reader.ts'
import type { DemoWorker, Places, Stage } from './stage.ts'

/** The load that is struck: the largest one. */
const victimTable = 'product_sale'
const reading = 'SELECT COUNT(*) AS sales, SUM(amount) AS amount, (SELECT COUNT(*) FROM product_upload_fact) AS uploads, (SELECT COUNT(*) FROM school_dim) AS schools FROM product_sale_fact'
/** A load that was over before it could be struck is no demonstration: the next one may be. */
const rounds = 5

/** One of two workers is killed in the middle of a load while somebody reads the live tables. @returns the exit code */
export async function demoKill(stage: Stage): Promise<number> {
  const places = await stage.servers()
  if (typeof places === 'string') {
    stage.tell(`A worker can be killed, and a reader look on, only where several processes share a warehouse.\n${places}`)
    return 1
  }
  const config = await configOf(places)
  let workers = await Promise.all(['worker 1', 'worker 2'].map((name) => stage.worker(name, places, 'impatient')))
  const before = await refresh(config, stage.tell)
  const [eyes, ledger] = [await connect(places), await connect(places)]
  stage.tell('\nThe star is live. From now on somebody reads it every few milliseconds.')
  const reader = watch(eyes, reading, await read(eyes, reading))
  let after = before
  let isStruck = false
  for (let round = 1; round <= rounds && !isStruck && isDeepStrictEqual(after, before); round += 1) {
    let strike: Promise<DemoWorker | undefined> | undefined
    after = await refresh(config, stage.tell, (id) => { strike = killAtWork(ledger, id, workers, stage.tell) })
    const victim = await strike
    isStruck = victim !== undefined && await wasInTheMiddle(ledger)
    if (victim !== undefined && !isStruck) workers = [...workers.filter((one) => one !== victim), await stage.worker(`${victim.name} again`, places, 'impatient')]
  }
  await reader.stop()
  await Promise.all([eyes.end(), ledger.end()])
  const isSame = isDeepStrictEqual(after, before)
  stage.tell(['', ...tupleLines(after), '', isSame ? 'The tuples are the same as before.' : `The tuples are NOT the same. Before:\n${tupleLines(before).join('\n')}`,
    isStruck ? 'A worker was killed in the middle of its load.' : 'No worker could be killed in the middle of a load.', `The reader saw: ${tallyLine(reader.tally)}`].join('\n'))
  return isSame && isStruck && isWell(reader.tally) ? 0 : 1
}

/** Waits until a worker has begun the load, and kills it. @returns which one, or none where the load was over before that was seen */
async function killAtWork(ledger: Connection, refreshId: string, workers: readonly DemoWorker[], tell: (line: string) => void): Promise<DemoWorker | undefined> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    const [[run]] = await ledger.query<RowDataPacket[]>(
      `SELECT status, worker, (SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = CONCAT('${victimTable}_fact__r', fence)) AS staging
       FROM etl_run WHERE refresh = ? AND etl_name = '${victimTable}' ORDER BY fence DESC LIMIT 1`, [refreshId])
    if (run !== undefined && run['status'] !== 'running') return undefined
    const victim = Number(run?.['staging'] ?? 0) === 0 ? undefined : workers.find(({ pid }) => String(run?.['worker']).split(/\D+/).includes(String(pid)))
    if (victim !== undefined) {
      victim.kill('SIGKILL')
      tell(`Killed ${victim.name} (kill -9 ${victim.pid}) in the middle of loading ${victimTable}; whoever is left takes its job over`)
      return victim
    }
    await pause(5)
  }
  return undefined
}

/** The ledger knows of an attempt that came to nothing. */
async function wasInTheMiddle(ledger: Connection): Promise<boolean> {
  const [found] = await ledger.query<RowDataPacket[]>(`SELECT 1 FROM etl_run WHERE etl_name = '${victimTable}' AND status = 'abandoned'`)
  return found.length > 0
}

function connect({ warehouse }: Places): Promise<Connection> {
  return createConnection({ uri: warehouse })
}
