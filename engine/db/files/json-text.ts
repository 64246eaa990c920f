import { DataError, messageOf } from '../../errors.ts'

/** A record's fields as texts: a string's characters, any other value as it is written, null where it is null. */
export type JsonFields = Map<string, string | null>

/** A value within a value takes room on the stack. */
const DEEPEST = 1_000

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/**
 * Reads the fields of JSON objects as texts.
 *
 * DuckDB's reader and JSON.parse make doubles of numbers on the way, and 1.10 comes out as 1.1; here the digits stay.
 */
export class JsonText {
  readonly #text: string
  readonly #place: (at: number) => string
  #at = 0
  #depth = 0

  constructor(text: string, place: (at: number) => string) {
    this.#text = text
    this.#place = place
    this.#blanks()
  }

  /** The records of an array of objects, or of one object. */
  *records(): Generator<JsonFields> {
    if (this.#next() !== '[') yield this.#record()
    else {
      this.#take('[')
      for (let more = this.#next() !== ']'; more; more = this.#goesOn(']')) yield this.#record()
      this.#take(']')
    }
    if (this.#at < this.#text.length) throw this.#refuse(`${this.#shown()} stands after the end`)
  }

  #record(): JsonFields {
    if (this.#next() !== '{') throw this.#refuse('a record is an object, { … }')
    const fields: JsonFields = new Map()
    this.#take('{')
    for (let more = this.#next() !== '}'; more; more = this.#goesOn('}')) {
      const [name, value] = this.#field()
      if (fields.has(name)) throw this.#refuse(`the record has two fields ${JSON.stringify(name)}`)
      fields.set(name, value)
    }
    this.#take('}')
    return fields
  }

  #field(): readonly [name: string, value: string | null] {
    const name = this.#string()
    this.#take(':')
    return [name, this.#value()]
  }

  #value(): string | null {
    if (this.#next() === '"') return this.#string()
    const start = this.#at
    this.#skip()
    const written = this.#text.slice(start, this.#at)
    this.#blanks()
    return written === 'null' ? null : written
  }

  /** Goes past a value that is no string, without the blanks after it. */
  #skip(): void {
    const next = this.#next()
    const word = ['true', 'false', 'null'].find((each) => this.#text.startsWith(each, this.#at))
    if (next === '{') this.#nested('{', '}', () => this.#field())
    else if (next === '[') this.#nested('[', ']', () => this.#value())
    else this.#at += word?.length ?? this.#number()
  }

  #nested(open: string, close: string, item: () => void): void {
    this.#depth += 1
    if (this.#depth > DEEPEST) throw this.#refuse(`a value is nested more than ${DEEPEST} deep`)
    this.#take(open)
    for (let more = this.#next() !== close; more; more = this.#goesOn(close)) item()
    this.#expect(close)
    this.#at += 1
    this.#depth -= 1
  }

  #number(): number {
    NUMBER.lastIndex = this.#at
    const written = NUMBER.exec(this.#text)?.[0]
    if (written === undefined) throw this.#refuse(`${this.#shown()} is no value`)
    return written.length
  }

  #string(): string {
    const start = this.#at
    this.#expect('"')
    let end = start + 1
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1
    const text = this.#parsed(this.#text.slice(start, end + 1)) as string & { isWellFormed(): boolean }
    if (!text.isWellFormed()) throw this.#refuse('a text holds half of a surrogate pair')
    this.#at = end + 1
    this.#blanks()
    return text
  }

  #parsed(written: string): string {
    try {
      return String(JSON.parse(written))
    } catch (error) {
      throw this.#refuse('this is no text', messageOf(error))
    }
  }

  /** Whether another item follows: a comma is due then. */
  #goesOn(close: string): boolean {
    if (this.#next() === close) return false
    this.#take(',')
    return true
  }

  #take(character: string): void {
    this.#expect(character)
    this.#at += 1
    this.#blanks()
  }

  #expect(character: string): void {
    if (this.#next() !== character) throw this.#refuse(`${this.#shown()} stands where ${character} is due`)
  }

  #next(): string | undefined {
    return this.#text[this.#at]
  }

  #shown(): string {
    return this.#at < this.#text.length ? JSON.stringify(this.#text.slice(this.#at, this.#at + 20)) : 'the end'
  }

  #blanks(): void {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1
  }

  #refuse(what: string, why?: string): DataError {
    return new DataError(`this is no JSON that can be read: ${what}`, { where: this.#place(this.#at), ...why !== undefined && { why } })
  }
}
