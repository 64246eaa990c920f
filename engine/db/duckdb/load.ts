import type { DuckDBAppender, DuckDBDataChunk } from '@duckdb/node-api'
import { DataError } from '../../errors.ts'
import type { LoadOptions, LoadTarget } from '../connection.ts'
import type { LoadBatch } from '../flow.ts'
import { onAbort, reasonOf } from '../waiting.ts'
import { databaseError, loadError } from './errors.ts'
import { Ending } from '../ending.ts'
import { asObjects } from './rows.ts'
import { quoteName, quoteText } from './quote.ts'
import { chunkWriter } from './write-vectors.ts'
import type { TargetColumn } from './write-vectors.ts'
import type { Wire } from './wire.ts'

const SHAPE = 'starline_load_shape'

/** A column of the table, as the catalogue has it. */
interface CatalogColumn { readonly name: string; readonly fallback: string | null }

/** Where the appender puts the rows. */
interface Destination { readonly table: string; readonly catalog: string | null; readonly columns: readonly CatalogColumn[] }

/**
 * Loads rows by the chunk appender, inside the caller's transaction: its error must be followed by a ROLLBACK.
 *
 * @throws {DataError} where a value, a constraint or the count of rows says no
 */
export async function loadRows(wire: Wire, target: LoadTarget, batches: AsyncIterable<LoadBatch>, options: LoadOptions): Promise<number> {
  const { table } = target
  try {
    const columns = await columnsOf(wire, table)
    const before = await count(wire, table)
    const sent = takesAll(target, columns)
      ? await append(wire, { table, catalog: null, columns }, target, batches, options)
      : await appendAside(wire, target, batches, options)
    const loaded = await count(wire, table) - before
    if (loaded !== sent) throw new DataError(`${sent} rows were sent to ${table}, and ${loaded} are there`, { where: wire.place })
    return sent
  } catch (error) {
    throw loadError(error, wire.place, table)
  }
}

/** The appender fills every column itself: what isn't brought becomes NULL. */
function takesAll(target: LoadTarget, columns: readonly CatalogColumn[]): boolean {
  const brought = new Set(target.columns.map((column) => column.name.toLowerCase()))
  return columns.every((column) => column.fallback === null || brought.has(column.name.toLowerCase()))
}

/** Where columns have defaults or are computed: the rows go to a table of their own shape first. */
async function appendAside(wire: Wire, target: LoadTarget, batches: AsyncIterable<LoadBatch>, options: LoadOptions): Promise<number> {
  const names = target.columns.map((column) => quoteName(column.name)).join(', ')
  const shape = `temp.main.${SHAPE}`
  await wire.run({ sql: `CREATE OR REPLACE TEMP TABLE ${SHAPE} AS SELECT ${names} FROM main.${quoteName(target.table)} LIMIT 0` })
  const sent = await append(wire, { table: SHAPE, catalog: 'temp', columns: await columnsOf(wire, SHAPE, 'temp') }, target, batches, options)
  await wire.run({ sql: `INSERT INTO main.${quoteName(target.table)} (${names}) SELECT ${names} FROM ${shape}` })
  await wire.run({ sql: `DROP TABLE ${shape}` })
  return sent
}

async function append(
  wire: Wire, { table, catalog, columns }: Destination, target: LoadTarget, batches: AsyncIterable<LoadBatch>, options: LoadOptions,
): Promise<number> {
  const appender = await wire.appender(table, catalog)
  try {
    const write = chunkWriter(placed(appender, columns, target))
    const sent = await eachBatch(wire, batches, options, (batch) => {
      for (const chunk of write(batch)) appendChunk(appender, chunk, wire.place)
    })
    await wire.turn(async () => appender.closeSync())
    return sent
  } catch (error) {
    discard(appender)
    throw error
  }
}

function appendChunk(appender: DuckDBAppender, chunk: DuckDBDataChunk, place: string): void {
  try {
    appender.appendDataChunk(chunk)
  } catch (error) {
    throw databaseError(error, place)
  }
}

/** What it still holds must not reach the table later on, when the collector finds it. */
function discard(appender: DuckDBAppender): void {
  try {
    appender.clear()
    appender.closeSync()
  } catch {
    // Its transaction is gone, and the rows with it.
  }
}

/** Takes the batches one by one; an error or an abort closes their source. */
async function eachBatch(
  wire: Wire, batches: AsyncIterable<LoadBatch>, { signal, onRows }: LoadOptions, take: (batch: LoadBatch) => void,
): Promise<number> {
  const iterator = batches[Symbol.asyncIterator]()
  let sent = 0
  try {
    for (;;) {
      const step = await wire.unlessEnded(unlessAborted(signal, () => iterator.next()))
      if (step.done === true) return sent
      if (wire.ended !== undefined) throw wire.ended
      take(step.value)
      sent += step.value.length
      onRows?.(sent)
    }
  } catch (error) {
    // Not awaited: a source that stalls would hold the error back.
    Promise.resolve(iterator.return?.()).catch(() => {})
    throw error
  }
}

async function unlessAborted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (signal === undefined) return work()
  if (signal.aborted) throw reasonOf(signal)
  const ending = new Ending()
  const unwatch = onAbort(signal, (reason) => ending.end(reason))
  try {
    return await ending.unlessEnded(work())
  } finally {
    unwatch()
  }
}

/** The table's columns in its order, and where a row brings each of them. */
function placed(appender: DuckDBAppender, columns: readonly CatalogColumn[], { table, columns: brought }: LoadTarget): TargetColumn[] {
  const missing = brought.find((column) => !columns.some((has) => same(has.name, column.name)))
  if (missing !== undefined) throw new DataError(`${table} has no column ${missing.name}`)
  return columns.map(({ name }, at) => {
    const place = brought.findIndex((column) => same(column.name, name))
    return { name, type: appender.columnType(at), at: place < 0 ? undefined : place }
  })
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

async function columnsOf(wire: Wire, table: string, catalog: string | null = null): Promise<CatalogColumn[]> {
  const result = await wire.run({
    sql: `SELECT column_name, column_default FROM duckdb_columns()
      WHERE lower(table_name) = lower(?) AND schema_name = 'main' AND database_name = ${catalog === null ? 'current_database()' : quoteText(catalog)}
      ORDER BY column_index`,
    values: [table],
  })
  const rows = asObjects(result)
  if (rows.length === 0) throw new DataError(`there is no table ${table} to load into`, { where: wire.place })
  return rows.map((row) => ({ name: String(row['column_name']), fallback: row['column_default'] === null ? null : String(row['column_default']) }))
}

async function count(wire: Wire, table: string): Promise<number> {
  const result = await wire.run({ sql: `SELECT count(*) AS n FROM main.${quoteName(table)}` })
  return Number(asObjects(result)[0]?.['n'])
}
