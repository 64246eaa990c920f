import type { Connection } from '../db/connection.ts'
import { staysPut } from '../db/flow.ts'
import type { AnyFlow, Flow, Relation } from '../db/flow.ts'
import type { Value, ValueType } from '../db/value-type.ts'
import { DataError } from '../errors.ts'
import type { PlanStep, Target } from '../etl/etl.ts'
import { copied, whyLookedAt } from '../etl/copied.ts'
import { rowText } from '../etl/bad-rows.ts'
import type { BadRows } from '../etl/bad-rows.ts'
import { fitted, loadInto, notTaken, numbered, valueWords } from '../etl/load.ts'
import type { FittedColumn } from '../etl/load.ts'
import { asNeed, RowsNeeded } from '../etl/rows-needed.ts'
import { rejectedBefore, typeAtSource } from '../etl/transform.ts'
import type { Declared } from './declared.ts'
import type { Scene, Step } from './scene.ts'
import { hasFewLanded, quoteIn, run, typeOf, unlessTiny } from './scene.ts'

const ROW_NUMBER: ValueType = { kind: 'integer', min: 1n, max: 9_223_372_036_854_775_807n }

/** What a landing took in. */
interface Landed {
  readonly read: number
  readonly rejected: number
  readonly landed: number
}

/** The landing's columns: those that the source fills, the order of duplicates and the time that changes take effect. */
export function landingColumns({ stage, loaded }: Scene, declared: Declared & { readonly effectiveFrom?: string }, flow?: AnyFlow): FittedColumn[] {
  const columns: FittedColumn[] = [...loaded]
  const by = declared.duplicates?.by
  if (by !== undefined) columns.push({ name: 'etl_order', from: by, nullable: true, type: orderType(stage, by, flow) })
  const { effectiveFrom } = declared
  if (effectiveFrom !== undefined) columns.push({ name: 'etl_effective', from: effectiveFrom, nullable: false, type: typeOf(stage, 'valid_from') })
  return columns
}

/** Text without a type has no order but that of its letters, in which 10 comes before 9: refused. */
function orderType(stage: Scene['stage'], by: string, flow: AnyFlow | undefined): ValueType {
  const own = stage.columns.find((column) => column.name === by)?.type
  if (own !== undefined || flow === undefined) return own ?? { kind: 'text' }
  const type = typeAtSource(flow, by)
  if (type !== undefined && !(type.kind === 'text' && type.untyped)) return type
  throw new DataError(`duplicates can't be ordered by ${by}`, {
    where: stage.etl, why: 'it is text without a type: 10 would come before 9', wayOut: 'give the table a column of this name, or the source a typed one',
  })
}

/** Rows that stay in the server are numbered by the landing itself, which keeps them in the order of those numbers. */
export const landedFrom = (flow: AnyFlow, scene: Scene): Scene => staysPut(flow) ? { ...scene, inOrder: false } : scene

/** The statements that make the landing. */
export function createLanding({ stage, landing, lookup, inOrder }: Scene, columns: readonly FittedColumn[]): Step[] {
  return stage.dialect.createLanding(landing, columns, stage.comment, inOrder ? lookup : []).map((sql) => ({ title: 'make the landing', sql }))
}

/** The statements by which the landing can be looked up, after it was filled. */
export function indexLanding({ stage, landing, lookup, inOrder }: Scene, columns: readonly FittedColumn[]): Step[] {
  if (inOrder) return []
  return stage.dialect.indexLanding(landing, columns, lookup).map((sql) => ({ title: `index the landing by the lookup, ${unlessTiny}`, sql }))
}

/** Takes the whole flow into the landing, batch by batch. @throws {DataError} for a value that doesn't fit, unless its row is set aside */
export async function land(scene: Scene, columns: readonly FittedColumn[], flow: AnyFlow, target: Target): Promise<Landed> {
  if (staysPut(flow)) return copyIn(scene, columns, flow, target)
  const { badRows, etl, definition: { table } } = target
  const { batches, read } = fitted({ flow, badRows, etl, table, sample: scene.lookup }, columns, numbered)
  const filled = [{ name: 'row_no', type: ROW_NUMBER }, ...columns]
  const { connection } = target
  const fill = async (): Promise<number> => {
    await run(connection, createLanding(scene, columns), target.signal)
    return loadInto(target, scene.landing, filled, batches)
  }
  // In one transaction where that can be: a file that is written to once waits for the disk once.
  const landed = await (connection.dialect.transactionalDdl ? connection.transaction(fill) : fill())
  if (!hasFewLanded({ ...scene, landed })) await run(target.connection, indexLanding(scene, columns), target.signal)
  return { read: read() + rejectedBefore(flow), rejected: rejectedBefore(flow), landed }
}

/** Why the rows of a dimension have to be read; undefined where one statement can land them as exactly. */
export function whyRead(flow: Flow<Relation>, columns: readonly FittedColumn[]): string | undefined {
  return flow.rows.losesOrder ? 'its source states an order, which gives new members their keys' : whyLookedAt(flow.columns, columns)
}

/** The same where the rows stay in the server. @throws {RowsNeeded} where some row is not as it would be if it were read */
async function copyIn(scene: Scene, columns: readonly FittedColumn[], flow: Flow<Relation>, target: Target): Promise<Landed> {
  const { connection } = target
  const fill = async (): Promise<number> => {
    await run(connection, createLanding(scene, columns), target.signal)
    const rows = await flow.rows.fill(copyStep(scene, columns, flow).sql)
    if ((await connection.query(nullStep(scene, columns))).length > 0) throw new RowsNeeded('some of them have no value where the table asks for one')
    return rows
  }
  try {
    const landed = await (connection.dialect.transactionalDdl ? connection.transaction(fill) : fill())
    target.onRows(landed)
    await target.sourceIsRead?.()
    if (!hasFewLanded({ ...scene, landed })) await run(connection, indexLanding(scene, columns), target.signal)
    return { read: landed, rejected: 0, landed }
  } catch (error) {
    const need = asNeed(error)
    if (need instanceof RowsNeeded) await connection.execute(connection.dialect.dropTable(scene.landing))
    throw need instanceof RowsNeeded ? need : notTaken(need, target)
  }
}

function copyStep({ landing, stage }: Scene, columns: readonly FittedColumn[], flow: Flow<Relation>): Step {
  const { dialect } = stage
  const { scope } = flow.rows
  const number = dialect.rowNumber === undefined ? [] : [['row_no', dialect.rowNumber] as const]
  const filled = [...number, ...columns.map((column) => [dialect.quote(column.name), copied(dialect, column, flow.columns)] as const)]
  return {
    title: 'let the warehouse copy the source',
    sql: `INSERT INTO ${scope.table(landing)} (${filled.map(([name]) => name).join(', ')})
SELECT ${filled.map(([, expression]) => expression).join(', ')}
FROM ${scope.rows} AS s`,
  }
}

/** A landing takes NULL anywhere. */
function nullStep({ landing, stage }: Scene, columns: readonly FittedColumn[]): Step {
  const quote = quoteIn(stage)
  const missing = columns.filter(({ nullable }) => !nullable).map(({ name }) => `${quote(name)} IS NULL`)
  return { title: 'see that no value is missing', sql: `SELECT row_no FROM ${quote(landing)} WHERE ${missing.join(' OR ') || '1 = 0'} LIMIT 1` }
}

/** One lookup is one group; `inWindow` also where no index tells apart what a sort takes for one. */
const groupedBy = ({ stage, lookup }: Scene, inWindow: boolean): string =>
  lookup.map((name) => stage.dialect.grouped(stage.dialect.quote(name), typeOf(stage, name), inWindow)).join(', ')

/** The rows of one lookup, where there are several: up to three lookups. */
function findDuplicates(scene: Scene): Step {
  const { stage, landing, lookup } = scene
  const quote = quoteIn(stage)
  const names = lookup.map((name) => quote(name)).join(', ')
  return {
    title: 'find lookups that the source brings twice',
    sql: `SELECT ${names}, COUNT(*) AS row_count, MIN(row_no) AS first_row, MAX(row_no) AS last_row
FROM ${quote(landing)}
GROUP BY ${groupedBy(scene, hasFewLanded(scene))}
HAVING COUNT(*) > 1
ORDER BY MIN(row_no)
LIMIT 3`,
  }
}

/** Whether there are any: numbers and samples of those that come once would be worked out for nothing. */
function anyDuplicate(scene: Scene): Step {
  const { stage, landing } = scene
  return {
    title: `look for lookups that the source brings twice, ${unlessTiny}`,
    sql: `SELECT 1 AS one FROM ${quoteIn(stage)(landing)} GROUP BY ${groupedBy(scene, hasFewLanded(scene))} HAVING COUNT(*) > 1 LIMIT 1`,
  }
}

/** Keeps the row with the greatest value of the declared order; NULL is the least, the later row breaks ties. */
function dropSuperseded(scene: Scene): Step {
  const { stage, landing } = scene
  const quote = quoteIn(stage)
  const order = quote('etl_order')
  const place = `ROW_NUMBER() OVER (PARTITION BY ${groupedBy(scene, true)}
      ORDER BY CASE WHEN ${order} IS NULL THEN 1 ELSE 0 END, ${order} DESC, row_no DESC)`
  return {
    title: 'keep the last row of each lookup',
    sql: `DELETE FROM ${quote(landing)}
WHERE row_no IN (
  SELECT row_no FROM (
    SELECT row_no, ${place} AS place
    FROM ${quote(landing)}
  ) AS placed WHERE place > 1
)`,
  }
}

/** What happens to duplicates: resolved where that is declared, else looked for. */
export const duplicatesSteps = (scene: Scene, declared: Declared): Step[] =>
  declared.duplicates === undefined ? [anyDuplicate(scene), findDuplicates(scene)] : [dropSuperseded(scene)]

const NOTHING_GONE = { superseded: 0, gone: 0 }

/** What went of a landing where lookups came twice: superseded by other rows, or all rows that went. */
interface Settled {
  readonly superseded: number
  readonly gone: number
}

/**
 * Resolves duplicates as declared.
 * @throws {DataError} with samples where nothing is declared, unless bad rows are set aside
 */
export async function settleDuplicates(scene: Scene, declared: Declared, { badRows, connection }: Target): Promise<Settled> {
  if (declared.duplicates !== undefined) {
    const superseded = await connection.execute(dropSuperseded(scene))
    return { superseded, gone: superseded }
  }
  if (!hasFewLanded(scene) && (await connection.query(anyDuplicate(scene))).length === 0) return NOTHING_GONE
  const rows = await connection.query(findDuplicates(scene))
  if (rows.length === 0) return NOTHING_GONE
  const samples = rows.map((row) => {
    const [count, first, last] = ['row_count', 'first_row', 'last_row'].map((name) => Number(row[name]))
    return `${lookupWords(scene.lookup, row)} in rows ${first} and ${last}${count === 2 ? '' : ` (${count} in all)`}`
  })
  const refusal = new DataError('the source brings several rows of one lookup', {
    where: `${scene.stage.etl}, lookup ${scene.lookup.join(', ')}`, why: samples.join('; '),
    wayOut: "let the source bring each member once, or say which row counts: duplicates: { keep: 'last', by: '…' }",
  })
  if (!badRows.quarantines) throw refusal
  return { superseded: 0, gone: await setDoubledAside(scene, connection, badRows, refusal) }
}

/** The rows whose lookup comes more than once: nobody can tell which of them counts, so none does. */
function doubledRows(scene: Scene): string {
  const { stage, landing } = scene
  const quote = quoteIn(stage)
  return `SELECT row_no FROM (
    SELECT row_no, COUNT(*) OVER (PARTITION BY ${groupedBy(scene, true)}) AS of_lookup
    FROM ${quote(landing)}
  ) AS counted WHERE of_lookup > 1`
}

async function setDoubledAside(scene: Scene, connection: Connection, badRows: BadRows, refusal: DataError): Promise<number> {
  const quote = quoteIn(scene.stage)
  const doubled = doubledRows(scene)
  // One more than there is room for: it fails the load.
  const rows = await connection.query(`SELECT * FROM ${quote(scene.landing)} WHERE row_no IN (${doubled}) ORDER BY row_no LIMIT ${badRows.room() + 1}`)
  for (const { row_no: number, ...row } of rows) {
    const columns = scene.loaded.map(({ name, type }) => ({ name, type }))
    badRows.take({
      row: Number(number), column: scene.lookup.join(', '), reason: `${lookupWords(scene.lookup, row)} comes more than once`,
      values: rowText(columns, columns.map(({ name }) => row[name] as Value)),
    }, refusal)
  }
  return connection.execute(`DELETE FROM ${quote(scene.landing)} WHERE row_no IN (${doubled})`)
}

/** `product_id 7, shop 'b'`. */
export const lookupWords = (lookup: readonly string[], row: Readonly<Record<string, unknown>>): string =>
  lookup.map((name) => `${name} ${valueWords(row[name])}`).join(', ')

/** The load itself has no SQL to show: what a plan says instead. */
export function landSteps(scene: Scene, columns: readonly FittedColumn[]): PlanStep[] {
  const { landing, stage } = scene
  if (stage.relation !== undefined) return [copyStep(scene, columns, stage.relation), nullStep(scene, columns)]
  return [{
    title: 'take in the source, row by row checked',
    sql: `-- bulk load into ${stage.dialect.quote(landing)} (row_no, ${columns.map((column) => stage.dialect.quote(column.name)).join(', ')})`,
  }]
}
