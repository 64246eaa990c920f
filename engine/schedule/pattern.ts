import { offsetIn } from '../dimension/zone.ts'
import { readWallTimes } from './wall.ts'
import type { WallTimes } from './wall.ts'

/** When a schedule comes, in the time of a zone. */
export interface Pattern {
  /** The first tick after an instant. */
  readonly next: (after: Date) => Date
  /** The newest tick until an instant, itself included. */
  readonly last: (until: Date) => Date
}

/** Further than any zone is from UTC, and than any clock was ever put at once. */
const farOff = 26 * 3600

/**
 * Reads when a schedule comes. Where the clocks change nothing is lost and nothing doubled: a time that the clocks leap over
 * comes as much later as they leap; a time that they show twice comes once, the first time, unless the pattern names every
 * hour, and so counts time: that one goes on.
 *
 * @throws {ConfigurationError} for a pattern that is none, and for an unknown zone
 */
export function readPattern(text: string, zone: string): Pattern {
  const walls = readWallTimes(text)
  const offsetAt = offsetIn(zone)
  return {
    next: (after) => new Date(nearest(seconds(after), 1, walls, offsetAt) * 1000),
    last: (until) => new Date(nearest(seconds(until), -1, walls, offsetAt) * 1000),
  }
}

/** Fractions belong to the second that has begun. */
const seconds = (instant: Date): number => Math.floor(instant.getTime() / 1000)

/**
 * The nearest tick after an instant, or until it. Walls come in order, and their instants almost do: around a change of the
 * clocks some more are looked at.
 */
function nearest(instant: number, way: 1 | -1, walls: WallTimes, offsetAt: (at: number) => number): number {
  const here = offsetsNear(instant, offsetAt)
  const isBeyond = (at: number): boolean => (way === 1 ? at > instant : at <= instant)
  const begin = instant + (way === 1 ? Math.min(...here) : Math.max(...here))
  let best: number | undefined
  for (const wall of way === 1 ? walls.from(begin) : walls.backFrom(begin)) {
    const near = offsetsNear(wall, offsetAt)
    // No wall from here on has an instant nearer than this.
    const bound = wall - (way === 1 ? Math.max(...near) : Math.min(...near))
    if (best !== undefined && (bound - best) * way >= 0) return best
    for (const at of instantsOf(wall, near, walls.everyHour, offsetAt)) {
      if (isBeyond(at) && (best === undefined || (best - at) * way > 0)) best = at
    }
  }
  throw new Error('a pattern never ends')
}

/** The offsets before and after whatever change of the clocks is near, in this order. */
const offsetsNear = (at: number, offsetAt: (at: number) => number): readonly [number, number] => [offsetAt(at - farOff), offsetAt(at + farOff)]

/** When a clock on the wall shows this time: once, or twice. */
function instantsOf(wall: number, [before, after]: readonly [number, number], everyHour: boolean, offsetAt: (at: number) => number): readonly number[] {
  const shown = [...new Set([wall - before, wall - after])].filter((at) => at + offsetAt(at) === wall).toSorted((a, b) => a - b)
  // It is leapt over: the clock of before would show it then.
  if (shown.length === 0) return [wall - before]
  return everyHour ? shown : shown.slice(0, 1)
}
