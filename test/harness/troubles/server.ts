/** A server of one's own that is killed (SIGKILL) while a load is under way, and started again on the same folder and port. */

import { setTimeout as pause } from 'node:timers/promises'
import type { OwnServer } from '../../helpers/servers/own.ts'
import { until } from '../../helpers/servers/machine.ts'
import type { Chance } from '../chance.ts'
import { pointWords } from '../job.ts'
import { isAt } from '../ordeal.ts'
import type { Strike, Trouble } from '../ordeal.ts'
import { planOf } from '../plan.ts'
import type { Scene } from '../scene.ts'

const START_MS = 60_000

/** Kills at every fail point first, then at any moment; what is under way on the server dies half-way. */
export function serverTrouble(server: OwnServer, { chance: drawn, milliseconds, options: { url } }: Scene): Trouble {
  const plan = planOf(drawn)

  function next(chance: Chance): Strike {
    const death = plan.next(milliseconds)
    const down = chance() < 0.5 ? 0 : Math.floor(chance() * 300)
    let dead: Promise<void> | undefined
    let timer: NodeJS.Timeout | undefined
    const kill = (): void => { dead ??= downFor(server, down) }
    return {
      kind: 'outside' in death ? 'at any moment' : death.later === undefined ? death.at.step : `a moment after ${death.at.step}`,
      words: `the server killed ${'outside' in death ? `after ${death.outside} ms` : `at ${pointWords(death.at)} + ${death.later ?? 0} ms`}, down for ${down} ms`,
      arm() { if ('outside' in death) timer = setTimeout(kill, death.outside) },
      atStep(point) {
        if ('outside' in death || !isAt(point, death.at) || timer !== undefined) return
        timer = setTimeout(kill, death.later ?? 0)
        if (death.later === undefined) kill()
      },
      async end() {
        clearTimeout(timer)
        await dead
        if (dead !== undefined && 'at' in death && death.later === undefined) plan.died(death.at.step)
        return dead !== undefined
      },
    }
  }

  return { warehouse: url, next, close: () => server.stop() }
}

async function downFor(server: OwnServer, milliseconds: number): Promise<void> {
  await server.kill('SIGKILL')
  await pause(milliseconds)
  // Those whom the server has left behind may hold its memory for a moment.
  await until('the server is back', () => server.restart().then(() => true, () => undefined), START_MS)
}
