import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { checker } from '../../engine/db/check.ts'
import type { Row } from '../../engine/db/flow.ts'
import { calendar } from '../../engine/dimension/calendar.ts'
import { ConfigurationError } from '../../engine/errors.ts'

const COLUMNS = calendar({ from: '2012-01-01', through: '2012-01-01' }).columns.map(({ name }) => name)

/** A row as an object. */
const named = (row: Row): Record<string, unknown> => Object.fromEntries(COLUMNS.map((name, at) => [name, row[at]]))

function day(date: string, fiscalYearStart = 1): Record<string, unknown> {
  const [row = []] = calendar({ from: date, through: date, fiscalYearStart }).rows()
  return named(row)
}

/** The named columns of known days, with July as the fiscal year's start; YES and NO are booleans, - is NULL. */
const KNOWN = `
full_date  | day_of_week day_name  day_of_year week_of_year iso_week iso_year week_begin is_weekday is_last_day_in_month same_day_last_year
2012-01-01 | 7           Sunday    1           1            52       2011     2011-12-26 NO         NO                   2011-01-01
2012-01-02 | 1           Monday    2           2            1        2012     2012-01-02 YES        NO                   2011-01-02
2012-02-29 | 3           Wednesday 60          10           9        2012     2012-02-27 YES        YES                  2011-02-28
2013-02-28 | 4           Thursday  59          9            9        2013     2013-02-25 YES        YES                  2012-02-28
2012-12-31 | 1           Monday    366         54           1        2013     2012-12-31 YES        YES                  2011-12-31
2015-12-31 | 4           Thursday  365         53           53       2015     2015-12-28 YES        YES                  2014-12-31
2016-01-03 | 7           Sunday    3           1            53       2015     2015-12-28 NO         NO                   2015-01-03
2016-01-04 | 1           Monday    4           2            1        2016     2016-01-04 YES        NO                   2015-01-04
2017-12-30 | 6           Saturday  364         53           52       2017     2017-12-25 NO         NO                   2016-12-30
2020-12-31 | 4           Thursday  366         53           53       2020     2020-12-28 YES        YES                  2019-12-31
2021-01-01 | 5           Friday    1           1            53       2020     2020-12-28 YES        NO                   2020-01-01
1900-02-28 | 3           Wednesday 59          9            9        1900     1900-02-26 YES        YES                  1899-02-28
1900-03-01 | 4           Thursday  60          9            9        1900     1900-02-26 YES        NO                   1899-03-01
2000-02-29 | 2           Tuesday   60          10           9        2000     2000-02-28 YES        YES                  1999-02-28
2000-12-31 | 7           Sunday    366         53           52       2000     2000-12-25 NO         YES                  1999-12-31
0001-01-01 | 1           Monday    1           1            1        1        0001-01-01 YES        NO                   -
9999-12-31 | 5           Friday    365         53           52       9999     9999-12-27 YES        YES                  9998-12-31

full_date  | date_key day_of_month month_number month_name month_short_name quarter_number quarter_name year_number year_month year_quarter
2012-02-29 | 20120229 29           2            February   Feb              1              Q1           2012        2012-02    2012-Q1
2012-05-01 | 20120501 1            5            May        May              2              Q2           2012        2012-05    2012-Q2
2012-09-30 | 20120930 30           9            September  Sep              3              Q3           2012        2012-09    2012-Q3
0001-01-01 | 10101    1            1            January    Jan              1              Q1           1           0001-01    0001-Q1
9999-12-31 | 99991231 31           12           December   Dec              4              Q4           9999        9999-12    9999-Q4

full_date  | fiscal_month fiscal_quarter fiscal_year day_overall week_overall month_overall quarter_overall year_overall
0001-01-01 | 7            3              1           1           1            1             1               1
0001-01-07 | 7            3              1           7           1            1             1               1
0001-01-08 | 7            3              1           8           2            1             1               1
1970-01-01 | 7            3              1970        719163      102738       23629         7877            1970
2012-06-30 | 12           4              2012        734684      104955       24138         8046            2012
2012-07-01 | 1            1              2013        734685      104955       24139         8047            2012
9999-12-31 | 6            2              10000       3652059     521723       119988        39996           9999
`

/** A value as it is drawn. */
function cell(value: unknown): string {
  if (value === null) return '-'
  if (typeof value === 'boolean') return value ? 'YES' : 'NO'
  return typeof value === 'number' ? value.toString() : JSON.stringify(value).slice(1, -1)
}

const cells = (values: Record<string, unknown>, columns: readonly string[]) => columns.map((column) => cell(values[column]))

const formatter = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' })
const [weekdays, months, shortMonths] = [formatter({ weekday: 'long' }), formatter({ month: 'long' }), formatter({ month: 'short' })]

function utc(year: number, month: number, date: number): Date {
  const result = new Date(0)
  result.setUTCFullYear(year, month, date)
  return result
}

const daysBetween = (from: Date, to: Date) => Math.round((to.getTime() - from.getTime()) / 86_400_000)

/** What Date makes of a day, in UTC: computed in other ways than the calendar's. */
function byDate(text: string): Record<string, unknown> {
  const date = new Date(`${text}T00:00:00Z`)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  const monday = utc(year, month, date.getUTCDate() - (date.getUTCDay() + 6) % 7)
  const thursday = utc(monday.getUTCFullYear(), monday.getUTCMonth(), monday.getUTCDate() + 3)
  const lastYear = utc(year - 1, month, date.getUTCDate())
  return {
    date_key: Number(text.replaceAll('-', '')),
    full_date: text,
    day_of_month: date.getUTCDate(),
    day_of_week: date.getUTCDay() || 7,
    day_name: weekdays.format(date),
    day_of_year: daysBetween(utc(year, 0, 0), date),
    is_weekday: date.getUTCDay() % 6 !== 0,
    is_last_day_in_month: utc(year, month, date.getUTCDate() + 1).getUTCDate() === 1,
    same_day_last_year: (lastYear.getUTCMonth() === month ? lastYear : utc(year - 1, month + 1, 0)).toISOString().slice(0, 10),
    week_begin: monday.toISOString().slice(0, 10),
    iso_year: thursday.getUTCFullYear(),
    iso_week: Math.ceil(daysBetween(utc(thursday.getUTCFullYear(), 0, 0), thursday) / 7),
    month_number: month + 1,
    month_name: months.format(date),
    month_short_name: shortMonths.format(date),
    quarter_number: Math.trunc(month / 3) + 1,
    year_number: year,
    day_overall: daysBetween(utc(1, 0, 0), date),
  }
}

const dayText = (days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10)
const anyDay = fc.integer({ min: -719_162, max: 2_932_896 }).map(dayText)

describe('the calendar', () => {
  for (const table of KNOWN.trim().split('\n\n')) {
    const [head = '', ...lines] = table.split('\n')
    const columns = head.split(/[ |]+/)
    for (const line of lines) {
      const [date = '', ...values] = line.split(/[ |]+/)
      it(`knows ${date}: ${values.join(' ')}`, () => {
        assert.deepEqual(cells(day(date, 7), columns), [date, ...values])
      })
    }
  }

  it('has 2,191 days from 2012-01-01 through 2017-12-30, each once and in order', () => {
    const days = calendar({ from: '2012-01-01', through: '2017-12-30' })
    const keys = Array.from(days.rows(), ([key]) => Number(key))
    assert.equal(days.size, 2191)
    assert.equal(keys.length, 2191)
    assert.deepEqual([keys[0], keys[59], keys.at(-1)], [20120101, 20120229, 20171230])
    assert.ok(keys.every((key, at) => at === 0 || key > (keys[at - 1] ?? 0)))
  })

  it('counts its rows anew at each call', () => {
    const days = calendar({ from: '2012-01-01', through: '2012-01-03' })
    assert.deepEqual([...days.rows()], [...days.rows()])
    assert.equal([...days.rows()].length, 3)
  })

  it('agrees with Date on every day from 1900 through 2100', () => {
    let from = ''
    for (const row of calendar({ from: '1900-01-01', through: '2100-12-31' }).rows()) {
      const values = named(row)
      const expected = byDate(String(values['full_date']))
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, values[name]])), expected)
      from ||= cell(values['full_date'])
    }
    assert.equal(from, '1900-01-01')
  })

  it('agrees with Date on days of the years 2 to 9999', () => {
    fc.assert(fc.property(anyDay.filter((text) => text >= '0002'), (text) => {
      const values = day(text)
      const expected = byDate(text)
      assert.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, values[name]])), expected)
    }))
  })

  it('gives a day the same row in every range, so that a calendar can be widened', () => {
    fc.assert(fc.property(fc.integer({ min: -719_000, max: 2_932_000 }), fc.nat(100), fc.nat(100), (days, before, after) => {
      const wide = [...calendar({ from: dayText(days - before), through: dayText(days + after) }).rows()]
      assert.deepEqual(named(wide[before] ?? []), day(dayText(days)))
    }))
  })

  it('counts weeks, months, quarters and years on by one, without a gap', () => {
    const steps = { day_overall: true, week_overall: false, month_overall: false, quarter_overall: false, year_overall: false }
    let last: Record<string, unknown> | undefined
    for (const row of calendar({ from: '1899-01-01', through: '1905-01-01' }).rows()) {
      const values = named(row)
      for (const [name, always] of Object.entries(last === undefined ? {} : steps)) {
        const step = Number(values[name]) - Number(last?.[name])
        assert.ok(step === 1 || (!always && step === 0), `${name} on ${cell(values['full_date'])}`)
      }
      last = values
    }
  })

  it('begins a week of the year on each Monday and on 1 January', () => {
    let last = 0
    for (const row of calendar({ from: '2000-01-01', through: '2030-12-31' }).rows()) {
      const { day_of_year: dayOfYear, day_of_week: dayOfWeek, week_of_year: week } = named(row)
      assert.equal(week, dayOfYear === 1 ? 1 : dayOfWeek === 1 ? last + 1 : last)
      last = week
    }
  })

  const fiscal = [
    // start, day, month, quarter, year
    [1, '2012-12-31', 12, 4, 2012], [2, '2012-01-31', 12, 4, 2012], [2, '2012-02-01', 1, 1, 2013],
    [4, '2013-03-31', 12, 4, 2013], [4, '2013-04-01', 1, 1, 2014], [7, '2012-10-01', 4, 2, 2013],
    [10, '2012-09-30', 12, 4, 2012], [10, '2012-10-01', 1, 1, 2013], [12, '2012-12-01', 1, 1, 2013], [12, '2013-11-30', 12, 4, 2013],
  ] as const
  for (const [start, date, month, quarter, year] of fiscal) {
    it(`places ${date} in month ${month} of fiscal year ${year} where that begins with month ${start}`, () => {
      assert.deepEqual(cells(day(date, start), ['fiscal_month', 'fiscal_quarter', 'fiscal_year']), [month, quarter, year].map(String))
    })
  }

  it('gives every value in the canonical form of its column', () => {
    const { columns } = calendar({ from: '2012-01-01', through: '2012-01-01' })
    const checks = columns.map(({ type }) => checker(type, { nullable: true }))
    fc.assert(fc.property(anyDay, fc.integer({ min: 1, max: 12 }), (text, fiscalYearStart) => {
      const [row = []] = calendar({ from: text, through: text, fiscalYearStart }).rows()
      assert.equal(row.length, columns.length)
      assert.deepEqual(row.map((value, at) => checks[at]?.(value)), row)
    }))
  })

  const wrong = [
    [{ from: '2012-01-02', through: '2012-01-01' }, /calendar: from 2012-01-02 is after through 2012-01-01/],
    [{ from: '2012-02-30', through: '2012-03-01' }, /calendar: from is "2012-02-30", which is no day.*Way out: /],
    [{ from: '2012-01-01', through: '2013-02-29' }, /through is "2013-02-29", which is no day/],
    [{ from: '0000-12-31', through: '2012-01-01' }, /from is "0000-12-31"/],
    [{ from: '2012-01-01', through: '10000-01-01' }, /through is "10000-01-01"/],
    [{ from: '2012-01-01 00:00:00', through: '2012-01-01' }, /from is "2012-01-01 00:00:00"/],
    [{ from: '', through: '2012-01-01' }, /from is ""/],
    [{ from: '2012-01-01', through: '2012-01-01', fiscalYearStart: 0 }, /fiscalYearStart is 0, which is no month.*1 to 12/],
    [{ from: '2012-01-01', through: '2012-01-01', fiscalYearStart: 13 }, /fiscalYearStart is 13/],
    [{ from: '2012-01-01', through: '2012-01-01', fiscalYearStart: 1.5 }, /fiscalYearStart is 1.5/],
  ] as const
  for (const [options, message] of wrong) {
    it(`refuses ${JSON.stringify(options)} before the first row`, () => {
      assert.throws(() => calendar(options), (error) => error instanceof ConfigurationError && message.test(error.message)
        || assert.fail(String(error)))
    })
  }
})
