import { Readable } from 'node:stream'
import { DatabaseError, DataError } from '../../errors.ts'
import { redact } from '../../redact.ts'
import type { LoadOptions, LoadTarget } from '../connection.ts'
import type { Row } from '../flow.ts'
import { infileColumns, lineOf, targetColumns, tupleOf } from './encode.ts'
import type { TargetColumn } from './encode.ts'
import { databaseError, numberOf, refusesData } from './errors.ts'
import { ask } from './server.ts'
import type { Server } from './server.ts'
import { quote } from './text.ts'
import type { Answer, Wire } from './wire.ts'

const IDLE_SECONDS = 300
const CHUNK = 128 * 1024
const INSERT_ROWS = 1_000
const INSERT_BYTES = 1 << 20
/** Bytes of a packet that are no SQL, and then some. */
const ROOM = 4_096
const TICK_MS = 250

/** The server says no to LOAD DATA LOCAL as such: 1148 of old, 3948 MySQL 8, 4166 MariaDB. */
const LOCAL_REFUSED = new Set([1148, 3948, 4166])

/** What a load works with. */
interface Job {
  readonly wire: Wire
  readonly place: string
  readonly target: LoadTarget
  readonly columns: readonly TargetColumn[]
  readonly source: RowSource
  readonly idleSeconds: number
}

/**
 * Loads rows into a table; the caller holds the transaction. By LOAD DATA LOCAL where the server allows it, else by
 * multi-row INSERTs; both are held against the same gate.
 * @returns the number of rows loaded
 */
export async function loadRows(wire: Wire, server: Server, place: string, target: LoadTarget, batches: AsyncIterable<readonly Row[]>,
  { signal, idleSeconds = IDLE_SECONDS, onRows }: LoadOptions): Promise<number> {
  const source = rowSource(batches, onRows)
  const stop = (): void => source.stop(reasonOf(signal))
  signal?.addEventListener('abort', stop, { once: true })
  try {
    if (signal?.aborted) stop()
    source.throwIfStopped()
    const empty = await wire.run(`SELECT ${target.columns.map(({ name }) => quote(name)).join(', ')} FROM ${quote(target.table)} LIMIT 0`)
    const job: Job = { wire, place, target, columns: targetColumns(target, empty.fields ?? []), source, idleSeconds }
    if (server.localInfile) {
      const loaded = await loadByInfile(job)
      if (loaded !== undefined) return loaded
    }
    return await loadByInserts(job, server.maxPacket - ROOM)
  } finally {
    signal?.removeEventListener('abort', stop)
    source.close()
  }
}

function reasonOf(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new DatabaseError('the load was stopped')
}

/** The rows, one by one or in texts of some size, however large the batches are. */
interface RowSource {
  /** Rows taken so far. */
  readonly taken: number
  /** The texts of the next rows, until they are `size` long or `rows` many; undefined at the end. */
  next(text: (row: Row) => string, size: number, rows?: number): Promise<{ texts: string[], length: number } | undefined>
  /** Makes every step from now on error so. */
  stop(reason: Error): void
  throwIfStopped(): void
  close(): void
}

function rowSource(batches: AsyncIterable<readonly Row[]>, onRows: LoadOptions['onRows']): RowSource {
  const iterator = batches[Symbol.asyncIterator]()
  let batch: readonly Row[] = []
  let at = 0
  let taken = 0
  let ended = false
  let stopped: Error | undefined
  let stop: (reason: Error) => void = () => {}
  const stops = new Promise<never>((_, reject) => { stop = reject })
  stops.catch(() => {})

  /** Whether there is a row at `at` now. */
  async function more(): Promise<boolean> {
    while (at >= batch.length) {
      if (taken > 0 || batch.length > 0) onRows?.(taken)
      const step = await Promise.race([iterator.next(), stops])
      if (step.done) {
        ended = true
        return false
      }
      batch = step.value
      at = 0
    }
    return true
  }

  return {
    get taken() { return taken },
    async next(text, size, rows = Infinity) {
      const texts: string[] = []
      let length = 0
      while (length < size && texts.length < rows) {
        if (stopped !== undefined) throw stopped
        if (ended || !await more()) break
        // Over the rows of one batch without a promise for each.
        while (at < batch.length && length < size && texts.length < rows) {
          const one = textOrWhere(text, batch[at] as Row, taken)
          texts.push(one)
          length += one.length
          at += 1
          taken += 1
        }
      }
      return texts.length === 0 ? undefined : { texts, length }
    },
    stop(reason) {
      stopped ??= reason
      stop(stopped)
    },
    throwIfStopped() { if (stopped !== undefined) throw stopped },
    close() {
      // Not awaited: a source that is stuck in its next row would keep a load from failing.
      if (!ended) Promise.resolve(iterator.return?.()).catch(() => {})
    },
  }
}

function textOrWhere(text: (row: Row) => string, row: Row, index: number): string {
  try {
    return text(row)
  } catch (error) {
    if (!(error instanceof DataError)) throw error
    throw new DataError(`row ${index + 1} can't be loaded as it is`, { where: error.where ?? '', ...error.why && { why: error.why }, ...error.wayOut && { wayOut: error.wayOut } })
  }
}

/** By LOAD DATA LOCAL; undefined where the server refuses that before it has taken a row. */
async function loadByInfile(job: Job): Promise<number | undefined> {
  const { wire, target, columns, source, place } = job
  const path = `starline/${target.table}`
  const { list, set } = infileColumns(columns, quote)
  const file = fileOf(job)
  const watch = watchSending(job, file)
  let asked = false
  try {
    const answer = await wire.run(
      `LOAD DATA LOCAL INFILE '${path.replaceAll(/['\\]/g, '\\$&')}' INTO TABLE ${quote(target.table)} CHARACTER SET utf8mb4
       FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' (${list})${set && ` SET ${set}`}`,
      (wanted) => {
        // The server chooses the path that it asks for; there is nothing here but this one.
        asked = wanted === path
        return asked ? file.stream : refusing(wanted, place)
      })
    if (file.failure !== undefined) throw file.failure
    return await gate(job, answer, infileCounts(answer))
  } catch (error) {
    if (file.failure !== undefined) throw file.failure
    if (!asked && source.taken === 0 && LOCAL_REFUSED.has(numberOf(error))) return undefined
    throw dataOrDatabase(error, job)
  } finally {
    watch.end()
    file.stream.destroy()
  }
}

/** `destroy` without an error would let mysql2 wait for ever, and so would a stream that never ends. */
function refusing(wanted: string, place: string): Readable {
  const error = new DatabaseError('the server asked for a file that nobody offered it', { where: place, why: JSON.stringify(wanted) })
  return new Readable({ read() { this.destroy(error) } })
}

interface InfileSource {
  readonly stream: Readable
  /** Why the rows ended early: an error of whoever gives them. */
  readonly failure: Error | undefined
  /** The stream is full, and the server takes nothing out of it. */
  readonly blocked: boolean
}

/** The rows as a stream of Buffers that are never empty: an empty one would end the file. */
function fileOf({ source, columns }: Job): InfileSource {
  let failure: Error | undefined
  let blocked = false
  const text = (row: Row): string => lineOf(row, columns)
  const stream = new Readable({
    highWaterMark: CHUNK,
    read() {
      blocked = false
      source.next(text, CHUNK).then((chunk) => {
        blocked = true
        if (chunk === undefined) return this.push(null)
        const bytes = Buffer.from(chunk.texts.join(''), 'utf8')
        for (let at = 0; at < bytes.length; at += 2 * CHUNK) this.push(bytes.subarray(at, at + 2 * CHUNK))
      }).catch((error: unknown) => {
        failure = error instanceof Error ? error : new Error(String(error))
        this.destroy(failure)
      })
    },
  })
  // mysql2 listens too, but only while it reads.
  stream.on('error', () => {})
  return { stream, get failure() { return failure }, get blocked() { return blocked } }
}

/** Ends the session where the server takes nothing for too long although something waits. */
function watchSending({ wire, source, idleSeconds, place }: Job, file: InfileSource): { end(): void } {
  let since = performance.now()
  let before = ''
  const timer = setInterval(() => {
    const waits = file.failure !== undefined || file.blocked && (wire.unsent > 0 || !file.stream.readableEnded)
    const now = `${source.taken} ${wire.unsent} ${wire.received}`
    if (!waits || now !== before) since = performance.now()
    before = now
    if (performance.now() - since >= idleSeconds * 1000) wire.end(stalled(place, idleSeconds))
  }, Math.min(TICK_MS, idleSeconds * 1000))
  return { end: () => clearInterval(timer) }
}

function stalled(place: string, seconds: number): DatabaseError {
  return new DatabaseError(`the database took no row for ${seconds} s`, {
    where: place, code: 'STARLINE_IDLE', transient: true, wayOut: 'see what the server is doing, or allow it more seconds',
  })
}

interface Counts { readonly records: number, readonly affected: number, readonly skipped: number, readonly warnings: number }

function infileCounts({ header }: Answer): Counts | undefined {
  const found = /Records: (\d+)\s+Deleted: \d+\s+Skipped: (\d+)\s+Warnings: (\d+)/.exec(header?.info ?? '')
  return found === null ? undefined : { records: Number(found[1]), affected: Number(header?.affectedRows), skipped: Number(found[2]), warnings: Number(found[3]) }
}

function insertCounts({ header }: Answer, rows: number): Counts {
  const found = /Records: (\d+)\s+Duplicates: (\d+)\s+Warnings: (\d+)/.exec(header?.info ?? '')
  return {
    // A single row has no info.
    records: found === null ? rows : Number(found[1]),
    affected: Number(header?.affectedRows),
    skipped: found === null ? 0 : Number(found[2]),
    warnings: Math.max(found === null ? 0 : Number(found[3]), header?.warningStatus ?? 0),
  }
}

/** What was sent, what was taken and what was changed must agree: LOAD DATA LOCAL changes and drops values with a mere warning. */
async function gate({ wire, target, source }: Job, answer: Answer, counts: Counts | undefined, sent = source.taken): Promise<number> {
  if (counts !== undefined && counts.records === sent && counts.affected === sent && counts.skipped === 0 && counts.warnings === 0) return sent
  const warnings = await ask(wire, 'SHOW WARNINGS LIMIT 3')
  const said = counts === undefined
    ? `the server said ${JSON.stringify(answer.header?.info)}`
    : `${sent} rows sent, ${counts.records} read, ${counts.affected} taken, ${counts.skipped} skipped, ${counts.warnings} warnings`
  throw new DataError('the database did not take the rows as they are', {
    where: target.table,
    why: redact([said, ...warnings.map((each) => String(each['Message']))].join('; ')),
    wayOut: 'correct the values in the source, or declare types that hold them',
  })
}

async function loadByInserts(job: Job, most: number): Promise<number> {
  const { wire, target, columns, source, place, idleSeconds } = job
  const head = `INSERT INTO ${quote(target.table)} (${columns.map(({ name }) => quote(name)).join(', ')}) VALUES `
  for (;;) {
    const before = source.taken
    // UTF-8 has at most three bytes for each of JavaScript's units.
    const next = await source.next((row) => tupleOf(row, columns), Math.min(INSERT_BYTES, Math.floor(most / 4)), INSERT_ROWS)
    if (next === undefined) return source.taken
    const sql = head + next.texts.join(',')
    if (Buffer.byteLength(sql) > most) {
      throw new DataError(`row ${source.taken} is larger than the server takes`, { where: target.table, why: `max_allowed_packet is ${most + ROOM} bytes`, wayOut: "raise the server's max_allowed_packet" })
    }
    const late = setTimeout(() => wire.end(stalled(place, idleSeconds)), idleSeconds * 1000)
    try {
      const answer = await wire.run(sql)
      await gate(job, answer, insertCounts(answer, source.taken - before), source.taken - before)
    } catch (error) {
      throw dataOrDatabase(error, job)
    } finally {
      clearTimeout(late)
    }
  }
}

/** A refusal of the data itself is a DataError, by whichever way it came. */
function dataOrDatabase(error: unknown, { target, place }: Job): Error {
  if (error instanceof DataError) return error
  const clean = databaseError(error, place)
  if (!refusesData(clean) || !(clean instanceof DatabaseError)) return clean
  return new DataError('the database did not take the rows as they are', { where: target.table, ...clean.why && { why: clean.why }, cause: clean })
}
