import type { FieldKind } from './byte-batch.ts'
import type { Value } from './value-type.ts'

const MINUS = 45
const ZERO = 48
/** As many digits are a safe integer, whichever they are. */
const SAFE_DIGITS = 15

/** Fields whose text is the value. */
export const TEXT_FIELD: FieldKind = { isText: true, decode: (bytes, begin, end) => bytes.toString('utf8', begin, end) }

/** Whole numbers in digits. */
export const INTEGER_FIELD: FieldKind = { isText: true, decode: integerAt }

function integerAt(bytes: Buffer, begin: number, end: number): Value {
  if (end - begin > SAFE_DIGITS) return integerOf(bytes.toString('latin1', begin, end))
  const isNegative = bytes[begin] === MINUS
  let number = 0
  for (let at = isNegative ? begin + 1 : begin; at < end; at += 1) number = number * 10 + bytes[at]! - ZERO
  return isNegative && number !== 0 ? -number : number
}

/** A number where it is a safe one, else a bigint. */
export function integerOf(digits: string): number | bigint {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : BigInt(digits)
}
