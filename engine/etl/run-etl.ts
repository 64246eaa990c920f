import { setMaxListeners } from 'node:events'
import type { Connection } from '../db/connection.ts'
import { isRead } from '../db/flow.ts'
import type { AnyFlow } from '../db/flow.ts'
import { DatabaseError, messageOf, StarlineError } from '../errors.ts'
import { plural } from '../plural.ts'
import { claim, isDone } from '../publish/claim.ts'
import type { Claim } from '../publish/claim.ts'
import { finishInterrupted } from '../publish/forward.ts'
import { leaveSession } from '../publish/holders.ts'
import { fenced } from '../publish/fenced.ts'
import { checkMergeable, mayHaveChildren } from '../publish/merge.ts'
import { commentWith, stagingName } from '../publish/names.ts'
import type { Slot } from '../publish/slots.ts'
import { mayWait, persistently } from '../publish/patience.ts'
import { isOvertaken, markFailed, markStaged } from '../publish/stage.ts'
import { executeTogether } from '../publish/together.ts'
import type { TableDefinition } from '../sql/create.ts'
import { badRowsOf, quarantined } from './bad-rows.ts'
import type { BadRows } from './bad-rows.ts'
import type { RunContext } from './context.ts'
import type { Counts, Result, Target } from './etl.ts'
import { changed } from './changed.ts'
import { extract, extractFor } from './extract.ts'
import { detailIn, detailText, flowFormOf } from './flow-form.ts'
import type { FlowForm } from './flow-form.ts'
import { checkLiveFits } from './live.ts'
import { createOf } from './fingerprint.ts'
import { goLiveInPlace, mayChangeInPlace } from './in-place.ts'
import { labelOf } from './registry.ts'
import type { Entry } from './registry.ts'
import { checkStaging } from './check-staging.ts'
import { withDoubled } from './doubled.ts'
import { elapsed } from './elapsed.ts'
import { notTaken } from './load.ts'
import { RowsNeeded } from './rows-needed.ts'
import { onBorrowed, withSession } from './sessions.ts'
import { slotFor } from './slot.ts'
import { stagingTable } from './staging-table.ts'
import { targetOf } from './target.ts'
import { refuseTypes } from './types.ts'
import { warningsOf } from './warning.ts'

/** What a run gives back: the result that everybody knows, and what it did. */
export interface Loaded {
  readonly result: Result
  readonly table: string
  readonly counts: Counts
  /** How its rows came; unknown of a run of an earlier version. */
  readonly flow?: FlowForm
  readonly seconds: number
}

/**
 * Runs one ETL from its source to its staging table, safe to be published with its refresh.
 *
 * The same function behind both doors: `run.ts` calls it in a loop, a worker once for each job. A request that was
 * done before gives its stored result.
 *
 * @throws {BusyError} where somebody else is loading the table
 * @throws {DataError} where a row, a column or a count is not as declared; nothing is ever half published
 * @throws {DatabaseError} where a database refuses, stalls or goes away
 */
export async function runEtl(entry: Entry, context: RunContext): Promise<Loaded> {
  const { etlSeconds } = context.config.deadlines
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(tooLate(entry, etlSeconds)), Math.min(etlSeconds * 1000, LONGEST_TIMER))
  try {
    return await runInTime(entry, { ...context, signal: AbortSignal.any([context.signal, late.signal]) })
  } finally {
    clearTimeout(timer)
  }
}

/** Milliseconds: a database takes the rows of a load back that was ended in its middle before it lets go of their table. */
const LETS_GO = 120_000

/** Milliseconds: Node's timers take no more. */
const LONGEST_TIMER = 2 ** 31 - 1

const tooLate = (entry: Entry, seconds: number): StarlineError => new StarlineError(`it did not end within ${plural(seconds, 'second')}, and was stopped`, {
  where: labelOf(entry), wayOut: 'look what held it up, or allow it more time: deadlines: { etlSeconds: … }',
})

async function runInTime(entry: Entry, context: RunContext): Promise<Loaded> {
  const begun = performance.now()
  // Every session that a run opens listens: more than Node's ten is no leak here.
  setMaxListeners(0, context.signal)
  return withSession(context.warehouse, context.signal, async (session) => {
    try {
      return await runOn(session, entry, context, begun)
    } finally {
      await leaveSession(session)
    }
  })
}

async function runOn(session: Connection, entry: Entry, context: RunContext, begun: number): Promise<Loaded> {
  const definition = entry.etl.create.definition(session.dialect.name)
  await refuseTypes(session, entry, definition)
  const unfinished = await finishInterrupted(session, definition.table, context.refresh.id)
  if (unfinished !== undefined) context.log.warn(`Could not finish a publish that was interrupted: ${messageOf(unfinished)}`, { event: 'unfinished', refresh: context.refresh.id, table: definition.table })
  // Before the claim: who finds none has begun nothing.
  const slot = await slotFor(session, entry, context)
  const claimed = await claim(session, {
    refresh: context.refresh.id, type: entry.type, name: entry.name, table: definition.table,
    worker: context.worker, adopt: context.adopt, evenHalfLive: unfinished !== undefined, step: (step) => context.on({ what: 'step', step }, entry),
  })
  const { counts, flow } = isDone(claimed) ? detailIn(claimed.detail) : await loadOrFail(entry, context, session, definition, claimed, slot)
  const rows = counts.read - counts.rejected
  const seconds = (performance.now() - begun) / 1000
  context.log.info(`Loaded ${plural(rows, 'row')} into table ${definition.table} (elapsed time: ${elapsed(seconds)})`, {
    event: 'loaded', type: entry.type, name: entry.name, refresh: context.refresh.id, table: definition.table, rows, seconds, ...counts, ...flow,
  })
  for (const { event, text } of warningsOf(counts)) {
    context.log.warn(`${labelOf(entry)}: ${text}`, { event, type: entry.type, name: entry.name, refresh: context.refresh.id, rows, ...event === 'grown' && { grownFrom: counts.grownFrom } })
  }
  return { result: [entry.type, entry.name, rows], table: definition.table, counts, ...flow && { flow }, seconds }
}

/** What a load did, and how its rows came. */
type Did = Required<Pick<Loaded, 'counts' | 'flow'>>

async function loadOrFail(entry: Entry, context: RunContext, session: Connection, definition: TableDefinition, run: Claim, slot: Slot): Promise<Did> {
  const badRows = badRowsOf(entry.etl, labelOf(entry))
  try {
    return await loadAndStage(entry, context, session, definition, run, badRows, slot)
  } catch (error) {
    throw await giveUp(context, definition.table, run, context.signal.aborted ? context.signal.reason : error, badRows)
  }
}

/**
 * Enters the failure on a session of its own: the run's may be the very thing that broke. What it gives is why the run
 * failed: where a newer run has taken the table over, whatever went wrong with this one's tables follows from that.
 */
async function giveUp(context: RunContext, table: string, run: Claim, error: unknown, badRows: BadRows): Promise<unknown> {
  try {
    return await onBorrowed(context.warehouse, async (session) => {
      const reason = !context.signal.aborted && await isOvertaken(session, table, run) ? fenced(table, error) : error
      const failure = { error: reason, comesAgain: context.comesAgain?.(reason) ?? false, badRows: badRows.taken }
      await persistently(() => markFailed(session, table, context.refresh.id, run, failure), LETS_GO, mayWait(session))
      return reason
    })
  } catch (second) {
    // The ledger can't be reached: the next run of this target finds the run and abandons it.
    context.log.warn(`Could not enter the failure of table ${table}: ${messageOf(second)}`, { event: 'ledger-unreachable', table })
    return error
  }
}

async function loadAndStage(
  entry: Entry, context: RunContext, session: Connection, definition: TableDefinition, run: Claim, badRows: BadRows, slot: Slot,
): Promise<Did> {
  const { dialect } = session
  const step = (name: string): void => context.on({ what: 'step', step: name }, entry)
  const event = { type: entry.type, name: entry.name, refresh: context.refresh.id }
  context.log.info(`Executing source query for ${entry.type} ${definition.table}`, { event: 'extract', ...event })
  const target = { ...targetOf(entry, context, session, definition, run, badRows), sourceIsRead: () => slot.release() }
  const extracted = await extractFor(entry, context, run.time, { ...target, dialect }, session)
  try {
    step('extracting')
    const flow = changed(extracted.flow, entry, definition, session)
    const staging = stagingName(definition.table, run.fence)
    context.log.info(`Creating table ${definition.table}.`, { event: 'create', table: staging, ...event })
    const table = stagingTable(dialect, definition, staging, commentWith(definition.comment, run.runId))
    await asCreated(entry, definition, () => executeTogether(session, table.create))
    const makeKeys = once(async () => { for (const statement of table.keys) await session.execute(statement) })
    step('created')
    const unlike = await checkLiveFits(session, entry, run.live, staging)
    if (run.live !== undefined && await mayHaveChildren(session, context.warehouse, definition.table)) await checkMergeable(session, labelOf(entry), definition.table, staging)
    const planned = flowFormOf(extracted.flow, entry, context.config, { why: extracted.why })
    context.log.info('Loading data', { event: 'load', table: staging, ...planned, ...event })
    const mayChange = await mayChangeInPlace(entry, context, session, definition, run)
    const did = await loadIn({ flow, form: planned }, entry, context, { ...withUnlike(target, unlike), mayChangeInPlace: mayChange, makeKeys }, run)
    const counts = withBadRows(did.counts, badRows)
    await slot.release()
    step('loaded')
    await makeKeys().catch(async (error: unknown) => { throw notTaken(await withDoubled(error, session, definition, staging), { etl: labelOf(entry), definition }) })
    await asCreated(entry, definition, async () => {
      for (const statement of [...dialect.createIndexes(definition, staging), ...dialect.statistics(staging)]) await session.execute(statement)
    })
    const checked = await checkStaging(entry, context, session, definition, run, counts)
    step('checked')
    const staged = {
      read: counts.read, loaded: counts.read - counts.rejected, rejected: counts.rejected, lastKey: counts.lastKey, detail: detailText({ counts: checked, flow: did.flow, create: createOf(definition) }),
      badRows: badRows.taken,
    }
    const { inPlace } = counts
    await (inPlace === undefined ? markStaged(session, definition.table, run, staged) : goLiveInPlace(entry, context, session, { run, definition, staged, inPlace }))
    for (const { column, rows, row, reason } of counts.quarantined ?? []) {
      context.log.warn(`Set ${rows} of the rows of ${labelOf(entry)} aside for column ${column}: row ${row}: ${reason}`, { event: 'quarantined', ...event, table: definition.table, column, rows, row, reason })
    }
    if (inPlace === undefined) step('staged')
    return { counts: checked, flow: did.flow }
  } finally {
    await extracted.close()
  }
}

/** Does something once: again only where it has failed, which undid all of it. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => done ??= work().catch((error: unknown) => {
    done = undefined
    throw error
  })
}

/** What was found out of the live table since the target was made. */
const withUnlike = (target: Target, unlike: readonly string[]): Target => ({ ...target, live: target.live && { ...target.live, unlike } })

/** Rows some of which don't go in by a short way are read after all, or once more: then it is told which. */
async function loadIn({ flow, form }: { readonly flow: AnyFlow, readonly form: FlowForm }, entry: Entry, context: RunContext, target: Target, run: Claim): Promise<Did> {
  let why: string
  try {
    const counts = await entry.etl.load(flow, target)
    const helped = target.sharing?.helped() ?? {}
    return { counts, flow: { ...form, ...Object.keys(helped).length > 0 && { helped } } }
  } catch (error) {
    if (!(error instanceof RowsNeeded)) throw error
    why = error.reason
    context.log.info(`Reading the rows of ${labelOf(entry)} ${isRead(flow) ? 'once more' : 'after all'}: ${error.message}`, { event: 'rows-needed', type: entry.type, name: entry.name })
  }
  // Some may have been set aside by then, and will be again.
  target.badRows.forget()
  const extracted = await extract(entry, context, run.time)
  try {
    const counts = await entry.etl.load(changed(extracted.flow, entry, target.definition, target.connection), { ...target, again: true })
    return { counts, flow: flowFormOf(extracted.flow, entry, context.config, { why, again: true }) }
  } finally {
    await extracted.close()
  }
}

/** What the kind counted, and the rows that were set aside meanwhile. */
function withBadRows(counts: Counts, badRows: BadRows): Counts {
  return badRows.taken.length === 0 ? counts : { ...counts, rejected: counts.rejected + badRows.taken.length, quarantined: quarantined(badRows) }
}

/** What a database refuses here, the create has asked for. @throws {DatabaseError} with the ETL and the table as their user knows them */
async function asCreated(entry: Entry, { table }: TableDefinition, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.transient) throw error
    throw new DatabaseError("the database does not make the table that the create asks for", {
      where: `${labelOf(entry)}, table ${table}`, why: error.why ?? error.what, cause: error,
      wayOut: error.wayOut ?? 'correct the create', ...error.code !== undefined && { code: error.code },
    })
  }
}
