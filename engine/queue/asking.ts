import { BusyError } from '../errors.ts'
import type { EtlType, Result } from '../etl/etl.ts'
import { findEntry } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import type { IfRunning } from '../publish/ask.ts'
import { askThrough } from './ask.ts'
import { jobHandle } from './job.ts'
import type { QueuedJob } from './job.ts'
import { refuseLoneFacts } from './lone-facts.ts'
import { jobIdOf } from './message.ts'
import type { Asked, RefreshAsked } from './message.ts'
import { Producer } from './producer.ts'
import { etlResultOf, failureOf, resultOf } from './refresh-result.ts'
import type { RefreshResult } from './refresh-result.ts'
import { entriesAsked } from './wanted.ts'

/** Asks for one ETL. @throws as `ProcessEtl.add` does */
export async function askForEtl(config: Config, producer: Producer, name: string, type: EtlType): Promise<QueuedJob<Result>> {
  const asked: Asked = { task: 'processEtl', type, name }
  const { refresh, joined } = await askThrough(config, producer, { asked, wanted: [findEntry(config, type, name)], ifRunning: 'start' })
  return jobHandle<Result>(config, {
    id: jobIdOf(refresh, asked), refresh, joined,
    read: ({ etls: [etl] }, ended) => etlResultOf(refresh, etl, ended),
  })
}

type Wish = Partial<Omit<RefreshAsked, 'task' | 'only'>> & { readonly ifRunning?: IfRunning }

/** Asks for a refresh of the whole warehouse. @throws as `RefreshDataWarehouse.add` does */
export async function askForRefresh(
  config: Config, producer: Producer, { runDimensions = true, runFacts = true, dropTables = false, ifRunning = 'join' }: Wish,
): Promise<QueuedJob<RefreshResult>> {
  const asked: RefreshAsked = { task: 'refreshDataWarehouse', runDimensions, runFacts, dropTables }
  refuseLoneFacts(config, asked)
  const { refresh, joined } = await askThrough(config, producer, { asked, wanted: entriesAsked(config, asked), ifRunning }).catch((error: unknown) => {
    throw error instanceof BusyError ? error.knowing({ wayOut: "or let them run side by side: ifRunning: 'start'" }) : error
  })
  return jobHandle<RefreshResult>(config, {
    id: jobIdOf(refresh, asked), refresh, joined,
    read(report, ended) {
      const failure = failureOf(refresh, report, ended)
      if (failure !== undefined) throw failure
      return resultOf(report)
    },
  })
}

/** Who asks, over one connection to the queue. */
export const producerOf = (config: Config): Producer => new Producer(config)
