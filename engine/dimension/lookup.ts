import { BadValue, checker } from '../db/check.ts'
import type { Row } from '../db/flow.ts'
import type { Value } from '../db/value-type.ts'
import { ConfigurationError } from '../errors.ts'
import { declaredColumns } from '../etl/extract.ts'
import type { Create } from '../sql/define-create.ts'
import { UNKNOWN_KEY } from './dimension.ts'
import type { Members, MembersRequest, Positions } from './dimension.ts'
import { identifier } from './identity.ts'
import type { Identity } from './identity.ts'
import { FIRST } from './versions.ts'

/** What is needed to find a dimension's members. */
interface Sought {
  readonly key: string
  readonly lookup: readonly string[]
  readonly create: Create
  /** It keeps history: one member has several versions. */
  readonly versions: boolean
}

/** A version of a member that hasn't been the same all along. */
interface Version {
  readonly from: string
  /** Undefined while it is current. */
  readonly to: string | undefined
  readonly key: number
}

/** A member that never changed is its key alone: most are so, and a million of them stay small. */
type Versions = number | Version[]

/**
 * Makes a dimension's `members`: one streamed query into a map, from which rows then find their keys.
 *
 * Without `asOf` the current versions alone are read. The unknown member is never found.
 */
export function membersOf(sought: Sought): (request: MembersRequest) => Promise<Members> {
  return async (request) => {
    const { connection, table, asOf, signal, idleSeconds } = request
    if (asOf && !sought.versions) throw new ConfigurationError(`${table} has no history, so no member can be asked for as of a time`)
    const { dialect } = connection
    const columns = declaredColumns(sought.create.definition(dialect.name), dialect)
    const types = sought.lookup.map((name) => columns.find((column) => column.name === name)?.type ?? { kind: 'other' as const, name })
    const flow = await connection.stream({ sql: membersSql(sought, table, asOf, (name) => dialect.quote(name)) }, { signal, idleSeconds })
    const identify = identifier(types, sought.lookup.map((_, i) => i + 1))
    const members = new Map<Identity, Versions>()
    for await (const batch of flow.rows.of) for (const row of batch) keep(members, identify(row), row, sought.lookup.length + 1, asOf)
    for (const versions of members.values()) if (typeof versions === 'object') versions.sort((a, b) => a.from < b.from ? -1 : 1)
    return { finder: (positions) => finder(members, identifier(types, positions.by), positions, asOf) }
  }
}

/** The query behind the map. */
export function membersSql({ key, lookup, versions }: Omit<Sought, 'create'>, table: string, asOf: boolean, quote: (name: string) => string): string {
  const columns = [key, ...lookup, ...asOf ? ['valid_from', 'valid_to'] : []].map(quote)
  const current = versions && !asOf ? ` AND ${quote('is_current')} = TRUE` : ''
  return `SELECT ${columns.join(', ')}\nFROM ${quote(table)}\nWHERE ${quote(key)} <> ${UNKNOWN_KEY}${current}`
}

function keep(members: Map<Identity, Versions>, identity: Identity | undefined, row: Row, timesAt: number, asOf: boolean): void {
  if (identity === undefined) return
  const key = Number(row[0])
  if (!asOf) {
    members.set(identity, key)
    return
  }
  const from = sortable(String(row[timesAt]))
  const to = row[timesAt + 1] === null ? undefined : sortable(String(row[timesAt + 1]))
  const known = members.get(identity)
  if (typeof known === 'object') known.push({ from, to, key })
  else if (known !== undefined) members.set(identity, [{ from: ALWAYS, to: undefined, key: known }, { from, to, key }])
  else members.set(identity, to === undefined && from === ALWAYS ? key : [{ from, to, key }])
}

function finder(members: Map<Identity, Versions>, identify: (row: Row) => Identity | undefined, positions: Positions, asOf: boolean): (row: Row) => number | undefined {
  if (!asOf || positions.asOf === undefined) {
    return (row) => {
      const identity = identify(row)
      const key = identity === undefined ? undefined : members.get(identity)
      return typeof key === 'number' ? key : undefined
    }
  }
  const at = positions.asOf
  return (row) => {
    const identity = identify(row)
    const versions = identity === undefined ? undefined : members.get(identity)
    const time = versions === undefined ? undefined : instantOf(row[at]!)
    if (versions === undefined || time === undefined) return undefined
    if (typeof versions === 'number') return time >= ALWAYS ? versions : undefined
    return versionAt(versions, time)
  }
}

/** The version of that time: the last that began by then, unless it had ended. */
function versionAt(versions: readonly Version[], time: string): number | undefined {
  let low = 0
  let high = versions.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (versions[middle]!.from <= time) low = middle + 1
    else high = middle
  }
  const version = versions[low - 1]
  return version === undefined || (version.to !== undefined && time >= version.to) ? undefined : version.key
}

const toInstant = checker({ kind: 'timestamp', precision: 9 }, { nullable: true })

/** An instant in the form that sorts; undefined for NULL and for what is none. */
function instantOf(value: Value): string | undefined {
  try {
    const instant = toInstant(value)
    return instant === null ? undefined : sortable(String(instant))
  } catch (error) {
    if (error instanceof BadValue) return undefined
    throw error
  }
}

/** With its microseconds written out: `…:00` sorts before `…:00.000000` though it is the same instant. */
function sortable(instant: string): string {
  if (instant.length >= 26) return instant
  if (instant.length === 10) return `${instant} 00:00:00.000000`
  return (instant.length === 19 ? `${instant}.` : instant).padEnd(26, '0')
}

/** The first version of every member begins here. */
const ALWAYS = sortable(FIRST)
