import type { EtlType, Result } from '../etl/etl.ts'
import type { Config } from '../etl/registry.ts'
import type { IfRunning } from '../publish/ask.ts'
import type * as Asking from './asking.ts'
import type { QueuedJob } from './job.ts'
import type { Producer } from './producer.ts'
import type { RefreshResult } from './refresh-result.ts'

/** What a task has in common with others. */
export interface Task {
  /**
   * Closes the connection to the queue. Seldom needed: a program that has its results ends by itself, since the
   * connection keeps it alive only while something is asked for.
   */
  close(): Promise<void>
}

/** Loads one dimension or fact on a worker. */
export interface ProcessEtl extends Task {
  /**
   * Adds the ETL to the queue: a worker loads it and publishes it by itself.
   *
   * @throws {ConfigurationError} where no active dimension or fact has this name, with the nearest one
   * @throws {DatabaseError} where the warehouse or the queue can't be reached
   * @example
   * const job = await processEtl.add('school', 'dimension')
   * await job.result()   // ['dimension', 'school', 1687]
   */
  add(name: string, type: EtlType): Promise<QueuedJob<Result>>
}

/** What a refresh through the queue is to do. */
export interface RefreshRequest {
  /** Loads the active dimensions. Default true. */
  readonly runDimensions?: boolean
  /** Loads the active facts, after the dimensions. Default true. */
  readonly runFacts?: boolean
  /** Drops the tables of all active facts, then dimensions, before it loads; refused where a table that points at them would stay. Readers miss them until the publish. Default false. */
  readonly dropTables?: boolean
  /**
   * What happens where another refresh waits or is at work. `join`: this one is that one, if it was asked for the same, and
   * is refused otherwise. `refuse`: it is refused. `start`: they run side by side, or one after the other where they load the same tables. Default `join`.
   */
  readonly ifRunning?: IfRunning
}

/** Loads all active dimensions, then all active facts, on as many workers as there are, and publishes them together. */
export interface RefreshDataWarehouse extends Task {
  /**
   * Adds a refresh to the queue.
   *
   * What succeeds, and depends on nothing that failed, is published together; if anything failed, `result()` throws an
   * error that names each failure and what was published.
   *
   * @throws {DatabaseError} where the warehouse or the queue can't be reached
   * @throws {ConfigurationError} where it would drop the dimensions of facts that it loads, and not load them
   * @throws {BusyError} where another refresh is at work, and this one may neither join it nor run beside it
   * @example
   * const job = await refreshDataWarehouse.add({ runDimensions: true, runFacts: false })
   * await job.result()   // [[['dimension', 'product', 850], …], []]
   */
  add(request?: RefreshRequest): Promise<QueuedJob<RefreshResult>>
}

/**
 * The task that loads one dimension or fact. Opens nothing until the first `add`.
 *
 * @example export const processEtl = processEtlTask(config)
 */
export function processEtlTask(config: Config): ProcessEtl {
  const { asking, close } = askerOf(config)
  return {
    close,
    async add(name, type) {
      const { askForEtl, producer } = await asking()
      return askForEtl(config, producer, name, type)
    },
  }
}

/**
 * The task that refreshes the whole warehouse. Opens nothing until the first `add`.
 *
 * @example export const refreshDataWarehouse = refreshDataWarehouseTask(config)
 */
export function refreshDataWarehouseTask(config: Config): RefreshDataWarehouse {
  const { asking, close } = askerOf(config)
  return {
    close,
    async add(request = {}) {
      const { askForRefresh, producer } = await asking()
      return askForRefresh(config, producer, request)
    },
  }
}

/** What asks, loaded at its first use: a program that only declares its tasks needs none of it. It connects to the queue once. */
function askerOf(config: Config): { asking: () => Promise<typeof Asking & { readonly producer: Producer }>; close: () => Promise<void> } {
  let producer: Producer | undefined
  return {
    async asking() {
      const how = await import('./asking.ts')
      return { ...how, producer: producer ??= how.producerOf(config) }
    },
    close: async () => producer?.close(),
  }
}
