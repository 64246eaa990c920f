import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { DataError } from '../../errors.ts'

const PIECE = 1 << 20

/**
 * A file's bytes piece by piece, unzipped where its name ends in `.gz`, every piece held to be UTF-8.
 *
 * @throws {DataError} naming the file and the line that is no UTF-8
 */
export async function* piecesOf(path: string, shown: string): AsyncGenerator<Buffer> {
  const raw = createReadStream(path, { highWaterMark: PIECE })
  const source: AsyncIterable<Buffer> & { destroy(error?: Error): unknown } = path.toLowerCase().endsWith('.gz') ? raw.pipe(createGunzip({ chunkSize: PIECE })) : raw
  raw.on('error', (error) => source.destroy(error))
  let line = 1
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const piece of source) {
      const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
      const end = wholeCharacters(bytes)
      refuseOther(bytes.subarray(0, end), shown, line)
      line += countOf(bytes.subarray(0, end))
      rest = Buffer.from(bytes.subarray(end))
      if (end > 0) yield bytes.subarray(0, end)
    }
  } catch (error) {
    if (error instanceof DataError) throw error
    throw new DataError('the file can\'t be read to its end', { where: shown, why: error instanceof Error ? error.message : String(error), cause: error })
  } finally {
    raw.destroy()
  }
  refuseOther(rest, shown, line)
}

/** How many bytes there are up to a character that the piece cuts in two. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if ((byte & 0xc0) === 0x80) continue
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return needs > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

function countOf(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1
  return lines
}

function refuseOther(bytes: Buffer, shown: string, line: number): void {
  if (isUtf8(bytes)) return
  let at = line
  for (let from = 0; from < bytes.length; at += 1) {
    const end = bytes.indexOf(10, from)
    if (!isUtf8(bytes.subarray(from, end < 0 ? bytes.length : end))) break
    if (end < 0) break
    from = end + 1
  }
  throw new DataError('the text is not UTF-8', { where: `${shown}, line ${at}`, wayOut: 'save the file as UTF-8' })
}
