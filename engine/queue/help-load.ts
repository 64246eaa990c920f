import { messageOf } from '../errors.ts'
import { takeRanges } from '../etl/take-ranges.ts'
import { findEntry, labelOf } from '../etl/registry.ts'
import { goesOn } from './failures.ts'
import type { RangeMessage } from './message.ts'
import type { Room } from './room.ts'

/**
 * Takes ranges of a load that is another worker's, as long as there are any that nobody has. Whatever goes wrong here is no
 * failure of the load: a range that is left, its run loads itself, and finds out what is wrong with it.
 */
export async function helpLoad({ type, name, refresh, run }: RangeMessage, room: Room): Promise<{ ranges: number }> {
  const { config, warehouse, worker, log, signal } = room
  try {
    const ranges = await takeRanges(findEntry(config, type, name), {
      config, warehouse, worker, log, signal, source: (from) => room.source(from), refresh: { id: refresh, startedAt: '' }, adopt: false,
      on(happening) { if (happening.what === 'step') room.step?.(happening.step) },
    }, run)
    return { ranges }
  } catch (error) {
    // The job is another worker's by now, or is to be.
    if (goesOn(signal)) throw error
    log.warn(`Left ranges of ${labelOf({ type, name })} to their run: ${messageOf(error)}`, { event: 'ranges-left', type, name, refresh, run })
    return { ranges: 0 }
  }
}
