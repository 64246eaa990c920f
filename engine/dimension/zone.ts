import type { Value } from '../db/value-type.ts'
import { beginsWithDate, civilFromDays, dateKey, daysFromCivil, hasTimeAt, pairAt, readDate } from '../db/civil.ts'
import { checker } from '../db/check.ts'
import { ConfigurationError } from '../errors.ts'
import { didYouMean } from '../sql/did-you-mean.ts'

const DAY_SECONDS = 86_400
const SPACE = 32
const DATE_LENGTH = 10

/** Days whose offset is remembered: three centuries; beyond that the memory begins anew. */
const DAYS_KEPT = 110_000

/**
 * Makes the function that gives an instant's day, as the clocks of a time zone show it, as a date dimension's key.
 *
 * The instant is text in UTC (`YYYY-MM-DD HH:MM:SS…`; other forms as a timestamp column takes them); the key is yyyymmdd.
 * A date without a time of day is a day already and stays the same in every zone. Days before `earliest` become it.
 * NULL gives null. The zone's rules, daylight saving and history included, are those of Intl.
 *
 * @throws {ConfigurationError} for an unknown zone or an `earliest` that is no day
 * @throws {BadValue} from the returned function, for a value that is no instant
 * @example
 * const key = dateKeyIn('America/New_York', { earliest: '2012-01-01' })
 * key('2016-07-01 03:59:59')   // 20160630
 * key('2009-05-05 12:00:00')   // 20120101
 */
export function dateKeyIn(zone: string, options: { readonly earliest?: string } = {}): (value: Value) => number | null {
  const offsetAt = offsetsOf(zone)
  const floor = options.earliest === undefined ? 0 : floorKey(options.earliest)
  const check = checker({ kind: 'timestamp', precision: 9 }, { nullable: true })
  return (value) => {
    if (isDay(value)) return Math.max(floor, keyOf(value))
    const instant = isInstant(value) ? value : check(value)
    return typeof instant === 'string' ? Math.max(floor, keyOf(instant, offsetAt)) : null
  }
}

function isDay(value: Value): value is string {
  return typeof value === 'string' && value.length === DATE_LENGTH && beginsWithDate(value)
}

/** As databases write it, whole seconds: most values. */
function isInstant(value: Value): value is string {
  return typeof value === 'string' && value.length === 19 && value.charCodeAt(DATE_LENGTH) === SPACE
    && beginsWithDate(value) && hasTimeAt(value, 11)
}

/** The key of a well-formed instant: its own date, moved by a day where the offset crosses midnight. */
function keyOf(text: string, offsetAt?: (day: number, second: number) => number): number {
  const year = pairAt(text, 0) * 100 + pairAt(text, 2)
  const month = pairAt(text, 5)
  const day = pairAt(text, 8)
  if (offsetAt === undefined) return year * 10_000 + month * 100 + day
  const days = daysFromCivil(year, month, day)
  const second = pairAt(text, 11) * 3600 + pairAt(text, 14) * 60 + pairAt(text, 17)
  const shift = Math.floor((second + offsetAt(days, second)) / DAY_SECONDS)
  return shift === 0 ? year * 10_000 + month * 100 + day : dateKey(civilFromDays(days + shift))
}

function floorKey(earliest: string): number {
  const date = earliest.length === DATE_LENGTH ? readDate(earliest) : undefined
  if (date !== undefined) return dateKey(date)
  throw new ConfigurationError(`earliest is ${JSON.stringify(earliest)}, which is no day`, {
    wayOut: "write a day that exists as 'YYYY-MM-DD'",
  })
}

/**
 * A zone's offset from UTC, in seconds, at an instant in seconds since 1970.
 *
 * @throws {ConfigurationError} for an unknown zone
 */
export function offsetIn(zone: string): (instant: number) => number {
  const format = formatOf(zone)
  return (instant) => offsetAtInstant(format, instant)
}

/**
 * A zone's offset from UTC in seconds at a second of a day (days from 1970-01-01), remembered by the day.
 *
 * A day in UTC that begins and ends with one offset has it throughout: no zone ever changed twice within 24 hours (the
 * nearest two changes in the zones' history, Freetown's of 1939, are four days apart). In a day that begins and ends
 * differently every instant is asked for.
 */
function offsetsOf(zone: string): (day: number, second: number) => number {
  const format = formatOf(zone)
  const ofDays = new Map<number, number>()
  return (day, second) => {
    let offset = ofDays.get(day)
    if (offset === undefined) {
      offset = offsetOfDay(format, day)
      if (ofDays.size >= DAYS_KEPT) ofDays.clear()
      ofDays.set(day, offset)
    }
    return Number.isNaN(offset) ? offsetAtInstant(format, day * DAY_SECONDS + second) : offset
  }
}

/** NaN for a day in which the clocks were changed. */
function offsetOfDay(format: Intl.DateTimeFormat, day: number): number {
  const offset = offsetAtInstant(format, day * DAY_SECONDS)
  return offset === offsetAtInstant(format, (day + 1) * DAY_SECONDS - 1) ? offset : Number.NaN
}

function offsetAtInstant(format: Intl.DateTimeFormat, seconds: number): number {
  const text = format.format(seconds * 1000)
  const found = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text)
  if (found === null) throw new Error(`Intl writes an offset as ${JSON.stringify(text)}, which can't be read`)
  const [, sign, hours = '0', minutes = '0', rest = '0'] = found
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(rest))
}

/** Writes the offset to the second, such as `GMT-04:56:02`, after a date that nobody reads. */
function formatOf(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  } catch (error) {
    const meant = didYouMean(zone, ['UTC', ...Intl.supportedValuesOf('timeZone')])
    throw new ConfigurationError(`there is no time zone ${JSON.stringify(zone)}`, {
      wayOut: meant === undefined ? "give an IANA name, such as 'America/New_York' or 'UTC'" : `did you mean '${meant}'?`,
      cause: error,
    })
  }
}
