import type { Database } from '../db/connection.ts'
import type { RunContext } from '../etl/context.ts'
import type { QueueDoor } from '../etl/queue-door.ts'
import { clockOf, withSession } from '../etl/sessions.ts'
import { lookFirst } from './before.ts'
import { follow } from './follow.ts'
import { askToDrop } from './refresh-all.ts'
import { contextOf } from './scene.ts'
import type { Scene } from './scene.ts'
import { testSources } from './test-sources.ts'

/**
 * `--enqueue`: looks, asks and tests here, as a run does, then asks the queue for the rest. With `--wait`, and where nobody
 * but this process can do the work, it is followed to its end.
 */
export async function enqueue(scene: Scene): Promise<void> {
  const { config, databases, flags, log, outcome, progress, stop, work } = scene
  const door = await scene.queue(config)
  const warehouse = await databases.warehouse()
  const found = await withSession(warehouse, stop.signal, (session) => lookFirst(session, config, work, false))
  await askToDrop(scene, found, warehouse.place)
  if (flags.testSource && !(await isTested(scene, warehouse))) return
  stop.signal.throwIfAborted()
  const only = flags.select.length > 0 || flags.exclude.length > 0 ? work.picked : undefined
  const { refresh, joined } = await door.ask(config, { runDimensions: flags.runDimensions, runFacts: flags.runFacts, dropTables: flags.dropTables, only }, work.run)
  outcome.refresh = refresh
  outcome.byWorkers = true
  log.info(joined ? `Joined refresh ${refresh}` : `Asked for refresh ${refresh}`, { event: 'asked', refresh, joined })
  const isAlone = door.isAlone(config)
  if (!flags.wait && !isAlone) {
    outcome.asked = { etls: work.run.length, joined }
    return
  }
  if (joined) progress.say(`refresh ${refresh} was asked for already: this one is that one`)
  else if (!flags.wait) progress.say('nobody but this process can open what it loads into or asks, so it does the work itself')
  await followToTheEnd(scene, door, warehouse, refresh)
}

/** Follows a refresh. Ctrl-C ends the waiting alone, unless the work is done in this process. */
async function followToTheEnd(scene: Scene, door: QueueDoor, warehouse: Database, refresh: string): Promise<void> {
  const { config, outcome, progress, stop, work } = scene
  const isAlone = door.isAlone(config)
  stop.waiting(isAlone ? `Stopping. Refresh ${refresh} goes on when a worker is started: npm run worker` : `Refresh ${refresh} goes on without this command. npx starline cancel ${refresh} ends it.`)
  const session = await warehouse.connect()
  try {
    await follow(refresh, { session, entries: work.run, progress, signal: stop.signal }, outcome)
  } finally {
    await session.close()
    if (isAlone) await door.endHere(config, stop.signal.aborted)
  }
}

async function isTested(scene: Scene, warehouse: RunContext['warehouse']): Promise<boolean> {
  const startedAt = await withSession(warehouse, scene.stop.signal, clockOf)
  const sources = await testSources(scene, contextOf(scene, warehouse, { id: '', startedAt }))
  scene.outcome.sources = sources
  return sources.every(({ error }) => error === undefined)
}
