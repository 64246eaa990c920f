import type { Connection, TableDescription } from '../db/connection.ts'
import { ConfigurationError } from '../errors.ts'
import { changedInPlace, rowsBefore, wasInPlace } from './before.ts'
import type { Overwritten } from './before.ts'
import { describeLive, liveRun, mergedOf } from './live-run.ts'
import { lookAtLedger } from './ledger.ts'
import { oldName, runOf } from './names.ts'
import { notEntered, publishedRuns } from './rolled-back.ts'
import type { PublishedRun } from './rolled-back.ts'

/** A table that a rollback is about: the run whose table goes, and the one that comes back instead, where there was one. */
export interface RollbackTable {
  readonly run: PublishedRun
  /** The table that was kept. */
  readonly old: TableDescription | undefined
  /** The live table was changed in place, and what it has overwritten was kept: the old one is yet to be made. */
  readonly changed?: Overwritten
  /** Rows of the table that goes and of the one that comes back, where they are there to be counted. */
  readonly liveRows?: number
  readonly oldRows?: number
}

/** The refresh that was published last, and what stood before it. */
export interface LastPublished {
  readonly refresh: string
  readonly publishedAt: string
  readonly tables: readonly RollbackTable[]
}

/**
 * The refresh that was published last, as far as it can be rolled back: whole, to tables that are kept and ours.
 *
 * @throws {ConfigurationError} where it can't, with the table that stands in the way
 */
export async function lastPublished(connection: Connection): Promise<LastPublished> {
  const newest = await newestOf(connection)
  if (newest === undefined) throw refused(connection, 'nothing was published yet, so nothing can be rolled back', 'load something first')
  const { refresh, publishedAt } = newest
  if (newest.status === 'rolling_back') {
    const runs = await publishedRuns(connection, refresh)
    // One that died after its swap: nothing is left to be looked at, and all of it to be entered.
    if (!(await isLiveTable(connection, runs[0]))) return { refresh, publishedAt, tables: await counted(connection, runs.map((run) => ({ run, old: undefined })), ({ run }) => [undefined, run.target]) }
  }
  const found = await rollbackOf(connection, refresh, publishedAt)
  return { ...found, tables: await counted(connection, found.tables, ({ run, old }) => [run.target, old && oldName(run.target, run.fence)]) }
}

/** Counts the rows of the tables themselves: a load's own count knows neither members that stay nor versions. */
async function counted(connection: Connection, tables: readonly RollbackTable[], namesOf: (table: RollbackTable) => readonly (string | undefined)[]): Promise<readonly RollbackTable[]> {
  const all: RollbackTable[] = []
  for (const table of tables) {
    const [live, old] = namesOf(table)
    const liveRows = await rowsOf(connection, live)
    const oldRows = table.changed === undefined ? await rowsOf(connection, old) : await rowsBefore(connection, table.run, table.changed)
    all.push({ ...table, ...liveRows !== undefined && { liveRows }, ...oldRows !== undefined && { oldRows } })
  }
  return all
}

/** The same of one refresh, looked at anew. */
export async function rollbackOf(connection: Connection, refresh: string, publishedAt: string): Promise<LastPublished> {
  const runs = await publishedRuns(connection, refresh)
  for (const run of await mergedOf(connection, runs)) await refuseMerged(connection, run)
  const tables: RollbackTable[] = []
  for (const run of runs) {
    await refuseChildren(connection, run)
    await refuseNotLive(connection, run)
    tables.push(await keptOf(connection, run))
  }
  await refuseReliedUpon(connection, runs)
  if (tables.some(({ old, changed }) => (old ?? changed) !== undefined)) return { refresh, publishedAt, tables }
  throw refused(connection, `refresh ${refresh} made all of its tables for the first time, so there is nothing to go back to`,
    'load anew what is to change; drop the tables with --drop_tables, if they are to go', await whyFirst(connection, runs))
}

/** Somebody who asks for a second rollback means the one that was done, and learns which that was. */
async function whyFirst(connection: Connection, runs: readonly PublishedRun[]): Promise<string> {
  const { knex } = connection.dialect
  const [after] = await connection.query<{ refresh: string }>(knex('etl_run').whereIn('target', runs.map(({ target }) => target))
    .where({ status: 'rolled_back' }).orderBy('fence', 'desc').limit(1).select('refresh'))
  const none = 'before it there were none, and a rollback puts back what stood before'
  return after === undefined ? none : `${none}; refresh ${after.refresh}, which came after it, was rolled back already`
}

/** Whichever table went live last. Where a rollback was begun and not ended, its refresh comes first. */
async function newestOf(connection: Connection): Promise<{ refresh: string; publishedAt: string; status: string } | undefined> {
  const { missing, grown } = await lookAtLedger(connection)
  if (missing.includes('etl_run')) return undefined
  if (missing.length > 0 || grown.length > 0) throw byEarlier(connection, 'the ledger')
  const { knex } = connection.dialect
  const published = knex('etl_run').whereIn('status', ['succeeded', 'rolling_back'])
  const [newest] = await connection.query<{ refresh: string; publishedAt: string; status: string }>(
    published.orderByRaw("CASE WHEN status = 'rolling_back' THEN 0 ELSE 1 END").orderBy('finished_at', 'desc').limit(1).select({ refresh: 'refresh', publishedAt: 'finished_at', status: 'status' }))
  if (newest?.status === 'rolling_back') return newest
  const late = await notEntered(connection)
  return late !== undefined && late.publishedAt > (newest?.publishedAt ?? '') ? { ...late, status: 'publishing' } : newest
}

async function refuseNotLive(connection: Connection, { target, runId, refresh }: PublishedRun): Promise<void> {
  const live = await describeLive(connection, target)
  const named = live && runOf(live.comment)
  if (named === runId) return
  const { knex } = connection.dialect
  const [later] = named === undefined ? [] : await connection.query<{ refresh: string }>(knex('etl_run').where({ run_id: named }).select('refresh'))
  const what = live === undefined ? `table ${target} was dropped since refresh ${refresh} published it`
    : `table ${target} was published again since refresh ${refresh}${later === undefined ? '' : `, by refresh ${later.refresh}`}`
  throw refused(connection, what, 'load it anew: only the refresh that was published last can be rolled back, and only as a whole')
}

/** A merge keeps nothing; a change in place of a table that nobody points at does, until what comes after it is published. */
async function refuseMerged(connection: Connection, run: PublishedRun): Promise<void> {
  if (await wasInPlace(connection, run.runId) !== undefined || await connection.describe(oldName(run.target, run.fence)) !== undefined) return
  throw refused(connection, `the rows of ${run.target} were changed in place, so nothing is kept of what stood before`, `load ${run.target} anew from a source as it was; others' foreign keys point at the table`)
}

/** They would follow the table that goes. */
async function refuseChildren(connection: Connection, { target }: PublishedRun): Promise<void> {
  const [child] = await connection.children(target)
  if (child !== undefined) throw refused(connection, `a foreign key of ${child.child} points at ${target}, so no other table can take its place`, child.drop)
}

async function keptOf(connection: Connection, run: PublishedRun): Promise<RollbackTable> {
  const { target, fence, replaced } = run
  const name = oldName(target, fence)
  const old = await connection.describe(name)
  if (replaced === null && old !== undefined) throw byEarlier(connection, `table ${target}`)
  if (replaced === null) return { run, old: undefined }
  const changed = old !== undefined && runOf(old.comment) === replaced ? undefined : await changedInPlace(connection, run)
  if (changed !== undefined) return { run, old: undefined, changed }
  if (old === undefined) throw refused(connection, `what stood before in ${target} is not kept any more`, `load ${target} anew; ${name} would have been it`, ONE_STEP)
  if (runOf(old.comment) !== replaced) {
    throw refused(connection, `what stood before in ${target} was not made here`, `${name} is somebody's own table, which was taken over: rename it yourself, if it is to come back`)
  }
  return { run, old }
}

async function isLiveTable(connection: Connection, run: PublishedRun | undefined): Promise<boolean> {
  return run !== undefined && await liveRun(connection, run.target) === run.runId
}

async function rowsOf(connection: Connection, table: string | undefined): Promise<number | undefined> {
  if (table === undefined || await connection.describe(table) === undefined) return undefined
  const [row] = await connection.query<{ n: number | string }>(connection.dialect.knex(table).count({ n: '*' }))
  return row && Number(row.n)
}

/** A fact that is live, and stays so, must find its members. */
async function refuseReliedUpon(connection: Connection, runs: readonly PublishedRun[]): Promise<void> {
  const { knex } = connection.dialect
  const ids = runs.map(({ runId }) => runId)
  const relying = await connection.query<{ run: string; target: string; dimension: string; refresh: string }>(
    knex('etl_input as i').join('etl_run as r', 'r.run_id', 'i.run').whereIn('i.dimension_run', ids).whereNotIn('i.run', ids).whereIn('r.status', ['succeeded', 'publishing'])
      .select({ run: 'i.run', target: 'r.target', dimension: 'i.dimension', refresh: 'r.refresh' }))
  for (const { run, target, dimension, refresh } of relying) {
    if (await liveRun(connection, target) !== run) continue
    throw refused(connection, `${target} took its keys from the ${dimension} that would go`, `load ${target} anew afterwards, or both together: refresh ${refresh} has published it`)
  }
}

/** It entered nowhere what stood before: a table would be taken for one that was made for the first time, and go. */
const byEarlier = (connection: Connection, what: string): ConfigurationError =>
  refused(connection, `${what} was last written by an earlier version, which did not enter what stood before`, 'load anew: what is published from then on can be rolled back')

const ONE_STEP = 'one old table is kept beside each live one, and none beside a table that a rollback has put back: it goes one refresh back, not two'

const refused = (connection: Connection, what: string, wayOut: string, why?: string): ConfigurationError =>
  new ConfigurationError(what, { where: connection.place, wayOut, ...why !== undefined && { why } })
