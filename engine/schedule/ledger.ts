import type { Connection } from '../db/connection.ts'
import type { Knex } from '../db/dialect.ts'
import { ConfigurationError } from '../errors.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import type { CatchUp, ScheduledTask } from './scheduled-task.ts'

/** A schedule as the ledger knows it. */
export interface Schedule extends ScheduledTask {
  readonly name: string
  readonly paused: boolean
  /** The ticks after it are to be dealt with; those until it were, or were before its time. */
  readonly dueAfter: Instant
  /** The newest tick that was dealt with, and its refresh: none where it was left out. */
  readonly last?: { readonly tick: Date; readonly refresh?: string; readonly joined: boolean }
}

/** An instant as the ledger has it, to the microsecond: for comparing what is stored. */
interface Instant {
  readonly text: string
  readonly date: Date
}

interface Row {
  readonly name: string
  readonly pattern: string
  readonly tz: string
  readonly catch_up: CatchUp
  readonly steps: string | null
  readonly paused: boolean | number
  readonly due_after: string
  readonly last_tick: string | null
  readonly last_refresh: string | null
  readonly last_joined: boolean | number
}

/** All schedules by name; none where there is no ledger yet, or it is an earlier version's. */
export async function schedulesIn(session: Connection): Promise<readonly Schedule[]> {
  if (!(await session.tablesLike('etl_')).includes('etl_schedule')) return []
  const rows = await session.query<Row>(session.dialect.knex('etl_schedule').orderBy('name')
    .select('name', 'pattern', 'tz', 'catch_up', 'steps', 'paused', 'due_after', 'last_tick', 'last_refresh', 'last_joined'))
  return rows.map(scheduleOf)
}

/** The schedule of a name. @throws {ConfigurationError} with the nearest name where there is none */
export async function scheduleNamed(session: Connection, name: string): Promise<Schedule> {
  const all = await schedulesIn(session)
  const found = all.find((one) => one.name === name)
  if (found !== undefined) return found
  const meant = didYouMean(name, all.map((one) => one.name))
  throw new ConfigurationError(`no schedule is called ${JSON.stringify(name)}`, {
    where: session.place, wayOut: meant !== undefined ? `did you mean ${meant}?` : all.length === 0 ? 'there is none yet: npx starline schedule sync enters those of tasks/index.ts' : `there are ${all.map((one) => one.name).join(', ')}`,
  })
}

function scheduleOf(row: Row): Schedule {
  return {
    name: row.name, schedule: row.pattern, tz: row.tz, catchUp: row.catch_up, paused: Boolean(row.paused),
    steps: row.steps === null ? undefined : JSON.parse(row.steps) as string[],
    dueAfter: { text: row.due_after, date: instantOf(row.due_after) },
    ...row.last_tick !== null && { last: { tick: instantOf(row.last_tick), ...row.last_refresh !== null && { refresh: row.last_refresh }, joined: Boolean(row.last_joined) } },
  }
}

/** The warehouse's clock. */
export async function warehouseClock(session: Connection): Promise<Date> {
  const { knex, now } = session.dialect
  const [row] = await session.query<{ now: string }>(knex.select({ now: knex.raw(now) }))
  return instantOf(row?.now ?? '')
}

const instantOf = (text: string): Date => new Date(`${text.slice(0, 23).replace(' ', 'T')}Z`)
const textOf = (instant: Date): string => instant.toISOString().replace('T', ' ').replace('Z', '')
const literal = ({ dialect: { knex, timestamp } }: Connection, instant: Date): Knex.Raw => knex.raw(timestamp(textOf(instant)))

/** Enters a schedule, whose ticks begin now. */
export async function enterSchedule(session: Connection, name: string, task: ScheduledTask): Promise<void> {
  const { knex, now } = session.dialect
  await session.execute(knex('etl_schedule').insert({ name, ...columnsOf(task), paused: false, due_after: knex.raw(now), last_joined: false }))
}

/** Enters what a schedule says now. Times that the new one would have had before are none that were missed. */
export async function changeSchedule(session: Connection, name: string, task: ScheduledTask): Promise<void> {
  const { knex, now } = session.dialect
  await session.execute(knex('etl_schedule').where({ name }).update({ ...columnsOf(task), due_after: knex.raw(now) }))
}

const columnsOf = ({ schedule, tz, catchUp, steps }: ScheduledTask) => ({ pattern: schedule, tz, catch_up: catchUp, steps: steps === undefined ? null : JSON.stringify(steps) })

export async function removeSchedule(session: Connection, name: string): Promise<void> {
  await session.execute(session.dialect.knex('etl_schedule').where({ name }).delete())
}

/** Pauses a schedule, or lets it go on from now: what would have come meanwhile was not missed, but not wanted. @returns whether that changed anything */
export async function pauseSchedule(session: Connection, name: string, paused: boolean): Promise<boolean> {
  const { knex, now } = session.dialect
  return await session.execute(knex('etl_schedule').where({ name, paused: !paused }).update({ paused, ...!paused && { due_after: knex.raw(now) } })) === 1
}

/** What became of a tick: the refresh that it asked for, or joined; or nothing, where it was left out. */
export interface TickEnd {
  readonly tick: Date
  readonly refresh?: string
  readonly joined: boolean
}

/**
 * Enters that a schedule's ticks up to one are dealt with, unless somebody was faster, or has changed the schedule meanwhile.
 *
 * @returns whether it was entered
 */
export async function passTick(session: Connection, { name, dueAfter }: Schedule, { tick, refresh, joined }: TickEnd): Promise<boolean> {
  const { knex, timestamp } = session.dialect
  return await session.execute(knex('etl_schedule').where({ name, paused: false, due_after: knex.raw(timestamp(dueAfter.text)) }).update({
    due_after: literal(session, tick), last_tick: literal(session, tick), last_refresh: refresh ?? null, last_joined: joined,
  })) === 1
}
