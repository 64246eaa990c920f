import type { Database } from '../db/connection.ts'
import type { RunContext } from '../etl/context.ts'
import type { Config } from '../etl/registry.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { openRefresh } from '../publish/refresh.ts'

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
}

/** What a refresh was asked for, as the ledger keeps it: it tells an ETL's own refresh from a whole one. */
export type Asked =
  | { readonly task: 'processEtl'; readonly type: string; readonly name: string }
  | { readonly task: 'refreshDataWarehouse'; readonly runDimensions: boolean; readonly runFacts: boolean; readonly dropTables: boolean }

/** A refresh that a job takes part in. */
export interface Part {
  readonly context: RunContext
  /** What the refresh was asked for by whoever opened it. */
  readonly asked: unknown
  /** Enters how the refresh ended, for all. */
  end(status: 'succeeded' | 'failed'): Promise<void>
  /** Leaves it to those who go on with it. */
  leave(): Promise<void>
  /** After a failure: ends the refresh where it ends with this job, leaves it otherwise, unless that was done. Never throws: the failure is what counts. */
  giveUp(ended: boolean): Promise<void>
}

/** Joins a refresh, or opens it where nobody has yet. */
export async function takePart(room: Room, id: string, asked: Asked, leaseSeconds: number): Promise<Part> {
  const { config, warehouse, log, signal, worker } = room
  const refresh = await openRefresh(warehouse, { id, held: false, asked, leaseSeconds, onLost: (error) => room.abort(error) })
  let open = true
  const finish = (how: () => Promise<void>): Promise<void> => {
    open = false
    return how()
  }
  return {
    context: { config, warehouse, source: (name) => room.source(name), refresh, signal, adopt: false, worker, log, on() {} },
    asked: refresh.asked,
    end: (status) => finish(() => refresh.end(status)),
    leave: () => finish(() => refresh.leave()),
    async giveUp(ended) {
      if (!open) return
      try {
        await (ended ? refresh.end('failed') : refresh.leave())
      } catch (error) {
        // Its reservations end with its lease.
        log.warn(`Could not enter the end of refresh ${id}: ${messageOf(error)}`, { event: 'ledger-unreachable', refresh: id })
      }
    },
  }
}
