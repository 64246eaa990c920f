/** Cases of slowly changing dimensions that another framework was run on: what of them scd2 does, does otherwise, or doesn't. */

export type Cell = string | number | null

export interface Step {
  readonly op: 'ensure' | 'lookup' | 'asof' | 'close'
  readonly row: Readonly<Record<string, Cell>>
  readonly namemapping?: Readonly<Record<string, string>>
  readonly when?: string
  readonly inclusive?: boolean | readonly boolean[]
}

interface Rows { readonly cols: readonly string[], readonly rows: readonly (readonly Cell[])[] }

export interface Case {
  readonly id: string
  readonly title: string
  readonly initial: Rows
  readonly config: { readonly lookupatts: readonly string[], readonly type1atts?: readonly (string | readonly unknown[])[], readonly srcdateatt?: string, readonly cachesize?: number }
  readonly steps: readonly Step[]
  readonly step_results: readonly { readonly key?: number | null, readonly error?: string }[]
  readonly expected: Rows
  readonly constructor_error?: string
}

/** A version: its number, name, age, city, begin and end. New ones are numbered in the order of their keys. */
export type Version = readonly [id: number, name: Cell, age: Cell, city: Cell, from: Cell, to: Cell]

const FIRST = '1000-01-01'

/** Where scd2 comes to other rows, and the heading in docs/decisions/versions-compared.md that says why. */
export const otherwise: Readonly<Record<string, { readonly heading: string, readonly rows: (expected: readonly Version[]) => readonly Version[] }>> = {
  S12: { heading: 'A correction goes to every version', rows: (rows) => rows.map(correctsAnn) },
  S13: { heading: 'A correction goes to every version', rows: (rows) => rows.map(correctsAnn) },
  S15: { heading: 'A first version begins in the year 1000', rows: (rows) => rows.map(beginsFirst) },
  D08: { heading: 'A first version begins in the year 1000', rows: (rows) => rows.map(beginsFirst) },
  D01: { heading: 'A later time alone is no change', rows: (rows) => rows.filter(([id]) => id < 5).map((row) => row[0] === 3 ? stillCurrent(row) : row) },
  D04: { heading: 'A change at the very begin of a version corrects it', rows: (rows) => rows.filter(([id]) => id !== 5).map(([id, ...rest]) => [Math.min(id, 5), ...rest]) },
  D15: { heading: 'A first version begins in the year 1000', rows: (rows) => rows.map(beginsFirst) },
  D16: { heading: 'NULL is one member', rows: (rows) => rows.filter(([id]) => id < 6).map(beginsFirst) },
  D17: { heading: 'Values have the types of the table', rows: (rows) => rows.filter(([id]) => id < 5).map((row) => row[0] === 2 ? stillCurrent(row) : row) },
}

/** Doris, and the one without a name, are new: all others were there before. */
function beginsFirst([id, name, age, city, from, to]: Version): Version {
  return [id, name, age, city, name === null || name === 'Doris' ? FIRST : from, to]
}

const correctsAnn = ([id, name, age, ...rest]: Version): Version => [id, name, name === 'Ann' ? 21 : age, ...rest]

const stillCurrent = ([id, name, age, city, from]: Version): Version => [id, name, age, city, from, null]

/** Where scd2 refuses the load, with its words. */
export const refused: Readonly<Record<string, { readonly heading: string, readonly error: RegExp }>> = {
  D03: { heading: 'A change from before the current version is refused', error: /before/ },
}

const CLOSING = 'scd2 closes no member: one that left the source keeps its versions'
const NO_TIMES = 'scd2 needs valid_from, valid_to and is_current, and this table lacks some of them'

/** Cases for which scd2 has no words, and why. */
export const unfit: Readonly<Record<string, string>> = {
  S17: CLOSING, S18: CLOSING, S19: CLOSING, D10: CLOSING, D11: CLOSING, D12: CLOSING, D13: CLOSING,
  S20: NO_TIMES, S21: NO_TIMES, S22: NO_TIMES, A01: NO_TIMES, A02: NO_TIMES, A03: NO_TIMES, A04: NO_TIMES,
  S26: 'a first version begins at 1000-01-01, and no option says otherwise',
  S27: 'a first version begins at 1000-01-01, and no option says otherwise',
  D09: 'a first version begins at 1000-01-01, never at NULL',
  S28: 'a current version ends at NULL, and no option says otherwise',
  S29: "keys are the engine's: no function gives them",
}

/** Steps that ask for intervals with other ends: scd2's are half-open, [valid_from, valid_to). */
export const isHalfOpen = ({ op, inclusive }: Step): boolean => op !== 'asof' || (Array.isArray(inclusive) && inclusive[0] === true && inclusive[1] === false)
