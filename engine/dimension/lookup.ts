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
import { Histories } from './histories.ts'
import type { Doubled } from './histories.ts'
import { FIRST } from './versions.ts'

/** What is needed to find a dimension's members. */
interface Sought {
  readonly key: string
  readonly lookup: readonly string[]
  readonly create: Create
  /** It keeps history: one member has several versions. */
  readonly versions: boolean
}

/** Members by what they are called: most have one key, integers beside integers. */
interface Found {
  /** Whoever has been the same all along. */
  readonly keys: Map<Identity, number>
  /** Whose lookup several current members have. */
  readonly doubled: Map<Identity, Doubled>
  /** The number in `histories` of whoever has versions. */
  readonly changed: Map<Identity, number>
  readonly histories: Histories
}

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
    const found: Found = { keys: new Map(), doubled: new Map(), changed: new Map(), histories: new Histories() }
    let count = 0
    for await (const batch of flow.rows.of) {
      count += batch.length
      if (count > (request.most ?? Infinity)) throw new TooManyMembers(`${table} has more than ${request.most} members`)
      for (const row of batch) keep(found, identify(row), row, keyOf(row, sought.key, table), asOf)
    }
    found.histories.sort()
    return { finder: (positions) => finder({ ...sought, table, found }, identifier(types, positions.by), positions, asOf) }
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

function keep({ keys, doubled, changed, histories }: Found, identity: Identity | undefined, row: Row, key: number, asOf: boolean): void {
  if (identity === undefined) return
  const known = keys.get(identity)
  if (!asOf) {
    if (known === undefined) keys.set(identity, key)
    else if (!doubled.has(identity)) doubled.set(identity, { keys: [known, key] })
    return
  }
  const [valid, ended] = [row.at(-2), row.at(-1)]
  const version = { from: sortable(String(valid)), to: ended === null ? undefined : sortable(String(ended)), key }
  const member = changed.get(identity)
  if (member !== undefined) return histories.add(member, version)
  if (known === undefined && version.to === undefined && version.from === ALWAYS) {
    keys.set(identity, key)
    return
  }
  const opened = histories.open()
  changed.set(identity, opened)
  if (known !== undefined) histories.add(opened, { from: ALWAYS, to: undefined, key: known })
  histories.add(opened, version)
  keys.delete(identity)
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
  readonly found: Found
}

function finder(known: Known, identify: (row: Row) => Identity | undefined, positions: Positions, asOf: boolean): (row: Row) => number | undefined {
  const { keys, doubled, changed, histories } = known.found
  if (!asOf || positions.asOf === undefined) {
    return (row) => {
      const identity = identify(row)
      if (identity === undefined) return undefined
      const twice = doubled.size === 0 ? undefined : doubled.get(identity)
      return twice === undefined ? keys.get(identity) : refuseDoubled(known, twice, positions, row)
    }
  }
  const at = positions.asOf
  return (row) => {
    const identity = identify(row)
    if (identity === undefined) return undefined
    const key = keys.get(identity)
    const member = key === undefined ? changed.get(identity) : undefined
    const time = key === undefined && member === undefined ? undefined : instantOf(row[at]!)
    if (time === undefined) return undefined
    if (member === undefined) return time >= ALWAYS ? key : undefined
    const version = histories.at(member, time)
    return typeof version === 'object' ? refuseDoubled(known, version, positions, row) : version
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
