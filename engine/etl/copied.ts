import type { Dialect } from '../db/dialect.ts'
import type { FlowColumn } from '../db/flow.ts'
import { holds } from '../db/holds.ts'
import { typeWords } from '../db/check.ts'
import type { FittedColumn } from './load.ts'

/** Why the values of these columns have to be looked at one by one; undefined where the table's columns hold whatever comes. */
export function whyLookedAt(columns: readonly FlowColumn[], into: readonly FittedColumn[]): string | undefined {
  for (const { name, from = name, type } of into) {
    const given = columns.find((column) => column.name === from)
    if (given !== undefined && !holds(type, given.type)) return `column ${from} is ${typeWords(given.type)} at the source, and not all that can be in it goes into ${typeWords(type)}`
  }
  return undefined
}

/** A column of a query's row `s` as a statement copies it. */
export const copied = (dialect: Dialect, { name, from = name, type }: FittedColumn): string => dialect.guarded(`s.${dialect.quote(from)}`, type)
