import { ConfigurationError, messageOf, StarlineError } from '../errors.ts'
import type { Etl } from '../etl/etl.ts'
import { labelOf } from '../etl/registry.ts'
import { frozen } from '../frozen.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import { readPattern } from './pattern.ts'

/**
 * What becomes of the times that came while no worker was there. `last`: the newest of them is made up for, once. `all`: each
 * of them is, one after the other. `none`: nothing that could not begin within five minutes.
 */
export type CatchUp = 'last' | 'all' | 'none'

/** What a schedule says. */
export interface TaskSpec {
  /**
   * When it comes, by the clocks of `tz`: minute, hour, day of the month, month and day of the week, as cron has them, or
   * `@hourly`, `@daily`, `@weekly`, `@monthly` or `@yearly`.
   */
  readonly schedule: string
  /** The time zone, such as `America/New_York`. Default `UTC`. */
  readonly tz?: string
  /** What becomes of the times that came while no worker was there. Default `last`. */
  readonly catchUp?: CatchUp
  /** What is loaded, as lists of dimensions and facts by their names: `[dimensions, facts]`. Default everything that is active then. */
  readonly steps?: readonly Readonly<Record<string, Etl>>[]
}

/** A refresh that comes by the clock: what `task()` makes, frozen. */
export interface ScheduledTask {
  readonly schedule: string
  readonly tz: string
  readonly catchUp: CatchUp
  /** The ETLs by type and name, such as `dimension school`; undefined for all that are active then. */
  readonly steps: readonly string[] | undefined
}

const keys = ['schedule', 'tz', 'catchUp', 'steps']
const catchUps: readonly CatchUp[] = ['last', 'all', 'none']

/**
 * Declares a refresh that comes by the clock. `tasks/index.ts` exports it under its name, `starline schedule sync` enters it
 * into the ledger, and from then on the workers ask for the refresh in time.
 *
 * Where clocks change, a time that they leap over comes as much later as they leap, and one that they show twice comes once.
 *
 * @throws {ConfigurationError} with every problem: a schedule or a time zone that is none, a step that is no ETL
 * @example
 * export const nightly = task({ schedule: '0 0 * * *', tz: 'America/New_York' })
 * @example
 * export const hourly = task({ schedule: '@hourly', catchUp: 'none', steps: [{ sale }] })
 */
export function task(spec: TaskSpec): ScheduledTask {
  if (spec === null || typeof spec !== 'object') throw new ConfigurationError('a task is an object', { wayOut: "write task({ schedule: '@daily' })" })
  const { schedule, tz = 'UTC', catchUp = 'last', steps } = spec
  const problems = [...unknownKeys(spec), ...patternProblems(schedule, tz), ...catchUpProblems(catchUp), ...steps === undefined ? [] : stepProblems(steps)]
  if (problems.length > 0) throw new ConfigurationError(problems.length === 1 ? 'the task has a problem' : `the task has ${problems.length} problems`, { problems })
  return frozen({ schedule, tz, catchUp, steps: steps === undefined ? undefined : labelsOf(steps) })
}

/** Whether somebody has made it with `task()`. */
export const isScheduledTask = (value: unknown): value is ScheduledTask =>
  value !== null && typeof value === 'object' && 'schedule' in value && 'catchUp' in value && 'steps' in value

const unknownKeys = (spec: object): string[] => Object.keys(spec).filter((key) => !keys.includes(key)).map((key) => {
  const near = didYouMean(key, keys)
  return `there is no key ${key}; ${near === undefined ? `there are ${keys.join(', ')}` : `did you mean ${near}?`}`
})

function patternProblems(schedule: unknown, tz: unknown): string[] {
  if (typeof schedule !== 'string') return [`schedule: is ${schedule === undefined ? 'missing' : 'no text'}; write when it comes, such as '0 0 * * *' or '@daily'`]
  if (typeof tz !== 'string') return ["tz: is no text; write a time zone, such as 'America/New_York'"]
  try {
    readPattern(schedule, tz)
    return []
  } catch (error) {
    if (!(error instanceof StarlineError)) throw error
    return [messageOf(error)]
  }
}

const catchUpProblems = (catchUp: unknown): string[] => (catchUps.some((one) => one === catchUp) ? [] : [`catchUp: is ${JSON.stringify(catchUp)}, and can be ${catchUps.join(', ')}`])

function stepProblems(steps: unknown): string[] {
  if (!Array.isArray(steps) || steps.length === 0) return ['steps: is no list of dimensions and facts; write [dimensions, facts], or leave it out for everything that is active']
  const wrong = steps.flatMap((step: unknown, at) => (step === null || typeof step !== 'object' ? [`steps.${at}: is no list; write { school }, or import * as dimensions`]
    : Object.entries(step).flatMap(([name, etl]) => (isEtl(etl) ? [] : [`steps.${at}.${name}: is no dimension and no fact`]))))
  return wrong.length === 0 && labelsOf(steps).length === 0 ? ['steps: nothing is in them; leave them out for everything that is active'] : wrong
}

const isEtl = (value: unknown): value is Etl => value !== null && typeof value === 'object' && 'type' in value && 'create' in value && 'load' in value

const labelsOf = (steps: readonly Readonly<Record<string, Etl>>[]): readonly string[] =>
  [...new Set(steps.flatMap((step) => Object.entries(step).map(([name, { type }]) => labelOf({ type, name }))))]
