import type { EtlType, Result } from '../etl/etl.ts'
import { findEntry } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { newRefreshId } from '../publish/refresh.ts'
import { jobHandle } from './job.ts'
import type { QueuedJob } from './job.ts'
import { late } from './late.ts'
import { refuseLoneFacts } from './lone-facts.ts'
import { etlJobId, etlResult, refreshResult } from './message.ts'
import type { EtlMessage, RefreshMessage } from './message.ts'
import type { Producer } from './producer.ts'

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
   * @throws {DatabaseError} where the queue can't be reached
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
  /** Drops the tables of all active facts, then dimensions, before it loads. Readers miss them until the publish. Default false. */
  readonly dropTables?: boolean
}

/** The dimensions' results, then the facts', in the order of the configuration. */
export type RefreshResult = readonly [dimensions: readonly Result[], facts: readonly Result[]]

/** Loads all active dimensions, then all active facts, on as many workers as there are, and publishes them together. */
export interface RefreshDataWarehouse extends Task {
  /**
   * Adds a refresh to the queue.
   *
   * What succeeds, and depends on nothing that failed, is published together; if anything failed, `result()` throws an
   * error that names each failure and what was published.
   *
   * @throws {DatabaseError} where the queue can't be reached
   * @throws {ConfigurationError} where it would drop the dimensions of facts that it loads, and not load them
   * @example
   * const job = await refreshDataWarehouse.add({ runDimensions: true, runFacts: false })
   * await job.result()   // [[['dimension', 'product', 850], …], []]
   */
  add(request?: RefreshRequest): Promise<QueuedJob<RefreshResult>>
}

/**
 * The task that loads one dimension or fact. Opens nothing until the first `add`; needs the packages bullmq and ioredis.
 *
 * @example export const processEtl = processEtlTask(config)
 */
export function processEtlTask(config: Config): ProcessEtl {
  const { producer, close } = producerOf(config)
  return {
    close,
    async add(name, type) {
      findEntry(config, type, name)
      const message: EtlMessage = { type, name, refresh: newRefreshId() }
      const queue = await producer()
      const id = etlJobId(message)
      await queue.add('processEtl', message, id)
      return jobHandle<Result>(queue, id, message.refresh, (value) => etlResult.parse(value))
    },
  }
}

/**
 * The task that refreshes the whole warehouse. Opens nothing until the first `add`; needs the packages bullmq and ioredis.
 *
 * @example export const refreshDataWarehouse = refreshDataWarehouseTask(config)
 */
export function refreshDataWarehouseTask(config: Config): RefreshDataWarehouse {
  const { producer, close } = producerOf(config)
  return {
    close,
    async add({ runDimensions = true, runFacts = true, dropTables = false } = {}) {
      const message: RefreshMessage = { refresh: newRefreshId(), runDimensions, runFacts, dropTables }
      refuseLoneFacts(config, message)
      const queue = await producer()
      await queue.add('refreshDataWarehouse', message, message.refresh)
      return jobHandle<RefreshResult>(queue, message.refresh, message.refresh, (value) => refreshResult.parse(value))
    },
  }
}

/** One producer for a task, made at its first use. */
function producerOf({ queue, deadlines }: Config): { producer: () => Promise<Producer>; close: () => Promise<void> } {
  let made: Promise<Producer> | undefined
  return {
    producer: () => made ??= late(() => import('./producer.ts')).then(({ Producer }) => new Producer(queue, deadlines.connectSeconds)),
    close: async () => (await made)?.close(),
  }
}
