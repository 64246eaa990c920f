/** The lines that LOAD DATA and COPY read: fields between tabs, `\N` for NULL, a backslash before what would end a field. */

import type { ByteColumn, Cells, ColumnBatch } from './flow.ts'
import { isBytes } from './flow.ts'
import type { Value } from './value-type.ts'

const TAB = 9
const NEWLINE = 10
const RETURN = 13
const BACKSLASH = 92
const ASCII_END = 128
const MINUS = 45
const ZERO = 48
/** Bytes of a character of JavaScript's in UTF-8, at most, and each of them after a backslash. */
const MOST_A_CHARACTER = 6
const FIRST_SIZE = 1 << 17

/** The letter that stands behind the backslash, by byte; 0 for bytes that stand for themselves. */
const LETTERS = new Uint8Array(256)
for (const [byte, letter] of [[0, '0'], [TAB, 't'], [NEWLINE, 'n'], [RETURN, 'r'], [BACKSLASH, '\\']] as const) LETTERS[byte] = letter.charCodeAt(0)

/** Writes rows as lines into one buffer after the other. */
export class LineWriter {
  #bytes = Buffer.allocUnsafe(FIRST_SIZE)
  #at = 0

  /** Ends a field that another one follows. */
  next(): void {
    this.#put(TAB)
  }

  endLine(): void {
    this.#put(NEWLINE)
  }

  null(): void {
    this.#room(2)
    this.#bytes[this.#at] = BACKSLASH
    this.#bytes[this.#at + 1] = 78
    this.#at += 2
  }

  /** A field of UTF-8 text as it is. */
  bytes(from: Buffer, begin: number, end: number): void {
    this.#room((end - begin) * 2)
    const into = this.#bytes
    let at = this.#at
    for (let i = begin; i < end; i += 1) {
      const byte = from[i]!
      const letter = LETTERS[byte]!
      if (letter === 0) {
        into[at] = byte
        at += 1
      } else {
        into[at] = BACKSLASH
        into[at + 1] = letter
        at += 2
      }
    }
    this.#at = at
  }

  /** A safe integer. */
  integer(number: number): void {
    this.#room(17)
    let rest = number
    if (rest < 0) {
      this.#put(MINUS)
      rest = -rest
    }
    let end = this.#at + 1
    for (let power = 10; power <= rest; power *= 10) end += 1
    for (let at = end - 1; at >= this.#at; at -= 1) {
      const tenth = Math.floor(rest / 10)
      this.#bytes[at] = ZERO + (rest - tenth * 10)
      rest = tenth
    }
    this.#at = end
  }

  /** A text, well-formed. */
  text(text: string): void {
    this.#room(text.length * MOST_A_CHARACTER)
    const into = this.#bytes
    let at = this.#at
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i)
      if (code >= ASCII_END) return this.#encoded(text)
      const letter = LETTERS[code]!
      if (letter !== 0) {
        into[at] = BACKSLASH
        at += 1
      }
      into[at] = letter === 0 ? code : letter
      at += 1
    }
    this.#at = at
  }

  /** What was written since the last time; it belongs to the caller. */
  take(): Buffer {
    const written = this.#bytes.subarray(0, this.#at)
    // Somebody holds the old one now.
    this.#bytes = Buffer.allocUnsafe(Math.max(FIRST_SIZE, written.length + (written.length >> 2)))
    this.#at = 0
    return written
  }

  #encoded(text: string): void {
    const bytes = Buffer.from(text, 'utf8')
    this.bytes(bytes, 0, bytes.length)
  }

  #put(byte: number): void {
    this.#room(1)
    this.#bytes[this.#at] = byte
    this.#at += 1
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}

/** How a column of the table takes what is written. */
export interface LineColumn {
  /** It reads text: bytes as they came, and integers in digits. */
  readonly takesText: boolean
  /** Any other value as the text from which it is read back. @throws {DataError} for a value that no line can carry */
  readonly textOf: (value: Exclude<Value, null>) => string
}

/** The rows of a batch as lines. @throws {DataError} for a value that no line can carry */
export function columnLines(writer: LineWriter, { columns, length }: ColumnBatch, into: readonly LineColumn[]): Buffer {
  const cells = columns.map((column, i) => isBytes(column) && !into[i]!.takesText ? column.batch.column(column.at) : column)
  for (let row = 0; row < length; row += 1) writeLine(writer, cells, row, into)
  return writer.take()
}

/** A function of its own: one that is called for each row is soon compiled, one that is called for each batch late. */
function writeLine(writer: LineWriter, cells: readonly Cells[], row: number, into: readonly LineColumn[]): void {
  for (let i = 0; i < cells.length; i += 1) {
    const column = cells[i]!
    if (i > 0) writer.next()
    if (isBytes(column)) writeField(writer, column, row)
    else writeValue(writer, column[row]!, into[i]!)
  }
  writer.endLine()
}

function writeField(writer: LineWriter, { batch, at }: ByteColumn, row: number): void {
  const field = (row * batch.width + at) * 2
  const begin = batch.bounds[field]!
  if (begin < 0) writer.null()
  else writer.bytes(batch.bytes, begin, batch.bounds[field + 1]!)
}

function writeValue(writer: LineWriter, value: Value, { takesText, textOf }: LineColumn): void {
  if (value === null) writer.null()
  else if (takesText && typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)) writer.integer(value)
  else writer.text(textOf(value))
}
