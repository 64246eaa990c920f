import { createRequire } from 'node:module'
import type * as CronParser from 'cron-parser'
import { ConfigurationError, messageOf } from '../errors.ts'
import { didYouMean } from '../sql/did-you-mean.ts'

/** The times that a pattern names as a clock on the wall shows them, in seconds, as if the clock's zone were UTC. */
export interface WallTimes {
  /** From this time on, itself included. */
  from(wall: number): Iterable<number>
  /** Backward from this time on, itself included. */
  backFrom(wall: number): Iterable<number>
  /** Whether no hour of the day is without one: such a pattern counts time, and names none. */
  readonly everyHour: boolean
}

/** Patterns that have a name. */
const presets: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *', '@daily': '0 0 * * *', '@weekly': '0 0 * * 0', '@monthly': '0 0 1 * *', '@yearly': '0 0 1 1 *',
}

/** What may be written in each field, and how many values it has. */
const fields: readonly (readonly [name: string, may: RegExp, size: number])[] = [
  ['minute', /^[\d*,/-]+$/, 60], ['hour', /^[\d*,/-]+$/, 24], ['day of the month', /^[\d*,/L-]+$/, 31],
  ['month', /^[\da-z*,/-]+$/i, 12], ['day of the week', /^[\da-z*,/#-]+$/i, 7],
]

/**
 * Reads a pattern of five fields, or a preset.
 *
 * @throws {ConfigurationError} where it is none, or no day is like it
 */
export function readWallTimes(text: string): WallTimes {
  const pattern = Object.hasOwn(presets, text) ? presets[text] ?? '' : text.trim()
  refuseForm(text, pattern)
  try {
    const times = iteratorsOf(pattern)
    // What names no day that exists is found out by asking for the first one.
    for (const first of times.from(0)) if (first >= 0) break
    return times
  } catch (error) {
    const never = /loop limit|explicit day of month/.test(messageOf(error))
    throw wrong(text, never ? 'no day is like that' : messageOf(error), error)
  }
}

function refuseForm(text: string, pattern: string): void {
  if (pattern.startsWith('@')) {
    const meant = didYouMean(pattern, Object.keys(presets))
    throw new ConfigurationError(`no schedule is called ${JSON.stringify(text)}`, { wayOut: meant === undefined ? `there are ${Object.keys(presets).join(', ')}` : `did you mean '${meant}'?` })
  }
  const written = pattern.split(/\s+/)
  if (pattern === '' || written.length !== fields.length) throw wrong(text, pattern === '' ? 'it is empty' : `it has ${written.length} fields`)
  for (const [at, [name, may, size]] of fields.entries()) {
    const field = written[at] ?? ''
    if (!may.test(field)) throw wrong(text, `${JSON.stringify(field)} is no ${name}`)
    const tooFar = [...field.matchAll(/\/(\d+)/g)].find(([, step]) => Number(step) >= size)
    if (tooFar !== undefined) throw wrong(text, `a step of ${tooFar[1]} is longer than there are values of the ${name}`)
  }
}

const wrong = (text: string, why: string, cause?: unknown): ConfigurationError => new ConfigurationError(`${JSON.stringify(text)} is no schedule`, {
  why, cause, wayOut: `write minute, hour, day of the month, month and day of the week, such as '30 2 * * *', or one of ${Object.keys(presets).join(', ')}`,
})

/** Loaded when the first pattern is read: a run from the command line has none. */
let parser: typeof CronParser | undefined
const require = createRequire(import.meta.url)

/**
 * The parser is asked in UTC alone, which has no summer: where clocks change it leaves ticks out, or gives them twice.
 */
function iteratorsOf(pattern: string): WallTimes {
  parser ??= require('cron-parser') as typeof CronParser
  const { CronExpressionParser } = parser
  const begun = (wall: number) => CronExpressionParser.parse(pattern, { tz: 'UTC', currentDate: new Date(wall * 1000) })
  return {
    * from(wall) {
      for (const at = begun(wall - 1); ;) yield at.next().getTime() / 1000
    },
    * backFrom(wall) {
      for (const at = begun(wall + 1); ;) yield at.prev().getTime() / 1000
    },
    everyHour: begun(0).fields.hour.values.length === 24,
  }
}
