import type { Etl } from '../etl/etl.ts'
import type { Config, Entry } from '../etl/registry.ts'
import { requestsFor } from '../etl/run-all.ts'
import { askFor, takeBack } from '../publish/ask.ts'
import type { IfRunning } from '../publish/ask.ts'
import { newRefreshId } from '../publish/refresh.ts'
import { workHere } from './here.ts'
import { onWarehouse } from './job.ts'
import type { Asked } from './message.ts'
import { refreshLease, singleLease } from './leases.ts'
import type { Producer } from './producer.ts'

/** What is asked for: by whom it is done, the ledger and the queue see to. */
export interface Ask {
  /** Its name; a new one unless told. */
  readonly id?: string
  readonly asked: Asked
  readonly wanted: readonly Entry[]
  readonly ifRunning: IfRunning
}

/** The refresh that does what was asked for. */
export interface AskedFor {
  readonly refresh: string
  readonly joined: boolean
}

/**
 * Asks for a refresh: enters it into the ledger, then adds its job to the queue. From the ledger on it is known: where the
 * queue loses the job, a worker adds it again.
 *
 * @throws {BusyError} where another one is at work, and this one may neither join it nor run beside it
 * @throws {DatabaseError} where the warehouse or the queue can't be reached; then nothing was asked for
 */
export async function askThrough(config: Config, producer: Producer, { id = newRefreshId(), asked, wanted, ifRunning }: Ask): Promise<AskedFor> {
  return onWarehouse(config, async (session, database) => {
    const tableOf = (etl: Etl): string => etl.create.definition(session.dialect.name).table
    const known = await askFor(database, session, { id, asked, wanted: requestsFor(wanted, tableOf), ifRunning, leaseSeconds: asked.task === 'processEtl' ? singleLease : refreshLease })
    try {
      await producer.add(known.refresh, asked)
    } catch (error) {
      if (!known.joined) await takeBack(session, id)
      throw error
    }
    await workHere(config)
    return known
  })
}
