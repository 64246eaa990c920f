import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { BadValue } from '../../engine/db/check.ts'
import type { Value } from '../../engine/db/value-type.ts'
import { dateKeyIn } from '../../engine/dimension/zone.ts'
import { ConfigurationError } from '../../engine/errors.ts'

/** zone | instant in UTC | the local day's key */
const KNOWN = `
  UTC                 | 2012-01-01 00:00:00        | 20120101
  UTC                 | 2012-12-31 23:59:59.999999 | 20121231
  Etc/UTC             | 2012-02-29 12:00:00        | 20120229

  America/New_York    | 2012-01-01 04:59:59        | 20111231
  America/New_York    | 2012-01-01 04:59:59.999999 | 20111231
  America/New_York    | 2012-01-01 05:00:00        | 20120101
  America/New_York    | 2016-07-01 03:59:59        | 20160630
  America/New_York    | 2016-07-01 04:00:00        | 20160701
  # Spring forward: 2016-03-13 07:00 UTC; the day begins at 05:00 and the next one at 04:00
  America/New_York    | 2016-03-13 04:59:59        | 20160312
  America/New_York    | 2016-03-13 05:00:00        | 20160313
  America/New_York    | 2016-03-14 03:59:59        | 20160313
  America/New_York    | 2016-03-14 04:00:00        | 20160314
  # Fall back: 2016-11-06 06:00 UTC; the day begins at 04:00 and the next one at 05:00
  America/New_York    | 2016-11-06 03:59:59        | 20161105
  America/New_York    | 2016-11-06 04:00:00        | 20161106
  America/New_York    | 2016-11-07 04:59:59        | 20161106
  America/New_York    | 2016-11-07 05:00:00        | 20161107
  # Local mean time, 4:56:02 behind, until noon on 1883-11-18
  America/New_York    | 1883-11-17 04:56:01        | 18831116
  America/New_York    | 1883-11-17 04:56:02        | 18831117
  America/New_York    | 1883-11-19 04:59:59        | 18831118
  America/New_York    | 1883-11-19 05:00:00        | 18831119
  America/New_York    | 0001-01-02 00:00:00        | 10101
  America/New_York    | 1969-12-31 23:59:59        | 19691231
  America/New_York    | 1970-01-01 04:59:59        | 19691231

  # 5:45 ahead; 5:30 before 1986
  Asia/Kathmandu      | 2016-05-05 18:14:59        | 20160505
  Asia/Kathmandu      | 2016-05-05 18:15:00        | 20160506
  Asia/Kathmandu      | 1985-05-05 18:29:59        | 19850505
  Asia/Kathmandu      | 1985-05-05 18:30:00        | 19850506
  Asia/Kathmandu      | 1985-12-31 18:29:59        | 19851231
  Asia/Kathmandu      | 1985-12-31 18:30:00        | 19860101

  # Half an hour of summer time: 10:30 and 11 ahead
  Australia/Lord_Howe | 2016-07-01 13:29:59        | 20160701
  Australia/Lord_Howe | 2016-07-01 13:30:00        | 20160702
  Australia/Lord_Howe | 2016-01-01 12:59:59        | 20160101
  Australia/Lord_Howe | 2016-01-01 13:00:00        | 20160102

  # A clock that goes back over midnight: 2018-02-17 was shown twice between 23:00 and 24:00
  America/Sao_Paulo   | 2018-02-18 01:59:59        | 20180217
  America/Sao_Paulo   | 2018-02-18 02:00:00        | 20180217
  America/Sao_Paulo   | 2018-02-18 02:59:59        | 20180217
  America/Sao_Paulo   | 2018-02-18 03:00:00        | 20180218

  # The day that Samoa left out
  Pacific/Apia        | 2011-12-30 09:59:59        | 20111229
  Pacific/Apia        | 2011-12-30 10:00:00        | 20111231

  # A year's end, both ways
  Pacific/Kiritimati  | 9999-12-31 09:59:59        | 99991231
  Pacific/Kiritimati  | 2012-12-31 10:00:00        | 20130101
  Pacific/Pago_Pago   | 2013-01-01 10:59:59        | 20121231

  # Dates alone are days already, in every zone
  America/New_York    | 2012-01-01                 | 20120101
  Pacific/Kiritimati  | 2012-01-01                 | 20120101

  # Other forms of instants, as a timestamp column takes them
  America/New_York    | 2012-01-01T04:59:59Z       | 20111231
  America/New_York    | 2012-01-01T00:30:00+02:00  | 20111231
  UTC                 | 2012-01-01T00:30:00+02:00  | 20111231
`

const lines = KNOWN.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))

/** The local day straight from Intl. */
function byIntl(zone: string): (instant: Date) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, year: 'numeric', month: 'numeric', day: 'numeric' })
  return (instant) => {
    const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]))
    return (parts['year'] ?? 0) * 10_000 + (parts['month'] ?? 0) * 100 + (parts['day'] ?? 0)
  }
}

const text = (instant: Date) => instant.toISOString().slice(0, 19).replace('T', ' ')

describe('dateKeyIn', () => {
  for (const line of lines) {
    const [zone = '', instant = '', key = ''] = line.split('|').map((part) => part.trim())
    it(`finds ${key} for ${instant} in ${zone}`, () => { assert.equal(dateKeyIn(zone)(instant), Number(key)) })
  }

  it('gives null for NULL, floor or not', () => {
    assert.equal(dateKeyIn('UTC')(null), null)
    assert.equal(dateKeyIn('UTC', { earliest: '2012-01-01' })(null), null)
  })

  const floored = [
    ['2012-01-01 04:59:59', 20120101], ['2012-01-01 05:00:00', 20120101], ['2012-01-02 04:59:59', 20120101],
    ['2012-01-02 05:00:00', 20120102], ['1969-05-05 12:00:00', 20120101], ['2011-12-31', 20120101], ['0001-01-01 00:00:00', 20120101],
  ] as const
  for (const [instant, key] of floored) {
    it(`lets no day be earlier than 2012-01-01: ${instant} is ${key} in New York`, () => {
      assert.equal(dateKeyIn('America/New_York', { earliest: '2012-01-01' })(instant), key)
    })
  }

  const zones = Intl.supportedValuesOf('timeZone')
  const instants = fc.date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true })

  it('agrees with Intl on any instant in any zone', () => {
    fc.assert(fc.property(fc.constantFrom(...zones), instants, (zone, instant) => {
      assert.equal(dateKeyIn(zone)(text(instant)), byIntl(zone)(instant))
    }), { numRuns: 500 })
  })

  const edgy = ['America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/Sao_Paulo', 'Africa/Monrovia', 'Europe/Dublin',
    'Pacific/Apia', 'Africa/Casablanca', 'Asia/Manila', 'America/Juneau']
  for (const zone of edgy) {
    it(`agrees with Intl on instants from 1800 on in ${zone}`, () => {
      const keyIn = dateKeyIn(zone)
      const expected = byIntl(zone)
      const instant = fc.tuple(fc.integer({ min: -62_000, max: 25_000 }), fc.integer({ min: 0, max: 86_399 }))
        .map(([day, second]) => new Date((day * 86_400 + second) * 1000))
      fc.assert(fc.property(instant, (at) => { assert.equal(keyIn(text(at)), expected(at)) }), { numRuns: 1000 })
    })
  }

  for (const year of [1883, 1911, 1972, 2011, 2016]) {
    it(`agrees with Intl at every 20 minutes of ${year} where the clocks are changed`, () => {
      for (const zone of ['America/New_York', 'Pacific/Apia', 'Africa/Monrovia']) {
        const keyIn = dateKeyIn(zone)
        const expected = byIntl(zone)
        const end = Date.UTC(year + 1, 0, 1)
        for (let at = Date.UTC(year, 0, 1); at < end; at += 1_200_000) {
          const instant = new Date(at + 1000)
          if (keyIn(text(instant)) !== expected(instant)) assert.fail(`${zone} ${text(instant)}: ${keyIn(text(instant))}`)
        }
      }
    })
  }

  it('asks for the zone of each day a few times, and not of each instant', () => {
    const from = Date.UTC(2012, 0, 1)
    const sold = Array.from({ length: 50_000 }, (_, at) => text(new Date(from + (at * 7_919_993_000) % (2191 * 86_400_000))))
    const keyIn = dateKeyIn('America/New_York', { earliest: '2012-01-01' })
    const { prototype } = Intl.DateTimeFormat
    const format = Object.getOwnPropertyDescriptor(prototype, 'format')!
    let times = 0
    Object.defineProperty(prototype, 'format', {
      ...format,
      get(this: Intl.DateTimeFormat): unknown {
        times += 1
        return format.get?.call(this)
      },
    })
    try {
      for (const instant of sold) keyIn(instant)
    } finally {
      Object.defineProperty(prototype, 'format', format)
    }
    // Two for each of the 2,191 days, and one for each instant of the twelve on which the clocks change.
    assert.ok(times > 0 && times < 6_000, `${times} times`)
  })

  for (const wrong of ['', 'yesterday', '2012-02-30 00:00:00', '2012-01-01 24:00:00', '2012-02-30', 5, true] as readonly Value[]) {
    it(`refuses ${JSON.stringify(wrong)}`, () => { assert.throws(() => dateKeyIn('UTC')(wrong), BadValue) })
  }

  const unknown = [
    ['America/New_Yrok', "did you mean 'America/New_York'?"], ['Europe/Berlim', "did you mean 'Europe/Berlin'?"],
    ['UTCC', "did you mean 'UTC'?"], ['here', 'IANA name'], ['', 'IANA name'],
  ] as const
  for (const [zone, wayOut] of unknown) {
    it(`refuses the zone ${JSON.stringify(zone)}: ${wayOut}`, () => {
      assert.throws(() => dateKeyIn(zone), (error) => error instanceof ConfigurationError && error.message.includes(wayOut)
        || assert.fail(String(error)))
    })
  }

  it('refuses an earliest day that does not exist', () => {
    for (const earliest of ['2012-02-30', '2012-01-01 00:00:00', 'soon']) {
      assert.throws(() => dateKeyIn('UTC', { earliest }), ConfigurationError)
    }
  })
})
