import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, Database } from '../db/connection.ts'
import { dropPrivateTables } from './claim.ts'
import { StarlineError } from '../errors.ts'
import { renewSessions, workerName } from './holders.ts'
import { overtaken, silence } from './lease.ts'
import { halfLiveRuns } from './half-live.ts'
import { openLedger, publishLock, refreshLock } from './ledger.ts'
import { liveOf } from './live-run.ts'
import { mayWait } from './patience.ts'

/** A refresh that is at work: it holds a session of its own, which beats its heart. */
export interface Refresh {
  readonly id: string
  /** When it began, by the warehouse's clock, as UTC text: the effective time of its changes. */
  readonly startedAt: string
  /** What was asked for by whoever opened it first. */
  readonly asked: unknown
  /** Enters how it ended, gives its reservations back and closes its session. What succeeded once stays so. */
  end(status: 'succeeded' | 'failed' | 'stopped'): Promise<void>
  /** Leaves without ending it: others go on with it, or the same one later, within its lease. */
  leave(): Promise<void>
}

export interface RefreshOptions {
  /** The refresh to join; a new one where none is given. */
  readonly id?: string
  /** One process drives it: it lives exactly as long as that process's session. Otherwise it lives by its lease. */
  readonly held: boolean
  /** What was asked for, for the ledger. Never a secret. */
  readonly asked: unknown
  /** Seconds until others may take over from a silent holder. Default 60. */
  readonly leaseSeconds?: number
  /** Called when the heart can't beat any more. */
  readonly onLost: (error: Error) => void
}

/** A refresh's name: the time it was asked for, and enough chance that no two are the same. */
export function newRefreshId(): string {
  return `${new Date().toISOString().replaceAll(/[-:]|\..*/g, '')}-${randomBytes(4).toString('hex')}`
}

/** How long the reason of a lost session is looked for, in milliseconds. */
const whyPatience = 2_000

/**
 * Opens a refresh, or joins one that was opened elsewhere, and keeps it alive until it is left.
 *
 * @throws {DatabaseError} where the warehouse can't be reached
 */
export async function openRefresh(database: Database, options: RefreshOptions): Promise<Refresh> {
  const session = await database.connect()
  const id = options.id ?? newRefreshId()
  const lease = options.leaseSeconds ?? silence
  try {
    await openLedger(session)
    if (options.held) await session.lock(refreshLock(id))
    await enter(session, id, options, lease)
    const { startedAt, asked } = await recordOf(session, id)
    const onLost = (error: Error): void => void whyLost(database, id, error).then(options.onLost)
    const heart = beat(session, id, lease, { ...options, onLost })
    const leave = async (): Promise<void> => {
      await heart.stop()
      await session.close()
    }
    return {
      id, startedAt, asked, leave,
      async end(status) {
        await heart.stop()
        try {
          await finish(session, id, status)
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

/** Makes the refresh, or takes up one that is at work or failed. One that succeeded is only looked at: nothing is left to do. @throws {StarlineError} for one that was rolled back */
async function enter(session: Connection, id: string, { held, asked }: RefreshOptions, lease: number): Promise<void> {
  const { knex, now, after } = session.dialect
  await session.execute(knex('etl_refresh').insert({
    id, options: JSON.stringify(asked), status: 'running', held, cancel: false, started_at: knex.raw(now), lease: knex.raw(after(lease)),
  }).onConflict('id').ignore())
  await session.execute(knex('etl_refresh').where({ id }).whereNotIn('status', ['succeeded', 'rolled_back']).update({ status: 'running', lease: knex.raw(after(lease)) }))
  const [ended] = await session.query(knex('etl_refresh').where({ id, status: 'rolled_back' }).select('id'))
  if (ended !== undefined) throw new StarlineError('this refresh was rolled back, and is not gone on with', { where: `refresh ${id}`, wayOut: 'ask for a new one' })
}

async function recordOf(session: Connection, id: string): Promise<{ startedAt: string; asked: unknown }> {
  const [row] = await session.query<{ started_at: string; options: string }>(
    session.dialect.knex('etl_refresh').where({ id }).select('started_at', 'options'))
  return { startedAt: row?.started_at ?? '', asked: JSON.parse(row?.options ?? 'null') }
}

/** Renews the lease of the refresh and of its running runs, on a session that does nothing else. */
function beat(session: Connection, id: string, lease: number, { held, onLost }: RefreshOptions): { stop(): Promise<void> } {
  const { knex, now, after } = session.dialect
  let under: Promise<unknown> = Promise.resolve()
  const once = async (): Promise<void> => {
    try {
      const running = await session.execute(knex('etl_refresh').where({ id, status: 'running' }).update({ lease: knex.raw(after(lease)) })) === 1
      // One that nobody holds is ended by whichever worker comes last.
      if (held && !running && await wasStopped(session, id)) throw overtaken(id)
      await renewSessions(session, id, Math.min(lease, silence))
      await session.execute(knex('etl_run').where({ refresh: id, worker: workerName(), status: 'running' }).update({ heartbeat_at: knex.raw(now) }))
    } catch (error) {
      // A collision with another session's update skips one beat; a lost session is the end of this refresh.
      if (mayWait(session)(error)) return
      clearInterval(timer)
      onLost(error as Error)
    }
  }
  // A long lease is for the time when nobody is at work; who is beats as often as with a short one.
  const timer = setInterval(() => { under = under.then(once) }, (Math.min(lease, silence) * 1000) / 4)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await under
    },
  }
}

/** Whoever takes a silent refresh for dead ends its session: then it is that what its user must hear, if it can be had soon. */
async function whyLost(database: Database, id: string, error: Error): Promise<Error> {
  const stopped = async (): Promise<boolean> => {
    const session = await database.connect()
    try {
      return await wasStopped(session, id)
    } finally {
      await session.close()
    }
  }
  const known = await Promise.race([stopped().catch(() => false), sleep(whyPatience, false, { ref: false })])
  return known ? overtaken(id) : error
}

async function wasStopped(session: Connection, id: string): Promise<boolean> {
  return (await session.query(session.dialect.knex('etl_refresh').where({ id, status: 'stopped' }).select('id'))).length > 0
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
  const left = runs.filter((run) => !publishing.includes(run))
  for (const { target } of publishing) if (await session.holderOf(publishLock(target)) !== undefined) return left
  const goesOn = publishing.length > 0 && ((await liveOf(session, publishing)).length > 0 || (await halfLiveRuns(session, id)).length > 0)
  return goesOn ? left : runs
}

async function finish(session: Connection, id: string, status: string): Promise<void> {
  const { knex, now } = session.dialect
  const left = await leftOf(session, id)
  // Another worker may have begun to publish one since: not that.
  await session.execute(knex('etl_run').whereIn('run_id', left.map(({ runId }) => runId)).whereIn('status', left.map((run) => run.status)).update({ status: 'abandoned', finished_at: knex.raw(now) }))
  await session.execute(knex('etl_request').whereIn('request_key', left.map((run) => run.requestKey)).where({ status: 'running' }).update({ status: 'abandoned' }))
  await session.execute(knex('etl_target').where({ reserved_by: id }).update({ reserved_by: null }))
  for (const run of left) await dropPrivateTables(session, run.target, ({ letter, fence }) => letter !== 'o' && fence === run.fence)
  await session.execute(knex('etl_refresh').where({ id }).whereNotIn('status', ['succeeded', 'rolled_back']).update({ status, finished_at: knex.raw(now) }))
}
