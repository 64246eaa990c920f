import { civilFromDays, dateText, daysFromCivil, hasTimeAt, pairAt, readDate, twoDigits } from '../civil.ts'
import { DataError } from '../../errors.ts'

const FIRST_DAY = daysFromCivil(1, 1, 1)
const LAST_DAY = daysFromCivil(9999, 12, 31)
export const DAY_MICROS = 86_400_000_000
/** DuckDB's infinities: of a day, and of an instant in any unit. */
const ENDLESS_DAYS = 2_147_483_647
const ENDLESS = 9_223_372_036_854_775_807n

/** Remembers the text of the last days seen: a column of instants has few of them. */
const DAYS = new Map<number, string>()

/**
 * `YYYY-MM-DD` of a day counted from 1970-01-01. Infinity, and years that no other database has, come as DuckDB writes
 * them: the check of the column that they go to refuses them, and knows the row.
 */
export function dayText(days: number): string {
  const known = DAYS.get(days)
  if (known !== undefined) return known
  if (days < FIRST_DAY || days > LAST_DAY) return strangeDay(days)
  if (DAYS.size > 20_000) DAYS.clear()
  const text = dateText(civilFromDays(days))
  DAYS.set(days, text)
  return text
}

function strangeDay(days: number): string {
  if (Math.abs(days) >= ENDLESS_DAYS) return days < 0 ? '-infinity' : 'infinity'
  const { year, ...rest } = civilFromDays(days)
  return year > 0 ? dateText({ year, ...rest }) : `${dateText({ year: 1 - year, ...rest })} (BC)`
}

/** `HH:MM:SS[.ffffff]` of the microseconds of a day. */
export function clockText(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000)
  const fraction = micros - seconds * 1_000_000
  const minutes = Math.floor(seconds / 60)
  const text = `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`
  return fraction === 0 ? text : `${text}.${String(fraction).padStart(6, '0')}`
}

/** An instant of so many units from 1970-01-01 in UTC; `perDay` says how long a unit is. */
export function instantText(units: bigint, perDay: bigint): string {
  if (units === ENDLESS || units === -ENDLESS) return units < 0n ? '-infinity' : 'infinity'
  let days = units / perDay
  let rest = units % perDay
  if (rest < 0n) {
    days -= 1n
    rest += perDay
  }
  return `${dayText(Number(days))} ${clockText(Number(rest * (86_400_000_000n / perDay)))}`
}

/** The same from microseconds that a double holds exactly. */
export function microsText(micros: number): string {
  const days = Math.floor(micros / DAY_MICROS)
  return `${dayText(days)} ${clockText(micros - days * DAY_MICROS)}`
}

/** Days from 1970-01-01 of `YYYY-MM-DD…`. */
export function daysOf(text: string): number {
  const date = readDate(text)
  if (date === undefined) throw new DataError(`${JSON.stringify(text)} is no date`)
  return daysFromCivil(date.year, date.month, date.day)
}

/** Microseconds of the day of `HH:MM:SS[.ffffff]` that stands at a place of a text. */
export function clockMicros(text: string, at = 0): number {
  const digits = text.slice(at + 8)
  if (!hasTimeAt(text, at) || (digits !== '' && !/^\.\d{1,6}$/.test(digits))) throw new DataError(`${JSON.stringify(text)} has no time of day`)
  const seconds = (pairAt(text, at) * 60 + pairAt(text, at + 3)) * 60 + pairAt(text, at + 6)
  const fraction = digits === '' ? 0 : Number(digits.slice(1).padEnd(6, '0'))
  return seconds * 1_000_000 + fraction
}
