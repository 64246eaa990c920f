/** What became of an ordeal: how often it struck, and what was seen. */

export interface Figures {
  /** Loads that were struck: killed, cut, fenced, … */
  strikes: number
  /** Of them by chance: from outside, or a moment after a step. */
  chance: number
  /** Loads that were to be struck, and were faster. */
  missed: number
  successes: number
  polls: number
  hangs: number
  /** Milliseconds of the longest load that was struck. */
  slowest: number
  /** How many were struck so: the last step of who died, or the kind of fault. */
  readonly at: Map<string, number>
  /** How many of them by each way of the rows. */
  readonly by: Map<string, number>
  readonly violations: string[]
}

export const noFigures = (): Figures =>
  ({ strikes: 0, chance: 0, missed: 0, successes: 0, polls: 0, hangs: 0, slowest: 0, at: new Map(), by: new Map(), violations: [] })

/** More than this many violations say nothing new. */
export const ENOUGH = 10

export function countAt({ at }: Figures, key: string): void {
  at.set(key, (at.get(key) ?? 0) + 1)
}

export function addFigures(total: Figures, figures: Figures): void {
  for (const name of ['strikes', 'chance', 'missed', 'successes', 'polls', 'hangs'] as const) total[name] += figures[name]
  total.slowest = Math.max(total.slowest, figures.slowest)
  for (const what of ['at', 'by'] as const) for (const [key, times] of figures[what]) total[what].set(key, (total[what].get(key) ?? 0) + times)
  total.violations.push(...figures.violations)
}

/** One line for people. */
export function figuresWords(word: string, { strikes, chance, missed, successes, polls, hangs, slowest, violations }: Figures): string {
  const ways = [...chance > 0 ? [`${chance} by chance`] : [], ...missed > 0 ? [`${missed} came too late`] : []]
  return `${strikes} ${word}${ways.length > 0 ? ` (${ways.join('; ')})` : ''}, ${successes} loads, ${polls} readings, ${violations.length} violations, ${hangs} hangs`
    + (slowest > 0 ? `; the slowest ended after ${(slowest / 1000).toFixed(1)} s` : '')
}
