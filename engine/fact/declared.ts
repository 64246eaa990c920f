import { columnNames, keyTypeProblem, nameProblem, sourceProblems, unsignedProblem, volumeProblems } from '../dimension/declared.ts'
import { dateKeyIn } from '../dimension/zone.ts'
import { messageOf } from '../errors.ts'
import { plural } from '../plural.ts'
import { badRowProblems } from '../etl/bad-rows.ts'
import type { NeededColumn } from '../etl/etl.ts'
import type { TableDefinition } from '../sql/create.ts'
import { spellingProblems } from '../sql/spelling.ts'
import { byOf, FACT_KEYS, KEY_COLUMN_KEYS } from './fact.ts'
import type { DeclaredFact, DeclaredKey } from './fact.ts'

const ON_MISSING = ['unknown', 'reject', 'fail']

/** What is wrong with the names in a fact's declaration, as far as the compiler has not seen it. */
export const factSpelling = (spec: Partial<DeclaredFact>): string[] => [
  ...spellingProblems(spec, FACT_KEYS),
  ...Object.entries(spec.keys ?? {}).flatMap(([name, key]) => spellingProblems(key, KEY_COLUMN_KEYS).map((text) => `${name}: ${text}`)),
]

/** What is wrong with a fact's declaration, a sentence each. */
export function factProblems(declared: DeclaredFact, definition: TableDefinition): string[] {
  const { keys, total, adds = [] } = declared
  const columns = columnNames(definition)
  const { table } = definition
  return [
    ...Object.keys(keys).flatMap((name) => nameProblem('keys', name, columns, table)),
    ...Object.keys(keys).flatMap((name) => keyTypeProblem(name, definition)),
    ...Object.entries(keys).flatMap(([name, { onMissing = 'unknown' }]) => onMissing === 'unknown' ? unsignedProblem(name, definition) : []),
    ...Object.entries(keys).flatMap(([name, key]) => keyProblems(name, key)),
    ...total === undefined ? [] : nameProblem('total', total, columns.filter((name) => !Object.hasOwn(keys, name)), `${table} that holds a measure`),
    ...volumeProblems(declared),
    ...badRowProblems(declared),
    ...adds.length > 0 && !('transform' in declared) ? ['adds names columns that a transform adds, and there is no transform'] : [],
    ...sourceProblems(declared, factNeeds(declared, definition), table),
  ]
}

/** The columns that the source must bring: those that the table takes by name, and those that are looked up. */
export function factNeeds({ keys }: DeclaredFact, definition: TableDefinition): NeededColumn[] {
  const stored = columnNames(definition).filter((name) => !Object.hasOwn(keys, name)).map((name) => ({ name, into: name }))
  const looked = Object.values(keys).flatMap((key) => [...byOf(key), ...key.asOf === undefined ? [] : [key.asOf]])
  const extra = [...new Set(looked)].filter((name) => !stored.some((column) => column.name === name))
  return [...stored, ...extra.map((name) => ({ name }))]
}

function keyProblems(name: string, key: DeclaredKey): string[] {
  const { of, asOf, zone, earliest, onMissing = 'unknown' } = key
  const options: readonly string[] = of.options
  const unasked = Object.entries({ asOf, zone, earliest }).filter(([option, value]) => value !== undefined && !options.includes(option))
  return [
    ...byOf(key).length === of.lookup.length ? [] : [`${name}: by names ${plural(byOf(key).length, 'column')}, and the lookup has ${of.lookup.length} (${of.lookup.join(', ')})`],
    ...unasked.map(([option]) => `${name}: ${option} says nothing to a dimension of the kind ${of.kind}`),
    ...ON_MISSING.includes(onMissing) ? [] : [`${name}: onMissing is '${onMissing}', and it can be ${ON_MISSING.join(', ')}`],
    ...zone === undefined && earliest === undefined ? [] : zoneProblem(zone, earliest).map((problem) => `${name}: ${problem}`),
  ]
}

function zoneProblem(zone = 'UTC', earliest?: string): string[] {
  try {
    dateKeyIn(zone, earliest === undefined ? {} : { earliest })
    return []
  } catch (error) {
    return [messageOf(error)]
  }
}
