import { DatabaseError } from '../../errors.ts'
import { tupleOf } from './encode.ts'
import { asDataError, gate, insertCounts } from './gate.ts'
import { stalled } from './job.ts'
import type { Job } from './job.ts'
import { quote } from './text.ts'

const ROWS = 1_000
const CHARACTERS = 1 << 20
/** Bytes of a packet that are no rows, and then some. */
const ROOM = 8_192

/** Loads by INSERTs of many rows, each below what the server takes in one packet. */
export async function loadByInserts(job: Job): Promise<number> {
  const { target, columns, source, maxPacket } = job
  const head = `INSERT INTO ${quote(target.table)} (${columns.map(({ name }) => quote(name)).join(', ')}) VALUES `
  // In UTF-8 a character of JavaScript's takes three bytes at most.
  const size = Math.min(CHARACTERS, Math.floor((maxPacket - ROOM) / 3))
  for (;;) {
    const before = source.taken
    const next = await source.next((row) => tupleOf(row, columns), size, ROWS)
    if (next === undefined) return source.taken
    for (const texts of fitting(next.texts, maxPacket - ROOM, job, before)) await insert(job, head + texts.join(','), texts.length)
  }
}

/** The same rows in as few groups as each fit into a packet. @throws {DatabaseError} for a row that alone doesn't */
function fitting(texts: readonly string[], most: number, { target }: Job, before: number): readonly string[][] {
  const groups: string[][] = []
  let bytes = Infinity
  for (const [i, text] of texts.entries()) {
    const own = Buffer.byteLength(text) + 1
    if (own > most) {
      throw new DatabaseError(`row ${before + i + 1} is larger than the server takes`, {
        where: target.table, code: 'ER_NET_PACKET_TOO_LARGE', why: `it has ${own} bytes, and max_allowed_packet is ${most + ROOM}`, wayOut: "raise the server's max_allowed_packet",
      })
    }
    if (bytes + own > most) {
      groups.push([])
      bytes = 0
    }
    groups.at(-1)?.push(text)
    bytes += own
  }
  return groups
}

async function insert(job: Job, sql: string, rows: number): Promise<void> {
  const { wire, target, idleSeconds } = job
  const late = setTimeout(() => wire.end(stalled(job)), idleSeconds * 1000)
  try {
    const { header } = await wire.run(sql)
    await gate(wire, target.table, rows, insertCounts(header, rows))
  } catch (error) {
    throw asDataError(error, target.table)
  } finally {
    clearTimeout(late)
  }
}
