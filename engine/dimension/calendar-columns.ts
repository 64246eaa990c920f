import type { FlowColumn } from '../db/flow.ts'
import type { Value, ValueType } from '../db/value-type.ts'
import { type CivilDate, civilFromDays, dateKey, dateText, daysFromCivil, daysInMonth, twoDigits } from '../db/civil.ts'

const MONTHS = [
  'January', 'February', 'March', 'April', 'May', 'June',
  'July', 'August', 'September', 'October', 'November', 'December',
] as const
const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const

/** 0001-01-01, a Monday: all counters begin there, so that no range moves them. */
const ORIGIN = daysFromCivil(1, 1, 1)

/** What the columns of one day are made from. */
interface Day extends CivilDate {
  /** Days from 1970-01-01. */
  readonly number: number
  /** 1 is Monday, 7 is Sunday. */
  readonly dayOfWeek: number
  readonly dayOfYear: number
  readonly quarter: number
  readonly isoYear: number
  readonly isoWeek: number
  /** 1 is the month in which the fiscal year begins. */
  readonly fiscalMonth: number
  readonly fiscalYear: number
}

/** Works out one day. */
export function dayOf(date: CivilDate, fiscalYearStart: number): Day {
  const { year, month, day } = date
  const number = daysFromCivil(year, month, day)
  const dayOfWeek = (number - ORIGIN) % 7 + 1
  // A week belongs to the year that has its Thursday
  const thursday = number - dayOfWeek + 4
  const isoYear = civilFromDays(thursday).year
  return {
    year, month, day, number, dayOfWeek,
    dayOfYear: number - daysFromCivil(year, 1, 1) + 1,
    quarter: Math.ceil(month / 3),
    isoYear,
    isoWeek: Math.floor((thursday - daysFromCivil(isoYear, 1, 1)) / 7) + 1,
    fiscalMonth: (month - fiscalYearStart + 12) % 12 + 1,
    fiscalYear: fiscalYearStart > 1 && month >= fiscalYearStart ? year + 1 : year,
  }
}

/** Weeks that begin on Monday, numbered within the year: 1 January is always in week 1, the last one is 53 or 54. */
function weekOfYear({ dayOfYear, dayOfWeek }: Day): number {
  return Math.floor((dayOfYear - dayOfWeek + 6) / 7) + 1
}

/** 29 February becomes 28 February; the year 1 has no year before it. */
function sameDayLastYear({ year, month, day }: Day): string | null {
  return year === 1 ? null : dateText({ year: year - 1, month, day: Math.min(day, daysInMonth(year - 1, month)) })
}

const yearText = (year: number): string => String(year).padStart(4, '0')

const DATE: ValueType = { kind: 'date' }
const BOOLEAN: ValueType = { kind: 'boolean' }
const integer = (min: number, max: number): ValueType => ({ kind: 'integer', min: BigInt(min), max: BigInt(max) })
const text = (length: number): ValueType => ({ kind: 'text', length })

interface CalendarColumn extends FlowColumn {
  readonly of: (day: Day) => Value
}

function column(name: string, type: ValueType, of: (day: Day) => Value): CalendarColumn {
  return { name, type, of }
}

/** The columns that a date dimension can have: its create takes those it names. */
export const CALENDAR: readonly CalendarColumn[] = [
  column('date_key', integer(10_101, 99_991_231), dateKey),
  column('full_date', DATE, dateText),
  column('day_of_month', integer(1, 31), (day) => day.day),
  column('day_of_week', integer(1, 7), (day) => day.dayOfWeek),
  column('day_name', text(9), (day) => DAYS[day.dayOfWeek - 1] ?? null),
  column('day_of_year', integer(1, 366), (day) => day.dayOfYear),
  column('is_weekday', BOOLEAN, (day) => day.dayOfWeek <= 5),
  column('is_last_day_in_month', BOOLEAN, (day) => day.day === daysInMonth(day.year, day.month)),
  column('same_day_last_year', DATE, sameDayLastYear),
  column('week_of_year', integer(1, 54), weekOfYear),
  column('week_begin', DATE, (day) => dateText(civilFromDays(day.number - day.dayOfWeek + 1))),
  column('iso_week', integer(1, 53), (day) => day.isoWeek),
  column('iso_year', integer(1, 9999), (day) => day.isoYear),
  column('month_number', integer(1, 12), (day) => day.month),
  column('month_name', text(9), (day) => MONTHS[day.month - 1] ?? null),
  column('month_short_name', text(3), (day) => MONTHS[day.month - 1]?.slice(0, 3) ?? null),
  column('quarter_number', integer(1, 4), (day) => day.quarter),
  column('quarter_name', text(2), (day) => `Q${day.quarter}`),
  column('year_number', integer(1, 9999), (day) => day.year),
  column('year_month', text(7), (day) => `${yearText(day.year)}-${twoDigits(day.month)}`),
  column('year_quarter', text(7), (day) => `${yearText(day.year)}-Q${day.quarter}`),
  column('day_overall', integer(1, 3_652_059), (day) => day.number - ORIGIN + 1),
  column('week_overall', integer(1, 521_723), (day) => Math.floor((day.number - ORIGIN) / 7) + 1),
  column('month_overall', integer(1, 119_988), (day) => (day.year - 1) * 12 + day.month),
  column('quarter_overall', integer(1, 39_996), (day) => (day.year - 1) * 4 + day.quarter),
  column('year_overall', integer(1, 9999), (day) => day.year),
  column('fiscal_month', integer(1, 12), (day) => day.fiscalMonth),
  column('fiscal_quarter', integer(1, 4), (day) => Math.ceil(day.fiscalMonth / 3)),
  column('fiscal_year', integer(1, 10_000), (day) => day.fiscalYear),
]
