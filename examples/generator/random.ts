/** A small generator of numbers that gives the same ones at every run, on every machine. */
export interface Random {
  /** A whole number from `low` through `high`. */
  int(low: number, high: number): number
  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean
  /** One of the list. */
  pick<T>(list: readonly T[]): T
}

/** Mulberry32, seeded with a text, so that each table has its own sequence and none disturbs another. */
export function random(seed: string): Random {
  let state = 2166136261
  for (const char of seed) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 16777619)

  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  return {
    int,
    chance: (percent) => next() * 100 < percent,
    pick<T>(list: readonly T[]): T {
      const [picked] = list.slice(int(0, list.length - 1))
      if (picked === undefined) throw new Error('nothing to pick from')
      return picked
    },
  }
}

/** A list of the whole numbers 1 through `count`. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

/** Cents as a decimal text: -1999 is '-19.99'. Money never passes through a floating-point number. */
export function money(amount: number): string {
  const digits = String(Math.abs(amount)).padStart(3, '0')
  return `${amount < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** The cents of a decimal text with two places: '-19.99' is -1999. */
export function cents(decimal: string): number {
  return Number(decimal.replace('.', ''))
}

/** An instant as SQL writes it, in UTC: '2014-03-09 07:00:00'. */
export function instant(at: number): string {
  return new Date(at * 1000).toISOString().slice(0, 19).replace('T', ' ')
}

/** The seconds since 1970 of an instant as SQL writes it, in UTC. */
export function seconds(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}Z`) / 1000
}
