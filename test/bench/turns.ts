/** Each way in its turn, several times over, so that a noisy machine hurts all alike; and what came of it. */

import { said } from '../helpers/servers/machine.ts'
import type { Case, Ready, Sizes, Way } from './case.ts'
import { exponentOf, lineOf, medianOf } from './fit.ts'
import type { Figures } from './measure.ts'
import type { Scene } from './scene.ts'

/** What came of one way. */
export interface Outcome {
  readonly way: string
  readonly rows: number
  /** Why it can't be measured here. */
  readonly skipped?: string | undefined
  /** That it failed, or what is wrong with what it made: then its figures count for nothing. */
  readonly wrong?: string | undefined
  /** Of each run, in turn. */
  readonly runs: readonly Figures[]
  readonly median?: Figures | undefined
  readonly rowsPerSecond?: number | undefined
  /** Its seconds by those of the first way of its size. */
  readonly timesFirst?: number | undefined
  /** Its seconds by those of another way that says more of it than the first. */
  readonly beside?: { readonly way: string, readonly times: number } | undefined
}

export interface Growth {
  readonly group: string
  /** 1 is in proportion, 2 is with the square; less than 1 where what every run takes outweighs the small sizes. */
  readonly exponent: number
  /** Seconds that every run takes. */
  readonly fixed: number
  /** Seconds that each row takes besides. */
  readonly each: number
}

export interface CaseOutcome {
  readonly name: string
  readonly about: string
  readonly rows: number
  readonly ways: readonly Outcome[]
  /** How the time of each group grows with the rows. */
  readonly growth: readonly Growth[]
}

/** Makes the case's data, runs its ways in turn, checks what each has made, and takes everything away. */
export async function measureCase(
  { name, about, open }: Case, scene: Scene, sizes: Sizes, rounds: number, tell: (line: string) => void, isWanted: (way: Way) => boolean = () => true,
): Promise<CaseOutcome> {
  tell(`${name}: making its data`)
  try {
    const { ways: all, ...rest } = await open(scene, sizes)
    const ready = { ...rest, ways: all.filter(isWanted) }
    const ways = await takeTurns(ready, rounds, tell)
    return { name, about, rows: ready.rows, ways, growth: growthOf(ready.ways, ways) }
  } finally {
    await scene.clear()
  }
}

/** Runs the ways of a case in turn. One that fails, or makes something else than it must, does not run again. */
export async function takeTurns({ ways, expected, rows }: Ready, rounds: number, tell: (line: string) => void): Promise<Outcome[]> {
  const runs = new Map<Way, Figures[]>(ways.map((way) => [way, []]))
  const wrong = new Map<Way, string>()
  for (let round = 1; round <= rounds; round += 1) {
    for (const way of ways.filter((each) => each.skip === undefined && !wrong.has(each))) {
      try {
        const figures = await once(way, expected)
        runs.get(way)?.push(figures)
        tell(`  ${way.name}, ${round} of ${rounds}: ${figures.seconds.toFixed(2)} s`)
      } catch (error) {
        wrong.set(way, said(error))
        tell(`  ${way.name}, ${round} of ${rounds}: WRONG: ${said(error)}`)
      }
    }
  }
  const medians = new Map(ways.map((way) => [way, wrong.has(way) ? undefined : medianOf(runs.get(way) ?? [])]))
  return ways.map((way) => {
    const median = medians.get(way)
    const alike = ways.filter((each) => each.rows === way.rows)
    const first = alike.length > 1 ? medians.get(alike[0]!) : undefined
    const own = way.rows ?? rows
    const other = ways.find(({ name }) => name === way.beside)
    const besides = other && medians.get(other)
    return {
      way: way.name, rows: own, skipped: way.skip, wrong: wrong.get(way), runs: runs.get(way) ?? [], median,
      rowsPerSecond: median && own > 0 ? own / median.seconds : undefined, timesFirst: median && first && median.seconds / first.seconds,
      beside: median && other && besides && { way: other.name, times: median.seconds / besides.seconds },
    }
  })
}

async function once(way: Way, expectedOfCase: () => Promise<string>): Promise<Figures> {
  await way.prepare?.()
  const figures = await way.run()
  const [result, expected] = [await way.result(), await (way.expected ?? expectedOfCase)()]
  if (result !== expected) throw new Error(`it made ${result}, which must be ${expected}`)
  return figures
}

function growthOf(ways: readonly Way[], outcomes: readonly Outcome[]): Growth[] {
  const groups = [...new Set(ways.flatMap(({ group }) => group ?? []))]
  return groups.flatMap((group) => {
    const points = outcomes.filter((_, at) => ways[at]?.group === group).flatMap(({ rows, median }) => median === undefined ? [] : [[rows, median.seconds] as const])
    return points.length < 2 ? [] : [{ group, exponent: exponentOf(points), ...lineOf(points) }]
  })
}
