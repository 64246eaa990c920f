import { BadValue, checker, typeWords } from '../db/check.ts'
import type { Connection, Statement, TableColumn } from '../db/connection.ts'
import { unfit } from '../db/unfit.ts'
import type { Value } from '../db/value-type.ts'
import { DatabaseError, DataError } from '../errors.ts'
import type { Target, TargetColumn } from '../etl/etl.ts'
import { valueWords } from '../etl/load.ts'
import { UNKNOWN_KEY } from './dimension.ts'
import { lookupWords } from './landing.ts'
import { live } from './match.ts'
import { fill, insertable, numbers, quoteIn } from './scene.ts'
import type { Scene, Step } from './scene.ts'

/** A column of the create beside the one of its name in the live table. */
interface Pair {
  readonly from: TableColumn
  readonly to: TargetColumn
  /** `VARCHAR(18) NOT NULL`, as the create has it. */
  readonly declared: string
}

/** A pair whose live column may hold what the create's can't, and the condition that finds such rows. */
interface Narrowed extends Pair {
  readonly unfit: Statement
}

/** Says of a column in which rows of the live table (`o`, matched as `m`) its live values go to staging. */
export type Stays = (name: string) => string

/** The columns of the live table that the create still has. */
async function pairsOf({ stage }: Scene, connection: Connection): Promise<readonly Pair[]> {
  const described = stage.live?.described ?? (stage.live && await connection.describe(stage.live.table))?.columns
  return insertable(stage).flatMap((to) => {
    const from = described?.find(({ name }) => name === to.name)
    const type = stage.definition.columns.find(({ name }) => name === to.name)?.type ?? typeWords(to.type)
    return from === undefined ? [] : [{ from, to, declared: `${type}${to.nullable ? '' : ' NOT NULL'}` }]
  })
}

/** Those whose type or NOT NULL asks for a look at their values. A database that keeps no lengths always asks for one. */
function narrowedOf(scene: Scene, pairs: readonly Pair[]): readonly Narrowed[] {
  return pairs.flatMap((pair) => {
    const { from, to } = pair
    const value = live(scene, to.name)
    const type = isBoolean(scene, pair) ? undefined : unfit(value, from.type, to.type, scene.stage.dialect)
    const isNull = from.nullable && !to.nullable && to.name !== scene.key ? `${value} IS NULL` : undefined
    const conditions = [type?.sql, isNull].filter((sql) => sql !== undefined)
    return conditions.length === 0 ? [] : [{ ...pair, unfit: { sql: conditions.join(' OR '), values: type?.values ?? [] } }]
  })
}

/** A database without booleans describes one by the integer that it keeps it in. */
const isBoolean = ({ stage: { dialect } }: Scene, { from, to }: Pair): boolean =>
  to.type.kind === 'boolean' && from.sqlType.toLowerCase() === dialect.writeType(to.type).toLowerCase()

/** The columns that some live row doesn't fit: one look at the live table for all of them. */
async function unfitColumns(scene: Scene, connection: Connection): Promise<readonly Narrowed[]> {
  const narrowed = narrowedOf(scene, await pairsOf(scene, connection))
  if (narrowed.length === 0) return []
  const counts = narrowed.map(({ unfit: { sql } }, at) => `MAX(CASE WHEN ${sql} THEN 1 ELSE 0 END) AS unfit_${at}`)
  const found = await numbers(connection, {
    sql: `SELECT ${counts.join(',\n       ')}\nFROM ${liveTable(scene)}\nWHERE ${live(scene, scene.key)} <> ${UNKNOWN_KEY}`,
    values: narrowed.flatMap(({ unfit: { values = [] } }) => values),
  })
  return narrowed.filter((_, at) => (found[`unfit_${at}`] ?? 0) > 0)
}

const liveTable = ({ stage }: Scene): string => `${stage.dialect.quote(stage.live?.table ?? '')} AS o`

/** Of which live rows a sample is taken. */
interface Where {
  readonly join: string
  readonly condition: string
}

/** One such row in words; undefined where there is none. */
async function sampleOf(
  scene: Scene, connection: Connection, { from, to, declared, unfit: { sql, values = [] } }: Narrowed, where: Where,
): Promise<string | undefined> {
  const names = [...new Set([...scene.lookup, scene.key, to.name])]
  const [row] = await connection.query({
    sql: `SELECT ${names.map((name) => `${live(scene, name)} AS ${scene.stage.dialect.quote(name)}`).join(', ')}
FROM ${liveTable(scene)}${where.join}
WHERE ${live(scene, scene.key)} <> ${UNKNOWN_KEY} AND (${where.condition}) AND (${sql})
ORDER BY ${live(scene, scene.key)}
LIMIT 1`, values,
  })
  if (row === undefined) return undefined
  const key = scene.lookup.includes(scene.key) ? '' : ` (${scene.key} ${valueWords(row[scene.key])})`
  const old = `${from.sqlType}${from.nullable ? '' : ' NOT NULL'}`
  return `column ${to.name} is ${old} in the live table and ${declared} in the create; ${lookupWords(scene.lookup, row)}${key}: ${faultOf(to, row[to.name] as Value)}`
}

function faultOf({ type, nullable }: TargetColumn, value: Value): string {
  try {
    checker(type, { nullable })(value)
  } catch (error) {
    if (error instanceof BadValue) return error.reason
    throw error
  }
  return `${valueWords(value)} does not fit ${typeWords(type)}`
}

/**
 * What of the live table does not fit the create, whether or not a source would bring it anew: a load is never stricter.
 */
export async function unfitMembers(scene: Scene, connection: Connection): Promise<readonly Error[]> {
  if (scene.stage.live === undefined) return []
  const everywhere = { join: '', condition: '1 = 1' }
  const samples = await samplesOf(scene, connection, await unfitColumns(scene, connection), () => everywhere)
  return samples.length === 0 ? [] : [refusal(scene, samples, '; a load refuses those that its source does not replace')]
}

/** @throws {DataError} where a live row that goes to staging doesn't fit it, with the column, its types and a member */
export async function refuseUnfit(scene: Scene, connection: Connection, stays: Stays): Promise<void> {
  if (scene.stage.live === undefined) return
  const quote = quoteIn(scene.stage)
  const join = `\nLEFT JOIN ${quote(scene.match)} AS m ON m.member = ${live(scene, scene.key)}`
  const samples = await samplesOf(scene, connection, await unfitColumns(scene, connection), ({ to }) => ({ join, condition: stays(to.name) }))
  if (samples.length > 0) throw refusal(scene, samples, '; these values would be carried over')
}

type Sample = readonly [column: string, words: string]

async function samplesOf(scene: Scene, connection: Connection, columns: readonly Narrowed[], where: (column: Narrowed) => Where): Promise<Sample[]> {
  const samples: Sample[] = []
  for (const column of columns) {
    const words = await sampleOf(scene, connection, column, where(column))
    if (words !== undefined) samples.push([column.to.name, words])
  }
  return samples
}

const refusal = ({ stage }: Scene, samples: readonly Sample[], end: string): DataError => new DataError('members of the live table do not fit what the create declares now', {
  where: `${stage.etl}, table ${stage.definition.table}, column ${samples.map(([column]) => column).join(', ')}`,
  why: `${samples.map(([, words]) => words).join('; ')}${end}`,
  wayOut: 'declare the column in the create so that it holds what is live, or change these values in the live table',
})

/**
 * Fills staging with live rows: first with them `alone`, which are most of them, then with some of the source's values in them.
 *
 * @throws {DataError} that names the live table and the columns that have changed, where a database refuses them all the same
 */
export async function fillFromLive(target: Target, scene: Scene, step: Step, alone: boolean): Promise<number> {
  try {
    return await fill(target, step, alone)
  } catch (error) {
    const refused = error instanceof DataError || (error instanceof DatabaseError && error.refusesRows)
    if (!refused || error.transient || !target.connection.isOpen) throw error
    const staged = await target.connection.describe(target.staging)
    const changed = (await pairsOf(scene, target.connection)).filter(({ from }) => {
      const now = staged?.columns.find(({ name }) => name === from.name)
      return now !== undefined && (now.sqlType !== from.sqlType || (from.nullable && !now.nullable))
    })
    if (!alone && changed.length === 0) throw error
    const words = changed.map(({ from, to, declared }) => `${to.name} is ${from.sqlType} in the live table and ${declared} in the create`)
    throw new DataError('the table does not take the rows of the live table', {
      where: `${target.etl}, table ${target.definition.table}`, cause: error,
      why: [error.why ?? error.what, ...words].join('; '),
      wayOut: "change the create's columns, keys and checks so that they hold what is live, or change these members in the live table",
    })
  }
}
