import { labelOf } from '../etl/registry.ts'

/** How an attempt at a job ended. `retried`: it failed, and is tried again. */
export type Outcome = 'succeeded' | 'failed' | 'retried' | 'put_off' | 'given_back'

/** Upper bounds of the seconds that jobs take. */
export const bounds = [0.1, 1, 10, 60, 300, 1_800, 7_200] as const

/** What one kind of job came to. */
interface TaskTally {
  readonly outcomes: Map<Outcome, number>
  /** How many took no longer than each bound. */
  readonly within: number[]
  seconds: number
  count: number
}

/** What a worker has done since it began. */
export interface Tally {
  readonly tasks: ReadonlyMap<string, TaskTally>
  /** Rows loaded, by ETL. */
  readonly rows: ReadonlyMap<string, number>
  /** One attempt at a job has ended. */
  attempt(task: string, outcome: Outcome, seconds: number): void
  loaded(type: string, name: string, rows: number): void
}

/** Tasks that nobody here knows have one name: whoever writes into the queue makes no metrics of his own. */
const known = ['processEtl', 'refreshDataWarehouse', 'loadRanges']

export function newTally(): Tally {
  const tasks = new Map(known.map((task): [string, TaskTally] => [task, { outcomes: new Map(), within: bounds.map(() => 0), seconds: 0, count: 0 }]))
  const rows = new Map<string, number>()
  return {
    tasks, rows,
    attempt(task, outcome, seconds) {
      const own = tasks.get(task)
      if (own === undefined) return
      own.outcomes.set(outcome, (own.outcomes.get(outcome) ?? 0) + 1)
      if (outcome === 'put_off' || outcome === 'given_back') return
      own.count += 1
      own.seconds += seconds
      for (const [at, bound] of bounds.entries()) if (seconds <= bound) own.within[at] = (own.within[at] ?? 0) + 1
    },
    loaded(type, name, count) {
      const etl = labelOf({ type, name })
      rows.set(etl, (rows.get(etl) ?? 0) + count)
    },
  }
}
