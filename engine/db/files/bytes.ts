import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { DataError } from '../../errors.ts'

const PIECE = 1 << 20
/** The bytes of a character that may still be missing their last one. */
const CUT = 3

/**
 * A file's bytes piece by piece, unzipped where its name ends in `.gz`, every piece held to be UTF-8.
 *
 * A piece is good until the next one is asked for.
 * @throws {DataError} naming the file and the line that is no UTF-8
 */
export async function* piecesOf(path: string, shown: string): AsyncGenerator<Buffer> {
  let before = 0
  for await (const { bytes, isLast } of wholePieces(path, shown)) {
    const end = isLast ? bytes.length : wholeCharacters(bytes)
    if (!isUtf8(bytes.subarray(0, end))) {
      throw new DataError('the text is not UTF-8', { where: `${shown}, line ${await lineAt(path, shown, before + otherIn(bytes.subarray(0, end)))}`, wayOut: 'save the file as UTF-8' })
    }
    before += end
    if (end > 0) yield bytes.subarray(0, end)
  }
}

/** The bytes as they come; what `wholeCharacters` leaves of a piece begins the next one. */
async function* wholePieces(path: string, shown: string): AsyncGenerator<{ readonly bytes: Buffer, readonly isLast: boolean }> {
  const rest = Buffer.alloc(CUT)
  let kept = 0
  try {
    for await (const { buffer, end } of path.toLowerCase().endsWith('.gz') ? unzipped(path) : plain(path)) {
      // Where a piece begins there is room for what was left of the one before.
      rest.copy(buffer, CUT - kept, 0, kept)
      const bytes = buffer.subarray(CUT - kept, end)
      kept = bytes.copy(rest, 0, wholeCharacters(bytes))
      yield { bytes, isLast: false }
    }
  } catch (error) {
    if (error instanceof DataError) throw error
    throw new DataError('the file can\'t be read to its end', { where: shown, why: error instanceof Error ? error.message : String(error), cause: error })
  }
  yield { bytes: rest.subarray(0, kept), isLast: true }
}

interface Filled { readonly buffer: Buffer, readonly end: number }

/** Into the same two buffers again and again: fresh memory costs more than what is done with the bytes. */
async function* plain(path: string): AsyncGenerator<Filled> {
  const file = await open(path)
  let reading: Promise<Filled> | undefined
  try {
    const into = async (buffer: Buffer): Promise<Filled> => ({ buffer, end: CUT + (await file.read(buffer, CUT, PIECE)).bytesRead })
    let next: Buffer = Buffer.allocUnsafeSlow(CUT + PIECE)
    reading = into(Buffer.allocUnsafeSlow(CUT + PIECE))
    for (;;) {
      const filled = await reading
      if (filled.end === CUT) return
      reading = into(next)
      reading.catch(() => {})
      yield filled
      next = filled.buffer
    }
  } finally {
    await reading?.catch(() => {})
    await file.close()
  }
}

async function* unzipped(path: string): AsyncGenerator<Filled> {
  const raw = createReadStream(path, { highWaterMark: PIECE })
  const source = raw.pipe(createGunzip({ chunkSize: PIECE }))
  raw.on('error', (error) => source.destroy(error))
  try {
    for await (const piece of source as AsyncIterable<Buffer>) {
      const buffer = Buffer.allocUnsafeSlow(CUT + piece.length)
      yield { buffer, end: CUT + piece.copy(buffer, CUT) }
    }
  } finally {
    raw.destroy()
  }
}

/** How many bytes there are up to a character that the piece cuts in two. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= CUT && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return needs > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

/** Where the first line begins that is no UTF-8. */
function otherIn(bytes: Buffer): number {
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(10, from)
    if (end < 0 || !isUtf8(bytes.subarray(from, end))) return from
    from = end + 1
  }
  return 0
}

/** The number of the line in which a byte is: counted only where somebody has to be told. */
async function lineAt(path: string, shown: string, byte: number): Promise<number> {
  let [line, before] = [1, 0]
  for await (const { bytes, isLast } of wholePieces(path, shown)) {
    const end = Math.min(isLast ? bytes.length : wholeCharacters(bytes), byte - before)
    for (let at = bytes.indexOf(10); at >= 0 && at < end; at = bytes.indexOf(10, at + 1)) line += 1
    before += end
    if (before === byte) break
  }
  return line
}
