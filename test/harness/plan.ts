/** How loaders are to die: every fail point once, and then by chance. */

import { oneOf, shuffled } from './chance.ts'
import type { Chance } from './chance.ts'
import { etlSteps, publishSteps, refreshSteps } from './job.ts'
import type { Death, FailPoint } from './job.ts'

const etls = ['shop', 'item', 'sale'] as const

export const steps: readonly string[] = [...etlSteps, ...publishSteps, ...refreshSteps]

/** Any fail point, of any ETL where it comes for each of them. */
export function anyPoint(chance: Chance, among: readonly string[] = steps): FailPoint {
  const step = among[Math.floor(chance() * among.length)] ?? 'opened'
  return (etlSteps as readonly string[]).includes(step) ? { step, etl: oneOf(chance, etls) } : { step }
}

export interface Plan {
  /** The next death; `milliseconds` is how long a load usually takes. */
  next(milliseconds: number): Death
  /** Says at which step a loader died for good, so that it isn't tried again until then. */
  died(step: string): void
  /** The steps at which nobody died yet. */
  left(): readonly string[]
}

/** Most deaths by chance come from outside, at any moment; others a moment after a step, while the next one is under way. */
export function planOf(chance: Chance): Plan {
  const missing = new Set(shuffled(chance, steps))
  const point = (step: string): FailPoint => anyPoint(chance, [step])
  let turn = 0
  return {
    next(milliseconds) {
      turn += 1
      const [first] = missing
      // A step that did not come waits for its next turn.
      if (first !== undefined && turn % 3 > 0) {
        missing.delete(first)
        missing.add(first)
        return { at: point(first) }
      }
      const kind = chance()
      if (kind < 0.5) return { outside: Math.round(chance() * milliseconds * 1.1) }
      return kind < 0.7 ? { at: anyPoint(chance) } : { at: anyPoint(chance), later: Math.round(chance() * 15) }
    },
    died: (step) => { missing.delete(step) },
    left: () => [...missing],
  }
}
