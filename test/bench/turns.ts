/** Each way in its turn, several times over, so that a noisy machine hurts all alike; and what came of it. */

import type { Case, Ready, Sizes, Way } from './case.ts'
import { LIMIT } from './case.ts'
import { said } from '../helpers/servers/machine.ts'
import type { Figures } from './measure.ts'
import type { Scene } from './scene.ts'

/** What came of one way. */
export interface Outcome {
  readonly way: string
  /** Why there are no figures: it can't be had here, or it failed. */
  readonly skipped?: string | undefined
  /** What is wrong with what it made: then its figures count for nothing. */
  readonly wrong?: string | undefined
  /** Of each run, in turn. */
  readonly runs: readonly Figures[]
  readonly median?: Figures | undefined
  readonly rowsPerSecond?: number | undefined
  /** Its seconds by those of the limit. */
  readonly timesLimit?: number | undefined
}

export interface CaseOutcome {
  readonly name: string
  readonly about: string
  readonly rows: number
  readonly ways: readonly Outcome[]
}

/** Makes the case's data, runs its ways in turn, checks what each has made, and takes everything away. */
export async function measureCase(one: Case, scene: Scene, sizes: Sizes, rounds: number, tell: (line: string) => void): Promise<CaseOutcome> {
  tell(`${one.name}: making its data`)
  const ready = await one.open(scene, sizes)
  try {
    return { name: one.name, about: one.about, rows: ready.rows, ways: await takeTurns(ready, rounds, tell) }
  } finally {
    await ready.close()
  }
}

/** Runs the ways of a case in turn. One that has made something else than it must does not run again. */
export async function takeTurns({ ways, expected, rows }: Pick<Ready, 'ways' | 'expected' | 'rows'>, rounds: number, tell: (line: string) => void): Promise<Outcome[]> {
  const runs = new Map<Way, Figures[]>(ways.map((way) => [way, []]))
  const wrong = new Map<Way, string>()
  for (let round = 1; round <= rounds; round += 1) {
    for (const way of ways.filter((each) => each.skip === undefined && !wrong.has(each))) {
      try {
        await way.prepare?.()
        const figures = await way.run()
        const result = await way.result()
        if (result !== expected) wrong.set(way, `it made ${result}, which must be ${expected}`)
        runs.get(way)?.push(figures)
        tell(`  ${way.name}, ${round} of ${rounds}: ${figures.seconds.toFixed(2)} s${wrong.has(way) ? ', WRONG' : ''}`)
      } catch (error) {
        wrong.set(way, `it failed: ${said(error)}`)
        tell(`  ${way.name}, ${round} of ${rounds}: FAILED: ${said(error)}`)
      }
    }
  }
  const limit = medianOf(runs.get(ways.find(({ name }) => name === LIMIT)!) ?? [])
  return ways.map((way) => {
    const each = runs.get(way) ?? []
    const median = wrong.has(way) ? undefined : medianOf(each)
    return {
      way: way.name, skipped: way.skip, wrong: wrong.get(way), runs: each, median,
      rowsPerSecond: median && rows / median.seconds, timesLimit: median && limit && median.seconds / limit.seconds,
    }
  })
}

/** Of each figure the one in the middle. */
function medianOf(runs: readonly Figures[]): Figures | undefined {
  if (runs.length === 0) return undefined
  const [seconds, wall, cpu, rss] = (['seconds', 'wall', 'cpu', 'rss'] as const).map((key) => middle(runs.flatMap((run) => run[key] ?? [])))
  return { seconds: seconds ?? 0, wall: wall ?? 0, cpu, rss }
}

function middle(numbers: readonly number[]): number | undefined {
  const sorted = numbers.toSorted((a, b) => a - b)
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}
