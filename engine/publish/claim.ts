import { randomUUID } from 'node:crypto'
import type { Connection, TableDescription } from '../db/connection.ts'
import { ConfigurationError } from '../errors.ts'
import { halfLiveAt } from './half-live.ts'
import { busy, lockTarget } from './holders.ts'
import { inputsHold } from './inputs.ts'
import { requestKey } from './ledger.ts'
import { isRunning, stayAlive, stopIfDead } from './lease.ts'
import { lookAtLive, tidyComment, withLedger } from './live-run.ts'
import type { LookedAt } from './live-run.ts'
import { BEFORE, readName, runOf, stagingName } from './names.ts'
import { mayWait, persistently } from './patience.ts'
import { endRanges } from './range-locks.ts'
import { clearAwayOne, dropPrivateTables } from './private-tables.ts'
import { forgetRanges } from './ranges.ts'
import { finishRollbacks } from './rolled-back.ts'
import { enterSuccess } from './success.ts'

/** What one attempt asks the ledger for. */
export interface Request {
  readonly refresh: string
  readonly type: string
  readonly name: string
  readonly table: string
  /** Who does it: host and process. */
  readonly worker: string
  /** Takes over a table that exists and isn't ours. */
  readonly adopt: boolean
  /** Takes it over also where that leaves another refresh half live: one that can't be finished, or is to go. */
  readonly evenHalfLive?: boolean
  /** Told after each step of the protocol, so that a test can die there. */
  readonly step: (name: string) => void
}

/** A run that may begin: its number, its fence, and what it starts from. */
export interface Claim {
  readonly runId: string
  readonly fence: number
  readonly lastKey: number
  /** What the last run that was published brought; undefined where there was none. */
  readonly lastRows: number | undefined
  /**
   * When its changes take effect, as UTC text: the refresh's time. Where another refresh has published the table since,
   * which this one waited for or ran beside, that is too early: then it is the time of this claim.
   */
  readonly time: string
  readonly live: TableDescription | undefined
}

/** A request that was done before: its stored result. */
export interface Done {
  readonly runId: string
  readonly status: 'staged' | 'succeeded'
  readonly fence: number
  /** The counts, as JSON. */
  readonly detail: string
}

/**
 * Steps 0 to 4 of a load: lock, reconcile, ask whether it was done, reserve and fence, clear away older runs.
 *
 * @throws {BusyError} where another session loads the table, or another live refresh has reserved it
 * @throws {ConfigurationError} where a table of that name exists that no run of ours made, or something hangs on it that a
 *   swap would lose
 */
export async function claim(connection: Connection, request: Request): Promise<Claim | Done> {
  const { table, step } = request
  await lockTarget(connection, table, request.refresh)
  step('locked')
  const { live } = await reconcileAll(connection, [table])
  step('reconciled')
  const done = await storedResult(connection, request)
  // A publish that was interrupted after its commit did not clear up; its retry finds it done.
  if (done?.status === 'succeeded') await clearAwayOne(connection, { ...done, target: table })
  if (done !== undefined) return done
  if (request.evenHalfLive !== true) await refuseHalfLive(connection, table)
  refuseForeign(connection, live.get(table), request)
  await refuseObstacle(connection, table)
  const claimed = await reserveFreed(connection, request)
  step('reserved')
  // Those rows that the live run has overwritten are needed for its rollback, and nobody else's are.
  const isKept = ({ letter }: { readonly letter: string }, run: string | undefined): boolean => letter === 'o' || (letter === BEFORE && run === runOf(live.get(table)?.comment ?? ''))
  await dropPrivateTables(connection, table, (name, run) => !isKept(name, run) && name.fence < claimed.fence, async () => {
    await endRanges(connection, table)
    await forgetRanges(connection, table)
  })
  step('cleared')
  return { ...claimed, live: await reconcile(connection, table) }
}

/**
 * Asked again under the lock: who held it meanwhile may have died between two steps of a publish, and whoever takes the
 * table over now would abandon the rest.
 *
 * @throws {BusyError} where that is so: the next attempt goes on with it
 */
async function refuseHalfLive(connection: Connection, table: string): Promise<void> {
  const [runs] = await halfLiveAt(connection, table)
  if (runs !== undefined) throw busy(table, `a publish was interrupted that is live in part: ${runs.map(({ target }) => target).join(', ')} must follow`)
}

/** Whether a run was given a stored result instead of a claim. */
export const isDone = (answer: Claim | Done): answer is Done => 'detail' in answer

/**
 * Step 1: the live table's comment names the run that made it; whatever the ledger says, that run succeeded.
 * Only a commit or a rollback that was interrupted between the swap and the ledger, or a merge between its end and its
 * comment, leaves anything to do here.
 */
export async function reconcile(connection: Connection, table: string): Promise<TableDescription | undefined> {
  const described = await connection.describe(table)
  const looked = await withLedger(connection, [table], new Map(described && [[table, described.comment]]))
  await settle(connection, looked)
  return described && { ...described, comment: looked.live.get(table)?.comment ?? described.comment }
}

/** The same for several tables, by their comments alone. */
export async function reconcileAll(connection: Connection, tables: readonly string[]): Promise<LookedAt> {
  const looked = await lookAtLive(connection, tables)
  await settle(connection, looked)
  return looked
}

async function settle(connection: Connection, { live, entries }: LookedAt): Promise<void> {
  for (const table of live.values()) await tidyComment(connection, table)
  const runs = new Map([...live].map(([table, { comment }]) => [table, runOf(comment)]))
  const ofLive = new Map(entries.filter(({ runId }) => [...runs.values()].includes(runId)).map((entry) => [entry.runId, entry]))
  const open = [...ofLive.values()].filter(({ status, done }) => status !== 'succeeded' && done === 0)
  if (open.length > 0) await connection.transaction(() => enterSuccess(connection, open))
  await finishRollbacks(connection, entries.filter(({ how, target, runId }) => how === 'rolling_back' && runs.get(target) !== runId).map(({ refresh }) => refresh))
}

/**
 * Step 2: a request that succeeded, or is staged at the current fence with its table present, is not done again; but a fact
 * that is staged with keys of a dimension which has been loaded anew since is.
 */
async function storedResult(connection: Connection, { refresh, type, name, table }: Request): Promise<Done | undefined> {
  const { knex } = connection.dialect
  const rows = await connection.query<{ run_id: string; status: string; detail: string; fence: number; current: number }>(
    knex('etl_run as r').join('etl_target as t', 't.target', 'r.target')
      .where('r.request_key', requestKey(refresh, type, name)).whereIn('r.status', ['staged', 'succeeded'])
      .select('r.run_id', 'r.status', 'r.detail', 'r.fence', { current: 't.fence' }).orderBy('r.fence', 'desc'))
  for (const { run_id: runId, status, detail, fence, current } of rows) {
    if (status === 'succeeded') return { runId, status, fence, detail }
    if (fence === current && await connection.describe(stagingName(table, fence)) && await inputsHold(connection, refresh, runId)) return { runId, status: 'staged', fence, detail }
  }
  return undefined
}

/** A table that no run of ours made is left alone, unless taking it over was asked for. @throws {ConfigurationError} */
export function refuseForeign(connection: Connection, live: { readonly comment: string } | undefined, { table, adopt }: Pick<Request, 'table' | 'adopt'>): void {
  if (live === undefined || adopt || runOf(live.comment) !== undefined) return
  throw new ConfigurationError('a table of this name exists and was not made here', {
    where: `${connection.place}, table ${table}`,
    why: 'its comment names no run of this warehouse\'s ledger, so its rows may be somebody\'s own',
    wayOut: 'run once with --adopt to take it over with its keys, or give the create another name',
  })
}

/** Before anything is loaded: what hangs on the table, or bears its name, is somebody's own. @throws {ConfigurationError} */
export async function refuseObstacle(connection: Connection, table: string): Promise<void> {
  const obstacle = await connection.obstacle(table)
  if (obstacle === undefined) return
  const { what, ...why } = obstacle
  throw new ConfigurationError(what, { where: `${connection.place}, table ${table}`, ...why })
}

/** Another refresh that has reserved the target and is at work, as far as the ledger says. */
interface Reserved { readonly holder: string }

/**
 * Step 3. Where another refresh has reserved the target and is dead, or has been silent for longer than its lease, it is stopped.
 *
 * @throws {BusyError} where it is alive
 */
async function reserveFreed(connection: Connection, request: Request): Promise<Omit<Claim, 'live'>> {
  const attempt = (): Promise<Omit<Claim, 'live'> | Reserved> => persistently(() => connection.transaction(() => reserve(connection, request)), 10_000, mayWait(connection))
  const first = await attempt()
  if (!('holder' in first)) return first
  await stopIfDead(connection, first.holder)
  const second = await attempt()
  if ('holder' in second) throw busy(request.table, `refresh ${second.holder} has reserved it`)
  return second
}

/** One transaction in which the target is reserved, its fence raised, older runs abandoned and this one entered. */
async function reserve(connection: Connection, { refresh, type, name, table, worker }: Request): Promise<Omit<Claim, 'live'> | Reserved> {
  const { knex, now, rowLocks } = connection.dialect
  await stayAlive(connection, refresh)
  const read = knex('etl_target').where({ target: table }).select('fence', 'reserved_by', 'last_key', 'last_rows')
  const [known] = await connection.query<{ fence: number; reserved_by: string | null; last_key: number; last_rows: number | null }>(rowLocks ? read.forUpdate() : read)
  const holder = known?.reserved_by ?? refresh
  if (holder !== refresh && await isRunning(connection, holder)) return { holder }
  const fence = Math.max(known?.fence ?? 0, await highestFence(connection, table)) + 1
  await connection.execute(known === undefined
    ? knex('etl_target').insert({ target: table, fence, reserved_by: refresh, last_key: 0 })
    : knex('etl_target').where({ target: table }).update({ fence, reserved_by: refresh }))
  await connection.execute(knex('etl_run').where({ target: table }).whereIn('status', ['running', 'staged', 'publishing'])
    .update({ status: 'abandoned', finished_at: knex.raw(now) }))
  const key = requestKey(refresh, type, name)
  await connection.execute(knex('etl_request').insert({ request_key: key, refresh, etl: `${type} ${name}`, status: 'running', attempts: 1 })
    .onConflict('request_key').merge({ status: 'running', error: null, attempts: knex.raw('etl_request.attempts + 1') }))
  const runId = randomUUID()
  await connection.execute(knex('etl_run').insert({
    run_id: runId, request_key: key, refresh, target: table, etl_type: type, etl_name: name, fence,
    status: 'running', sessions: connection.session, worker, started_at: knex.raw(now), heartbeat_at: knex.raw(now),
  }))
  return { runId, fence, lastKey: known?.last_key ?? 0, lastRows: known?.last_rows ?? undefined, time: await timeOf(connection, refresh, table) }
}

/** What this run reads from now on is younger than all that was published before. */
async function timeOf(connection: Connection, refresh: string, table: string): Promise<string> {
  const { knex, now } = connection.dialect
  const since = knex('etl_run').where({ target: table, status: 'succeeded' }).whereRaw('etl_run.finished_at >= etl_refresh.started_at').select(knex.raw('1'))
  const [own] = await connection.query<{ started_at: string; overtaken_at: string | null }>(
    knex('etl_refresh').where({ id: refresh }).select('started_at', { overtaken_at: knex.raw('CASE WHEN EXISTS ? THEN ? END', [since, knex.raw(now)]) }))
  return own?.overtaken_at ?? own?.started_at ?? ''
}

/** The highest fence that a run or a private table of this target bears: a ledger that was emptied by hand begins above it. */
async function highestFence(connection: Connection, table: string): Promise<number> {
  const { knex } = connection.dialect
  const [row] = await connection.query<{ highest: number | null }>(knex('etl_run').where({ target: table }).max({ highest: 'fence' }))
  const named = (await connection.tablesLike(`${table}__`)).map(readName).map((name) => (name?.table === table ? name.fence : 0))
  return Math.max(row?.highest ?? 0, ...named)
}
