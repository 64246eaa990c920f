import type { FlowColumn, Row } from '../db/flow.ts'
import { beginsWithDate, type CivilDate, civilFromDays, daysFromCivil, readDate } from '../db/civil.ts'
import { ConfigurationError } from '../errors.ts'
import { CALENDAR, dayOf } from './calendar-columns.ts'

/** Which days a date dimension holds, and when its fiscal year begins. */
export interface CalendarOptions {
  /** The first day, `YYYY-MM-DD`, from 0001-01-01 on. */
  readonly from: string
  /** The last day, itself included, up to 9999-12-31. */
  readonly through: string
  /** The month, 1 to 12, that begins the fiscal year: 1 unless told. A fiscal year is named by the year in which it ends. */
  readonly fiscalYearStart?: number
}

/** A date dimension's rows, counted rather than read from anywhere. */
export interface Calendar {
  readonly columns: readonly FlowColumn[]
  /** The number of days. */
  readonly size: number
  /** The rows, one a day, in order; each call begins anew. */
  rows(): Generator<Row, void, undefined>
}

/**
 * Counts the days of a date dimension: integers alone, no time zone.
 *
 * A day's row depends on the day and the fiscal year's start, never on the range: a calendar can be widened at any time.
 * `date_key` is yyyymmdd; weeks begin on Monday; the `…_overall` counters begin with 1 at 0001-01-01, a Monday.
 *
 * @throws {ConfigurationError} for a day that doesn't exist, for `from` after `through`, and for a month out of 1 to 12
 * @example
 * calendar({ from: '2012-01-01', through: '2017-12-30' }).size   // 2191
 */
export function calendar(options: CalendarOptions): Calendar {
  const first = dayNumber(options.from, 'from')
  const last = dayNumber(options.through, 'through')
  const fiscalYearStart = month(options.fiscalYearStart ?? 1)
  if (first > last) {
    throw new ConfigurationError(`from ${options.from} is after through ${options.through}`, {
      where: 'calendar',
      wayOut: 'swap the two',
    })
  }
  return {
    columns: CALENDAR.map(({ name, type }) => ({ name, type })),
    size: last - first + 1,
    * rows() {
      for (let number = first; number <= last; number += 1) yield calendarRow(civilFromDays(number), fiscalYearStart)
    },
  }
}

/**
 * The date dimension's row for one day, in the order of a calendar's columns.
 *
 * @example
 * calendarRow({ year: 2012, month: 2, day: 29 }, 7)[0]   // 20120229
 */
function calendarRow(date: CivilDate, fiscalYearStart: number): Row {
  const day = dayOf(date, fiscalYearStart)
  return CALENDAR.map((column) => column.of(day))
}

function dayNumber(text: string, option: string): number {
  const date = text.length === 10 && beginsWithDate(text) ? readDate(text) : undefined
  if (date !== undefined) return daysFromCivil(date.year, date.month, date.day)
  throw new ConfigurationError(`${option} is ${JSON.stringify(text)}, which is no day`, {
    where: 'calendar',
    wayOut: "write a day that exists as 'YYYY-MM-DD', from 0001-01-01 to 9999-12-31",
  })
}

function month(number: number): number {
  if (Number.isInteger(number) && number >= 1 && number <= 12) return number
  throw new ConfigurationError(`fiscalYearStart is ${number}, which is no month`, {
    where: 'calendar',
    wayOut: 'give the month in which the fiscal year begins: 1 to 12',
  })
}
