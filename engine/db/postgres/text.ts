import { DataError } from '../../errors.ts'

/** Quotes an identifier. */
export function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

/** A text as an SQL literal. Needs standard_conforming_strings, which every session of ours sees to. */
export function literal(text: string): string {
  return `'${storable(text).replaceAll("'", "''")}'`
}

/** Bytes as PostgreSQL writes and reads them. */
export function hex(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
}

/** @throws {DataError} for what no text of PostgreSQL can hold: U+0000, and half of a surrogate pair */
export function storable(text: string): string {
  if (text.includes('\0')) throw new DataError('a text has the character U+0000 in it', { why: 'PostgreSQL has no such character', wayOut: 'take it out in the source' })
  if (!text.isWellFormed()) throw new DataError('a text has half of a surrogate pair in it', { why: 'It is no character', wayOut: 'correct the text in the source' })
  return text
}

/** A double as text that reads back as the same double. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) throw new DataError(`${value} is no number that is carried`)
  return Object.is(value, -0) ? '-0' : String(value)
}
