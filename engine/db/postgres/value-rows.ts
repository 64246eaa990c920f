import type { Row } from '../flow.ts'
import type { Gathering } from './gathering.ts'
import type { Decode } from './types.ts'
import type { RawRow } from './wire.ts'

/** Rows as values. */
export class ValueRows implements Gathering<readonly Row[]> {
  came = 0
  bytes = 0
  readonly #decoders: readonly Decode[]
  #rows: RawRow[] = []

  constructor(decoders: readonly Decode[]) {
    this.#decoders = decoders
  }

  add(row: RawRow): void {
    this.#rows.push(row)
    this.came += 1
    for (const value of row) this.bytes += value?.length ?? 1
  }

  take(): readonly Row[] {
    const rows = this.#rows
    this.#rows = []
    return rows.map((row) => this.#decoded(row))
  }

  #decoded(raw: RawRow): Row {
    return this.#decoders.map((decode, at) => {
      const text = raw[at] ?? null
      return text === null ? null : decode(text)
    })
  }
}
