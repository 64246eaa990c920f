/** Lines to the source and to the warehouse that are cut: reset, closed or silent, after any byte, either way. */

import { oneOf } from '../chance.ts'
import type { Chance } from '../chance.ts'
import type { FailPoint } from '../job.ts'
import { lineTo } from '../line.ts'
import type { Cut, Line, Way } from '../line.ts'
import { isAt } from '../ordeal.ts'
import type { Strike, Trouble } from '../ordeal.ts'
import { anyPoint, steps } from '../plan.ts'

/** A silent line is found out after a second; what is only slow on a busy machine is not. */
const IMPATIENT = { connectSeconds: 2, idleSeconds: 1 }
/** Bytes after a step within which a cut is likely to hit what it leads to. */
const NEAR = 700
/** Behind these steps a source is read. */
const READING = ['reconciled', 'reserved', 'cleared', 'extracting']

export interface Ends {
  readonly source: string
  /** Undefined where no line leads to the warehouse: it is a file. */
  readonly warehouse: string | undefined
  readonly file: string
}

export async function streamTrouble({ source, warehouse, file }: Ends): Promise<Trouble> {
  const from = await lineTo(source)
  const to = warehouse === undefined ? undefined : await lineTo(warehouse)
  const lines: readonly [Line, ...Line[]] = to === undefined ? [from] : [to, to, from]
  /** What a load usually sends and gets, measured while nothing was cut. */
  const usual = new Map<Line, Record<Way, number>>()
  let calms = 0

  function next(chance: Chance): Strike {
    const line = oneOf(chance, lines)
    const way = oneOf<Way>(chance, ['up', 'down'])
    // A line that is silent costs a second: fewer of them.
    const how = oneOf(chance, ['reset', 'closed', 'reset', 'closed', 'silent'] satisfies [Cut['how'], ...Cut['how'][]])
    const outage = chance() < 0.15 ? 50 + Math.floor(chance() * 400) : undefined
    const whole = chance() < 0.4
    const at: FailPoint | undefined = chance() < 0.5 ? anyPoint(chance, line === from ? READING : steps) : undefined
    const far = usual.get(line)?.[way] ?? NEAR
    const bytes = Math.floor(chance() * (at === undefined ? far : NEAR))
    const cut = { way, bytes, how, whole, ...outage !== undefined && { outage } }
    let isArmed = false
    const arm = (): void => {
      // A step can come twice: where the session of a publish was lost, another one begins again.
      if (!isArmed) line.arm(cut)
      isArmed = true
    }
    return {
      kind: `${line === from ? 'source' : 'warehouse'} ${way} ${how}`,
      words: `the line to the ${line === from ? 'source' : 'warehouse'} ${how} ${way} after ${bytes} bytes${whole ? ' and their message' : ''}`
        + `${at === undefined ? '' : ` from ${at.step} ${at.etl ?? ''} on`}${outage === undefined ? '' : `, and all others for ${outage} ms`}`,
      ...how === 'silent' && { deadlines: IMPATIENT },
      arm() { if (at === undefined) arm() },
      atStep: (point) => { if (at !== undefined && isAt(point, at)) arm() },
      end: async () => line.heal(),
    }
  }

  return {
    source: from.url, warehouse: to?.url ?? file, next,
    calm() {
      for (const line of [from, to]) line?.heal()
      calms += 1
      // The first load makes more tables; and what comes later would depend on how long things take.
      return () => { if (calms === 2) for (const line of lines) usual.set(line, { ...line.passed }) }
    },
    async close() {
      await from.close()
      await to?.close()
    },
  }
}
