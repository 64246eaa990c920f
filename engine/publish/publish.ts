import { randomUUID } from 'node:crypto'
import type { Connection, Swap } from '../db/connection.ts'
import { BusyError, FencedError, messageOf } from '../errors.ts'
import type { TableDefinition } from '../sql/create.ts'
import { reconcileAll } from './claim.ts'
import { reliedInputs } from './inputs.ts'
import { stayAlive } from './lease.ts'
import { liveOf, liveRuns, sayLive } from './live-run.ts'
import { whileLocked } from './locks.ts'
import { aroundSwap, checkMerges, mergeRuns, publishWays, takeOver } from './merge.ts'
import { oldName, runOf, stagingName } from './names.ts'
import { mayWait, persistently } from './patience.ts'
import { clearAway } from './private-tables.ts'
import { enterReplaced } from './replaced.ts'
import { publishable } from './staged-runs.ts'
import type { StagedRun } from './staged-runs.ts'
import { fenced, whyFenced } from './fenced.ts'
import { enterSuccess } from './success.ts'
import type { LiveRun } from './success.ts'

/** How long readers' and writers' locks on the live tables are waited for before a publish gives up. */
const swapPatience = 60_000

/** The longest pause between two tries, in which the readers have their turn who wait behind them: about as long as a try. */
const swapPause = 1_000

/**
 * Makes a set of staged runs live in one atomic step: no reader joins a new fact to an old dimension.
 *
 * Takes all locks, those of the dimensions that its facts rely on included, checks all fences and inputs, swaps all tables
 * at once, and enters the success. Tables that others point at are merged: in the same transaction where DDL is part of one,
 * else right before or after the swap.
 * A connection lost during the swap is never guessed about: the tables' comments tell the next run what happened.
 *
 * @returns what could not be cleared away afterwards: the tables are live all the same, and the next publish tries again
 * @throws {FencedError} where one of the runs, a dimension it read, or the whole refresh was overtaken; nothing is published
 * @throws {BusyError} where a table stays locked; what was merged before the swap is live then, and the rest follows with `finishInterrupted`
 */
export async function publish(
  connection: Connection, refresh: string | null, runs: readonly StagedRun[], definitionOf: (run: StagedRun) => TableDefinition | undefined, step: (name: string) => void,
): Promise<Error | undefined> {
  if (runs.length === 0) return undefined
  const sorted = runs.toSorted((a, b) => (a.target < b.target ? -1 : 1))
  const relied = await reliedInputs(connection, sorted)
  return whileLocked(connection, refresh, sorted.map(({ target }) => target), relied.map(({ dimension }) => dimension), async () => {
    step('publish-locked')
    try {
      return await publishLocked(connection, refresh, sorted, definitionOf, step)
    } finally {
      step('publish-ended')
    }
  })
}

async function publishLocked(
  connection: Connection, refresh: string | null, runs: readonly StagedRun[], definitionOf: (run: StagedRun) => TableDefinition | undefined, step: (name: string) => void,
): Promise<Error | undefined> {
  const { left, unsaid } = await notYetLive(connection, runs)
  try {
    // What is replaced keeps what it says, and a rollback goes by that.
    if (unsaid.length > 0) await waiting(connection, runs, () => sayLive(connection, unsaid))
    if (left.length > 0) await commit(connection, refresh, left, definitionOf, step)
  } catch (error) {
    await takeBack(connection, runs)
    throw error
  }
  step('published')
  const untidy = await clearAway(connection, runs)
  step('tidied')
  return untidy
}

/**
 * The runs that are not live: where a publish was interrupted after its swap, or another worker was faster, the tables'
 * comments say so, and only the ledger is entered. And the tables whose comments did not say whose they are.
 */
async function notYetLive(connection: Connection, runs: readonly StagedRun[]): Promise<{ readonly left: readonly StagedRun[]; readonly unsaid: readonly string[] }> {
  const tables = (await reconcileAll(connection, runs.map(({ target }) => target))).live
  const left = runs.filter(({ runId, target }) => runOf(tables.get(target)?.comment ?? '') !== runId)
  const live = runs.filter((run) => !left.includes(run))
  if (live.length > 0) await connection.transaction(() => enterSuccess(connection, live))
  return { left, unsaid: [...tables.values()].filter(({ comment, written }) => comment !== written).map(({ table }) => table) }
}

/**
 * After a publish that failed, while the locks are held: where nothing of it is live it was never begun, and nobody goes on
 * with it. Where a part is live the rest follows, also of one that an earlier session had begun. Never throws: the failure is
 * what counts.
 */
async function takeBack(connection: Connection, runs: readonly StagedRun[]): Promise<void> {
  if (connection.dialect.transactionalDdl || !connection.isOpen || runs.some(({ status }) => status === 'publishing')) return
  try {
    if ((await liveOf(connection, runs)).length > 0) return
    const ids = runs.map(({ runId }) => runId)
    await connection.execute(connection.dialect.knex('etl_run').whereIn('run_id', ids).where({ status: 'publishing' }).update({ status: 'staged' }))
  } catch {
    // It stays as it was interrupted: whoever ends its refresh, or clears up after it, looks again.
  }
}

async function commit(
  connection: Connection, refresh: string | null, runs: readonly StagedRun[], definitionOf: (run: StagedRun) => TableDefinition | undefined, step: (name: string) => void,
): Promise<void> {
  const { swapped, merged } = await publishWays(connection, runs)
  await checkMerges(connection, merged, definitionOf)
  const swaps = await swapsOf(connection, swapped, definitionOf)
  const patient = (work: () => Promise<void>): Promise<void> => waiting(connection, runs, work)
  if (connection.dialect.transactionalDdl) {
    return patient(() => connection.transaction(async () => {
      await enterReplaced(connection, runs)
      // A merge makes its run the live one.
      await refuseOldInputs(connection, runs)
      // Readers wait behind a swap, and nobody behind a merge: what others may wait for comes last.
      await mergeRuns(connection, merged, definitionOf, step)
      await enterPublishing(connection, refresh, runs)
      step('publishing')
      await connection.swap(swaps)
      step('swapped')
      await enterSuccess(connection, runs)
    }))
  }
  const { before, after } = await aroundSwap(connection, runs, merged)
  const mergeAlone = async (some: readonly StagedRun[]): Promise<void> => (some.length === 0 ? undefined : patient(() => connection.transaction(async () => {
    await mergeRuns(connection, some, definitionOf, step)
    await enterSuccess(connection, some)
  })))
  await patient(() => takeOver(connection, merged))
  await patient(() => connection.transaction(async () => {
    await enterPublishing(connection, refresh, runs)
    await refuseOldInputs(connection, runs)
    await enterReplaced(connection, runs)
  }))
  step('publishing')
  await mergeAlone(before)
  step('merge-live')
  await patient(() => swapOrFenced(connection, swapped, swaps))
  step('swapped')
  if (swapped.length > 0) await patient(() => connection.transaction(() => enterSuccess(connection, swapped)))
  await mergeAlone(after)
}

async function swapsOf(connection: Connection, runs: readonly StagedRun[], definitionOf: (run: StagedRun) => TableDefinition | undefined): Promise<Swap[]> {
  const there = await connection.comments(runs.map(({ target }) => target))
  return runs.map((run) => ({
    live: run.target, staging: stagingName(run.target, run.fence), old: there.has(run.target) ? oldName(run.target, run.fence) : undefined, definition: definitionOf(run),
  }))
}

/**
 * A swap whose staging is gone was overtaken: the newer run raised the fence, and then dropped it. One that was ended in the
 * moment after its commit was done: the tables say so.
 *
 * @throws {FencedError} where it was overtaken
 */
async function swapOrFenced(connection: Connection, runs: readonly StagedRun[], swaps: readonly Swap[]): Promise<void> {
  try {
    await connection.swap(swaps)
  } catch (error) {
    if (connection.isOpen && (await liveOf(connection, runs).catch(() => [])).length > 0) return
    const { knex } = connection.dialect
    const fences = await connection.query<{ target: string; fence: number }>(knex('etl_target').select('target', 'fence')).catch(() => [])
    const overtaken = runs.filter((run) => fences.some(({ target, fence }) => target === run.target && fence > run.fence))
    throw overtaken.length === 0 ? error : fenced(overtaken.map(({ target }) => target).join(', '))
  }
}

/** Readers' and writers' locks end by themselves: waited for, for a while. @throws {BusyError} where they don't */
export async function waiting(connection: Connection, runs: readonly { readonly target: string }[], work: () => Promise<void>, patience = swapPatience, what = "the tables can't be exchanged: somebody holds a lock on one of them"): Promise<void> {
  const mayRetry = mayWait(connection)
  try {
    // A swap inside a transaction makes its own pauses, or keeps nobody waiting.
    await persistently(work, patience, mayRetry, connection.dialect.transactionalDdl ? undefined : swapPause)
  } catch (error) {
    if (!mayRetry(error)) throw error
    throw new BusyError(what, {
      where: `${connection.place}, table ${runs.map(({ target }) => target).join(', ')}`, why: messageOf(error), cause: error,
      wayOut: 'end the transaction that reads or writes it, then run again',
    })
  }
}

/** Step 8 for the whole star: every run is still staged (or its publish was interrupted) at its target's fence. In a transaction. @throws {FencedError} */
export async function enterPublishing(connection: Connection, refresh: string | null, runs: readonly LiveRun[]): Promise<void> {
  const { knex, now } = connection.dialect
  if (refresh !== null) await stayAlive(connection, refresh)
  const ids = runs.map(({ runId }) => runId)
  const current = knex('etl_target as t').whereRaw('t.target = etl_run.target AND t.fence = etl_run.fence').select(knex.raw('1'))
  const own = await publishOf(connection, ids)
  const touched = await connection.execute(knex('etl_run').whereIn('run_id', ids).whereIn('status', publishable).whereExists(current)
    .update({ status: 'publishing', publish: own, heartbeat_at: knex.raw(now) }))
  if (touched !== runs.length) throw await whyFenced(connection, runs)
}

/** What goes on with a publish that was interrupted belongs to what is live of it; where these were several, they are one from now on. */
async function publishOf(connection: Connection, ids: readonly string[]): Promise<string> {
  const { knex } = connection.dialect
  const begun = await connection.query<{ publish: string }>(knex('etl_run').whereIn('run_id', ids).where({ status: 'publishing' }).whereNotNull('publish').distinct('publish'))
  const [first = randomUUID(), ...others] = begun.map((run) => run.publish)
  if (others.length > 0) await connection.execute(knex('etl_run').whereIn('publish', others).update({ publish: first }))
  return first
}

/** Every table that the runs have read is in this publish or live. @throws {FencedError} */
async function refuseOldInputs(connection: Connection, runs: readonly StagedRun[]): Promise<void> {
  const relied = await reliedInputs(connection, runs)
  const runAt = await liveRuns(connection, [...new Set(relied.map(({ dimension }) => dimension))])
  for (const { run, dimension, read } of relied) {
    if (runAt(dimension) === read) continue
    const fact = runs.find(({ runId }) => runId === run)
    throw new FencedError(`${dimension} was loaded anew since its keys were read`, {
      where: `${fact?.type} ${fact?.name}`, wayOut: 'run it again, together with its dimensions',
    })
  }
}
