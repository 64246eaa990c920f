import type { Database } from '../db/connection.ts'
import type { RunContext } from '../etl/context.ts'
import type { Config, Entry } from '../etl/registry.ts'
import { DatabaseError, messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { openRefresh } from '../publish/refresh.ts'
import type { Refresh } from '../publish/refresh.ts'
import type { RefreshOutcome } from '../publish/refresh-outcome.ts'
import { WarehouseAway } from './failures.ts'

/** Where a job is worked on: all that it needs, handed in. */
export interface Room {
  readonly config: Config
  readonly warehouse: Database
  /** A source's database, opened for this job: a folder of files is read as it is now. */
  source(name: string | undefined): Promise<Database>
  /** Who works: host and process. */
  readonly worker: string
  readonly log: Log
  /** Aborted when the worker must stop, or has lost the job to another one. */
  readonly signal: AbortSignal
  /** Ends the job's database sessions with this reason. */
  abort(reason: Error): void
  /** Whether a failure is the job's end: it won't be tried again, and nobody else has the job. */
  isFinal(error: unknown): boolean
  /** Told of each step, so that a test can die there. */
  readonly step?: (step: string) => void
}

/** A refresh that a job takes part in. */
export interface Part extends Pick<Refresh, 'asked' | 'ended' | 'end' | 'leave'> {
  readonly context: RunContext
  /** After a failure: ends the refresh where it ends with this job and had not ended before, leaves it otherwise, unless that was done. Never throws: the failure is what counts. */
  giveUp(ended: boolean, outcome?: RefreshOutcome): Promise<void>
}

/** A warehouse that is away is waited for: nothing was begun, so that is none of the job's tries. @throws {WarehouseAway} */
async function opened(...how: Parameters<typeof openRefresh>): Promise<Refresh> {
  try {
    return await openRefresh(...how)
  } catch (error) {
    throw error instanceof DatabaseError && error.transient ? new WarehouseAway(error) : error
  }
}

/**
 * Joins a refresh that was asked for.
 *
 * @param watched the ETL that this job loads: the part of the refresh that may be cancelled by itself, and whose rows are told
 * @throws {StarlineError} where the ledger does not know it
 */
export async function takePart(room: Room, id: string, leaseSeconds: number, watched?: Entry): Promise<Part> {
  const { config, warehouse, log, signal, worker } = room
  let rows = 0
  const refresh = await opened(warehouse, {
    id, held: false, leaseSeconds, deadlineSeconds: config.deadlines.refreshSeconds,
    onLost: (error) => room.abort(error),
    // The job of a whole refresh ends it in good order.
    ...watched && { onEnd: (reason: Error) => room.abort(reason), watched: { type: watched.type, name: watched.name, rows: () => rows } },
  })
  let open = true
  const finish = (how: () => Promise<void>): Promise<void> => {
    open = false
    return how()
  }
  return {
    context: {
      config, warehouse, source: (name) => room.source(name), refresh, signal, adopt: false, worker, log, comesAgain: (error) => !room.isFinal(error),
      on(happening) {
        if (happening.what === 'rows') rows = happening.rows
        if (happening.what === 'step') room.step?.(happening.step)
      },
    },
    asked: refresh.asked,
    ended: refresh.ended,
    end: (...how) => finish(() => refresh.end(...how)),
    leave: async () => { if (open) await finish(() => refresh.leave()) },
    async giveUp(ended, outcome) {
      if (!open) return
      try {
        await finish(() => (ended && refresh.ended === undefined ? refresh.end('failed', outcome) : refresh.leave()))
      } catch (error) {
        // Its reservations end with its lease.
        log.warn(`Could not enter the end of refresh ${id}: ${messageOf(error)}`, { event: 'ledger-unreachable', refresh: id })
      }
    },
  }
}
