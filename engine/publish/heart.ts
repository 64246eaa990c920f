import type { Connection } from '../db/connection.ts'
import { CancelledError, StoppedError } from '../errors.ts'
import { renewSessions, workerName } from './holders.ts'
import { requestKey } from './ledger.ts'
import { overtaken, silence } from './lease.ts'
import { mayWait } from './patience.ts'
import type { RequestEntry } from './requests.ts'

/** What a refresh's heart is told of, and whom it tells. */
export interface HeartOptions {
  /** One process drives the refresh. */
  readonly held: boolean
  /** The ETL that is worked on here, and how many of its rows were read so far: where a refresh is spread over many jobs. */
  readonly watched?: RequestEntry & { rows(): number }
  /** Called when the heart can't beat any more. */
  readonly onLost: (error: Error) => void
  /** Called when somebody has cancelled the refresh, or the ETL that is watched, or when it is late. */
  readonly onEnd?: (reason: Error) => void
}

/** Milliseconds between two looks whether somebody has cancelled it. */
const lookEvery = 2_000

/** Renews the lease of a refresh, of its sessions and of its running runs, on a session that does nothing else, and looks whether it is to end. */
export function beat(session: Connection, id: string, lease: number, options: HeartOptions): { stop(): Promise<void> } {
  const { held, watched, onLost, onEnd } = options
  const { knex, now, after } = session.dialect
  let under: Promise<unknown> = Promise.resolve()
  let told = 0
  // Others may work on it too, and know better how long it may have to wait.
  const later = knex.raw(`CASE WHEN lease > ${after(lease)} THEN lease ELSE ${after(lease)} END`)
  const renew = async (): Promise<void> => {
    const running = await session.execute(knex('etl_refresh').where({ id, status: 'running' }).update({ lease: later })) === 1
    // One that nobody holds is ended by whichever worker comes last.
    if (held && !running && await isStopped(session, id)) throw overtaken(id)
    await renewSessions(session, id, Math.min(lease, silence))
    await session.execute(knex('etl_run').where({ refresh: id, worker: workerName(), status: 'running' }).update({ heartbeat_at: knex.raw(now) }))
  }
  const look = async (): Promise<void> => {
    const reason = await endOf(session, id, watched)
    if (reason !== undefined) onEnd?.(reason)
    const rows = watched?.rows() ?? 0
    if (watched === undefined || rows === told) return
    told = rows
    await session.execute(knex('etl_run').where({ refresh: id, etl_type: watched.type, etl_name: watched.name, worker: workerName(), status: 'running' }).update({ rows_read: rows }))
  }
  const timers: NodeJS.Timeout[] = []
  const tolerantly = (work: () => Promise<void>) => async (): Promise<void> => {
    try {
      await work()
    } catch (error) {
      // A collision with another session's update skips one beat; a lost session is the end of this refresh.
      if (mayWait(session)(error)) return
      for (const timer of timers) clearInterval(timer)
      onLost(error as Error)
    }
  }
  const every = (milliseconds: number, work: () => Promise<void>): void => {
    const timer = setInterval(() => { under = under.then(tolerantly(work)) }, milliseconds)
    timer.unref()
    timers.push(timer)
  }
  // A long lease is for the time when nobody is at work; who is beats as often as with a short one.
  every((Math.min(lease, silence) * 1000) / 4, renew)
  every(Math.min(lookEvery, lease * 1000 / 4), look)
  return {
    async stop() {
      for (const timer of timers) clearInterval(timer)
      await under
    },
  }
}

/** Why a refresh is over before its end: somebody has cancelled it, or its deadline has passed. */
export interface Over {
  readonly status: 'cancelled' | 'failed'
  readonly error: StoppedError
}

export async function overOf(session: Connection, id: string): Promise<Over | undefined> {
  const { knex, now } = session.dialect
  const [row] = await session.query<{ cancel: boolean | number; late: number }>(
    knex('etl_refresh').where({ id }).select('cancel', { late: knex.raw(`CASE WHEN deadline <= ${now} THEN 1 ELSE 0 END`) }))
  if (row !== undefined && Boolean(row.cancel)) return { status: 'cancelled', error: cancelled(`refresh ${id}`) }
  return row?.late === 1 ? { status: 'failed', error: late(id) } : undefined
}

/** Why the work here is to end. A deadline is for loads: what was loaded until then may still be published. */
async function endOf(session: Connection, id: string, watched: RequestEntry | undefined): Promise<Error | undefined> {
  const over = await overOf(session, id)
  if (over?.status === 'cancelled') return over.error
  if (watched === undefined) return undefined
  const key = requestKey(id, watched.type, watched.name)
  const [request] = await session.query(session.dialect.knex('etl_request').where({ request_key: key, status: 'cancelled' }).select('request_key'))
  return request === undefined ? over?.error : cancelled(`${watched.type} ${watched.name} of refresh ${id}`)
}

export const cancelled = (what: string): CancelledError => new CancelledError('it was cancelled', { where: what, why: 'somebody asked for that' })

const late = (id: string): StoppedError => new StoppedError('the refresh did not load everything in time', {
  where: `refresh ${id}`, wayOut: 'look what held it up, or allow it more time: deadlines: { refreshSeconds: … }',
})

export async function isStopped(session: Connection, id: string): Promise<boolean> {
  return (await session.query(session.dialect.knex('etl_refresh').where({ id, status: 'stopped' }).select('id'))).length > 0
}
