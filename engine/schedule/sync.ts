import { isDeepStrictEqual } from 'node:util'
import type { Connection } from '../db/connection.ts'
import { ConfigurationError } from '../errors.ts'
import { entriesOf, labelOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import { changeSchedule, enterSchedule, removeSchedule, schedulesIn } from './ledger.ts'
import type { ScheduledTask } from './scheduled-task.ts'

/** A schedule with its name: the name that it is exported under. */
export interface Declared {
  readonly name: string
  readonly task: ScheduledTask
}

/** What becomes of one schedule of the ledger where the declarations are entered. */
export interface SyncStep {
  readonly name: string
  readonly change: 'added' | 'changed' | 'unchanged' | 'removed'
  /** What is declared; undefined for one whose declaration is gone. */
  readonly task?: ScheduledTask
}

/** Refuses names that no refresh could have, and steps that are not active. @throws {ConfigurationError} with every problem */
export function refuseDeclared(config: Config, declared: readonly Declared[]): void {
  const problems = [...declared.flatMap(nameProblems), ...doubledNames(declared), ...declared.flatMap((one) => stepProblems(config, one))]
  if (problems.length > 0) throw new ConfigurationError(problems.length === 1 ? 'the schedules have a problem' : `the schedules have ${problems.length} problems`, { problems })
}

const nameProblems = ({ name }: Declared): string[] => (/^[a-z][A-Za-z0-9_]{0,47}$/.test(name) ? []
  : [`${name}: a name begins with a small letter, has letters, digits and _ alone, and at most 48 characters`])

/** A refresh is called after its schedule, and databases may take two names for one that differ in case. */
const doubledNames = (declared: readonly Declared[]): string[] => declared
  .filter(({ name }, at) => declared.slice(0, at).some((other) => other.name.toLowerCase() === name.toLowerCase()))
  .map(({ name }) => `${name}: another one has this name but for capitals`)

function stepProblems(config: Config, { name, task }: Declared): string[] {
  const active = entriesOf(config).map(labelOf)
  return (task.steps ?? []).filter((step) => !active.includes(step)).map((step) => {
    const meant = didYouMean(step, active)
    return `${name}: ${step} is not active; list it in the configuration, or take it out of the steps${meant === undefined ? '' : `, or did you mean ${meant}?`}`
  })
}

/** What would become of each schedule, by name. */
export async function syncPlan(session: Connection, declared: readonly Declared[]): Promise<readonly SyncStep[]> {
  const known = await schedulesIn(session)
  const steps = declared.map(({ name, task }): SyncStep => {
    const before = known.find((one) => one.name === name)
    if (before === undefined) return { name, change: 'added', task }
    const { schedule, tz, catchUp, steps: what } = before
    return { name, change: isDeepStrictEqual({ schedule, tz, catchUp, steps: what }, { ...task }) ? 'unchanged' : 'changed', task }
  })
  const gone = known.filter(({ name }) => !declared.some((one) => one.name === name)).map(({ name }): SyncStep => ({ name, change: 'removed' }))
  return [...steps, ...gone].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Does what the plan says, all of it or nothing. */
export async function applySync(session: Connection, plan: readonly SyncStep[]): Promise<void> {
  await session.transaction(async () => {
    for (const { name, change, task } of plan) {
      if (change === 'removed') await removeSchedule(session, name)
      else if (task !== undefined && change === 'added') await enterSchedule(session, name, task)
      else if (task !== undefined && change === 'changed') await changeSchedule(session, name, task)
    }
  })
}
