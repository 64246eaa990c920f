/**
 * The typed boundary: every value that goes to a table passes one of these checkers.
 *
 * Databases change what doesn't fit (LOAD DATA rounds, cuts and invents dates); here nothing is ever changed silently.
 */

import type { Value, ValueType } from './value-type.ts'
import { orNull, refuse } from './check/bad-value.ts'
import { booleanChecker, decimalChecker, floatChecker, integerChecker } from './check/numbers.ts'
import { binaryChecker, enumChecker, jsonChecker, textChecker, uuidChecker } from './check/texts.ts'
import { dateChecker, timeChecker, timestampChecker } from './check/times.ts'

export { BadValue } from './check/bad-value.ts'
export { typeWords } from './check/type-words.ts'

/**
 * Makes the function that holds one value against the declared type of the column it goes to.
 *
 * It returns the value in its canonical form (value-type.ts): the same value always comes out the same.
 *
 * @throws {BadValue} from the returned function: where the column can't hold the value exactly, and for NULL where
 *   `nullable` is false. Table, column and row are added by the caller.
 * @example
 * const check = checker({ kind: 'integer', min: 0n, max: 255n }, { nullable: false })
 * check('007')   // 7
 * check(300)     // throws: 300 does not fit an integer from 0 to 255
 */
export function checker(to: ValueType, options: { readonly nullable: boolean }): (value: Value) => Value {
  const { nullable } = options
  switch (to.kind) {
    case 'integer': return integerChecker(to, nullable)
    case 'decimal': return decimalChecker(to, nullable)
    case 'float': return floatChecker(to, nullable)
    case 'boolean': return booleanChecker(to, nullable)
    case 'text': return textChecker(to, nullable)
    case 'enum': return enumChecker(to, nullable)
    case 'binary': return binaryChecker(to, nullable)
    case 'date': return dateChecker(to, nullable)
    case 'timestamp': return timestampChecker(to, nullable)
    case 'time': return timeChecker(to, nullable)
    case 'json': return jsonChecker(to, nullable)
    case 'uuid': return uuidChecker(to, nullable)
    // null and other: nothing but NULL
    default: return (value) => value === null ? orNull(nullable) : refuse(value, to)
  }
}
