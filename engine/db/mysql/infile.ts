import { Readable } from 'node:stream'
import { setImmediate as aTurn } from 'node:timers/promises'
import { asError, DatabaseError } from '../../errors.ts'
import { infileColumns, linesFor } from './encode.ts'
import { numberOf } from './errors.ts'
import { asDataError, gate, infileCounts } from './gate.ts'
import type { Lines } from '../row-source.ts'
import { stalled } from './job.ts'
import type { Job } from './job.ts'
import { literal, quote } from './text.ts'

/** Characters that are gathered before they are sent, and bytes of a packet. */
const GATHER = 128 * 1024
const PACKET = 256 * 1024
const TICK_MS = 250

/** The server says no to LOAD DATA LOCAL as such: MySQL and MariaDB of old, MySQL 8, MariaDB. */
const LOCAL_REFUSED = [1148, 3948, 4166]

/** Loads by LOAD DATA LOCAL; undefined where the server refuses that before it has taken a row. */
export async function loadByInfile(job: Job): Promise<number | undefined> {
  const { wire, place, target, columns, source } = job
  // Plain letters: what the server asks for comes back in another encoding.
  const path = 'starline/rows'
  const { list, set } = infileColumns(columns)
  const file = new RowFile(job)
  const watch = watchSending(job, file)
  let asked = false
  wire.isSending = true
  try {
    const { header } = await wire.run(
      `LOAD DATA LOCAL INFILE ${literal(path)} INTO TABLE ${quote(target.table)} CHARACTER SET utf8mb4
       FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' (${list})${set && ` SET ${set}`}`,
      (wanted) => {
        asked = true
        // The server chooses the path that it asks for: it gets these rows under their name, and never a file.
        return wanted === path ? file.stream : refusing(wanted, place)
      })
    if (file.failure !== undefined) throw file.failure
    await gate(wire, target.table, source.taken, infileCounts(header))
    return source.taken
  } catch (error) {
    if (file.failure !== undefined) throw file.failure
    // The rows are all still there: whoever never asked for the stream took none.
    if (!asked && LOCAL_REFUSED.includes(numberOf(error))) return undefined
    throw asDataError(error, target.table)
  } finally {
    wire.isSending = false
    watch.end()
    file.stream.destroy()
  }
}

/** `destroy` without an error would let mysql2 wait for ever, and so would a stream that never ends. */
function refusing(wanted: string, place: string): Readable {
  const error = new DatabaseError('the server asked for a file that nobody offered it', { where: place, why: JSON.stringify(wanted) })
  return new Readable({ read() { this.destroy(error) } })
}

/** The rows as a stream of Buffers. */
class RowFile {
  readonly stream: Readable
  /** Why the rows ended early: an error of whoever gives them. */
  failure: Error | undefined
  /** Rows wait in the stream, and nobody has asked for more. */
  blocked = false
  readonly #job: Job
  readonly #lines: Lines

  constructor(job: Job) {
    this.#job = job
    this.#lines = linesFor(job.columns)
    this.stream = new Readable({ highWaterMark: PACKET, read: () => { this.blocked = false; void this.#fill() } })
    // mysql2 listens too, but only while it reads.
    this.stream.on('error', () => {})
  }

  async #fill(): Promise<void> {
    const { source } = this.#job
    try {
      const chunk = await source.nextLines(this.#lines, GATHER)
      // Where rows are made as fast as the server takes them, nothing else would have its turn: no timer, no signal, no answer.
      await aTurn()
      this.blocked = true
      if (chunk === undefined) {
        this.stream.push(null)
        this.#job.wire.isSending = false
      } else this.#push(chunk)
    } catch (error) {
      this.failure = asError(error)
      // Not that error: the end of a source's session would be taken for the end of this one.
      this.stream.destroy(new Error('the rows ended early'))
    }
  }

  /** Never an empty piece: to the server that is the end of the file. */
  #push(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; at += PACKET) this.stream.push(bytes.subarray(at, at + PACKET))
  }
}

/** Ends the session where the server takes nothing for too long although something waits. A slow source is no stall. */
function watchSending(job: Job, file: RowFile): { readonly end: () => void } {
  const { wire, source, idleSeconds } = job
  let since = performance.now()
  let before = ''
  const timer = setInterval(() => {
    const waits = file.failure !== undefined || (file.blocked && (wire.unsent > 0 || !file.stream.readableEnded))
    const now = `${source.taken} ${wire.unsent} ${wire.received}`
    if (!waits || now !== before) since = performance.now()
    before = now
    if (performance.now() - since >= idleSeconds * 1000) wire.end(stalled(job))
  }, Math.min(TICK_MS, idleSeconds * 1000))
  return { end: () => clearInterval(timer) }
}
