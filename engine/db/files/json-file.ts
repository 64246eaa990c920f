import { DataError } from '../../errors.ts'
import { foldName } from '../../sql/identifiers.ts'
import { piecesOf } from './bytes.ts'
import { JsonText } from './json-text.ts'
import type { JsonFields } from './json-text.ts'

/** The most characters that a file of one JSON value may have: it is read as a whole. */
const MOST = 256 * 1024 * 1024

/**
 * Reads the records of a JSON file: an array of objects or one object (`json`), or one object a line (`lines`).
 *
 * @throws {DataError} naming the file and the line
 */
export async function* jsonRecords(path: string, shown: string, kind: 'json' | 'lines'): AsyncGenerator<JsonFields> {
  if (kind === 'lines') {
    yield* recordsOfLines(path, shown)
    return
  }
  let text = ''
  for await (const piece of piecesOf(path, shown)) {
    text += piece.toString('utf8')
    if (text.length > MOST) throw new DataError('the file is too large to be one JSON value', { where: shown, wayOut: 'write one object a line, as .jsonl: that is read bit by bit' })
  }
  text = withoutMark(text)
  const place = (at: number): string => `${shown}, line ${text.slice(0, at).split('\n').length}`
  if (text.trim() === '') throw new DataError('the file is empty', { where: shown, wayOut: 'an array without records is []' })
  yield* new JsonText(text, place).records()
}

async function* recordsOfLines(path: string, shown: string): AsyncGenerator<JsonFields> {
  let line = 0
  for await (const text of linesOf(path, shown)) {
    line += 1
    if (text.trim() === '') continue
    const place = (): string => `${shown}, line ${line}`
    if (text.trimStart()[0] !== '{') throw new DataError('a line holds one object, { … }', { where: place() })
    yield* new JsonText(text, place).records()
  }
}

async function* linesOf(path: string, shown: string): AsyncGenerator<string> {
  let rest: string | undefined
  for await (const piece of piecesOf(path, shown)) {
    const text: string = rest === undefined ? withoutMark(piece.toString('utf8')) : rest + piece.toString('utf8')
    const lines = text.split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== undefined && rest !== '') yield rest
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

/** The names of all fields, in the order in which they come up. */
export class FieldNames {
  readonly names: string[] = []
  readonly #folded = new Map<string, string>()
  readonly #shown: string

  constructor(shown: string) {
    this.#shown = shown
  }

  add(fields: JsonFields): void {
    for (const name of fields.keys()) {
      const known = this.#folded.get(foldName(name))
      if (known === name) continue
      if (known !== undefined) throw new DataError(`the fields ${known} and ${name} differ in upper and lower case alone`, { where: this.#shown })
      if (name.trim() === '') throw new DataError('a field has no name', { where: this.#shown })
      this.#folded.set(foldName(name), name)
      this.names.push(name)
    }
  }
}
