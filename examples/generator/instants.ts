import { instant, random, seconds, type Random } from './random.ts'

/** When New York's clocks change, in UTC. */
const clockChanges = [
  '2012-03-11 07:00:00', '2012-11-04 06:00:00', '2013-03-10 07:00:00', '2013-11-03 06:00:00', '2014-03-09 07:00:00',
  '2014-11-02 06:00:00', '2015-03-08 07:00:00', '2015-11-01 06:00:00', '2016-03-13 07:00:00', '2016-11-06 06:00:00',
  '2017-03-12 07:00:00', '2017-11-05 06:00:00',
]

/** Midnights of New York on both sides of a change of clocks, the first and last days known, a leap day, the epoch. */
const edges = [
  '1970-01-01 00:00:00', '2009-12-31 23:59:59', '2011-12-31 23:59:59', '2012-01-01 00:00:00', '2012-01-01 04:59:59',
  '2012-01-01 05:00:00', '2012-02-29 23:59:59', '2014-03-09 04:59:59', '2014-03-09 05:00:00', '2014-03-10 03:59:59',
  '2014-03-10 04:00:00', '2014-11-02 03:59:59', '2014-11-02 04:00:00', '2014-11-03 04:59:59', '2014-11-03 05:00:00',
  '2016-02-29 12:00:00', '2016-12-31 23:59:59', '2017-12-30 23:59:59', '2017-12-31 00:00:00', '2017-12-31 04:59:59',
  '2017-12-31 05:00:00', '2017-12-31 23:59:59',
]

/** The instants of all orders, in order: the edges first of all, then a market that grows and has two seasons a year. */
export function orderInstants(count: number): string[] {
  const dice = random('placed_at')
  const fixed = [...edges, ...clockChanges.flatMap((at) => [-1, 0, 1].map((step) => instant(seconds(at) + step)))]
  const drawn = Array.from({ length: count - fixed.length }, (_, index) => (
    index < 130 ? dice.int(seconds('2010-08-20 00:00:00'), seconds('2011-12-31 23:59:59')) : drawInstant(dice)))
  return [...fixed, ...drawn.map(instant)].toSorted()
}

function drawInstant(dice: Random): number {
  const year = dice.pick([2012, 2013, 2013, 2014, 2014, 2014, 2015, 2015, 2015, 2015, 2016, 2016, 2016, 2017, 2017, 2017])
  const month = dice.pick([1, 2, 3, 3, 4, 4, 4, 5, 5, 6, 7, 8, 9, 9, 10, 10, 11, 11, 11, 12, 12])
  const day = dice.int(1, month === 12 ? 30 : new Date(Date.UTC(year, month, 0)).getUTCDate())
  const hour = dice.pick([0, 1, 2, 3, 4, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23])
  return Date.UTC(year, month - 1, day, hour, dice.int(0, 59), dice.int(0, 59)) / 1000
}
