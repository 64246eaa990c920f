import type { ValueType } from '../db/value-type.ts'

/** Where a member's first version begins, so that facts older than the first load find their member. */
export const FIRST = '1000-01-01 00:00:00'

/** An instant as a column of this type can hold it, always as a full instant: digits that it has no place for are cut. */
export function heldBy(type: ValueType, instant: string): string {
  if (type.kind === 'date') return `${instant.slice(0, 10)} 00:00:00`
  const precision = type.kind === 'timestamp' ? type.precision : 6
  const digits = instant.slice(20, 20 + precision)
  return digits === '' ? instant.slice(0, 19) : `${instant.slice(0, 19)}.${digits}`
}
