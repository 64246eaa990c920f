/**
 * Days of the Gregorian calendar in integers alone: no Date objects, no time zones.
 * A day is its distance from 1970-01-01; years run from 1 to 9999.
 */

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

/** Whether a year has a 29 February. */
function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** How many days a month (1 to 12) has; 0 for any other number. */
export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : MONTH_DAYS[month - 1] ?? 0
}

/**
 * The day's distance from 1970-01-01.
 * Years are counted from March, so that a leap day is a year's last one; 400 years have 146,097 days.
 */
export function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

export interface CivilDate {
  readonly year: number
  readonly month: number
  readonly day: number
}

/** The date that is so many days from 1970-01-01. */
export function civilFromDays(days: number): CivilDate {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return {
    year: yearOfEra + era * 400 + (month > 2 ? 0 : 1),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  }
}

/** The key of a day in a date dimension: `20120229`. */
export function dateKey({ year, month, day }: CivilDate): number {
  return year * 10_000 + month * 100 + day
}

/** `YYYY-MM-DD`. */
export function dateText({ year, month, day }: CivilDate): string {
  return `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}`
}

export function twoDigits(number: number): string {
  return number < 10 ? `0${number}` : String(number)
}

/** The number that two characters of a text write, or -1 where they are no digits. */
export function pairAt(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48
  const ones = text.charCodeAt(at + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}

const DASH = 45
const COLON = 58

/** Whether a text begins with a real date, `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31. */
export function beginsWithDate(text: string): boolean {
  const century = pairAt(text, 0)
  const rest = pairAt(text, 2)
  const month = pairAt(text, 5)
  const day = pairAt(text, 8)
  const year = century * 100 + rest
  return century >= 0 && rest >= 0 && year > 0 && day > 0
    && text.charCodeAt(4) === DASH && text.charCodeAt(7) === DASH
    && (day <= 28 ? month >= 1 && month <= 12 : day <= daysInMonth(year, month))
}

/** Whether a real time of day, `HH:MM:SS`, stands at a place of a text: no hour 24, no second 60. */
export function hasTimeAt(text: string, at: number): boolean {
  const hour = pairAt(text, at)
  const minute = pairAt(text, at + 3)
  const second = pairAt(text, at + 6)
  return hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && second >= 0 && second <= 59
    && text.charCodeAt(at + 2) === COLON && text.charCodeAt(at + 5) === COLON
}

/** The date that a text begins with, or undefined where it is none. */
export function readDate(text: string): CivilDate | undefined {
  if (!beginsWithDate(text)) return undefined
  return { year: pairAt(text, 0) * 100 + pairAt(text, 2), month: pairAt(text, 5), day: pairAt(text, 8) }
}
