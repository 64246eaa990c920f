import { borrow } from '../db/connection.ts'
import type { Connection } from '../db/connection.ts'
import { onAbort } from '../db/waiting.ts'
import { messageOf, StarlineError } from '../errors.ts'
import { plural } from '../plural.ts'
import { halfLiveRuns } from '../publish/half-live.ts'
import { outcomesOf } from '../publish/outcome.ts'
import { publish } from '../publish/publish.ts'
import { publishedRuns } from '../publish/rolled-back.ts'
import { stagedRuns } from '../publish/staged-runs.ts'
import type { StagedRun } from '../publish/staged-runs.ts'
import { fenced } from '../publish/fenced.ts'
import type { RunContext } from './context.ts'
import { entriesOf, labelOf } from './registry.ts'
import type { Entry } from './registry.ts'
import { onBorrowed } from './sessions.ts'

/** What the end of a refresh came to. */
export interface GoneLive {
  /** What was published now. What a request that is asked for again had published before is not among it. */
  readonly runs: readonly StagedRun[]
  /** Why nothing was published, though something could have been. */
  readonly heldBack?: string
  /** What was wanted, and was neither staged nor live: `dimension product`. */
  readonly missing?: readonly string[]
}

/** What was asked for, by its name: also what is not active any more. */
type Wanted = Pick<StagedRun, 'type' | 'name'>

/** Whether each ETL goes live as soon as it is staged, and nothing waits for the end of the refresh. */
export const isPublishedAlone = ({ config }: RunContext): boolean => config.publish === 'each'

/**
 * Publishes one ETL that the refresh has staged, and nothing else.
 *
 * @throws {FencedError} where a newer run has taken its table over
 */
export async function publishOne(entry: Entry, context: RunContext): Promise<void> {
  const table = entry.etl.create.definition(context.warehouse.dialectName).table
  const { runs } = await goLive(context, async (_, staged) => ({ runs: staged.filter(({ target }) => target === table) }))
  if (runs.length === 0 && !(await wentLive(context)).includes(labelOf(entry))) throw fenced(table)
}

/**
 * Ends a refresh as the configuration's `publish` says: what was staged goes live in one atomic step, or only where nothing
 * of what was wanted is missing. Where each goes live by itself there is nothing left to do.
 *
 * @throws {FencedError} where something was overtaken meanwhile; nothing is published
 */
export async function publishRefresh(wanted: readonly Wanted[], context: RunContext): Promise<GoneLive> {
  if (isPublishedAlone(context)) return { runs: [] }
  if (context.config.publish === 'together') return publishStaged(context)
  return goLive(context, async (session, runs) => {
    const there = [...runs, ...await succeeded(session, context)].map(labelOf)
    const missing = wanted.map(labelOf).filter((label) => !there.includes(label))
    if (missing.length === 0) return { runs }
    return { runs: [], missing, heldBack: `publish: 'all-or-nothing' wants all of it, and ${missing.join(', ')} did not load` }
  })
}

/** Publishes everything that the refresh has staged. */
export const publishStaged = (context: RunContext): Promise<GoneLive> => goLive(context, async (_, runs) => ({ runs }))

/** The ETLs of this refresh that went live, as the ledger and the tables themselves say. */
export async function wentLive(context: RunContext): Promise<readonly string[]> {
  return onBorrowed(context.warehouse, async (session) => (await publishedRuns(session, context.refresh.id)).map(labelOf))
}

const succeeded = async (session: Connection, { refresh }: RunContext) => (await outcomesOf(session, refresh.id)).filter(({ status }) => status === 'succeeded')

/** Picks of what is staged what is to be published: all of it is, or nothing. */
type Choose = (session: Connection, staged: readonly StagedRun[]) => Promise<GoneLive>

async function goLive(context: RunContext, choose: Choose): Promise<GoneLive> {
  try {
    return await goLiveOnce(context, choose)
  } catch (error) {
    throw await withRest(error, context)
  }
}

/** What failed on the way may be live in part: its user must not hear that nothing was published. */
async function withRest(error: unknown, context: RunContext): Promise<unknown> {
  const isHalf = await onBorrowed(context.warehouse, (session) => halfLiveRuns(session, context.refresh.id)).then((runs) => runs.length > 0).catch(() => false)
  if (!isHalf) return error
  const live = await wentLive(context).catch(() => [])
  const why = `a part is live already: ${live.join(', ')}`
  context.log.warn(`Published in part: ${why}; the rest follows with the next run`, { event: 'half-live', refresh: context.refresh.id, live })
  return error instanceof StarlineError ? error.knowing({ why, wayOut: 'the rest follows with the next run' }) : error
}

/** Where the session is lost on the way, nobody here knows whether the step was done: a second session looks, and goes on. */
async function goLiveOnce(context: RunContext, choose: Choose): Promise<GoneLive> {
  const session = await borrow(context.warehouse)
  try {
    return await goLiveOn(session, context, choose)
  } catch (error) {
    if (session.isOpen || context.signal.aborted) throw error
    context.log.warn(`The session of the publish was lost, and another one looks what was done: ${messageOf(error)}`, { event: 'publish-again', refresh: context.refresh.id })
  } finally {
    await session.close()
  }
  return onBorrowed(context.warehouse, (second) => goLiveOn(second, context, choose))
}

async function goLiveOn(session: Connection, context: RunContext, choose: Choose): Promise<GoneLive> {
  const unwatch = onAbort(context.signal, (reason) => session.abort(reason))
  try {
    context.signal.throwIfAborted()
    const chosen = await choose(session, await stagedRuns(session, context.refresh.id))
    if (chosen.heldBack !== undefined) {
      context.log.warn(`Nothing was published: ${chosen.heldBack}`, { event: 'held-back', refresh: context.refresh.id })
      return chosen
    }
    const definitions = entriesOf(context.config).map(({ etl }) => etl.create.definition(session.dialect.name))
    const untidy = await publish(session, context.refresh.id, chosen.runs, ({ target }) => definitions.find(({ table }) => table === target),
      (step) => context.on({ what: 'step', step }))
    if (untidy !== undefined) context.log.warn(`Could not clear away what was replaced: ${messageOf(untidy)}`, { event: 'untidy', refresh: context.refresh.id })
    const tables = chosen.runs.map(({ target }) => target)
    // A job that was done before has nothing left to publish.
    if (tables.length > 0) context.log.info(`Published ${plural(tables.length, 'table')}`, { event: 'published', refresh: context.refresh.id, tables })
    return chosen
  } finally {
    unwatch()
  }
}
