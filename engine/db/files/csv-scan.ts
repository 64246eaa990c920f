import { DataError } from '../../errors.ts'
import { foldName } from '../../sql/identifiers.ts'
import { piecesOf } from './bytes.ts'

/** What a strict look at a whole CSV file found. */
export interface CsvShape {
  readonly columns: readonly string[]
  /** Rows after the header. */
  readonly rows: number
  /** The bytes of the longest row. */
  readonly longest: number
  /** A quoted field goes over a line's end: only who reads from the beginning knows where a row begins. */
  readonly wraps: boolean
}

const [LF, CR, QUOTE] = [10, 13, 34]
/** Where the scan stands: at a field's first byte, within quotes, after a quote within quotes, within a plain field. */
const [AT_START, QUOTED, AFTER_QUOTE, PLAIN] = [0, 1, 2, 3]

/** What is known of a file before it is looked through. */
export type CsvBeginning = Pick<CsvShape, 'columns' | 'longest' | 'wraps'>

/** A file while it is looked through. */
export interface CsvLook {
  /** As soon as its header and more are seen. The look waits there until somebody asks for the whole. */
  readonly begun: Promise<CsvBeginning>
  /** @throws {DataError} naming the file and the line */
  whole(): Promise<CsvShape>
  giveUp(): void
}

/**
 * Reads a CSV file once by the letter of RFC 4180, for DuckDB does not: its reader drops an empty field too many, blanks
 * beside quotes and empty lines, and an unclosed last row, without a word.
 */
export function lookThrough(path: string, shown: string, delimiter: ',' | '\t'): CsvLook {
  const scan = new CsvScan(shown, delimiter)
  let isGivenUp = false
  let tell: ((beginning: CsvBeginning) => void) | undefined
  let goOn: (() => void) | undefined
  const early = new Promise<CsvBeginning>((resolve) => { tell = resolve })
  const isWanted = new Promise<void>((resolve) => { goOn = resolve })
  const whole = (async (): Promise<CsvShape> => {
    for await (const piece of piecesOf(path, shown)) {
      if (isGivenUp) throw new DataError('the file is given up', { where: shown })
      scan.take(piece)
      const { beginning } = scan
      if (beginning === undefined) continue
      tell?.(beginning)
      await isWanted
    }
    return scan.end()
  })()
  const begun = Promise.race([early, whole])
  for (const each of [begun, whole]) each.catch(() => {})
  return {
    begun,
    whole() {
      goOn?.()
      return whole
    },
    giveUp() {
      isGivenUp = true
      goOn?.()
    },
  }
}

class CsvScan {
  readonly #path: string
  readonly #delimiter: number
  #header: Buffer[] | undefined = []
  #columns: readonly string[] = []
  #state = AT_START
  #fields = 1
  #bytes = 0
  /** The line where the row began, and the one that is read. */
  #rowLine = 1
  #line = 1
  #rows = 0
  #longest = 0
  #lineEnd: string | undefined
  #afterCr = false
  #wraps = false
  #isFirst = true

  constructor(path: string, delimiter: string) {
    this.#path = path
    this.#delimiter = delimiter.charCodeAt(0)
  }

  take(piece: Buffer): void {
    const bytes = this.#isFirst && piece[0] === 0xef && piece[1] === 0xbb && piece[2] === 0xbf ? piece.subarray(3) : piece
    this.#isFirst = false
    if (bytes.length === 0) return
    const delimiter = this.#delimiter
    // Greater bytes are nothing but a field's own.
    const most = Math.max(delimiter, QUOTE)
    const end = bytes.length
    let [state, fields, rowStart, at] = [this.#state, this.#fields, 0, 0]
    if (this.#afterCr) {
      at = this.#afterReturn(bytes, 0)
      rowStart = at
    }
    while (at < end) {
      const byte = bytes[at]!
      if (state === QUOTED) {
        if (byte > QUOTE) {
          at += 1
          while (at < end && bytes[at]! > QUOTE) at += 1
          continue
        }
        if (byte === QUOTE) state = AFTER_QUOTE
        else if (byte === LF) this.#wrapped()
        else if (byte === CR) this.#wraps = true
        at += 1
      } else if (byte === delimiter) {
        fields += 1
        state = AT_START
        at += 1
      } else if (byte === LF || byte === CR) {
        this.#endRow(bytes, rowStart, at, state, fields)
        state = AT_START
        fields = 1
        at += 1
        if (byte === LF) this.#sawLineEnd('\n')
        else at = this.#afterReturn(bytes, at)
        rowStart = at
      } else if (byte === QUOTE) {
        state = this.#quote(state)
        at += 1
      } else if (state === AFTER_QUOTE) throw this.#refuse('there is something between a closing quote and the next comma')
      else {
        state = PLAIN
        at += 1
        while (at < end && bytes[at]! > most) at += 1
      }
    }
    this.#state = state
    this.#fields = fields
    this.#bytes += end - rowStart
    // The piece's memory is used again.
    this.#header?.push(Buffer.from(bytes.subarray(rowStart)))
  }

  /** What was seen until now; nothing before the header is whole. */
  get beginning(): CsvBeginning | undefined {
    return this.#header === undefined ? { columns: this.#columns, longest: this.#longest, wraps: this.#wraps } : undefined
  }

  end(): CsvShape {
    if (this.#afterCr) this.#sawLineEnd('\r')
    if (this.#state === QUOTED) throw this.#refuse('a quote is not closed', 'close it, and double a quote that is meant')
    const hasRest = this.#bytes > 0
    if (hasRest) this.#endRow(Buffer.alloc(0), 0, 0, this.#state, this.#fields)
    if (this.#header !== undefined) throw this.#refuse('the file is empty', 'its first line names the columns')
    return { columns: this.#columns, rows: this.#rows, longest: this.#longest, wraps: this.#wraps }
  }

  #quote(state: number): number {
    if (state === PLAIN) throw this.#refuse('a quote stands within a field that doesn\'t begin with one', 'put the whole field in quotes, and double those in it')
    // After a quote within quotes: it was one that is meant.
    return QUOTED
  }

  /** Where the next row begins: a line feed may belong to the return before it, which may have ended the piece before. */
  #afterReturn(bytes: Buffer, at: number): number {
    this.#afterCr = at === bytes.length
    if (this.#afterCr) return at
    const isPair = bytes[at] === LF
    this.#sawLineEnd(isPair ? '\r\n' : '\r')
    return isPair ? at + 1 : at
  }

  #wrapped(): void {
    this.#line += 1
    this.#wraps = true
  }

  #sawLineEnd(lineEnd: string): void {
    this.#lineEnd ??= lineEnd
    if (this.#lineEnd !== lineEnd) {
      throw this.#refuse(`the line before this one ends in ${endName(lineEnd)}, and the first one in ${endName(this.#lineEnd)}`, 'end all lines alike')
    }
  }

  #endRow(bytes: Buffer, from: number, to: number, state: number, fields: number): void {
    const length = this.#bytes + to - from
    if (length > this.#longest) this.#longest = length
    if (this.#header !== undefined) this.#readHeader(bytes.subarray(from, to))
    else if (fields === 1 && state === AT_START) {
      throw this.#refuse('the line is empty', this.#columns.length === 1 ? 'an empty text is written as ""' : 'take it out')
    } else if (fields !== this.#columns.length) {
      throw this.#refuse(`the row has ${fields} fields, and the header names ${this.#columns.length}`, fields < this.#columns.length
        ? 'see whether the file was cut off there, and leave no comma out: a field that is empty has one, too' : 'put a field in quotes that holds a comma or a line\'s end')
    } else this.#rows += 1
    this.#bytes = 0
    this.#line += 1
    this.#rowLine = this.#line
  }

  #readHeader(last: Buffer): void {
    const text = Buffer.concat([...this.#header ?? [], last]).toString('utf8')
    this.#header = undefined
    this.#columns = splitHeader(text, String.fromCharCode(this.#delimiter))
    const empty = this.#columns.findIndex((name) => name.trim() === '')
    if (empty >= 0) throw this.#refuse(text === '' ? 'the first line is empty: it names the columns' : `column ${empty + 1} has no name`)
    const binary = this.#columns.findIndex((name) => name.includes('\0'))
    if (binary >= 0) throw this.#refuse(`column ${binary + 1} has U+0000 in its name`, 'a file in UTF-16 has that: write it in UTF-8')
    const seen = new Map<string, string>()
    for (const name of this.#columns) {
      const folded = foldName(name)
      if (seen.has(folded)) throw this.#refuse(`two columns are named ${name}`, 'give each its own name; upper and lower case are the same')
      seen.set(folded, name)
    }
  }

  #refuse(what: string, wayOut?: string): DataError {
    return new DataError(what, { where: `${this.#path}, line ${this.#rowLine}`, ...wayOut !== undefined && { wayOut } })
  }
}

/** Its quotes were held to be right already. */
function splitHeader(text: string, delimiter: string): string[] {
  const names: string[] = []
  for (let at = 0; at <= text.length;) {
    if (text[at] === '"') {
      let end = at + 1
      while (text[end] !== '"' || text[end + 1] === '"') end += text[end] === '"' ? 2 : 1
      names.push(text.slice(at + 1, end).replaceAll('""', '"'))
      at = end + 2
    } else {
      const end = text.indexOf(delimiter, at)
      names.push(text.slice(at, end < 0 ? text.length : end))
      at = end < 0 ? text.length + 1 : end + 1
    }
  }
  return names
}

function endName(lineEnd: string): string {
  return lineEnd === '\n' ? 'LF' : lineEnd === '\r' ? 'CR' : 'CR LF'
}
