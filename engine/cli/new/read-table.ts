import type { Connection } from '../../db/connection.ts'
import type { ForeignKeyDefinition } from '../../sql/create.ts'
import type { ValueType } from '../../db/value-type.ts'
import { ConfigurationError, DatabaseError, StarlineError } from '../../errors.ts'
import { didYouMean } from '../../sql/did-you-mean.ts'
import { snakeCase } from './names.ts'
import { Seen } from './seen.ts'

/** A column of a live table. */
export interface LiveColumn {
  readonly name: string
  readonly type: ValueType
  readonly nullable: boolean
  /** The type that it must be cast to in the SELECT: one whose values come through only so. */
  readonly cast?: string
  /** What its values are like, where the type doesn't say enough. */
  readonly seen: Seen | undefined
}

/** A live table, as far as a declaration can be made of it. */
export interface LiveTable {
  readonly table: string
  /** How the database that has it quotes a name. */
  readonly quote: (name: string) => string
  /** The table's name as it stands in a FROM clause. */
  readonly from: string
  readonly columns: readonly LiveColumn[]
  readonly primaryKey: readonly string[]
  readonly foreignKeys: readonly ForeignKeyDefinition[]
}

/** So many rows tell what is in a column that has a type; a column without one is read to its end. */
const SAMPLE = 10_000

/**
 * Reads a table's columns and keys, and so much of its rows as it takes to tell what is in them.
 *
 * @throws {ConfigurationError} where there is no such table
 */
export async function readTable(session: Connection, asked: string, options: { readonly signal: AbortSignal; readonly idleSeconds: number }): Promise<LiveTable> {
  const description = await session.describe(asked)
  const table = description?.table ?? asked
  const from = await fromClause(session, table)
  const { columns: flowing } = await peek(session, from, table, options)
  const keys = await session.keys(table)
  const columns = flowing.map(({ name, type }) => {
    const described = description?.columns.find((column) => column.name === name)
    // A column may have a type that only its rows are without: MySQL's SET is read as a text.
    const isTold = described !== undefined && described.type.kind !== 'other'
    // And one may be sent with fewer digits than it has: MySQL's FLOAT.
    const isFloat = isTold && described.type.kind === 'float' && type.kind === 'other'
    if (isFloat) return { name, type: { kind: 'float', bits: 64 } as const, cast: 'DOUBLE', nullable: described.nullable }
    if (type.kind === 'other') return { name, type, nullable: true }
    return { name, type: isTold ? described.type : type, nullable: !keys.primaryKey.includes(name) && (described?.nullable ?? true) }
  })
  const seen = await look(session, from, columns, options)
  return { table, from, quote: session.dialect.quote, columns: columns.map((column) => ({ ...column, seen: seen.get(column.name) })), ...keys }
}

/** A name that needs no quotes stands without them; whether it does, the database knows best. */
async function fromClause(session: Connection, table: string): Promise<string> {
  const quoted = session.dialect.quote(table)
  if (!/^[a-z_][a-z0-9_]*$/.test(table)) return quoted
  const columnsOf = async (from: string): Promise<string> => {
    try {
      const flow = await session.stream({ sql: `SELECT t.* FROM ${from} AS t` }, { limit: 1 })
      for await (const _ of flow.rows.of) continue
      return flow.columns.map(({ name }) => name).join('\n')
    } catch (error) {
      if (error instanceof StarlineError && !error.transient) return ''
      throw error
    }
  }
  return await columnsOf(table) === await columnsOf(quoted) ? table : quoted
}

async function peek(session: Connection, from: string, table: string, options: { readonly signal: AbortSignal; readonly idleSeconds: number }) {
  try {
    const flow = await session.stream({ sql: `SELECT * FROM ${from}` }, { ...options, limit: 1 })
    for await (const _ of flow.rows.of) continue
    return flow
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.transient) throw error
    const names = await session.tablesLike('')
    const meant = names.find((name) => snakeCase(name) === snakeCase(table)) ?? didYouMean(table, names)
    throw new ConfigurationError(`the table ${table} can't be read`, {
      where: session.place, why: error.why ?? error.what, cause: error,
      ...meant !== undefined && { wayOut: `did you mean ${meant}?` },
    })
  }
}

/** Looks at the values of the columns whose types don't say enough. */
async function look(
  session: Connection, from: string, columns: readonly Omit<LiveColumn, 'seen'>[], options: { readonly signal: AbortSignal; readonly idleSeconds: number },
): Promise<ReadonlyMap<string, Seen>> {
  const vague = columns.filter(({ type }) => isVague(type))
  const seen = new Map(vague.map(({ name, type }) => [name, new Seen(isUntyped(type))]))
  if (vague.length === 0) return seen
  const names = vague.map(({ name }) => session.dialect.quote(name)).join(', ')
  const flow = await session.stream({ sql: `SELECT ${names} FROM ${from}` }, { ...options, ...!vague.some(({ type }) => isUntyped(type)) && { limit: SAMPLE } })
  const each = vague.map(({ name }) => seen.get(name))
  for await (const batch of flow.rows.of) for (const row of batch) for (const [at, one] of each.entries()) one?.add(row[at] ?? null)
  return seen
}

const isUntyped = (type: ValueType): boolean => type.kind === 'text' && type.untyped === true

/** A text without a length, a number without digits. */
const isVague = (type: ValueType): boolean => type.kind === 'text' ? type.length === undefined : type.kind === 'decimal' && type.precision > 38
