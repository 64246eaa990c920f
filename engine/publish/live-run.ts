import type { Connection, TableDescription } from '../db/connection.ts'
import { DatabaseError } from '../errors.ts'
import { commentWith, runOf, withoutRun } from './names.ts'

/** A table that is live, by its comment. */
export interface LiveTable {
  readonly table: string
  /** What it should say: of the run that it is really of. */
  readonly comment: string
  /** What it says. */
  readonly written: string
}

/** What the ledger says of a run that a live table may be of. */
interface LiveEntry {
  /** How it is found: `named` by the table's comment, `merged` into it, or its rollback was begun. */
  readonly how: 'named' | 'merged' | 'rolling_back'
  readonly runId: string
  readonly target: string
  readonly refresh: string
  readonly status: string
  readonly fence: number
  readonly rows: number
  /** Its request has succeeded, by this run or by another one. */
  readonly done: number
}

/** Live tables, and what the ledger says of their runs. */
export interface LookedAt {
  readonly live: ReadonlyMap<string, LiveTable>
  readonly entries: readonly LiveEntry[]
}

/** Live tables by their comments, in two statements however many they are. */
export async function lookAtLive(connection: Connection, tables: readonly string[]): Promise<LookedAt> {
  return withLedger(connection, tables, await connection.comments(tables))
}

/**
 * A live table's comment names the run that made it: by the comment itself after a swap, by the ledger after a merge,
 * where a database can't change both in one transaction and the comment may lag behind. The later of the two counts.
 */
export async function withLedger(connection: Connection, tables: readonly string[], written: ReadonlyMap<string, string>): Promise<LookedAt> {
  const named = [...written.values()].flatMap((comment) => runOf(comment) ?? [])
  const entries = await entriesOf(connection, tables, named)
  return { entries, live: new Map([...written].map(([table, comment]) => [table, { table, written: comment, comment: latest(table, comment, entries) }])) }
}

function latest(table: string, written: string, entries: readonly LiveEntry[]): string {
  const named = runOf(written)
  // Whatever was merged here before: a table that names no run is somebody's own, made where ours was dropped.
  if (named === undefined) return written
  const merged = entries.find(({ how, target }) => how === 'merged' && target === table)
  const fence = entries.find(({ how, target, runId }) => how === 'named' && target === table && runId === named)?.fence ?? 0
  return merged === undefined || merged.fence <= fence ? written : commentWith(withoutRun(written), merged.runId)
}

/** Three looks in one statement, each by an index of its own: a ledger of years holds many runs of a table. */
async function entriesOf(connection: Connection, tables: readonly string[], named: readonly string[]): Promise<readonly LiveEntry[]> {
  const { knex } = connection.dialect
  const done = knex('etl_run as o').whereRaw('o.request_key = r.request_key').where('o.status', 'succeeded').select(knex.raw('1'))
  const columns = (how: LiveEntry['how']) => ({
    how: knex.raw(`'${how}'`), runId: 'r.run_id', target: 'r.target', refresh: 'r.refresh', status: 'r.status', fence: 'r.fence', rows: 'r.rows_loaded',
    done: knex.raw('CASE WHEN EXISTS ? THEN 1 ELSE 0 END', [done]),
  })
  const rollingBack = knex('etl_run as r').where('r.status', 'rolling_back').whereIn('r.target', tables).select(columns('rolling_back'))
  const merged = knex('etl_run as r').join('etl_target as t', 't.merged_run', 'r.run_id').whereIn('t.target', tables).whereRaw('r.target = t.target').select(columns('merged'))
  const asNamed = knex('etl_run as r').whereIn('r.run_id', named).select(columns('named'))
  return connection.query<LiveEntry>(named.length === 0 ? rollingBack : rollingBack.unionAll([merged, asNamed]))
}

/** A live table with its columns. */
export async function describeLive(connection: Connection, table: string): Promise<TableDescription & LiveTable | undefined> {
  const live = await connection.describe(table)
  if (live === undefined) return undefined
  const looked = await withLedger(connection, [table], new Map([[table, live.comment]]))
  return { ...live, comment: looked.live.get(table)?.comment ?? live.comment, written: live.comment }
}

/** The runs that made live tables what they are; undefined where there is none, or nobody here made it. */
export async function liveRuns(connection: Connection, tables: readonly string[]): Promise<(table: string) => string | undefined> {
  if (tables.length === 0) return () => undefined
  const { live } = await lookAtLive(connection, tables)
  return (table) => runOf(live.get(table)?.comment ?? '')
}

/** The run that made a live table what it is; undefined where there is none, or nobody here made it. */
export async function liveRun(connection: Connection, table: string): Promise<string | undefined> {
  return (await liveRuns(connection, [table]))(table)
}

/** Those of some runs that are live. */
export async function liveOf<R extends { readonly runId: string; readonly target: string }>(connection: Connection, runs: readonly R[]): Promise<readonly R[]> {
  const runAt = await liveRuns(connection, runs.map(({ target }) => target))
  return runs.filter(({ runId, target }) => runAt(target) === runId)
}

/** Brings a merged table's comment up to date. Where readers are in the way it waits for its next turn: the ledger knows. */
export async function tidyComment(connection: Connection, live: LiveTable | undefined): Promise<void> {
  if (live === undefined || live.comment === live.written) return
  try {
    await connection.execute(connection.dialect.commentOn(live.table, live.comment))
  } catch (error) {
    if (!(error instanceof DatabaseError) || !error.transient || !connection.isOpen) throw error
  }
}

/** The same, and an error where readers are in the way: before the table is exchanged for another one, and keeps what it says. @throws {DatabaseError} */
export async function sayLive(connection: Connection, tables: readonly string[]): Promise<void> {
  for (const { table, comment, written } of (await lookAtLive(connection, tables)).live.values()) {
    if (comment !== written) await connection.execute(connection.dialect.commentOn(table, comment))
  }
}

/** Those of some runs that were merged into their tables last. */
export async function mergedOf<R extends { readonly runId: string }>(connection: Connection, runs: readonly R[]): Promise<readonly R[]> {
  const rows = await connection.query<{ run: string }>(connection.dialect.knex('etl_target').whereIn('merged_run', runs.map(({ runId }) => runId)).select({ run: 'merged_run' }))
  return runs.filter(({ runId }) => rows.some(({ run }) => run === runId))
}
