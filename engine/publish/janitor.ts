import type { Connection } from '../db/connection.ts'
import { messageOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { reconcile } from './claim.ts'
import { finishInterrupted } from './forward.ts'
import { entered, forgetSilent, leaveSession } from './holders.ts'
import { ledgerTables, targetLock } from './ledger.ts'
import { silence, stopIfDead } from './lease.ts'
import { liveRun } from './live-run.ts'
import { BEFORE, readName, runOf } from './names.ts'
import { forgetEnded } from './ranges.ts'

/** A table of the ledger, whether its ETL is still configured or not. */
interface Target {
  readonly target: string
  readonly fence: number
  readonly reservedBy: string | null
  /** Its refresh is at work, as far as the ledger says. */
  readonly atWork: boolean
}

/** A run that has not ended. */
interface OpenRun {
  readonly runId: string
  readonly target: string
  readonly fence: number
  readonly status: string
  readonly refresh: string
  readonly atWork: boolean
  readonly silent: boolean
}

const open = ['running', 'staged', 'publishing']

/**
 * Clears away what dead processes have left: stops refreshes that nobody goes on with, abandons their runs, gives their
 * reservations back, and drops private tables that no run needs any more. One old table is kept for a rollback.
 *
 * It touches a table under its lock alone, never waits for one, and drops only what a run of this ledger made. What it does
 * is logged. What can't be done now is logged as well, and is done another time.
 *
 * @throws {DatabaseError} where the session is lost
 */
export async function clearUp(connection: Connection, log: Log): Promise<void> {
  const tables = await connection.tablesLike('')
  if (!ledgerTables.every((name) => tables.includes(name))) return
  await stopDeadRefreshes(connection, log)
  const targets = await targetsOf(connection)
  const runs = await openRuns(connection)
  try {
    for (const target of targets) {
      const its = runs.filter((run) => run.target === target.target)
      if (!isUntidy(target, its, tables)) continue
      await tolerantly(connection, log, `table ${target.target}`, () => tidy(connection, log, target, its))
    }
  } finally {
    await leaveSession(connection)
  }
  await forgetSilent(connection, targets.map(({ target }) => target))
  await tolerantly(connection, log, 'ranges of loads that have ended', () => forgetEnded(connection))
}

/** One that is busy, or in somebody's way, is left for the next time. */
async function tolerantly(connection: Connection, log: Log, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!connection.isOpen) throw error
    log.warn(`Could not clear up ${what}: ${messageOf(error)}`, { event: 'clear-up-failed' })
  }
}

/** Those whose lease is over. One that a process still holds by its lock is whoever's that wants its tables. */
async function stopDeadRefreshes(connection: Connection, log: Log): Promise<void> {
  const { knex, now } = connection.dialect
  const over = await connection.query<{ id: string }>(knex('etl_refresh').where({ status: 'running' }).where('lease', '<=', knex.raw(now)).select('id'))
  for (const { id } of over) {
    await tolerantly(connection, log, `refresh ${id}`, async () => {
      if (await stopIfDead(connection, id, false)) log.warn(`Stopped refresh ${id}: its lease is over`, { event: 'refresh-stopped', refresh: id })
    })
  }
}

async function targetsOf(connection: Connection): Promise<readonly Target[]> {
  const { knex } = connection.dialect
  const rows = await connection.query<{ target: string; fence: number; reservedBy: string | null; status: string | null }>(
    knex('etl_target as t').leftJoin('etl_refresh as f', 'f.id', 't.reserved_by').orderBy('t.target')
      .select({ target: 't.target', fence: 't.fence', reservedBy: 't.reserved_by', status: 'f.status' }))
  return rows.map(({ status, ...target }) => ({ ...target, atWork: status === 'running' }))
}

async function openRuns(connection: Connection, target?: string): Promise<readonly OpenRun[]> {
  const { knex, after } = connection.dialect
  const runs = knex('etl_run as r').leftJoin('etl_refresh as f', 'f.id', 'r.refresh').whereIn('r.status', open)
  if (target !== undefined) void runs.where('r.target', target)
  const rows = await connection.query<Omit<OpenRun, 'atWork' | 'silent'> & { refreshStatus: string | null; silent: number }>(runs.select({
    runId: 'r.run_id', target: 'r.target', fence: 'r.fence', status: 'r.status', refresh: 'r.refresh', refreshStatus: 'f.status',
    silent: knex.raw(`CASE WHEN r.heartbeat_at > ${after(-silence)} THEN 0 ELSE 1 END`),
  }))
  return rows.map(({ refreshStatus, silent, ...run }) => ({ ...run, atWork: refreshStatus === 'running', silent: silent === 1 }))
}

/** Whether a look under the lock can be worth it. What a live refresh is at work on is never looked at. */
function isUntidy({ target, fence, reservedBy, atWork }: Target, runs: readonly OpenRun[], tables: readonly string[]): boolean {
  const named = tables.map(readName).filter((name) => name?.table === target)
  return runs.some(isDead) || (reservedBy !== null && !atWork)
    || named.filter((name) => name !== undefined && mayBeKept(name)).length > 1
    || named.some((name) => name !== undefined && !mayBeKept(name) && !(name.fence === fence && runs.some((run) => run.fence === fence)))
}

/** A rollback may need it: a table that was replaced, or the rows that were overwritten in one. */
const mayBeKept = ({ letter }: { readonly letter: string }): boolean => letter === 'o' || letter === BEFORE

/** A running run works under its table's lock. One that waits to be published needs its refresh alone. */
const isDead = ({ status, silent, atWork }: OpenRun): boolean => !atWork || (status === 'running' && silent)

async function tidy(connection: Connection, log: Log, { target, reservedBy }: Target, runs: readonly OpenRun[]): Promise<void> {
  // Some of the tables of its publish may be live already: then the others go live, too.
  const unfinished = runs.some(({ status, atWork }) => status === 'publishing' && !atWork) ? await finishInterrupted(connection, target, null) : undefined
  if (unfinished !== undefined) log.warn(`Could not finish a publish that was interrupted: ${messageOf(unfinished)}`, { event: 'unfinished', table: target })
  if (!(await entered(connection, null, () => connection.lock(targetLock(target))))) return
  try {
    await reconcile(connection, target)
    for (const run of (await openRuns(connection, target)).filter(isDead)) await abandon(connection, log, run)
    if (reservedBy !== null) await giveBack(connection, log, target, reservedBy)
    await dropOrphans(connection, log, target)
  } finally {
    await connection.unlock(targetLock(target))
  }
}

async function abandon(connection: Connection, log: Log, { runId, target, refresh, status, atWork }: OpenRun): Promise<void> {
  const { knex, now } = connection.dialect
  const done = await connection.execute(knex('etl_run').where({ run_id: runId, status }).update({ status: 'abandoned', finished_at: knex.raw(now) }))
  if (done !== 1) return
  const request = knex('etl_run').where({ run_id: runId }).select('request_key')
  if (!atWork) await connection.execute(knex('etl_request').whereIn('request_key', request).where({ status: 'running' }).update({ status: 'failed' }))
  log.warn(`Abandoned a ${status} run of table ${target}`, { event: 'run-abandoned', table: target, run: runId, refresh })
}

/** A reservation of a refresh that is over; one that was stopped, and is taken up again, reserves anew. */
async function giveBack(connection: Connection, log: Log, target: string, refresh: string): Promise<void> {
  const { knex } = connection.dialect
  const running = knex('etl_refresh').where({ id: refresh, status: 'running' }).select(knex.raw('1'))
  const done = await connection.execute(knex('etl_target').where({ target, reserved_by: refresh }).whereNotExists(running).update({ reserved_by: null }))
  if (done === 1) log.warn(`Gave back the reservation of table ${target}`, { event: 'reservation-returned', table: target, refresh })
}

/** Under the table's lock: staging and working tables of runs that have ended or were overtaken, and all old tables but the newest; the rows that another run than the live one has overwritten. */
async function dropOrphans(connection: Connection, log: Log, target: string): Promise<void> {
  const { dialect } = connection
  const [known] = await connection.query<{ fence: number }>(dialect.knex('etl_target').where({ target }).select('fence'))
  const live = await liveRun(connection, target)
  const ours: { readonly name: string; readonly letter: string; readonly fence: number; readonly refresh: string; readonly ended: boolean; readonly isLive: boolean }[] = []
  for (const name of await connection.tablesLike(`${target}__`)) {
    const read = readName(name)
    if (read?.table !== target) continue
    const run = runOf((await connection.describe(name))?.comment ?? '')
    const [made] = run === undefined ? [] : await connection.query<{ status: string; refresh: string }>(dialect.knex('etl_run').where({ run_id: run, target }).select('status', 'refresh'))
    if (made !== undefined) ours.push({ ...read, name, refresh: made.refresh, ended: !open.includes(made.status), isLive: run === live })
  }
  const newest = Math.max(...ours.filter(({ letter }) => letter === 'o').map(({ fence }) => fence))
  for (const { name, letter, fence, refresh, ended, isLive } of ours) {
    const needed = letter === 'o' ? fence === newest : (letter === BEFORE && isLive) || (!ended && fence === known?.fence)
    if (needed) continue
    await connection.execute(dialect.dropTable(name))
    log.warn(`Dropped table ${name}, which a dead run had left`, { event: 'orphan-dropped', table: name, refresh })
  }
}
