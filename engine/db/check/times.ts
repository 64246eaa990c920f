import type { Value, ValueType } from '../value-type.ts'
import { beginsWithDate, civilFromDays, dateText, daysFromCivil, hasTimeAt, pairAt, readDate, twoDigits } from '../civil.ts'
import { orNull, refuse } from './bad-value.ts'

type Checker = (value: Value) => Value
type Of<K extends ValueType['kind']> = Extract<ValueType, { kind: K }>

const SPACE = 32
const DATE_FORM = 'dates are written YYYY-MM-DD'
const INSTANT_FORM = 'instants are written YYYY-MM-DD HH:MM:SS, with up to nine digits after the second'
const TIME_FORM = 'times are written HH:MM:SS'

/** A date and what may follow it: a time of day, digits after the second, and where the clock stands. */
const INSTANT = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d(?::?\d\d)?)?)?$/
const TIME = /^(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?$/

/** Dates: real ones from 0001-01-01 to 9999-12-31; an instant only where it is midnight in UTC. */
export function dateChecker(type: Of<'date'>, nullable: boolean): Checker {
  return (value) => {
    if (typeof value === 'string') return value.length === 10 && beginsWithDate(value) ? value : midnight(value, type)
    return value === null ? orNull(nullable) : refuse(value, type, DATE_FORM)
  }
}

function midnight(text: string, type: Of<'date'>): string {
  const instant = inUtc(text, type, 9, DATE_FORM)
  return instant.endsWith(' 00:00:00') ? instant.slice(0, 10) : refuse(text, type, 'its time of day would be lost')
}

/**
 * Instants come out in UTC as `YYYY-MM-DD HH:MM:SS`, followed by exactly `precision` digits where they aren't all zero.
 *
 * A date alone is its midnight; an offset is taken off exactly; no offset means UTC. Digits other than zeros beyond the
 * precision are refused, and so are hour 24 and second 60.
 */
export function timestampChecker(type: Of<'timestamp'>, nullable: boolean): Checker {
  const { min = '0001-01-01', max = '9999-12-31 24' } = type
  return (value) => {
    if (typeof value !== 'string') return value === null ? orNull(nullable) : refuse(value, type, INSTANT_FORM)
    const instant = isPlain(value) ? value : inUtc(value, type, type.precision, INSTANT_FORM)
    return instant >= min && instant <= max ? instant : refuse(value, type)
  }
}

/** As databases write it: nothing to change. */
function isPlain(text: string): boolean {
  return text.length === 19 && text.charCodeAt(10) === SPACE && beginsWithDate(text) && hasTimeAt(text, 11)
}

function inUtc(text: string, type: ValueType, precision: number, form: string): string {
  const parts = INSTANT.exec(text)
  if (parts === null) return refuse(text, type, form)
  const [, date = '', time = '00:00:00', fraction = '', offset = 'Z'] = parts
  if (!beginsWithDate(date)) return refuse(text, type, 'there is no such date')
  if (!hasTimeAt(time, 0)) return refuse(text, type, 'there is no such time of day')
  return shifted(date, time, offset, text, type) + fractionOf(fraction, precision, text, type)
}

/** The digits after the second with their point, '' where they are all zero. */
function fractionOf(digits: string, precision: number, text: string, type: ValueType): string {
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return ''
  if (significant.length > precision) return refuse(text, type, 'digits after the second would be lost')
  return `.${significant.padEnd(precision, '0')}`
}

/** Date and time less the offset. */
function shifted(date: string, time: string, offset: string, text: string, type: ValueType): string {
  const minutes = offset === 'Z' ? 0 : offsetMinutes(offset)
  if (minutes === 0) return `${date} ${time}`
  const civil = readDate(date)
  if (minutes === undefined || civil === undefined) return refuse(text, type, 'there is no such offset')
  const total = pairAt(time, 0) * 60 + pairAt(time, 3) - minutes
  const day = civilFromDays(daysFromCivil(civil.year, civil.month, civil.day) + Math.floor(total / 1440))
  if (day.year < 1 || day.year > 9999) return refuse(text, type, 'in UTC it is not in the years 1 to 9999')
  const ofDay = ((total % 1440) + 1440) % 1440
  return `${dateText(day)} ${twoDigits(Math.floor(ofDay / 60))}:${twoDigits(ofDay % 60)}:${time.slice(6)}`
}

/** `+05:45`, `+0545` or `+05` in minutes; undefined where no clock was ever so far off. */
function offsetMinutes(offset: string): number | undefined {
  const hours = pairAt(offset, 1)
  const minutes = offset.length === 3 ? 0 : pairAt(offset, offset.length - 2)
  if (hours > 15 || minutes > 59) return undefined
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

/** Times of day, written `HH:MM:SS` from 00:00:00 on, with digits after the second as in an instant. */
export function timeChecker(type: Of<'time'>, nullable: boolean): Checker {
  return (value) => {
    if (typeof value !== 'string') return value === null ? orNull(nullable) : refuse(value, type, TIME_FORM)
    if (value.length === 8 && hasTimeAt(value, 0)) return value
    const [, time = '', fraction = ''] = TIME.exec(value) ?? refuse(value, type, TIME_FORM)
    if (!hasTimeAt(time, 0)) return refuse(value, type, 'there is no such time of day')
    return time + fractionOf(fraction, type.precision, value, type)
  }
}
