import type { Value } from '../db/value-type.ts'
import { badRowProblems } from '../etl/bad-rows.ts'
import type { BadRowRules } from '../etl/bad-rows.ts'
import type { NeededColumn } from '../etl/etl.ts'
import type { TableDefinition } from '../sql/create.ts'
import { didYouMean } from '../sql/did-you-mean.ts'
import { spellingProblems } from '../sql/spelling.ts'
import type { Keys } from '../sql/spelling.ts'
import type { Source } from '../source/source.ts'
import { UNKNOWN_KEY } from './dimension.ts'

/** A declaration without its compile-time names: what kinds look at when they run. */
export interface Declared extends BadRowRules {
  readonly source: Source<string, unknown>
  readonly key: string
  readonly lookup: readonly string[]
  readonly duplicates?: { readonly keep: 'last'; readonly by: string }
  readonly unknown?: Readonly<Record<string, Value | undefined>>
  readonly minRows?: number
  readonly maxDropPct?: number
  readonly queue?: string
  readonly adds?: readonly string[]
  /** A method, so that a function of a row of any type may stand here. */
  transform?(row: unknown): Readonly<Record<string, unknown>> | null
}

/** A declaration with history, without its compile-time names. */
export interface Historic extends Declared {
  readonly history: readonly string[]
  readonly effectiveFrom?: string
}

/** Columns that a landing has of its own. */
export const LANDING_OWN = ['row_no', 'etl_order', 'etl_effective'] as const

const UNSIGNED = /\b(?:UNSIGNED|ZEROFILL)\b|^U(?:TINY|SMALL|BIG|HUGE)?INT/i
const JSON_TYPE = /^JSONB?\b/i
const INTEGER = /^(?:KEY\b|INTEGER\b|U?(?:TINY|SMALL|MEDIUM|BIG)?INT(?:EGER)?\d?\b)/i

/** The names of the columns that a load fills: all but those that the database computes. */
export function columnNames(definition: TableDefinition): string[] {
  return definition.columns.filter((column) => !column.generated).map((column) => column.name)
}

/** A sentence for a name that isn't among the candidates, with the nearest one; nothing for one that is. */
export function nameProblem(role: string, name: string, candidates: readonly string[] | undefined, place: string): string[] {
  if (candidates === undefined || candidates.includes(name)) return []
  const meant = didYouMean(name, candidates)
  return [`${role} names '${name}', which is no column of ${place}${meant === undefined ? '' : `. Did you mean '${meant}'?`}`]
}

/** What is wrong with the names in a declaration, as far as the compiler has not seen it. */
export const dimensionSpelling = (spec: Pick<Partial<Declared>, 'duplicates'>, keys: Keys): string[] =>
  [...spellingProblems(spec, keys), ...spellingProblems(spec.duplicates ?? DUPLICATES, DUPLICATE_KEYS).map((text) => `duplicates: ${text}`)]

const DUPLICATES = { keep: 'last', by: '' }
const DUPLICATE_KEYS = { keep: 'must', by: 'must' } as const satisfies Keys<keyof typeof DUPLICATES>

/** What is wrong with what every dimension declares. */
export function dimensionProblems(declared: Declared, definition: TableDefinition, filled: readonly string[]): string[] {
  const { key, lookup, unknown = {}, adds = [] } = declared
  const columns = columnNames(definition)
  const table = definition.table
  const lacks = (column: string): boolean => !columns.includes(column)
  return [
    ...nameProblem('key', key, columns, table),
    ...keyTypeProblem(key, definition),
    ...unsignedProblem(key, definition),
    ...lookup.length === 0 ? ['lookup names no column: without one no member can be known again'] : [],
    ...lookup.flatMap((name) => nameProblem('lookup', name, columns, table)),
    ...lookup.filter((name) => columnType(name, definition)?.match(JSON_TYPE)).map((name) => `lookup names '${name}', which is JSON: one document is written in many ways, and nobody tells them apart alike`),
    ...doubled(lookup).map((name) => `lookup names '${name}' twice`),
    ...lookup.filter((name) => filled.includes(name)).map((name) => `lookup names '${name}', which the engine fills`),
    ...Object.keys(unknown).flatMap((name) => nameProblem('unknown', name, columns.filter((column) => !filled.includes(column)), `${table} that a source fills`)),
    ...volumeProblems(declared),
    ...badRowProblems(declared),
    ...adds.length > 0 && !('transform' in declared) ? ['adds names columns that a transform adds, and there is no transform'] : [],
    ...LANDING_OWN.filter((name) => !lacks(name)).map((name) => `the create names a column ${name}, which the engine needs for itself`),
    // A key that was mistyped is one problem, not two
    ...sourceProblems(declared, neededNames(declared, definition, [...filled, ...keysOf(definition)]), table),
  ]
}

/** What a declaration says of how many rows a load must bring. */
type Volume = Pick<Declared, 'minRows' | 'maxDropPct'>

/** `minRows` is a number of rows, and `maxDropPct` a percentage. */
export const volumeProblems = ({ minRows = 0, maxDropPct = 0 }: Volume): string[] => [
  ...Number.isSafeInteger(minRows) && minRows >= 0 ? [] : [`minRows is ${minRows}, which is no number of rows`],
  ...maxDropPct >= 0 && maxDropPct <= 100 ? [] : [`maxDropPct is ${maxDropPct}, and a percentage goes from 0 to 100`],
]

/** The same, for who hands it on: nothing is named that was not declared. */
export const volumeOf = ({ minRows, maxDropPct }: Volume): Volume => ({
  ...minRows === undefined ? {} : { minRows }, ...maxDropPct === undefined ? {} : { maxDropPct },
})

/** A sentence for each column that the source is known not to bring. */
export function sourceProblems({ source, adds = [] }: Pick<Declared, 'source' | 'adds'>, needed: readonly NeededColumn[], table: string): string[] {
  if (source.columns === undefined) return []
  const brought = [...source.columns, ...adds]
  return needed.filter(({ name }) => !brought.includes(name)).map(({ name, into }) => {
    const meant = didYouMean(name, brought)
    const asks = into === undefined ? 'is asked for' : `table ${table} has`
    return `the source brings no column ${name}, which ${asks}${meant === undefined ? '' : `. Did you mean '${meant}'?`}`
  })
}

/** The table's columns that come from the source by name, and what else of the source is looked at. */
export function neededNames(declared: Pick<Declared, 'duplicates'>, definition: TableDefinition, filled: readonly string[], looked: readonly (string | undefined)[] = []): NeededColumn[] {
  const stored = columnNames(definition).filter((name) => !filled.includes(name)).map((name) => ({ name, into: name }))
  const others = [declared.duplicates?.by, ...looked].filter((name) => name !== undefined)
  const extra = [...new Set(others)].filter((name) => !stored.some((column) => column.name === name))
  return [...stored, ...extra.map((name) => ({ name }))]
}

const keysOf = ({ columns }: TableDefinition): string[] => columns.filter(({ type }) => type === 'KEY').map(({ name }) => name)

const columnType = (column: string, { columns }: TableDefinition): string | undefined => columns.find(({ name }) => name === column)?.type

/** A sentence for a key of a type that no key has. */
export function keyTypeProblem(key: string, definition: TableDefinition): string[] {
  const type = columnType(key, definition)
  if (type === undefined || INTEGER.test(type)) return []
  return [`${key} is ${type}, and a key is KEY or an integer`]
}

/** A sentence for a key that can't be the unknown member's. */
export function unsignedProblem(key: string, definition: TableDefinition): string[] {
  const column = definition.columns.find(({ name }) => name === key)
  if (column === undefined || !UNSIGNED.test(column.type)) return []
  return [`${key} is ${column.type}, and the unknown member has the key ${UNKNOWN_KEY}: declare it signed`]
}

const doubled = (names: readonly string[]): string[] => [...new Set(names.filter((name, i) => names.indexOf(name) !== i))]
