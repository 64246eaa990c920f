import { dateKey, daysFromCivil, readDate } from '../db/civil.ts'
import type { CivilDate } from '../db/civil.ts'
import type { ValueType } from '../db/value-type.ts'
import { offsetIn } from './zone.ts'

const DAY_SECONDS = 86_400

/** Between which days instants are told apart, and in which zone's clocks. */
interface Asked {
  readonly zone: string
  readonly from: string
  readonly through: string
  readonly earliest?: string
}

/**
 * The day of an instant as a date dimension's key, yyyymmdd, in words that every database knows: what `dateKeyIn` says of
 * an instant whose day is between `from` and `through`. A zone's changes are written out; other days may be off by one.
 * NULL gives NULL.
 *
 * @example
 * daySql({ sql: 's.sold_at', type: { kind: 'timestamp', precision: 0 } }, { zone: 'UTC', from: '2020-01-01', through: '2030-12-31' })
 * // '(EXTRACT(YEAR FROM s.sold_at) * 10000 + EXTRACT(MONTH FROM s.sold_at) * 100 + EXTRACT(DAY FROM s.sold_at))'
 */
export function daySql({ sql, type }: { readonly sql: string; readonly type: ValueType }, asked: Asked): string {
  const { zone, earliest } = asked
  const local = type.kind === 'date' || zone === 'UTC' ? sql : shifted(sql, zone, asked)
  const key = `(EXTRACT(YEAR FROM ${local}) * 10000 + EXTRACT(MONTH FROM ${local}) * 100 + EXTRACT(DAY FROM ${local}))`
  const first = earliest === undefined ? undefined : keyOfDay(earliest)
  return first === undefined ? key : `CASE WHEN ${sql} IS NULL THEN NULL ELSE GREATEST(${first}, ${key}) END`
}

/** What the zone's clocks show at an instant. */
function shifted(sql: string, zone: string, { from, through }: Asked): string {
  const offsets = offsetsBetween(zone, secondsOf(from) - 2 * DAY_SECONDS, secondsOf(through) + 3 * DAY_SECONDS)
  return found(sql, offsets)
}

/** The halves of the list, and theirs: few comparisons, however many changes there are. */
function found(sql: string, offsets: readonly Offset[]): string {
  const middle = offsets.length >> 1
  if (middle === 0) return moved(sql, offsets[0]?.offset ?? 0)
  return `CASE WHEN ${sql} < TIMESTAMP '${textOf(offsets[middle]!.since)}' THEN ${found(sql, offsets.slice(0, middle))} ELSE ${found(sql, offsets.slice(middle))} END`
}

const moved = (sql: string, seconds: number): string => (seconds === 0 ? sql : `${sql} + INTERVAL '${seconds}' SECOND`)

interface Offset {
  readonly since: number
  readonly offset: number
}

/** The offsets of a zone between two instants, each with the instant since which it holds.. */
function offsetsBetween(zone: string, begin: number, end: number): readonly Offset[] {
  const offsetAt = offsetIn(zone)
  const offsets: Offset[] = [{ since: begin, offset: offsetAt(begin) }]
  let before = offsetAt(begin)
  for (let at = begin; at < end; at += DAY_SECONDS) {
    const after = offsetAt(at + DAY_SECONDS)
    if (before !== after) offsets.push({ since: changeBetween(offsetAt, at, at + DAY_SECONDS), offset: after })
    before = after
  }
  return offsets
}

/** The second at which a zone's offset changes, between two instants with different ones. */
function changeBetween(offsetAt: (instant: number) => number, begin: number, end: number): number {
  let [low, high] = [begin, end]
  const before = offsetAt(begin)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle) === before) low = middle
    else high = middle
  }
  return high
}

export const keyOfDay = (day: string): number => dateKey(dayOf(day))

function dayOf(text: string): CivilDate {
  const date = readDate(text)
  if (date === undefined) throw new Error(`${text} is no day`)
  return date
}

const secondsOf = (day: string): number => {
  const { year, month, day: dayOfMonth } = dayOf(day)
  return daysFromCivil(year, month, dayOfMonth) * DAY_SECONDS
}

const textOf = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
