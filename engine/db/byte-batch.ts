import type { Value } from './value-type.ts'

/** What the fields of one column are. */
export interface FieldKind {
  /** Makes a value of a field's bytes. */
  readonly decode: (bytes: Buffer, begin: number, end: number) => Value
  /** The bytes are what a person would write; else they are the value itself, as of BIT, or written in a way of the database's own. */
  readonly isText: boolean
}

/**
 * Some rows as a database sent them: the bytes of each field, texts in UTF-8.
 *
 * A text is written as everywhere: numbers in digits, instants as `YYYY-MM-DD HH:MM:SS[.ffffff]`, dates as `YYYY-MM-DD`.
 * What is written otherwise is still right as a value, and nobody passes it on as bytes (see byte-judge.ts).
 */
export class ByteBatch {
  /** How many rows. */
  readonly length: number
  /** How many fields a row has. */
  readonly width: number
  readonly bytes: Buffer
  /** Two numbers for each field, row by row: where it begins in `bytes`, or -1 for NULL, and where it ends. */
  readonly bounds: Int32Array
  readonly kinds: readonly FieldKind[]

  constructor(length: number, bytes: Buffer, bounds: Int32Array, kinds: readonly FieldKind[]) {
    this.length = length
    this.width = kinds.length
    this.bytes = bytes
    this.bounds = bounds
    this.kinds = kinds
  }

  /** The values of one column. */
  column(at: number): Value[] {
    const { bytes, bounds, length, width } = this
    const { decode } = this.kinds[at]!
    const values: Value[] = []
    for (let row = 0, i = at * 2; row < length; row += 1, i += width * 2) {
      const begin = bounds[i]!
      values.push(begin < 0 ? null : decode(bytes, begin, bounds[i + 1]!))
    }
    return values
  }

  /** One row's values. */
  row(row: number): Value[] {
    return this.kinds.map(({ decode }, at) => {
      const i = (row * this.width + at) * 2
      return this.bounds[i]! < 0 ? null : decode(this.bytes, this.bounds[i]!, this.bounds[i + 1]!)
    })
  }

  rows(): Value[][] {
    return this.rowsOf(this.kinds.map((_, at) => at))
  }

  /** Rows of which the columns at these places alone hold values, and the others NULL. */
  rowsOf(places: readonly number[]): Value[][] {
    const empty = Array.from<Value>({ length: this.width }).fill(null)
    const rows = Array.from({ length: this.length }, () => empty.slice())
    for (const at of places) {
      const values = this.column(at)
      for (let row = 0; row < rows.length; row += 1) rows[row]![at] = values[row]!
    }
    return rows
  }
}
