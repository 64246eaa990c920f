import { DataError } from '../../errors.ts'

/** A record's fields as texts: a string's characters, any other value as it is written, null where it is null. */
export type JsonFields = Map<string, string | null>

/**
 * Reads the fields of JSON objects as texts. DuckDB's reader makes doubles of numbers on the way, and 1.10 comes out as
 * 1.1; here the digits stay. The text must have passed `JSON.parse`.
 */
export class JsonText {
  readonly #text: string
  readonly #place: (at: number) => string
  #at: number

  constructor(text: string, at: number, place: (at: number) => string) {
    this.#text = text
    this.#at = at
    this.#place = place
    this.#blanks()
  }

  /** The records of an array of objects, of one object, or of an empty array. */
  *records(): Generator<JsonFields> {
    if (this.#text[this.#at] !== '[') {
      yield this.#object()
      return
    }
    this.#step()
    while (this.#text[this.#at] !== ']') {
      yield this.#object()
      if (this.#text[this.#at] === ',') this.#step()
    }
  }

  #object(): JsonFields {
    const start = this.#at
    if (this.#text[start] !== '{') throw this.#refuse(start, 'a record is an object, { … }')
    const fields: JsonFields = new Map()
    this.#step()
    while (this.#text[this.#at] !== '}') {
      const at = this.#at
      const name = this.#string()
      if (fields.has(name)) throw this.#refuse(at, `the record has two fields ${JSON.stringify(name)}`)
      this.#step()
      fields.set(name, this.#value())
      if (this.#text[this.#at] === ',') this.#step()
    }
    this.#step()
    return fields
  }

  #value(): string | null {
    const start = this.#at
    const first = this.#text[start]
    if (first === '"') return this.#string()
    if (first === '{' || first === '[') this.#skipNested()
    else while (this.#at < this.#text.length && !',]} \t\n\r'.includes(this.#text[this.#at] ?? '')) this.#at += 1
    const written = this.#text.slice(start, this.#at)
    this.#blanks()
    return written === 'null' ? null : written
  }

  #string(): string {
    const start = this.#at
    this.#skipString()
    const value: unknown = JSON.parse(this.#text.slice(start, this.#at))
    this.#blanks()
    const text = String(value) as string & { isWellFormed(): boolean }
    if (!text.isWellFormed()) throw this.#refuse(start, 'a text holds half of a surrogate pair')
    return text
  }

  #skipString(): void {
    this.#at += 1
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === '\\' ? 2 : 1
    this.#at += 1
  }

  #skipNested(): void {
    let depth = 0
    do {
      const character = this.#text[this.#at]
      if (character === '"') this.#skipString()
      else {
        if (character === '{' || character === '[') depth += 1
        if (character === '}' || character === ']') depth -= 1
        this.#at += 1
      }
    } while (depth > 0)
  }

  #step(): void {
    this.#at += 1
    this.#blanks()
  }

  #blanks(): void {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1
  }

  #refuse(at: number, what: string): DataError {
    return new DataError(what, { where: this.#place(at) })
  }
}
