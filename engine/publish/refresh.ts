import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { borrow } from '../db/connection.ts'
import type { Connection, Database } from '../db/connection.ts'
import { StarlineError } from '../errors.ts'
import { beat, isStopped } from './heart.ts'
import type { HeartOptions } from './heart.ts'
import { overtaken, silence } from './lease.ts'
import { halfLiveRuns } from './half-live.ts'
import { ensureLedger, publishLock, refreshLock } from './ledger.ts'
import { liveOf } from './live-run.ts'
import { readJson } from './read-json.ts'
import { outcomeOf } from './refresh-outcome.ts'
import type { RefreshOutcome } from './refresh-outcome.ts'
import { mayWait, persistently } from './patience.ts'
import { dropPrivateTables } from './private-tables.ts'
import { forgetRangesOf } from './ranges.ts'

/** How a refresh ends. */
export type EndStatus = 'succeeded' | 'failed' | 'stopped' | 'cancelled'

/** A refresh that is at work: it holds a session of its own, which beats its heart. */
export interface Refresh {
  readonly id: string
  /** When it began, by the warehouse's clock, as UTC text: the effective time of its changes. */
  readonly startedAt: string
  /** What was asked for by whoever opened it first. */
  readonly asked: unknown
  /** How it had ended, where it had: then there is nothing left to do. */
  readonly ended: EndStatus | undefined
  /** Enters how it ended, gives its reservations back and closes its session. What succeeded once stays so. */
  end(status: EndStatus, outcome?: RefreshOutcome): Promise<void>
  /** Leaves without ending it: others go on with it, or the same one later, within its lease. */
  leave(): Promise<void>
}

export interface RefreshOptions extends HeartOptions {
  /** The refresh to join; a new one where none is given. */
  readonly id?: string
  /** What was asked for, for the ledger. Never a secret. Left out where only one that is known may be joined. */
  readonly asked?: unknown
  /** Seconds until others may take over from a silent holder. Default 60. */
  readonly leaseSeconds?: number
  /** Seconds from its beginning until everything must have loaded, where there is such a deadline. */
  readonly deadlineSeconds?: number
}

/** A refresh's name: the time it was asked for, and enough chance that no two are the same. */
export function newRefreshId(): string {
  return `${new Date().toISOString().replaceAll(/[-:]|\..*/g, '')}-${randomBytes(4).toString('hex')}`
}

/** How long the reason of a lost session is looked for, in milliseconds. */
const whyPatience = 2_000

/** How long somebody is waited for who is just about to publish for the refresh that ends. */
const endPatience = 10_000

/**
 * Opens a refresh, or joins one that was asked for or opened elsewhere, and keeps it alive until it is left.
 *
 * @throws {DatabaseError} where the warehouse can't be reached
 * @throws {StarlineError} where it is not known, or was rolled back
 */
export async function openRefresh(database: Database, options: RefreshOptions): Promise<Refresh> {
  const session = await borrow(database)
  const id = options.id ?? newRefreshId()
  const lease = options.leaseSeconds ?? silence
  try {
    await ensureLedger(session, database)
    if (options.held) await session.lock(refreshLock(id))
    const { status, startedAt, asked } = await atWork(session, id, options, lease) ?? await entered(session, id, options, lease)
    const onLost = (error: Error): void => void whyLost(database, id, error).then(options.onLost)
    const heart = beat(session, id, lease, { ...options, onLost })
    const leave = async (): Promise<void> => {
      await heart.stop()
      await session.close()
    }
    return {
      id, startedAt, asked, leave, ended: status === 'running' ? undefined : status,
      async end(how, outcome) {
        await heart.stop()
        try {
          await finish(session, id, how, outcome)
        } finally {
          await session.close()
        }
      },
    }
  } catch (error) {
    await session.close()
    throw error
  }
}

/**
 * A refresh that others are at, and have given long enough to live until the heart beats here: many jobs join one, and need not
 * wait for each other to write into its row.
 */
async function atWork(session: Connection, id: string, { asked }: RefreshOptions, lease: number): Promise<RefreshRecord | undefined> {
  if (asked !== undefined) return undefined
  const record = await recordOf(session, id, lease / 2)
  return record.status === 'running' && record.isLeased ? record : undefined
}

async function entered(session: Connection, id: string, options: RefreshOptions, lease: number): Promise<RefreshRecord> {
  await enter(session, id, options, lease)
  return recordOf(session, id)
}

/** Makes the refresh, or takes up one that waits or is at work. One that has ended is only looked at: nothing is left to do. */
async function enter(session: Connection, id: string, { held, asked, deadlineSeconds }: RefreshOptions, lease: number): Promise<void> {
  const { knex, now, after } = session.dialect
  const deadline = deadlineSeconds === undefined ? null : knex.raw(after(deadlineSeconds))
  if (asked !== undefined) {
    await session.execute(knex('etl_refresh').insert({
      id, options: JSON.stringify(asked), status: 'running', held, cancel: false, started_at: knex.raw(now), lease: knex.raw(after(lease)), deadline,
    }).onConflict('id').ignore())
  }
  // It begins when somebody begins it, not when it was asked for.
  const begun = await session.execute(knex('etl_refresh').where({ id, status: 'waiting' }).update({ status: 'running', started_at: knex.raw(now), lease: knex.raw(after(lease)), deadline }))
  if (begun > 0) return
  await session.execute(knex('etl_refresh').where({ id }).whereIn('status', ['running', 'stopped'])
    .update({ status: 'running', lease: knex.raw(`CASE WHEN lease > ${after(lease)} THEN lease ELSE ${after(lease)} END`) }))
}

type Status = EndStatus | 'running'

interface RefreshRecord {
  readonly status: Status
  readonly startedAt: string
  readonly asked: unknown
  /** Its lease lasts that long. */
  readonly isLeased: boolean
}

/** @throws {StarlineError} for one that was rolled back, or that nobody asked for */
async function recordOf(session: Connection, id: string, seconds = 0): Promise<RefreshRecord> {
  const { knex, after } = session.dialect
  const [row] = await session.query<{ status: Status | 'rolled_back'; started_at: string; options: string; leased: number }>(
    knex('etl_refresh').where({ id }).select('status', 'started_at', 'options', { leased: knex.raw(`CASE WHEN lease > ${after(seconds)} THEN 1 ELSE 0 END`) }))
  if (row === undefined) throw new StarlineError('the ledger does not know this refresh', { where: `refresh ${id}`, why: 'nobody has asked for it here, or the ledger was emptied', wayOut: 'ask for a new one' })
  const { status } = row
  if (status === 'rolled_back') throw new StarlineError('this refresh was rolled back, and is not gone on with', { where: `refresh ${id}`, wayOut: 'ask for a new one' })
  return { status, startedAt: row.started_at, asked: readJson(row.options), isLeased: row.leased === 1 }
}

/** Whoever takes a silent refresh for dead ends its session: then it is that what its user must hear, if it can be had soon. */
async function whyLost(database: Database, id: string, error: Error): Promise<Error> {
  const stopped = async (): Promise<boolean> => {
    const session = await borrow(database)
    try {
      return await isStopped(session, id)
    } finally {
      await session.close()
    }
  }
  const known = await Promise.race([stopped().catch(() => false), sleep(whyPatience, false, { ref: false })])
  return known ? overtaken(id) : error
}

interface UnpublishedRun { readonly runId: string; readonly requestKey: string; readonly target: string; readonly fence: number; readonly status: string }

/** What a run that was not published may be. */
const unpublished = ['running', 'staged', 'publishing']

/**
 * The runs that end with their refresh. Where a publish was interrupted and a part of it is live, or somebody is still at
 * it, the rest of it stays: it follows with the next load, or is cleared up.
 */
async function leftOf(session: Connection, id: string): Promise<readonly UnpublishedRun[]> {
  const { knex } = session.dialect
  const runs = await session.query<UnpublishedRun>(
    knex('etl_run').where({ refresh: id }).whereIn('status', unpublished).select({ runId: 'run_id', requestKey: 'request_key', target: 'target', fence: 'fence', status: 'status' }))
  const publishing = runs.filter(({ status }) => status === 'publishing')
  for (const { target } of publishing) if (await session.holderOf(publishLock(target)) !== undefined) return runs.filter((run) => !publishing.includes(run))
  const goesOn = publishing.length === 0 ? [] : [...await liveOf(session, publishing), ...await halfLiveRuns(session, id)].map(({ runId }) => runId)
  return runs.filter(({ runId }) => !goesOn.includes(runId))
}

/**
 * How it ended comes first: from then on nobody begins to publish for it, so that what is looked at next stays as it was
 * seen. Who dies in between leaves the rest to the janitor.
 */
async function finish(session: Connection, id: string, status: EndStatus, outcome: RefreshOutcome | undefined): Promise<void> {
  await persistently(() => session.transaction(() => enterEnd(session, id, status, outcome)), endPatience, mayWait(session))
  for (const run of await leftOf(session, id)) await abandon(session, run)
}

async function enterEnd(session: Connection, id: string, status: EndStatus, outcome: RefreshOutcome | undefined): Promise<void> {
  const { knex, now } = session.dialect
  const { dropped } = await outcomeOf(session, id)
  await session.execute(knex('etl_refresh').where({ id }).whereNotIn('status', ['succeeded', 'rolled_back'])
    .update({ status, finished_at: knex.raw(now), outcome: outcome === undefined && dropped === undefined ? null : JSON.stringify({ ...dropped && { dropped }, ...outcome }) }))
  await session.execute(knex('etl_request').where({ refresh: id }).whereIn('status', ['waiting', 'running']).update({ status: 'abandoned' }))
  await session.execute(knex('etl_target').where({ reserved_by: id }).update({ reserved_by: null }))
}

/** Its load may have ended meanwhile. What another one has made of it since, a publish that gave up or a newer run, is not touched. */
async function abandon(session: Connection, { runId, target, fence, status }: UnpublishedRun): Promise<void> {
  const { knex, now } = session.dialect
  const left = status === 'publishing' ? unpublished : ['running', 'staged']
  const done = await session.execute(knex('etl_run').where({ run_id: runId }).whereIn('status', left).update({ status: 'abandoned', finished_at: knex.raw(now) }))
  if (done !== 1) return
  await persistently(() => dropPrivateTables(session, target, (name) => name.letter !== 'o' && name.fence === fence), endPatience, mayWait(session))
  // The next load of the table finds nothing left of this one, and would leave them to the janitor.
  await persistently(() => forgetRangesOf(session, runId), endPatience, mayWait(session))
}
