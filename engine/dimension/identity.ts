import { BadValue, checker } from '../db/check.ts'
import type { Row } from '../db/flow.ts'
import type { Value, ValueType } from '../db/value-type.ts'

/** What a lookup's values come to: equal for equal members, different for any other. */
export type Identity = number | string | null

/** The value as a member's type has it; undefined where it can't be of that type, so that it is nobody's. */
type Part = (value: Value) => Identity | undefined

/**
 * Makes the function that tells members apart by their lookup, as the dimension's own types compare.
 *
 * 5, '5', 5n, '05' and 5.00 are one member of an integer lookup; texts are equal where every character is; NULL is
 * equal to NULL. `positions` says where a row holds the lookup's values. Undefined: nobody can be called so.
 */
export function identifier(types: readonly ValueType[], positions: readonly number[]): (row: Row) => Identity | undefined {
  const parts = types.map(partOf)
  const [first] = parts
  const [at] = positions
  if (first === undefined || at === undefined) return () => undefined
  if (parts.length === 1) return (row) => first(row[at]!)
  return (row) => {
    let identity = ''
    for (let i = 0; i < parts.length; i += 1) {
      const part = parts[i]!(row[positions[i]!]!)
      if (part === undefined) return undefined
      identity += encoded(part)
    }
    return identity
  }
}

/** No two lists of parts are written alike: a text is led by its length. */
function encoded(part: Identity): string {
  if (part === null) return '-;'
  return typeof part === 'number' ? `${part};` : `${part.length}:${part}`
}

function partOf(type: ValueType): Part {
  const check = checker(type, { nullable: true })
  const slowly = (value: Value): Identity | undefined => {
    try {
      return identityOf(check(value))
    } catch (error) {
      if (error instanceof BadValue) return undefined
      throw error
    }
  }
  if (type.kind === 'integer') return (value) => typeof value === 'number' && Number.isSafeInteger(value) ? value : slowly(wholeNumber(value))
  if (type.kind === 'text') return (value) => typeof value === 'string' ? value : slowly(value)
  return slowly
}

/** Zeros after the point of a whole number say nothing. */
const wholeNumber = (value: Value): Value => typeof value === 'string' ? value.replace(/\.0+$/, '') : value

function identityOf(value: Value): Identity {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'bigint') return String(value)
  // -0 and 0 are one key of a Map; NaN is no value.
  if (typeof value === 'number' || typeof value === 'string' || value === null) return value
  return Buffer.from(value).toString('latin1')
}
