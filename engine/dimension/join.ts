/** How a statement finds members where the rows of a fact stay in the server: the same members as in memory (lookup.ts). */

import type { Dialect } from '../db/dialect.ts'
import type { ValueType } from '../db/value-type.ts'
import { declaredColumns } from '../etl/extract.ts'
import type { Create } from '../sql/define-create.ts'
import type { TableDefinition } from '../sql/create.ts'
import { UNKNOWN_KEY } from './dimension.ts'
import type { Join, JoinRequest } from './dimension.ts'
import { daySql, keyOfDay } from './day-sql.ts'

/** What is needed to join a dimension's members. */
interface Joined {
  readonly key: string
  readonly lookup: readonly string[]
  readonly create: Create
  /** It keeps history: one member has several versions. */
  readonly versions: boolean
}

/** The join of a dimension by its lookup; or why its members have to be looked up in memory. */
export function joinOf({ key, lookup, create, versions }: Joined, { dialect, alias, by, asOf }: JoinRequest): Join | string {
  const definition = create.definition(dialect.name)
  const columns = declaredColumns(definition, dialect)
  const quote = (name: string): string => `${alias}.${dialect.quote(name)}`
  const isOfThen = versions && asOf !== undefined
  const tied: string[] = []
  const filled: string[] = []
  for (const [i, name] of lookup.entries()) {
    const { type, nullable = true } = columns.find((column) => column.name === name) ?? {}
    const given = by[i]
    if (type === undefined || given === undefined || type.kind !== given.type.kind || !dialect.joins(type)) return `${definition.table} is looked up by ${name}, on which no join is exact and quick`
    // Where it is NULL after all `doubledSql` says so.
    if (!nullable) filled.push(name)
    // Nothing is converted: then the database knows how many will be found, and that it is one at most.
    tied.push(!nullable && type.kind === 'integer' ? `${quote(name)} = ${given.sql}` : dialect.same(quote(name), given.sql, type, !nullable))
  }
  if (dialect.joinsByIndex && !hasIndex(definition, lookup)) return `${definition.table} has no index over ${lookup.join(', ')}`
  const on = [...tied, ...isOfThen ? [`${asOf.sql} >= ${quote('valid_from')}`, `(${quote('valid_to')} IS NULL OR ${asOf.sql} < ${quote('valid_to')})`] : []].join(' AND ')
  const bare = (name: string): string => dialect.quote(name)
  const read = [key, ...lookup, ...isOfThen ? ['valid_from', 'valid_to'] : []].map(bare).join(', ')
  const which = `${bare(key)} <> ${UNKNOWN_KEY}${versions && !isOfThen ? ` AND ${bare('is_current')} = TRUE` : ''}`
  const isKeyed = !versions && filled.length === lookup.length && keysOf(definition).some((names) => isSame(names, lookup))
  const types = lookup.map((name) => columns.find((column) => column.name === name)!.type)
  return { on, members: (table) => `SELECT ${read} FROM ${table} WHERE ${which}`, unlike: (table) => doubledSql(table, { key, lookup, versions, asOf: asOf !== undefined, types, filled }, dialect), ...isKeyed && { keyed: lookup } }
}

const keysOf = ({ primaryKey, uniques }: TableDefinition): readonly (readonly string[])[] => [primaryKey, ...uniques]

const isSame = (some: readonly string[], others: readonly string[]): boolean => some.length === others.length && some.every((name) => others.includes(name))

/** An index helps where its first columns are those that are looked up. */
function hasIndex(definition: TableDefinition, lookup: readonly string[]): boolean {
  const indexes = [...keysOf(definition), ...definition.indexes.map(({ columns }) => columns)]
  return indexes.some((columns) => columns.length >= lookup.length && isSame(columns.slice(0, lookup.length), lookup))
}

interface Doubled {
  readonly key: string
  readonly lookup: readonly string[]
  readonly versions: boolean
  readonly asOf: boolean
  readonly types: readonly ValueType[]
  /** Columns of the lookup that are never NULL, as the create has them. */
  readonly filled: readonly string[]
}

/** One row where a lookup names several members, or is none where it has to be one; as of a time, where two versions of one member hold at once. */
function doubledSql(table: string, { key, lookup, versions, asOf, types, filled }: Doubled, dialect: Dialect): string {
  const quote = (name: string): string => dialect.quote(name)
  const group = lookup.map((name, i) => dialect.grouped(quote(name), types[i]!, asOf)).join(', ')
  const [from, to] = [quote('valid_from'), quote('valid_to')]
  const members = `${table}\n  WHERE ${quote(key)} <> ${UNKNOWN_KEY}`
  if (versions && asOf) {
    return `SELECT 1 AS doubled FROM (
  SELECT ${[from, to, ...filled.map(quote)].join(', ')}, LEAD(${from}) OVER (PARTITION BY ${group} ORDER BY ${from}) AS next_from FROM ${members}
) AS v WHERE ${filled.map((name) => `${quote(name)} IS NULL OR `).join('')}(next_from IS NOT NULL AND (${to} IS NULL OR next_from < ${to} OR next_from = ${from})) LIMIT 1`
  }
  return `SELECT 1 AS doubled FROM ${members}${versions ? ` AND ${quote('is_current')} = TRUE` : ''}\n  GROUP BY ${group} HAVING ${['COUNT(*) > 1', ...filled.map((name) => `COUNT(${quote(name)}) = 0`)].join(' OR ')} LIMIT 1`
}

/** The join of a date dimension, whose key is the day; `days` are those that can be meant. */
export function dayJoin(key: string, days: { readonly from: string; readonly through: string }, { dialect, alias, by: [instant], zone = 'UTC', earliest }: JoinRequest): Join | string {
  if (instant === undefined || (instant.type.kind !== 'timestamp' && instant.type.kind !== 'date')) return `${key} is looked up by what is no instant at the source`
  const day = daySql(instant, { zone, ...days, ...earliest === undefined ? {} : { earliest } })
  const outside = `${dialect.quote(key)} <> ${UNKNOWN_KEY} AND NOT ${dialect.quote(key)} BETWEEN ${keyOfDay(days.from)} AND ${keyOfDay(days.through)}`
  const members = (table: string): string => `SELECT ${dialect.quote(key)} FROM ${table}`
  return { on: `${alias}.${dialect.quote(key)} = ${dialect.wholeNumber(day)}`, members, unlike: (table) => `SELECT 1 AS outside FROM ${table} WHERE ${outside} LIMIT 1` }
}
