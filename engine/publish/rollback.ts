import type { Connection, Swap } from '../db/connection.ts'
import { asError, BusyError, FencedError } from '../errors.ts'
import type { TableDefinition } from '../sql/create.ts'
import { changedInPlace, makeOld } from './before.ts'
import { claim, isDone, reconcile } from './claim.ts'
import type { Claim } from './claim.ts'
import { leaveSession } from './holders.ts'
import { rollbackOf } from './last-published.ts'
import type { LastPublished, RollbackTable } from './last-published.ts'
import { sayLive } from './live-run.ts'
import { isRunning, stayAlive, stopIfDead } from './lease.ts'
import { targetLock } from './ledger.ts'
import { whilePublishing } from './locks.ts'
import { commentWith, oldName, stagingName, workingName } from './names.ts'
import { dropPrivateTables } from './private-tables.ts'
import { waiting } from './publish.ts'
import { enterRolledBack, publishedRuns } from './rolled-back.ts'
import type { PublishedRun } from './rolled-back.ts'
import { executeTogether } from './together.ts'

/** What a rollback is done as. */
export interface RollbackRequest {
  /** The refresh of its own that it reserves the tables for. */
  readonly refresh: string
  readonly worker: string
  readonly definitionOf: (target: string) => TableDefinition | undefined
  /** Told after each step, so that a test can die there. */
  readonly step: (name: string) => void
}

/**
 * Puts back what stood before a refresh, whole or not at all.
 *
 * It claims every table as a load does, so that whoever was at work on one is fenced. Then one swap puts the old tables
 * back and takes those away that stood for the first time. A session that is lost on the way leaves either all or nothing of
 * it done: the tables' comments say which, and whoever comes next to one of them enters it.
 *
 * @returns it, with what could not be cleared away afterwards: that is done all the same, and the next run of the table tries again
 * @throws {BusyError} where somebody is at work on one of the tables
 * @throws {FencedError} where one of them was taken over meanwhile
 * @throws {ConfigurationError} where something has changed since it was looked at
 */
export async function rollback(connection: Connection, asked: LastPublished, request: RollbackRequest): Promise<LastPublished & { readonly untidy: Error | undefined }> {
  const targets = asked.tables.map(({ run }) => run.target)
  const locked: string[] = []
  try {
    const claims = new Map<string, Claim>()
    for (const { run: { type, name, target } } of asked.tables) {
      locked.push(target)
      const claimed = await claim(connection, { ...request, type, name, table: target, adopt: false, evenHalfLive: true, step() {} })
      if (isDone(claimed)) throw new BusyError('the table is busy', { where: `table ${target}`, why: 'this rollback was done before' })
      claims.set(target, claimed)
    }
    request.step('rollback-claimed')
    // One that died after its swap was entered just now, by the claims.
    const open = await publishedRuns(connection, asked.refresh)
    for (const run of open) {
      const changed = await changedInPlace(connection, run)
      if (changed !== undefined) await makeOld(connection, run, changed, request.definitionOf(run.target))
    }
    request.step('rollback-made')
    if (open.length > 0) await whilePublishing(connection, request.refresh, targets, () => putBack(connection, asked, claims, request))
    request.step('rolled-back')
    const untidy = await clearUpAll(connection, claims)
    request.step('rollback-tidied')
    return { ...asked, untidy }
  } finally {
    for (const target of locked) await connection.unlock(targetLock(target)).catch(() => undefined)
    await leaveSession(connection)
  }
}

async function putBack(connection: Connection, asked: LastPublished, claims: ReadonlyMap<string, Claim>, request: RollbackRequest): Promise<void> {
  await stopIfDead(connection, asked.refresh)
  if (await isRunning(connection, asked.refresh)) {
    throw new BusyError('a refresh that is at work can\'t be rolled back', { where: `${connection.place}, refresh ${asked.refresh}`, wayOut: 'wait until it has ended, then try again' })
  }
  const { tables } = await rollbackOf(connection, asked.refresh, asked.publishedAt)
  const runs = tables.map(({ run }) => run)
  const swaps = tables.map((table) => rollbackSwap(table, claims.get(table.run.target)?.fence ?? 0, request.definitionOf))
  // From now on it is the tables that say whose they are: the ledger would know better than those that come back.
  await waiting(connection, runs, () => sayLive(connection, runs.map(({ target }) => target)))
  if (connection.dialect.transactionalDdl) {
    return waiting(connection, runs, () => connection.transaction(async () => {
      await enterRollingBack(connection, request.refresh, runs, claims)
      request.step('rolling-back')
      await connection.swap(swaps)
      request.step('put-back')
      await enterRolledBack(connection, runs)
    }))
  }
  const markers = await makeMarkers(connection, claims)
  request.step('rollback-marked')
  try {
    await waiting(connection, runs, () => connection.transaction(() => enterRollingBack(connection, request.refresh, runs, claims)))
    request.step('rolling-back')
    await waiting(connection, runs, () => connection.swap([...swaps, ...markers]))
  } catch (error) {
    if (!await wasPutBack(connection, asked.refresh, runs).catch(() => false)) throw error
  }
  request.step('put-back')
  await waiting(connection, runs, () => connection.transaction(() => enterRolledBack(connection, runs)))
}

/** Whether the swap was done, whatever was heard of it: the tables say so, and the ledger is put right by them. */
async function wasPutBack(connection: Connection, refresh: string, runs: readonly PublishedRun[]): Promise<boolean> {
  for (const { target } of runs) await reconcile(connection, target)
  return (await publishedRuns(connection, refresh)).length === 0
}

/** What comes back goes by its own indexes: a create that has changed since may name columns that it does not have. */
export function rollbackSwap({ run: { target, fence }, old, changed }: RollbackTable, own: number, definitionOf: RollbackRequest['definitionOf']): Swap {
  const aside = workingName(target, 'b', own)
  const definition = definitionOf(target)
  // A table that is yet to be made of the live one has what the create says, which made both.
  if (changed !== undefined) return { live: target, staging: oldName(target, fence), old: aside, definition }
  if (old === undefined) return { live: target, staging: undefined, old: aside, definition: undefined }
  const columns = old.columns.map(({ name }) => name.toLowerCase())
  const isThere = (word: string): boolean => columns.includes(word.toLowerCase()) || /^(?:asc|desc)$/i.test(word)
  return {
    live: target, staging: oldName(target, fence), old: aside,
    definition: definition && { ...definition, indexes: definition.indexes.filter(({ sql }) => (sql.match(/[A-Za-z_]\w*/g) ?? []).every(isThere)) },
  }
}

/** The highest fence of a table, by the ledger. */
export async function fenceOf(connection: Connection, target: string): Promise<number> {
  const [row] = await connection.query<{ fence: number }>(connection.dialect.knex('etl_target').where({ target }).select('fence'))
  return row?.fence ?? 0
}

/**
 * Where a swap commits by itself it can't ask for a fence. So a table that only stands for this rollback's fence goes with it:
 * whoever raises the fence drops it, and then the swap fails as a whole.
 */
async function makeMarkers(connection: Connection, claims: ReadonlyMap<string, Claim>): Promise<readonly Swap[]> {
  const swaps: Swap[] = []
  for (const [target, { fence, runId }] of claims) {
    const marker = stagingName(target, fence)
    await executeTogether(connection, connection.dialect.createLanding(marker, [], commentWith(undefined, runId)))
    swaps.push({ live: workingName(target, 'm', fence), staging: marker, old: undefined, definition: undefined })
  }
  return swaps
}

/** The fence check: all of the tables are still claimed by this rollback. */
async function enterRollingBack(connection: Connection, refresh: string, runs: readonly PublishedRun[], claims: ReadonlyMap<string, Claim>): Promise<void> {
  const { knex, now } = connection.dialect
  await stayAlive(connection, refresh)
  const own = [...claims.values()].map(({ runId }) => runId)
  const current = knex('etl_target as t').whereRaw('t.target = etl_run.target AND t.fence = etl_run.fence').select(knex.raw('1'))
  const held = await connection.execute(knex('etl_run').whereIn('run_id', own).where({ status: 'running' }).whereExists(current).update({ heartbeat_at: knex.raw(now) }))
  const touched = await connection.execute(knex('etl_run').whereIn('run_id', runs.map(({ runId }) => runId)).whereIn('status', ['succeeded', 'rolling_back']).update({ status: 'rolling_back' }))
  await connection.execute(knex('etl_target').whereIn('merged_run', runs.map(({ runId }) => runId)).update({ merged_run: null }))
  if (held === own.length && touched === runs.length) return
  throw new FencedError('a newer run has taken one of the tables over', { where: [...claims.keys()].join(', '), wayOut: 'see what it has published, then try again' })
}

/** After the commit: whatever happens here, it is done. The first error is given back. */
async function clearUpAll(connection: Connection, claims: ReadonlyMap<string, Claim>): Promise<Error | undefined> {
  let first: Error | undefined
  for (const [target, { fence, runId }] of claims) {
    try {
      await clearUp(connection, target, fence, runId)
    } catch (error) {
      first ??= asError(error)
    }
  }
  return first
}

/** Drops what was taken away, and ends this rollback's own run. What can't be dropped now, the next run of the table drops. */
async function clearUp(connection: Connection, target: string, fence: number, runId: string): Promise<void> {
  const { knex, now } = connection.dialect
  await connection.execute(knex('etl_run').where({ run_id: runId }).update({ status: 'abandoned', finished_at: knex.raw(now) }))
  await connection.execute(knex('etl_request').whereIn('request_key', knex('etl_run').where({ run_id: runId }).select('request_key')).where({ status: 'running' }).update({ status: 'abandoned' }))
  await dropPrivateTables(connection, target, ({ letter, fence: of }) => letter !== 'o' && of <= fence)
}
