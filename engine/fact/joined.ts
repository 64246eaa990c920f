/** A fact whose rows stay in the server: one statement copies them, and lookups are joins. */

import type { Connection } from '../db/connection.ts'
import type { Flow, FlowColumn, Relation } from '../db/flow.ts'
import { UNKNOWN_KEY } from '../dimension/dimension.ts'
import type { Expression, Join } from '../dimension/dimension.ts'
import { insertable } from '../dimension/scene.ts'
import type { Stage } from '../dimension/scene.ts'
import { copied, making, whyLookedAt } from '../etl/copied.ts'
import type { Counts, PlanStep, Target, TargetColumn } from '../etl/etl.ts'
import { notTaken } from '../etl/load.ts'
import { asNeed, RowsNeeded } from '../etl/rows-needed.ts'
import type { TableDefinition } from '../sql/create.ts'
import { byOf } from './fact.ts'
import type { DeclaredFact, DeclaredKey } from './fact.ts'
import { neverFound, TELLING } from './never-found.ts'
import type { Lonely } from './never-found.ts'

/** What the statements need of a stage. */
type Seen = Pick<Stage, 'columns' | 'definition' | 'dialect'>

/** A key column and how it is joined. */
interface JoinedKey {
  readonly name: string
  readonly key: DeclaredKey
  readonly alias: string
  readonly join: Join
}

/** Why the rows of a fact have to be read; undefined where one statement can load it as exactly. */
export function whyRead(declared: DeclaredFact, columns: readonly FlowColumn[], stage: Seen): string | undefined {
  const lookedAt = whyLookedAt(columns, measures(declared, stage), stage.dialect.readsText)
  if (lookedAt !== undefined) return lookedAt
  for (const [i, [name, key]] of Object.entries(declared.keys).entries()) {
    if (stage.columns.find((column) => column.name === name)?.type.kind !== 'integer') return `${name} is no integer`
    if (key.onMissing === 'reject') return `rows that ${name} finds nobody for are counted and left out`
    const join = joinFor(declared.keys, key, i, columns, stage)
    if (typeof join === 'string') return join
  }
  return undefined
}

/** Fills staging by one statement, and counts in one more. @throws {RowsNeeded} where some row is not as it would be if it were read */
export async function loadJoined(declared: DeclaredFact, flow: Flow<Relation>, target: Target): Promise<Counts> {
  const { connection, staging } = target
  const stage = { ...target, dialect: connection.dialect }
  const keys = joinedKeys(declared, flow.columns, stage)
  const tables = new Map<string, string>()
  for (const { key: { of }, alias } of keys) tables.set(alias, await target.tableOf(of))
  const tableOf = (alias: string): string => tables.get(alias) ?? ''
  await refuseUnlike(keys, tables, target)
  const held = await heldTables(tables, target)
  try {
    const rows = await flow.rows.fill(insertJoined(keys, tableOf, (alias) => held.has(tableOf(alias)), stage, flow))
    target.onRows(rows)
    await target.sourceIsRead?.()
    const counted = await countsOf(declared, keys, target)
    return { read: rows, rejected: 0, staged: rows, ...counted, ...await neverJoined(keys.filter(({ name }) => rows >= TELLING && counted.notFound?.[name] === rows), tables, flow, target) }
  } catch (error) {
    const need = asNeed(error)
    if (need instanceof RowsNeeded) await connection.execute(`TRUNCATE TABLE ${connection.dialect.quote(staging)}`)
    throw need instanceof RowsNeeded ? need : notTaken(need, target)
  }
}

/** Of the keys for which nobody was found, those that rows brought values for. */
async function neverJoined(lonely: readonly JoinedKey[], tables: ReadonlyMap<string, string>, { rows }: Flow<Relation>, { connection }: Target): Promise<Pick<Counts, 'neverFound'>> {
  const tried: Lonely[] = []
  for (const { name, key, alias } of lonely) {
    const values = byOf(key).map((column) => `s.${connection.dialect.quote(column)} IS NOT NULL`)
    // What is only to be told keeps no load from ending well.
    if (await rows.gives(`SELECT 1 AS one FROM ${rows.scope.rows} AS s WHERE ${values.join(' AND ')} LIMIT 1`).catch(() => false)) tried.push({ name, key, table: tables.get(alias) ?? '' })
  }
  return neverFound(tried, connection)
}

/** The statements of `loadJoined`. */
export function planJoined(declared: DeclaredFact, flow: Flow<Relation>, stage: Stage): readonly PlanStep[] {
  const keys = joinedKeys(declared, flow.columns, stage)
  const tableOf = (alias: string): string => keys.find((each) => each.alias === alias)?.key.of.create.definition(stage.dialect.name).table ?? ''
  const sums = countSql(declared, keys, stage)
  return [
    ...keys.flatMap(({ alias, join }) => join.unlike === undefined || join.keyed !== undefined ? [] : [{ title: `see that no lookup of ${tableOf(alias)} finds two`, sql: join.unlike(stage.dialect.quote(tableOf(alias))) }]),
    ...[...new Set(keys.map(({ alias }) => tableOf(alias)))].flatMap((table) => {
      const sql = beyondSql(table, stage.dialect)
      return sql === undefined ? [] : [{ title: `see that ${table} has few enough members for a join in memory: it is joined by its index otherwise`, sql }]
    }),
    { title: 'let the warehouse copy the rows with their keys', sql: insertJoined(keys, tableOf, () => true, stage, flow) },
    ...sums === undefined ? [] : [{ title: 'count the rows that find nobody, and sum up', sql: sums }],
  ]
}

const measures = ({ keys }: DeclaredFact, stage: Seen): readonly TargetColumn[] => insertable(stage).filter(({ name }) => !Object.hasOwn(keys, name))

function joinedKeys({ keys }: DeclaredFact, columns: readonly FlowColumn[], stage: Seen): readonly JoinedKey[] {
  return Object.entries(keys).map(([name, key], i) => {
    const join = joinFor(keys, key, i, columns, stage)
    if (typeof join === 'string') throw new RowsNeeded(join)
    return { name, key, alias: aliasOf(i), join }
  })
}

const aliasOf = (i: number): string => `d${i + 1}`

function joinFor(keys: DeclaredFact['keys'], key: DeclaredKey, i: number, columns: readonly FlowColumn[], { dialect, ...stage }: Seen): Join | string {
  // What a load would refuse is no instant for a look into memory; where the table takes the column, too, that is seen there.
  const isCopied = (name: string): boolean => !Object.hasOwn(keys, name) && insertable(stage).some((column) => column.name === name)
  const expression = (name: string): Expression => {
    const type = columns.find((column) => column.name === name)?.type ?? { kind: 'other', name }
    const sql = `s.${dialect.quote(name)}`
    return { sql: isCopied(name) ? sql : dialect.guarded(sql, type, type), type }
  }
  const { of, asOf, zone, earliest } = key
  return of.joined?.({
    dialect, alias: aliasOf(i), by: byOf(key).map(expression),
    ...asOf !== undefined && { asOf: expression(asOf) }, ...zone !== undefined && { zone }, ...earliest !== undefined && { earliest },
  }) ?? `the members of ${of.kind} dimensions are looked up in memory`
}

/** What `whyRead` could not see: it depends on the members. */
async function refuseUnlike(keys: readonly JoinedKey[], tables: ReadonlyMap<string, string>, { connection }: Target): Promise<void> {
  const seen = new Set<string>()
  for (const { alias, join, name, key } of keys) {
    const table = tables.get(alias) ?? ''
    const sql = join.unlike?.(connection.dialect.quote(table))
    if (sql === undefined || seen.has(sql)) continue
    seen.add(sql)
    if (join.keyed !== undefined && await hasKey(connection, table, key.of.create.definition(connection.dialect.name), join.keyed)) continue
    if ((await connection.query(sql)).length > 0) throw new RowsNeeded(`${name} may find others by a join than by a look at each row`)
  }
}

/** Those whose members the database holds in memory for the statement, where it does not hold all by itself. */
async function heldTables(tables: ReadonlyMap<string, string>, { connection, mostMembers }: Target): Promise<ReadonlySet<string>> {
  const held = new Set<string>()
  for (const table of new Set(tables.values())) {
    const sql = beyondSql(table, connection.dialect, mostMembers)
    if (sql !== undefined && (await connection.query(sql)).length === 0) held.add(table)
  }
  return held
}

/** A row where a table has more rows than the database holds in memory. */
const beyondSql = (table: string, { held, quote }: Seen['dialect'], most = Infinity): string | undefined =>
  held && `SELECT 1 AS beyond FROM ${quote(table)} LIMIT 1 OFFSET ${Math.min(held.most, most)}`

/** A live table may be older than its create, or have been taken over: a join would double rows where its key is not there. */
async function hasKey({ merging }: Connection, table: string, definition: TableDefinition, columns: readonly string[]): Promise<boolean> {
  const { keys } = await merging.shapeOf(table, definition)
  return keys.some((names) => names.length === columns.length && names.every((name) => columns.includes(name)))
}

function insertJoined(keys: readonly JoinedKey[], tableOf: (alias: string) => string, isHeld: (alias: string) => boolean, { dialect, columns, definition, staging }: Seen & Pick<Stage, 'staging'>, flow: Flow<Relation>): string {
  const { scope } = flow.rows
  const names = insertable({ columns, definition })
  const { made, from } = making(dialect, flow.columns)
  const values = names.map((column) => {
    const joined = keys.find(({ name }) => name === column.name)
    return joined === undefined ? copied(dialect, column, flow.columns, made) : `COALESCE(${joined.alias}.${dialect.quote(joined.key.of.key)}, ${UNKNOWN_KEY})`
  })
  const joins = keys.map(({ alias, join }) => {
    const table = scope.table(tableOf(alias))
    const members = join.members === undefined ? table : `(${join.members(table)}${isHeld(alias) ? dialect.held?.ending ?? '' : ''})`
    return `LEFT JOIN ${members} AS ${alias} ON ${join.on}`
  })
  return `INSERT INTO ${scope.table(staging)} (${names.map(({ name }) => dialect.quote(name)).join(', ')})
SELECT ${values.join(',\n       ')}
FROM ${from(scope.rows)}${joins.map((join) => `\n${join}`).join('')}`
}

/** One look at staging for all that a person is told of the rows; undefined where there is nothing to tell. */
function countSql({ total }: DeclaredFact, keys: readonly JoinedKey[], { dialect, staging }: Pick<Stage, 'dialect' | 'staging'>): string | undefined {
  const nobody = keys.map(({ name, alias }) => `COUNT(CASE WHEN ${dialect.quote(name)} = ${UNKNOWN_KEY} THEN 1 END) AS ${alias}`)
  const sums = [...nobody, ...total === undefined ? [] : [`SUM(${dialect.quote(total)}) AS total`]]
  return sums.length === 0 ? undefined : `SELECT ${sums.join(', ')} FROM ${dialect.quote(staging)}`
}

async function countsOf(declared: DeclaredFact, keys: readonly JoinedKey[], { connection, staging }: Target): Promise<Pick<Counts, 'notFound' | 'total'>> {
  const sql = countSql(declared, keys, { dialect: connection.dialect, staging })
  const [row = {}] = sql === undefined ? [] : await connection.query<Record<string, string | number | bigint | null>>(sql)
  const notFound = Object.fromEntries(keys.map(({ name, alias }) => [name, Number(row[alias] ?? 0)]))
  for (const { name, key } of keys) {
    if (key.onMissing === 'fail' && (notFound[name] ?? 0) > 0) throw new RowsNeeded(`some of them find nobody for ${name}`)
  }
  return { notFound, ...declared.total !== undefined && { total: { column: declared.total, value: String(row['total'] ?? 0) } } }
}
