/** Which columns may be copied by a database itself: those of which every value goes into the other column as it is. */

import type { ValueType } from './value-type.ts'

type Of<K extends ValueType['kind']> = Extract<ValueType, { kind: K }>

const BYTES_A_CHARACTER = 4

/**
 * Whether a column of one type holds whatever a column of another may bring, so that nobody needs to look at the values.
 *
 * `fits` asks for less: that there is a way, for values that are checked one by one.
 *
 * @example
 * holds({ kind: 'decimal', precision: 12, scale: 2 }, { kind: 'decimal', precision: 10, scale: 2 })   // true
 * holds({ kind: 'text', length: 40 }, { kind: 'text', length: 60 })                                   // false
 */
export function holds(to: ValueType, from: ValueType): boolean {
  if (from.kind === 'null') return to.kind !== 'other'
  if (to.kind === 'integer' && from.kind === 'integer') return from.min >= to.min && from.max <= to.max
  if (to.kind === 'decimal' && from.kind === 'decimal') return from.scale <= to.scale && from.precision - from.scale <= to.precision - to.scale
  if (to.kind === 'float' && from.kind === 'float') return from.bits === to.bits
  if (to.kind === 'text' && from.kind === 'text') return holdsText(to, from)
  if (to.kind === 'binary' && from.kind === 'binary') return !to.fills && (from.length ?? Infinity) <= (to.length ?? Infinity)
  if (to.kind === 'timestamp' && from.kind === 'timestamp') return from.precision <= to.precision && to.min === undefined && to.max === undefined
  return to.kind === from.kind && ['boolean', 'date', 'uuid'].includes(to.kind)
}

function holdsText(to: Of<'text'>, from: Of<'text'>): boolean {
  if (from.untyped || to.trims || (to.noNul && !from.noNul)) return false
  const characters = Math.min(from.length ?? Infinity, from.bytes ?? Infinity)
  const bytes = Math.min((from.length ?? Infinity) * BYTES_A_CHARACTER, from.bytes ?? Infinity)
  return characters <= (to.length ?? Infinity) && bytes <= (to.bytes ?? Infinity)
}
