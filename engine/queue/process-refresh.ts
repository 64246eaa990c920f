import { WaitingChildrenError } from 'bullmq'
import type { Job, Queue } from 'bullmq'
import { StarlineError } from '../errors.ts'
import { plural } from '../plural.ts'
import type { RunContext } from '../etl/context.ts'
import type { Etl, EtlType, Result } from '../etl/etl.ts'
import { publishRefresh } from '../etl/go-live.ts'
import { entriesOf, labelOf } from '../etl/registry.ts'
import type { Entry } from '../etl/registry.ts'
import { withSession } from '../etl/sessions.ts'
import { dropTable } from '../publish/drop.ts'
import { outcomesOf } from '../publish/outcome.ts'
import type { LedgerOutcome } from '../publish/outcome.ts'
import { addChildren, childrenOf } from './children.ts'
import type { Child } from './children.ts'
import { refuseLoneFacts } from './lone-facts.ts'
import type { RefreshMessage } from './message.ts'
import { foreign, isOfRefresh, refreshLease } from './process-etl.ts'
import { takePart } from './room.ts'
import type { Room } from './room.ts'
import type { RefreshResult } from './task.ts'

/**
 * Runs a refresh as a job: adds the dimensions' jobs, sleeps until they have ended, adds the facts' jobs, sleeps again,
 * then publishes what was staged, as the configuration's `publish` says.
 *
 * It holds no worker while it sleeps and starts from the top each time it is woken, or was delivered again: what there
 * is to do follows from the jobs that exist and from the ledger, so every step may happen twice.
 *
 * @throws {StarlineError} that names each failure, after the rest was published
 */
export async function processRefresh(message: RefreshMessage, job: Job, token: string, queue: Queue, room: Room): Promise<RefreshResult> {
  const { refresh, ...options } = message
  const part = await takePart(room, refresh, { task: 'refreshDataWarehouse', ...options }, refreshLease)
  // Somebody else drives it: its tables are not to be published before their time, and it is not to be ended.
  const isOurs = isOfRefresh(part.asked)
  try {
    if (!isOurs) throw foreign(refresh)
    refuseLoneFacts(room.config, message)
    const wanted = entriesOf(room.config).filter(({ type }) => (type === 'dimension' ? message.runDimensions : message.runFacts))
    if (message.dropTables && (await childrenOf(queue, refresh, wanted)).size === 0) await dropTables(part.context)
    for (const type of ['dimension', 'fact'] as const) {
      await addMissing(type, wanted, job, queue, part.context)
      if (await job.moveToWaitingChildren(token)) throw new WaitingChildrenError()
    }
    const { heldBack } = await publishRefresh(wanted, part.context)
    const { results, failures } = await tell(wanted, queue, part.context, heldBack !== undefined)
    await part.end(failures.length === 0 ? 'succeeded' : 'failed')
    if (failures.length === 0) return results
    throw failed(refresh, wanted.length, results, failures, heldBack)
  } catch (error) {
    await part.giveUp(isOurs && !(error instanceof WaitingChildrenError) && room.isFinal(error))
    throw error
  }
}

/** Adds the jobs of one type that aren't in the queue; a fact whose dimension failed is left out. */
async function addMissing(type: EtlType, wanted: readonly Entry[], job: Job, queue: Queue, context: RunContext): Promise<void> {
  const children = await childrenOf(queue, context.refresh.id, wanted)
  const missing = wanted.filter((entry) => entry.type === type && !children.has(entry) && failedDimension(entry, children, context) === undefined)
  context.signal.throwIfAborted()
  if (missing.length > 0) await addChildren(queue, job, context.refresh.id, missing)
}

/** A dimension of this refresh that an ETL looks up and whose job failed. */
function failedDimension({ etl }: Entry, children: ReadonlyMap<Entry, Child>, { warehouse }: RunContext): Entry | undefined {
  const tableOf = (one: Etl): string => one.create.definition(warehouse.dialectName).table
  const used = Object.values(etl.uses).map(tableOf)
  return [...children].find(([entry, { failure }]) => failure !== undefined && used.includes(tableOf(entry.etl)))?.[0]
}

/**
 * What the refresh came to. Success is read from the ledger; only the reason of a failure may come from the queue. What was
 * held back did not fail.
 */
async function tell(wanted: readonly Entry[], queue: Queue, context: RunContext, isHeldBack: boolean): Promise<{ results: RefreshResult; failures: string[] }> {
  const children = await childrenOf(queue, context.refresh.id, wanted)
  const outcomes = await withSession(context.warehouse, context.signal, (session) => outcomesOf(session, context.refresh.id))
  const outcomeOf = ({ type, name }: Entry): LedgerOutcome | undefined => outcomes.find((one) => one.type === type && one.name === name)
  const resultsOf = (of: EtlType): Result[] => wanted.flatMap((entry): Result[] => {
    const outcome = entry.type === of ? outcomeOf(entry) : undefined
    return outcome?.status === 'succeeded' ? [[entry.type, entry.name, outcome.rows]] : []
  })
  const well = isHeldBack ? ['staged', 'succeeded'] : ['succeeded']
  const failures = wanted.filter((entry) => !well.includes(outcomeOf(entry)?.status ?? '')).map((entry) => {
    const broken = failedDimension(entry, children, context)
    const why = children.get(entry)?.failure ?? (broken && `skipped, because ${labelOf(broken)}, which it uses, failed`)
      ?? outcomeOf(entry)?.error ?? 'a newer run took its table over'
    return why.startsWith(labelOf(entry)) ? why : `${labelOf(entry)}: ${why}`
  })
  return { results: [resultsOf('dimension'), resultsOf('fact')], failures }
}

function failed(refresh: string, wanted: number, results: RefreshResult, failures: readonly string[], heldBack: string | undefined): StarlineError {
  const published = results.flat().map(([type, name, rows]) => `${type} ${name} ${rows}`)
  return new StarlineError(`${failures.length} of ${plural(wanted, 'ETL')} did not load`, {
    where: `refresh ${refresh}`,
    why: failures.map((failure) => failure.slice(0, 1000)).join(' | '),
    wayOut: `${heldBack !== undefined ? `nothing was published, since ${heldBack}` : published.length === 0 ? 'nothing was published' : `published were ${published.join(' · ')}`}; mend the cause and add them again`,
  })
}

/** All active ones, as the command line does: facts first, then dimensions. The ledger keeps fences and keys, so that no key is given twice. */
async function dropTables(context: RunContext): Promise<void> {
  const { config, refresh, warehouse, signal, worker, log } = context
  await withSession(warehouse, signal, async (session) => {
    for (const { type, name, etl } of entriesOf(config).toReversed()) {
      const { table } = etl.create.definition(warehouse.dialectName)
      const dropped = await dropTable(session, { refresh: refresh.id, type, name, table, worker, adopt: false, step() {} })
      if (dropped) log.info(`Dropped table ${table}`, { event: 'dropped', table, refresh: refresh.id })
    }
  })
}
