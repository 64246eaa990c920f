/**
 * What a column can hold, in words that every database shares.
 *
 * A source's columns and a warehouse's columns are both described so; `fits` holds one against the other once, before
 * the first row, and `checker` holds each value against the declared type.
 */
export type ValueType =
  | { readonly kind: 'integer'; readonly min: bigint; readonly max: bigint }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'float'; readonly bits: 32 | 64 }
  | { readonly kind: 'boolean' }
  /**
   * `length` in characters, `bytes` in UTF-8 bytes; `untyped`: a file's text, parsed strictly to whatever it goes to;
   * `trims`: the database drops the blanks at its end; `noNul`: it has no character U+0000.
   */
  | { readonly kind: 'text'; readonly length?: number; readonly bytes?: number; readonly untyped?: true; readonly trims?: true; readonly noNul?: true }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  /** `fills`: the database fills it up to its length with zero bytes. */
  | { readonly kind: 'binary'; readonly length?: number; readonly fills?: true }
  | { readonly kind: 'date' }
  /** An instant in UTC; `precision`: digits after the second. `min` and `max` where the database holds less than years 1 to 9999. */
  | { readonly kind: 'timestamp'; readonly precision: number; readonly min?: string; readonly max?: string }
  | { readonly kind: 'time'; readonly precision: number }
  /** `depth`: how deep it may be nested; `parsed`: the database keeps what the text means, not the text. */
  | { readonly kind: 'json'; readonly depth?: number; readonly parsed?: true }
  | { readonly kind: 'uuid' }
  /** A column of NULL literals: fits everywhere. */
  | { readonly kind: 'null' }
  /** No path carries it: refused by name before the load. */
  | { readonly kind: 'other'; readonly name: string }

/**
 * A value on its way: what a flow's batches hold.
 *
 * Integers are numbers (safe ones), bigints or digits; decimals are digits; instants are `YYYY-MM-DD HH:MM:SS[.ffffff]`
 * in UTC, dates `YYYY-MM-DD`; bytes are Uint8Arrays; JSON is text.
 */
export type Value = null | number | bigint | string | boolean | Uint8Array
