/** Several members, or versions of one time, that one lookup names: nobody can tell which of them counts. */
export interface Doubled {
  readonly keys: readonly [number, number]
}

/** A version of a member: it holds from one instant on, and until another where it isn't current. Texts that sort as their instants do. */
export interface Version {
  readonly from: string
  readonly to: string | undefined
  readonly key: number
}

/** Refreshes open many versions at one instant: so many of the newest texts are held once only. */
const TEXTS_KEPT = 10_000

/**
 * The versions of many members in a few lists: a million of them are no million objects. They are added in any order,
 * then sorted once, and found by halves.
 *
 * @example
 * const histories = new Histories()
 * const member = histories.open()
 * histories.add(member, { from: '2020-01-01 00:00:00.000000', to: undefined, key: 7 })
 * histories.sort()
 * histories.at(member, '2024-05-05 12:00:00.000000')   // 7
 */
export class Histories {
  readonly #owners: number[] = []
  readonly #froms: string[] = []
  readonly #tos: (string | undefined)[] = []
  readonly #keys: number[] = []
  readonly #texts = new Map<string, string>()
  #members = 0
  /** Where a member's versions begin in `#order`, and behind the last one. */
  #starts = new Int32Array(0)
  #order = new Int32Array(0)

  /** Another member, by the number that it gets. */
  open(): number {
    this.#members += 1
    return this.#members - 1
  }

  add(member: number, { from, to, key }: Version): void {
    this.#owners.push(member)
    this.#froms.push(this.#once(from))
    this.#tos.push(to === undefined ? undefined : this.#once(to))
    this.#keys.push(key)
  }

  /** To be called when all are there, and before any is looked for. */
  sort(): void {
    const starts = new Int32Array(this.#members + 1)
    for (const owner of this.#owners) starts[owner + 1]! += 1
    for (let i = 0; i < this.#members; i += 1) starts[i + 1]! += starts[i]!
    const order = new Int32Array(this.#owners.length)
    const next = starts.slice()
    for (const [version, owner] of this.#owners.entries()) {
      order[next[owner]!] = version
      next[owner]! += 1
    }
    for (let i = 0; i < this.#members; i += 1) {
      if (starts[i + 1]! - starts[i]! > 1) order.subarray(starts[i], starts[i + 1]).sort((a, b) => (this.#froms[a]! < this.#froms[b]! ? -1 : Number(this.#froms[a]! > this.#froms[b]!)))
    }
    this.#starts = starts
    this.#order = order
    this.#owners.length = 0
    this.#texts.clear()
  }

  /** The key of a member's version of that time: of the last that began by then, unless it had ended. Where the one before had not ended either, both are. */
  at(member: number, time: string): number | Doubled | undefined {
    const first = this.#starts[member]!
    let [low, high] = [first, this.#starts[member + 1]!]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#froms[this.#order[middle]!]! <= time) low = middle + 1
      else high = middle
    }
    const version = this.#validAt(low - 1, first, time)
    if (version === undefined) return undefined
    const before = this.#validAt(low - 2, first, time)
    return before === undefined ? version : { keys: [before, version] }
  }

  #validAt(place: number, first: number, time: string): number | undefined {
    if (place < first) return undefined
    const version = this.#order[place]!
    const to = this.#tos[version]
    return to === undefined || time < to ? this.#keys[version] : undefined
  }

  #once(text: string): string {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    if (this.#texts.size >= TEXTS_KEPT) this.#texts.clear()
    this.#texts.set(text, text)
    return text
  }
}
