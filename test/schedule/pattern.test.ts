import assert from 'node:assert/strict'
import { readPattern } from '../../engine/schedule/pattern.ts'

const ticks = (text: string, zone: string, from: string, many: number): string[] => {
  const { next } = readPattern(text, zone)
  const found: Date[] = []
  for (let at = new Date(from); found.length < many; found.push(at)) at = next(at)
  return found.map((at) => at.toISOString().slice(0, 16))
}

describe('a schedule', () => {
  // what | pattern | zone | from | its next ticks, in UTC
  const cases: [string, string, string, string, string[]][] = [
    ['every midnight in New York, over its spring', '0 0 * * *', 'America/New_York', '2024-03-09T12:00Z', ['2024-03-10T05:00', '2024-03-11T04:00', '2024-03-12T04:00']],
    ['a time that New York leaps over', '30 2 * * *', 'America/New_York', '2024-03-09T12:00Z', ['2024-03-10T07:30', '2024-03-11T06:30']],
    ['a time that New York has twice', '30 1 * * *', 'America/New_York', '2024-11-02T12:00Z', ['2024-11-03T05:30', '2024-11-04T06:30']],
    ['two times of which one falls on the other', '0 2,3 * * *', 'America/New_York', '2024-03-09T12:00Z', ['2024-03-10T07:00', '2024-03-11T06:00', '2024-03-11T07:00']],
    ['every hour in New York\'s spring', '@hourly', 'America/New_York', '2024-03-10T05:30Z', ['2024-03-10T06:00', '2024-03-10T07:00', '2024-03-10T08:00']],
    ['every hour in New York\'s autumn', '@hourly', 'America/New_York', '2024-11-03T04:30Z', ['2024-11-03T05:00', '2024-11-03T06:00', '2024-11-03T07:00']],
    ['every half hour while New York leaps', '*/30 * * * *', 'America/New_York', '2024-03-10T06:20Z', ['2024-03-10T06:30', '2024-03-10T07:00', '2024-03-10T07:30']],
    ['a quarter of an hour, of hours by name, in a doubled one', '*/30 1,2 * * *', 'America/New_York', '2024-11-03T04:30Z', ['2024-11-03T05:00', '2024-11-03T05:30', '2024-11-03T07:00', '2024-11-03T07:30', '2024-11-04T06:00']],
    ['a time that Copenhagen leaps over', '30 2 * * *', 'Europe/Copenhagen', '2024-03-30T12:00Z', ['2024-03-31T01:30', '2024-04-01T00:30']],
    ['a time that Copenhagen has twice', '30 2 * * *', 'Europe/Copenhagen', '2024-10-26T12:00Z', ['2024-10-27T00:30', '2024-10-28T01:30']],
    ['a time that Lord Howe leaps over, by half an hour', '15 2 * * *', 'Australia/Lord_Howe', '2024-10-04T00:00Z', ['2024-10-04T15:45', '2024-10-05T15:45', '2024-10-06T15:15']],
    ['a time that Lord Howe has twice', '45 1 * * *', 'Australia/Lord_Howe', '2024-04-05T00:00Z', ['2024-04-05T14:45', '2024-04-06T14:45', '2024-04-07T15:15']],
    ['every quarter of an hour in Lord Howe\'s autumn', '*/15 * * * *', 'Australia/Lord_Howe', '2024-04-06T14:40Z', ['2024-04-06T14:45', '2024-04-06T15:00', '2024-04-06T15:15', '2024-04-06T15:30']],
    ['a day that Samoa left out', '0 12 * * *', 'Pacific/Apia', '2011-12-29T00:00Z', ['2011-12-29T22:00', '2011-12-30T22:00', '2011-12-31T22:00']],
    ['a leap day', '0 0 29 2 *', 'UTC', '2024-03-01T00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['the last day of the month', '0 0 L * *', 'UTC', '2024-01-31T00:00Z', ['2024-02-29T00:00', '2024-03-31T00:00']],
    ['the Monday that is the month\'s second', '0 6 * * MON#2', 'UTC', '2024-01-01T00:00Z', ['2024-01-08T06:00', '2024-02-12T06:00']],
    ['a day of the month, or of the week', '0 0 13 * 5', 'UTC', '2024-09-12T00:00Z', ['2024-09-13T00:00', '2024-09-20T00:00']],
    ['a year', '@yearly', 'Asia/Kolkata', '2024-06-01T00:00Z', ['2024-12-31T18:30', '2025-12-31T18:30']],
  ]
  for (const [what, text, zone, from, expected] of cases) {
    it(`comes at ${what}`, () => assert.deepEqual(ticks(text, zone, from, expected.length), expected))
  }

  it('has the same ticks backward as forward, around each change of the clocks', () => {
    const changes = [['America/New_York', '2024-03-10'], ['America/New_York', '2024-11-03'], ['Europe/Copenhagen', '2024-03-31'], ['Europe/Copenhagen', '2024-10-27'], ['Australia/Lord_Howe', '2024-10-05'], ['Australia/Lord_Howe', '2024-04-06']]
    for (const [zone = '', day = ''] of changes) {
      for (const text of ['*/15 * * * *', '30 1 * * *', '30 2 * * *', '15,45 1,2,3 * * *']) {
        const { next, last } = readPattern(text, zone)
        const [from, until] = [Date.parse(`${day}T00:00Z`) - 86_400_000, Date.parse(`${day}T00:00Z`) + 2 * 86_400_000]
        const forward: number[] = []
        for (let at = next(new Date(from)); at.getTime() <= until; at = next(at)) forward.push(at.getTime())
        const backward: number[] = []
        for (let at = last(new Date(until)); at.getTime() > from; at = last(new Date(at.getTime() - 1))) backward.push(at.getTime())
        assert.deepEqual(backward.toReversed(), forward, `${text} in ${zone} around ${day}`)
        assert.ok(forward.length >= 2, `${text} in ${zone} comes at all`)
      }
    }
  })
})

describe('a schedule that is none', () => {
  // what is written | its zone | what is said
  const wrong: [string, string, RegExp][] = [
    ['', 'UTC', /^"" is no schedule. it is empty/i],
    ['0 0 * *', 'UTC', /it has 4 fields/],
    ['* * * * * *', 'UTC', /it has 6 fields. Way out: write minute, hour, /],
    ['61 * * * *', 'UTC', /got value 61/],
    ['0 0 * * 8', 'UTC', /got value 8/],
    ['5-1 * * * *', 'UTC', /5-1/],
    ['H H * * *', 'UTC', /"H" is no minute/],
    ['*/90 * * * *', 'UTC', /a step of 90 is longer than there are values of the minute/],
    ['0 0 30 2 *', 'UTC', /no day is like that/],
    ['0 0 31 4,6 *', 'UTC', /no day is like that/],
    ['@dayly', 'UTC', /no schedule is called "@dayly". Way out: did you mean '@daily'\?/],
    ['@reboot', 'UTC', /there are @hourly, @daily, @weekly, @monthly, @yearly/],
    ['0 0 * * *', 'America/New_Yrok', /there is no time zone "America\/New_Yrok". Way out: did you mean 'America\/New_York'\?/],
  ]
  for (const [text, zone, said] of wrong) {
    it(`is refused: ${JSON.stringify(text)} in ${zone}`, () => assert.throws(() => readPattern(text, zone), { name: 'ConfigurationError', message: said }))
  }
})
