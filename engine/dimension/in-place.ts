/** Whether the live table itself is changed, since little does. */

import type { Connection } from '../db/connection.ts'
import type { Counts, Target } from '../etl/etl.ts'
import { BOOKKEEPING } from './dimension.ts'
import { countRewritten } from './match.ts'
import { findsStrangers, moved } from './known.ts'
import { FEW_CHANGE, numbers } from './scene.ts'
import type { Scene } from './scene.ts'

/**
 * Whether staging gets only the rows that change and come. Not where a value that may come once only can go from one member to
 * another: a database looks at each row by itself, where a table that is made anew holds all of them at once. Nor where members
 * whom somebody enters by hand meanwhile could only be found by a look at all of the table for each that changes.
 */
export function goesInPlace(scene: Scene, target: Target, changed: number): boolean {
  const { stage, key, lookup, loaded, keys = [], members = 0, onlyChanged = false, strangers = Infinity } = scene
  const isStill = (name: string): boolean => name === key || lookup.includes(name) || (BOOKKEEPING.some((own) => own === name) && loaded.every((column) => column.name !== name))
  return target.mayChangeInPlace === true && onlyChanged && (changed + strangers) * 100 <= members * FEW_CHANGE
    && findsStrangers(scene, keys) && keys.some((columns) => columns.length === 1 && columns[0] === key)
    && [stage.definition.primaryKey, ...stage.definition.uniques].every((columns) => columns.every(isStill))
}

/** @throws {BusyError} where fewer rows were staged than change: somebody has deleted them by hand since */
export async function refuseMissed(scene: Scene, connection: Connection, staged: number): Promise<void> {
  const { rewritten = 0 } = await numbers(connection, countRewritten(scene))
  if (rewritten !== staged) throw moved(scene, `${rewritten} of its rows were to change, and then ${staged}`)
}

/** What a load says of it. */
export const inPlaceOf = ({ key, lookup, lastKey: above }: Scene, added: number, current?: string): Pick<Counts, 'inPlace'> =>
  ({ inPlace: { key, above, added, lookup, ...current !== undefined && { current } } })
