import { openDatabase } from '../db/open.ts'
import { lookFirst } from './before.ts'
import type { Scene } from './scene.ts'
import { planOf } from './plan.ts'
import { planText } from './plan-text.ts'
import { withSession } from '../etl/sessions.ts'

/** `--dry_run`: the plan of the very run that the other flags ask for. Opens the warehouse for reading only. */
export async function showPlan({ config, databases, flags, io, log, outcome, stop, work }: Scene): Promise<void> {
  const warehouse = await openDatabase(config.warehouse, { readOnly: true, orEmpty: true, connectSeconds: config.deadlines.connectSeconds })
  try {
    await withSession(warehouse, stop.signal, async (session) => {
      await lookFirst(session, config, work, flags.adopt)
      const plan = await planOf(session, { config, source: (name) => databases.source(name), signal: stop.signal, log }, work, flags.testSource)
      outcome.plan = plan
      outcome.planText = planText(plan, warehouse.place, io.out)
    })
  } finally {
    await warehouse.close()
  }
}
