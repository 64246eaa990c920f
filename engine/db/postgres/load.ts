import { from } from 'pg-copy-streams'
import type { CopyStreamQuery } from 'pg-copy-streams'
import { setImmediate as aTurn } from 'node:timers/promises'
import { asError, DatabaseError, DataError } from '../../errors.ts'
import type { LoadOptions, LoadTarget } from '../connection.ts'
import type { LoadBatch, Row } from '../flow.ts'
import { columnLines, LineWriter } from '../line-writer.ts'
import { RowSource } from '../row-source.ts'
import type { Lines } from '../row-source.ts'
import type { Value } from '../value-type.ts'
import { IDLE_SECONDS, deferred, onAbort, within } from '../waiting.ts'
import { codeOf } from './errors.ts'
import { native } from './statement.ts'
import { floatText, hex, quote, storable } from './text.ts'
import type { Wire } from './wire.ts'

const TICK_MS = 250
const END_MS = 10_000
/** Characters that are gathered before they are sent. */
const GATHER = 128 * 1024

/**
 * Loads rows into a table by COPY; the caller holds the transaction, and rolls it back after any error.
 *
 * @returns the number of rows loaded
 * @throws {DataError} where a value, a constraint or the count of rows says no
 * @throws the error of whoever gives the rows, as it was thrown
 */
export async function loadRows(wire: Wire, target: LoadTarget, batches: AsyncIterable<LoadBatch>, options: LoadOptions): Promise<number> {
  const { signal, idleSeconds = IDLE_SECONDS, onRows } = options
  const source = new RowSource(batches, onRows)
  const unwatch = onAbort(signal, (reason) => source.stop(reason))
  try {
    source.throwIfStopped()
    const ways = await waysOf(wire, target)
    const names = target.columns.map(({ name }) => quote(name)).join(', ')
    const loaded = await wire.guarded(() => copy(wire, from(`COPY ${quote(target.table)} (${names}) FROM STDIN`), source, linesFor(ways), idleSeconds))
    if (loaded !== source.taken) throw new DataError(`${source.taken} rows were sent to ${target.table}, and ${loaded} are there`, { where: wire.place })
    return loaded
  } catch (error) {
    throw asDataError(error, target.table)
  } finally {
    unwatch()
    source.close()
  }
}

/** Sends the rows, no faster than the server takes them, and gives how many it has taken. */
async function copy(wire: Wire, stream: CopyStreamQuery, source: RowSource, lines: Lines, idleSeconds: number): Promise<number> {
  const ended = deferred<void>()
  const failed = deferred<never>()
  stream.on('error', failed.reject)
  stream.on('finish', () => ended.resolve())
  const release = wire.guard((reason) => { failed.reject(reason); source.stop(reason) })
  // An error of the server ends the wait for rows that nobody wants any more.
  failed.promise.catch((error: unknown) => source.stop(asError(error)))
  wire.submit(stream)
  wire.isSending = true
  try {
    for (let chunk = await source.nextLines(lines, GATHER); chunk !== undefined; chunk = await source.nextLines(lines, GATHER)) {
      // Where rows are made as fast as the server takes them, nothing else would have its turn.
      await aTurn()
      source.throwIfStopped()
      if (stream.write(chunk)) continue
      const drained = deferred<void>()
      stream.once('drain', drained.resolve)
      await taken(wire, Promise.race([drained.promise, failed.promise]), idleSeconds)
    }
    stream.end()
    wire.isSending = false
    await taken(wire, Promise.race([ended.promise, failed.promise]), idleSeconds, true)
    return stream.rowCount
  } catch (error) {
    await giveUp(wire, stream)
    throw error
  } finally {
    wire.isSending = false
    release()
  }
}

/** Waits for the server; ends the session where it takes nothing for too long. After the last row it may have indexes to see to. */
async function taken(wire: Wire, waiting: Promise<void>, idleSeconds: number, isLast = false): Promise<void> {
  let since = performance.now()
  let unsent = wire.socket.writableLength
  const watch = setInterval(() => {
    if (wire.socket.writableLength !== unsent || (isLast && wire.socket.writableLength === 0)) since = performance.now()
    unsent = wire.socket.writableLength
    if (performance.now() - since < idleSeconds * 1000) return
    wire.end(new DatabaseError(`the server took no rows for ${idleSeconds} s`, {
      where: wire.place, code: 'STARLINE_IDLE', transient: true, wayOut: 'see what the server is doing, or allow it more seconds',
    }))
  }, Math.min(TICK_MS, idleSeconds * 1000))
  try {
    await waiting
  } finally {
    clearInterval(watch)
  }
}

/** Has the server drop what it took: the session stays, and the transaction is broken. */
async function giveUp(wire: Wire, stream: CopyStreamQuery): Promise<void> {
  if (wire.ended !== undefined || stream.errored !== null || stream.destroyed) return
  const closed = deferred<void>()
  const isClosed = { yet: false }
  stream.once('close', () => { isClosed.yet = true; closed.resolve() })
  stream.destroy(new Error('the load was given up'))
  await within(closed.promise, END_MS)
  if (!isClosed.yet) wire.end(new DatabaseError('a load could not be ended, so its session was', { where: wire.place, transient: true }))
}

/** How a column takes its values. */
interface Way { readonly name: string, readonly bytes: boolean }

const BYTEA = 17

async function waysOf(wire: Wire, target: LoadTarget): Promise<Way[]> {
  const names = target.columns.map(({ name }) => quote(name)).join(', ')
  const { fields } = await wire.run(native({ sql: `SELECT ${names} FROM ${quote(target.table)} LIMIT 0` }))
  return fields.map(({ name, dataTypeID }) => ({ name, bytes: dataTypeID === BYTEA }))
}

function linesFor(ways: readonly Way[]): Lines {
  const writer = new LineWriter()
  const columns = ways.map((way) => ({ takesText: !way.bytes, textOf: (value: Exclude<Value, null>) => textOf(value, way) }))
  return { row: (row) => lineOf(row, ways), columns: (batch) => columnLines(writer, batch, columns) }
}

/** A row as one line for COPY. @throws {DataError} for a value that no line can carry */
function lineOf(row: Row, ways: readonly Way[]): string {
  let line = ''
  for (let at = 0; at < ways.length; at += 1) {
    const way = ways[at]
    const value = row[at] ?? null
    if (at > 0) line += '\t'
    line += value === null || way === undefined ? '\\N' : escaped(textOf(value, way))
  }
  return `${line}\n`
}

const SPECIAL = /[\\\t\n\r]/
const SPECIALS = /[\\\t\n\r]/g
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replaceAll(SPECIALS, (character) => ESCAPES[character] ?? character) : text
}

/** A value as the text from which this column reads it back. */
function textOf(value: Exclude<Value, null>, { name, bytes }: Way): string {
  if (value instanceof Uint8Array !== bytes) throw refused(name, bytes ? 'only bytes go into a column of bytes' : 'bytes go into a column of bytes only')
  if (value instanceof Uint8Array) return hex(value)
  if (typeof value === 'string') return named(name, () => storable(value))
  if (typeof value === 'number') return named(name, () => floatText(value))
  return typeof value === 'boolean' ? value ? 't' : 'f' : String(value)
}

/** What a text can't hold, with the name of its column. */
function named(name: string, write: () => string): string {
  try {
    return write()
  } catch (error) {
    if (error instanceof DataError) throw refused(name, [error.what, error.why].filter((words) => words !== undefined).join('. '), error.wayOut)
    throw error
  }
}

function refused(name: string, why: string, wayOut?: string): DataError {
  return new DataError('a value can\'t be loaded as it is', { where: name, why, ...wayOut !== undefined && { wayOut } })
}

/** Where the server says that the rows are to blame it is a DataError. */
function asDataError(error: unknown, table: string): unknown {
  if (!(error instanceof DatabaseError) || error.transient || !error.refusesRows) return error
  const wayOut = codeOf(error) === '54000' ? { wayOut: 'an index holds some 2,700 bytes of a row: index a shorter column' } : {}
  return new DataError(`the rows don't go into ${table}`, {
    ...error.where !== undefined && { where: error.where }, ...error.why !== undefined && { why: error.why }, ...wayOut, cause: error,
  })
}
