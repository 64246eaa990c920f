import type { Connection, Database } from '../db/connection.ts'
import { asError, BusyError } from '../errors.ts'
import { askFor } from '../publish/ask.ts'
import type { Order } from '../publish/ask.ts'
import { passTick, schedulesIn, warehouseClock } from './ledger.ts'
import type { Schedule } from './ledger.ts'
import { readPattern } from './pattern.ts'
import type { Pattern } from './pattern.ts'

/** What became of a schedule whose time has come. */
export interface Came {
  readonly name: string
  readonly tick: Date
  /**
   * `asked`: its refresh was entered. `joined`: another one that does the same waits or is at work. `waits`: one that does
   * something else is, and the tick stays due. `left out`: it could not begin in time, and nothing makes up for it. `failed`:
   * it could not be looked at, and stays due.
   */
  readonly what: 'asked' | 'joined' | 'waits' | 'left out' | 'failed'
  /** The refresh that was asked for, or joined. */
  readonly refresh?: string
  /** Why it waits, or failed. */
  readonly error?: Error
  /** How many ticks before it nothing makes up for; no more than a hundred are counted. */
  readonly leftOut: number
}

/** What a worker knows that takes ticks. */
export interface TickOptions {
  readonly warehouse: Database
  /** What a schedule asks for. */
  readonly orderOf: (schedule: Schedule) => Pick<Order, 'asked' | 'wanted' | 'leaseSeconds'>
  /** The time. The warehouse's clock unless told. */
  readonly clock?: (session: Connection) => Promise<Date>
}

/** Seconds after which `catchUp: 'none'` leaves a tick out. */
const patience = 300

/** So many are counted of ticks that were left out. */
const mostCounted = 100

/**
 * Enters the refreshes whose time has come into the ledger: each tick once, however many workers look, and whatever the queue
 * has lost. Adding their jobs is the caller's.
 */
export async function takeTicks(session: Connection, options: TickOptions): Promise<readonly Came[]> {
  const schedules = (await schedulesIn(session)).filter(({ paused }) => !paused)
  if (schedules.length === 0) return []
  const now = await (options.clock ?? warehouseClock)(session)
  const came: Came[] = []
  for (const schedule of schedules) {
    try {
      const one = await takeTick(session, schedule, now, options)
      if (one !== undefined) came.push(one)
    } catch (error) {
      // A schedule that can't be read is no reason to leave the others out.
      if (!session.isOpen) throw error
      came.push({ name: schedule.name, tick: now, what: error instanceof BusyError ? 'waits' : 'failed', error: asError(error), leftOut: 0 })
    }
  }
  return came
}

async function takeTick(session: Connection, schedule: Schedule, now: Date, options: TickOptions): Promise<Came | undefined> {
  const { name, dueAfter, catchUp } = schedule
  const pattern = readPattern(schedule.schedule, schedule.tz)
  const first = pattern.next(dueAfter.date)
  if (first > now) return undefined
  const tick = catchUp === 'all' ? first : pattern.last(now)
  const leftOut = countBetween(pattern, first, tick)
  if (catchUp === 'none' && now.getTime() - tick.getTime() > patience * 1000) {
    return await passTick(session, schedule, { tick, joined: false }) ? { name, tick, what: 'left out', leftOut } : undefined
  }
  if (catchUp === 'all' && await isOpen(session, schedule.last?.refresh)) return undefined
  return askAt(session, schedule, tick, leftOut, options)
}

/** Two workers have the same id for the same tick; who comes second enters nothing. */
class Taken extends Error {}

async function askAt(session: Connection, schedule: Schedule, tick: Date, leftOut: number, { warehouse, orderOf }: TickOptions): Promise<Came | undefined> {
  const { name } = schedule
  try {
    const { refresh, joined } = await askFor(warehouse, session, {
      ...orderOf(schedule), id: refreshOf(name, tick), ifRunning: 'join',
      async enter(known) {
        if (!(await passTick(session, schedule, { tick, ...known }))) throw new Taken(name)
      },
    })
    return { name, tick, what: joined ? 'joined' : 'asked', refresh, leftOut }
  } catch (error) {
    if (error instanceof Taken) return undefined
    throw error
  }
}

/** A refresh's name, the same whoever takes the tick. */
const refreshOf = (name: string, tick: Date): string => `${name.replaceAll('_', '-')}-${tick.toISOString().replaceAll(/[-:]|\..*/g, '')}`

function countBetween(pattern: Pattern, first: Date, tick: Date): number {
  let count = 0
  for (let at = first; at < tick && count < mostCounted; count += 1) at = pattern.next(at)
  return count
}

async function isOpen(session: Connection, refresh: string | undefined): Promise<boolean> {
  if (refresh === undefined) return false
  return (await session.query(session.dialect.knex('etl_refresh').where({ id: refresh }).whereIn('status', ['waiting', 'running']).select('id'))).length > 0
}
