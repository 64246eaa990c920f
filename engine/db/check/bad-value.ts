import type { Value, ValueType } from '../value-type.ts'
import { typeWords } from './type-words.ts'

/** Characters of a value that a message shows. */
const SHOWN = 60

/**
 * A value that can't go to its column without being changed.
 *
 * It knows neither table nor row: whoever catches it says where, in an error of its own.
 */
export class BadValue extends Error {
  /** Such as `300 does not fit an integer from -128 to 127`. */
  readonly reason: string

  constructor(reason: string) {
    super(reason)
    this.name = 'BadValue'
    this.reason = reason
  }
}

/** Throws: the value, the type in words, and why where that can't be seen from the two. */
export function refuse(value: Value, type: ValueType, why?: string): never {
  const reason = `${shown(value)} does not fit ${typeWords(type)}`
  throw new BadValue(why === undefined ? reason : `${reason}: ${why}`)
}

/** NULL where the column allows it. */
export function orNull(nullable: boolean): null {
  if (nullable) return null
  throw new BadValue('NULL in a column that allows none')
}

/** Anything but bytes, NULL and what slipped past the types: a driver's Date, or a method that a transform forgot to call. */
export function isScalar(value: Value): value is number | bigint | string | boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value)
}

/** A value as a message shows it: texts quoted, escaped and cut. */
function shown(value: Value): string {
  if (value === null) return 'NULL'
  if (value instanceof Uint8Array) return `A value of ${value.length} bytes`
  if (typeof value === 'object' || typeof value === 'function') return `A value that is ${Array.isArray(value) ? 'an array' : typeof value === 'function' ? 'a function' : 'an object'}`
  if (typeof value !== 'string') return String(value)
  const cut = value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value
  return `'${JSON.stringify(cut).slice(1, -1)}'`
}
