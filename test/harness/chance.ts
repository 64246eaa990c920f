/** Chance that can be had again: everything that a round draws follows from its seed. */

export type Chance = () => number

/** Numbers from 0 (included) to 1 (not included), the same for the same seed (mulberry32). */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6D2B79F5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A number from 0 to `below - 1` that follows from the others alone. */
export function mixed(below: number, ...numbers: readonly number[]): number {
  let hash = 0x811C9DC5
  for (const number of numbers) hash = Math.imul(hash ^ (number & 0xFFFF) ^ (number >>> 16), 0x01000193) ^ (hash >>> 13)
  return Math.floor(chanceOf(hash)() * below)
}

/** One of several, each as likely as the others. */
export function oneOf<T>(chance: Chance, items: readonly [T, ...T[]]): T {
  return items[Math.floor(chance() * items.length)] ?? items[0]
}

export function shuffled<T>(chance: Chance, items: readonly T[]): T[] {
  return items.map((item) => ({ item, at: chance() })).toSorted((a, b) => a.at - b.at).map(({ item }) => item)
}
