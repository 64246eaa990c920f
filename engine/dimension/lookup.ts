import { BadValue, checker } from '../db/check.ts'
import type { Row } from '../db/flow.ts'
import type { Value, ValueType } from '../db/value-type.ts'
import type { Dialect } from '../db/dialect.ts'
import { ConfigurationError, DataError } from '../errors.ts'
import { declaredColumns } from '../etl/extract.ts'
import type { Create } from '../sql/define-create.ts'
import { TooManyMembers, UNKNOWN_KEY } from './dimension.ts'
import type { Members, MembersRequest, Positions } from './dimension.ts'
import { lookupWords } from './landing.ts'
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

/** Several members, or versions of one time, that one lookup names: nobody can tell which of them counts. */
interface Doubled {
  readonly keys: readonly [number, number]
}

/** A member that never changed is its key alone: most are so, and a million of them stay small. */
type Versions = number | Version[] | Doubled

/**
 * Makes a dimension's `members`: one streamed query into a map, from which rows then find their keys.
 *
 * Without `asOf` the current versions alone are read. The unknown member is never found.
 * @throws {DataError} from a finder: where the table has two members of the lookup that a row brings
 */
export function membersOf(sought: Sought): (request: MembersRequest) => Promise<Members> {
  return async (request) => {
    const { connection, table, asOf, signal, idleSeconds } = request
    if (asOf && !sought.versions) throw new ConfigurationError(`${table} has no history, so no member can be asked for as of a time`)
    const types = typesOf(sought, connection.dialect)
    const flow = await connection.stream({ sql: membersSql(sought, table, asOf, connection.dialect) }, { signal, idleSeconds })
    const identify = identifier(types, sought.lookup.map((_, i) => i + 1))
    const members = new Map<Identity, Versions>()
    let count = 0
    for await (const batch of flow.rows.of) {
      count += batch.length
      if (count > (request.most ?? Infinity)) throw new TooManyMembers(`${table} has more than ${request.most} members`)
      for (const row of batch) keep(members, identify(row), row, keyOf(row, sought.key, table), asOf)
    }
    for (const versions of members.values()) if (Array.isArray(versions)) versions.sort((a, b) => a.from < b.from ? -1 : 1)
    return { finder: (positions) => finder({ ...sought, table, members }, identifier(types, positions.by), positions, asOf) }
  }
}

function typesOf({ lookup, create }: Sought, dialect: Dialect): readonly ValueType[] {
  if (lookup.length === 0) return []
  const columns = declaredColumns(create.definition(dialect.name), dialect)
  return lookup.map((name) => columns.find((column) => column.name === name)?.type ?? { kind: 'other', name })
}

/** The query behind the map. */
export function membersSql(sought: Sought, table: string, asOf: boolean, dialect: Dialect): string {
  const quote = (name: string): string => dialect.quote(name)
  const { key, lookup, versions } = sought
  const types = typesOf(sought, dialect)
  const looked = lookup.map((name, i) => dialect.stored(quote(name), types[i]!))
  const columns = [quote(key), ...looked, ...asOf ? ['valid_from', 'valid_to'].map(quote) : []]
  const current = versions && !asOf ? ` AND ${quote('is_current')} = TRUE` : ''
  return `SELECT ${columns.join(', ')}\nFROM ${quote(table)}\nWHERE ${quote(key)} <> ${UNKNOWN_KEY}${current}`
}

function keep(members: Map<Identity, Versions>, identity: Identity | undefined, row: Row, key: number, asOf: boolean): void {
  if (identity === undefined) return
  const known = members.get(identity)
  if (!asOf) {
    members.set(identity, typeof known === 'number' ? { keys: [known, key] } : known ?? key)
    return
  }
  const [valid, ended] = [row.at(-2), row.at(-1)]
  const from = sortable(String(valid))
  const to = ended === null ? undefined : sortable(String(ended))
  if (Array.isArray(known)) known.push({ from, to, key })
  else if (typeof known === 'number') members.set(identity, [{ from: ALWAYS, to: undefined, key: known }, { from, to, key }])
  else members.set(identity, to === undefined && from === ALWAYS ? key : [{ from, to, key }])
}

/** A number beyond 2^53 would become its neighbour, which may be somebody else's. @throws {DataError} */
export function keyOf(row: Row, column: string, table: string): number {
  const key = Number(row[0])
  if (Number.isSafeInteger(key)) return key
  throw new DataError(`the key ${String(row[0])} is beyond 2^53`, { where: `table ${table}, column ${column}`, why: 'such keys are not told apart', wayOut: 'give its member a smaller key in the table, and the facts that point at it' })
}

/** The members of a table, and what they are called by. */
interface Known extends Pick<Sought, 'key' | 'lookup'> {
  readonly table: string
  readonly members: ReadonlyMap<Identity, Versions>
}

function finder(known: Known, identify: (row: Row) => Identity | undefined, positions: Positions, asOf: boolean): (row: Row) => number | undefined {
  const { members } = known
  const single = (versions: number | Doubled | undefined, row: Row): number | undefined =>
    typeof versions === 'object' ? refuseDoubled(known, versions, positions, row) : versions
  if (!asOf || positions.asOf === undefined) {
    return (row) => {
      const identity = identify(row)
      const versions = identity === undefined ? undefined : members.get(identity)
      return Array.isArray(versions) ? undefined : single(versions, row)
    }
  }
  const at = positions.asOf
  return (row) => {
    const identity = identify(row)
    const versions = identity === undefined ? undefined : members.get(identity)
    const time = versions === undefined ? undefined : instantOf(row[at]!)
    if (versions === undefined || time === undefined) return undefined
    if (typeof versions === 'number') return time >= ALWAYS ? versions : undefined
    return single(Array.isArray(versions) ? versionAt(versions, time) : versions, row)
  }
}

/** @throws {DataError} with the keys of both */
function refuseDoubled({ key, lookup, table }: Known, { keys }: Doubled, { by }: Positions, row: Row): never {
  const values = Object.fromEntries(lookup.map((name, i) => [name, row[by[i]!]]))
  throw new DataError('a lookup names several members', {
    where: `table ${table}, lookup ${lookup.join(', ')}`, why: `${lookupWords(lookup, values)} has ${key} ${keys[0]} and ${keys[1]}`,
    wayOut: 'leave one of them in the table, or one of them current where it keeps history',
  })
}

/** The version of that time: the last that began by then, unless it had ended. Where the one before had not ended either, both are. */
function versionAt(versions: readonly Version[], time: string): number | Doubled | undefined {
  let low = 0
  let high = versions.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (versions[middle]!.from <= time) low = middle + 1
    else high = middle
  }
  const isValid = (version: Version | undefined): version is Version => version !== undefined && (version.to === undefined || time < version.to)
  const [before, version] = [versions[low - 2], versions[low - 1]]
  if (!isValid(version)) return undefined
  return isValid(before) ? { keys: [before.key, version.key] } : version.key
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
