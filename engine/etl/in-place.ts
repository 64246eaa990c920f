import type { Connection, TableDescription } from '../db/connection.ts'
import { messageOf } from '../errors.ts'
import { wasInPlace } from '../publish/before.ts'
import type { Claim } from '../publish/claim.ts'
import { publishInPlace } from '../publish/in-place.ts'
import type { Changes } from '../publish/in-place.ts'
import { mayHaveChildren } from '../publish/merge.ts'
import { runOf } from '../publish/names.ts'
import { isPublished } from '../publish/outcome.ts'
import type { TableDefinition } from '../sql/create.ts'
import type { RunContext } from './context.ts'
import { createOf } from './fingerprint.ts'
import { createIn } from './flow-form.ts'
import type { Config, Entry } from './registry.ts'
import { onBorrowed } from './sessions.ts'

/**
 * Whether a live table may be changed itself where little of it changes: it goes live as soon as it is loaded, nothing points at it, it points at nothing,
 * and it was made by the create as it is now. A create that has changed makes the table anew, and one whose table takes nothing back has to.
 */
export async function mayChangeInPlace(entry: Entry, context: RunContext, session: Connection, definition: TableDefinition, { live }: Claim): Promise<boolean> {
  return context.failFast !== true && await isAsCreated(entry, context.config, session, definition, live) && !await mayHaveChildren(session, context.warehouse, definition.table)
}

/** The same but for the tables that point at it and for what a failure of others keeps from going live, which a plan does not know. */
export async function isAsCreated({ etl }: Entry, config: Config, session: Connection, definition: TableDefinition, live: TableDescription | undefined): Promise<boolean> {
  const run = live && runOf(live.comment)
  if (run === undefined || etl.changesBy === undefined || config.publish !== 'each' || definition.foreignKeys.length > 0) return false
  // A column that somebody has added by hand goes with the table: the create does not know it.
  if (live?.columns.some(({ name }) => definition.columns.every((column) => column.name !== name))) return false
  return await wasMadeBy(session, definition, run) && session.merging.takesBack(definition.table)
}

/** Whether a run has made the live table by the create as it is now, or has changed in place what one had made so. A merge leaves the table as it was, whatever its create says. */
async function wasMadeBy(session: Connection, definition: TableDefinition, run: string): Promise<boolean> {
  const { knex } = session.dialect
  const [made] = await session.query<{ detail: string | null; merged: string | null }>(
    knex('etl_run as r').leftJoin('etl_target as t', 't.merged_run', 'r.run_id').where('r.run_id', run).select({ detail: 'r.detail', merged: 't.merged_run' }))
  if (made === undefined || createIn(made.detail) !== createOf(definition)) return false
  return made.merged === null || await wasInPlace(session, run) !== undefined
}

/**
 * Makes the changes of a load live, in place. Where the session is lost on the way another one looks whether that was done.
 *
 * @throws {StarlineError} as `publishInPlace` does
 */
export async function goLiveInPlace(entry: Entry, context: RunContext, session: Connection, changes: Changes): Promise<void> {
  const { refresh, log } = context
  const { run, definition: { table } } = changes
  try {
    const untidy = await publishInPlace(session, refresh.id, changes, (step) => context.on({ what: 'step', step }, entry))
    if (untidy !== undefined) log.warn(`Could not clear away what was replaced: ${messageOf(untidy)}`, { event: 'untidy', refresh: refresh.id })
  } catch (error) {
    if (session.isOpen || !await onBorrowed(context.warehouse, (second) => isPublished(second, run.runId)).catch(() => false)) throw error
    log.warn(`The session of the publish was lost when it was done: ${messageOf(error)}`, { event: 'publish-again', refresh: refresh.id })
  }
  log.info(`Published table ${table}, changed in place`, { event: 'published', refresh: refresh.id, tables: [table] })
}
