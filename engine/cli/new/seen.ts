import { BadValue, checker } from '../../db/check.ts'
import type { Value, ValueType } from '../../db/value-type.ts'

/** A type that a text may be of: the word for a create, the type that its values are held against, and how they look. */
interface Candidate {
  readonly word: string
  readonly looks: RegExp
  readonly fits: (text: string) => boolean
}

const integer = (bits: bigint): ValueType => ({ kind: 'integer', min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n })

function candidate(word: string, type: ValueType, looks: RegExp): Candidate {
  const check = checker(type, { nullable: false })
  return {
    word, looks,
    fits(text) {
      try {
        check(text)
        return true
      } catch (error) {
        if (error instanceof BadValue) return false
        throw error
      }
    },
  }
}

/** Digits that begin with a nought are a code, not a number. */
const CANDIDATES: readonly Candidate[] = [
  candidate('INT', integer(32n), /^-?(0|[1-9]\d*)$/),
  candidate('BIGINT', integer(64n), /^-?(0|[1-9]\d*)$/),
  candidate('DATE', { kind: 'date' }, /^\d{4}-\d\d-\d\d$/),
  candidate('TIMESTAMP', { kind: 'timestamp', precision: 6 }, /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d/),
  candidate('BOOLEAN', { kind: 'boolean' }, /^(true|false)$/i),
]

const DECIMAL = /^-?(?<whole>0|[1-9]\d*)(?:\.(?<after>\d+))?$/

/** What the values of one column have been like so far. */
export class Seen {
  /** Characters of the longest one. */
  longest = 0
  hasNull = false
  isEmpty = true
  /** Digits before and after the point, where all values are numbers. */
  digits: { readonly whole: number; readonly after: number } | undefined = { whole: 1, after: 0 }
  #left: readonly Candidate[]

  /** `isUntyped`: the values are texts that may stand for something else. */
  constructor(isUntyped: boolean) {
    this.#left = isUntyped ? CANDIDATES : []
  }

  add(value: Value): void {
    if (value === null) {
      this.hasNull = true
      return
    }
    this.isEmpty = false
    const text = String(value)
    this.longest = Math.max(this.longest, text.length)
    if (this.digits !== undefined) this.#addDigits(text)
    if (this.#left.length > 0) this.#left = this.#left.filter(({ looks, fits }) => looks.test(text) && fits(text))
  }

  /** The narrowest type that every value was of; undefined where they are only texts, or there were none. */
  get word(): string | undefined {
    return this.isEmpty ? undefined : this.#left[0]?.word
  }

  #addDigits(text: string): void {
    const { whole = '', after = '' } = DECIMAL.exec(text)?.groups ?? {}
    this.digits = whole === '' || this.digits === undefined ? undefined
      : { whole: Math.max(this.digits.whole, whole.length), after: Math.max(this.digits.after, after.length) }
  }
}
