import { openDatabase } from '../db/open.ts'
import { DatabaseError } from '../errors.ts'
import { plural } from '../plural.ts'
import type { RunContext } from '../etl/context.ts'
import { labelOf } from '../etl/registry.ts'
import { checkSource } from '../etl/source-check.ts'
import type { SourceCheck } from '../etl/source-check.ts'
import { lookFirst } from './before.ts'
import { contextOf } from './scene.ts'
import type { Scene } from './scene.ts'
import { clockOf, withSession } from '../etl/sessions.ts'
import { counted } from './words.ts'

/** The test of the sources for its own sake: the warehouse is only read. */
export async function testAlone(scene: Scene): Promise<void> {
  const { config, outcome, stop, work } = scene
  const warehouse = await openDatabase(config.warehouse, { readOnly: true, orEmpty: true, connectSeconds: config.deadlines.connectSeconds })
  try {
    const startedAt = await withSession(warehouse, stop.signal, async (session) => {
      await lookFirst(session, config, work, true)
      return clockOf(session)
    })
    outcome.sources = await testSources(scene, contextOf(scene, warehouse, { id: '', startedAt }))
  } finally {
    await warehouse.close()
  }
}

/** Tests the source of everything that was picked, one by one; all are tested, whatever is found. */
export async function testSources(scene: Scene, context: RunContext): Promise<readonly SourceCheck[]> {
  const { flags, progress, work } = scene
  const checks: SourceCheck[] = []
  // A database that is away is not waited for by each of its sources.
  const away = new Map<string | undefined, Error>()
  await withSession(context.warehouse, context.signal, async (session) => {
    for (const entry of work.picked) {
      context.signal.throwIfAborted()
      const { from } = entry.etl.source
      const known = away.get(from)
      progress.doing(`testing the source of ${labelOf(entry)}`)
      const check = known === undefined ? await checkSource(entry, context, session, { liveStays: !work.drop.includes(entry), glance: !flags.enqueue && work.drop.length === 0 && work.run.includes(entry) }) : { entry, rows: 0, error: known }
      if (check.error instanceof DatabaseError && check.error.transient) away.set(from, check.error)
      checks.push(check)
    }
  })
  context.signal.throwIfAborted()
  progress.doing(undefined)
  tell(scene, context, checks)
  return checks
}

function tell({ progress, flags }: Scene, { log, refresh }: RunContext, checks: readonly SourceCheck[]): void {
  for (const { entry, rows, error } of checks) {
    const fields = { event: 'tested', type: entry.type, name: entry.name, refresh: refresh.id, rows }
    if (error === undefined) log.info(`Tested source of ${labelOf(entry)}: ${plural(rows, 'row')}`, fields)
    else log.error(`Source of ${labelOf(entry)} failed its test: ${error.message}`, fields)
  }
  const failed = checks.filter(({ error }) => error !== undefined).length
  if (!flags.quiet) progress.say(`tested ${counted(checks.length, 'source')}${failed === 0 ? '' : `, ${failed} failed`}`)
}
