import { didYouMean } from './did-you-mean.ts'

/** The keys that an object may have, and those that it must. */
export type Keys<Name extends string = string> = Readonly<Record<Name, 'must' | 'may'>>

/** A sentence for a key that isn't known, with the nearest one, or with all. */
export function unknownKey(key: string, known: readonly string[]): string {
  const near = didYouMean(key, known)
  return `there is no key ${key}; ${near === undefined ? `there are ${known.join(', ')}` : `did you mean ${near}?`}`
}

/** A sentence for each key that isn't known, and for each that lacks and that none of these can have meant. */
export function spellingProblems(given: object, keys: Keys): string[] {
  const known = Object.keys(keys)
  const unknown = Object.keys(given).filter((key) => !known.includes(key))
  const meant = unknown.map((key) => didYouMean(key, known))
  const missing = known.filter((key) => keys[key] === 'must' && (given as Readonly<Record<string, unknown>>)[key] === undefined && !meant.includes(key))
  return [...unknown.map((key) => unknownKey(key, known)), ...missing.map((key) => `${key} is missing`)]
}
