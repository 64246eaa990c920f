import type { Database } from '../db/connection.ts'
import type { RunContext } from '../etl/context.ts'
import { labelOf } from '../etl/registry.ts'
import type { Entry } from '../etl/registry.ts'
import { runAll } from '../etl/run-all.ts'
import { asError, CancelledError, ConfigurationError, messageOf } from '../errors.ts'
import { clearUp } from '../publish/janitor.ts'
import { dropTable } from '../publish/drop.ts'
import { openRefresh } from '../publish/refresh.ts'
import type { EndStatus, Refresh } from '../publish/refresh.ts'
import { lookFirst } from './before.ts'
import { contextOf } from './scene.ts'
import type { Scene } from './scene.ts'
import { failuresOf } from './outcome.ts'
import { confirm } from './prompt.ts'
import { withSession } from '../etl/sessions.ts'
import { testSources } from './test-sources.ts'
import { counted } from './words.ts'

/** The whole journey: look, ask, open a refresh, test the sources, drop, run, publish, end the refresh. */
export async function refreshAll(scene: Scene): Promise<void> {
  const { config, databases, flags, outcome, stop, work } = scene
  const warehouse = await databases.warehouse()
  const present = await withSession(warehouse, stop.signal, (session) => lookFirst(session, config, work, flags.adopt))
  await askToDrop(scene, present, warehouse.place)
  await clearUpFirst(scene, warehouse)
  stop.signal.throwIfAborted()
  const refresh = await openRefresh(warehouse, { held: true, asked: flags, onLost: (error) => stop.abort(error), onEnd: (reason) => stop.end(reason) })
  outcome.refresh = refresh.id
  try {
    await doWork(scene, contextOf(scene, warehouse, refresh))
  } catch (error) {
    outcome.error = asError(error)
    scene.log.error(messageOf(error), { event: 'ended', refresh: refresh.id })
  }
  stop.publishing(false)
  await end(scene, refresh)
}

/** What cannot be cleared up is in nobody's way: a load clears up after the runs before it by itself. */
async function clearUpFirst({ log, stop }: Scene, warehouse: Database): Promise<void> {
  try {
    await withSession(warehouse, stop.signal, (session) => clearUp(session, log))
  } catch (error) {
    log.warn(`Could not clear up: ${messageOf(error)}`, { event: 'clear-up-failed' })
  }
}

/** A source that fails its test stops everything that would change something. */
async function doWork(scene: Scene, context: RunContext): Promise<void> {
  const { flags, outcome, work } = scene
  if (flags.testSource) {
    outcome.sources = await testSources(scene, context)
    if (outcome.sources.some(({ error }) => error !== undefined)) return
  }
  await dropAll(scene, context)
  if (work.run.length > 0) outcome.report = await runAll(work.run, context, { concurrency: flags.concurrency, failFast: flags.failFast })
}

/** Asks before anything is dropped. @throws {ConfigurationError} where the answer is not yes */
export async function askToDrop(scene: Scene, present: readonly Entry[], place: string): Promise<void> {
  const { flags, io, stop } = scene
  if (present.length === 0 || flags.yes) return
  const tables = present.map(({ etl }) => etl.create.definition().table)
  const question = `${place}: ${tables.join(', ')}\nDrop ${counted(tables.length, 'table')}?`
  if (await confirm(io, question, stop.signal, () => stop.ask('SIGINT'))) return
  stop.signal.throwIfAborted()
  throw new ConfigurationError('nothing was dropped and nothing was run', { why: 'the answer was not yes' })
}

/** Drops the tables of facts, then of dimensions; what was dropped is known also when one of them is busy. */
async function dropAll(scene: Scene, context: RunContext): Promise<void> {
  const { outcome, work } = scene
  if (work.drop.length === 0) return
  const dropped: string[] = []
  outcome.dropped = dropped
  await withSession(context.warehouse, context.signal, async (session) => {
    for (const entry of work.drop) {
      context.signal.throwIfAborted()
      const { table } = entry.etl.create.definition(session.dialect.name)
      const was = await dropTable(session, {
        refresh: context.refresh.id, type: entry.type, name: entry.name, table, worker: context.worker, adopt: context.adopt,
        step: (step) => context.on({ what: 'step', step }, entry),
      })
      if (!was) continue
      dropped.push(table)
      context.log.info(`Dropping table ${table}.`, { event: 'dropped', etl: labelOf(entry), table, refresh: context.refresh.id })
    }
  })
}

/** How a refresh ended is for the ledger; a warehouse that is gone by then takes nothing away from what was done. */
export async function end(scene: Scene, refresh: Refresh): Promise<void> {
  const { io, log, outcome, stop } = scene
  // A stop that came while everything was being published came too late.
  const status = failuresOf(outcome).length === 0 ? 'succeeded' : endedBy(stop)
  try {
    await refresh.end(status)
  } catch (error) {
    log.warn(`Could not enter the end of refresh ${refresh.id}: ${messageOf(error)}`, { event: 'ledger-unreachable', refresh: refresh.id })
    io.err.write(`The end of the refresh could not be entered (${messageOf(error)}). The next run clears up.\n`)
  }
}

/** How a refresh ends that came to nothing. */
function endedBy(stop: Scene['stop']): EndStatus {
  if (stop.code() !== undefined) return 'stopped'
  return stop.signal.reason instanceof CancelledError ? 'cancelled' : 'failed'
}
