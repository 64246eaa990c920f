import { DataError } from '../../errors.ts'

/** Quotes an identifier. */
export function quote(identifier: string): string {
  return `\`${identifier.replaceAll('`', '``')}\``
}

// oxlint-disable-next-line no-control-regex -- they are what must be escaped
const IN_LITERAL = /[\\'\0\n\r\u001A]/g
const LITERAL: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\0': '\\0', '\n': '\\n', '\r': '\\r', '\u001A': '\\Z' }

/** A text as an SQL literal. Needs NO_BACKSLASH_ESCAPES to be off, which every session of ours sees to. */
export function literal(text: string): string {
  return `'${text.replaceAll(IN_LITERAL, (character) => LITERAL[character] ?? character)}'`
}

/** What CURRENT_USER() says, as a GRANT names it: `'etl'@'%'`. */
export function accountOf(current: string): string {
  const [user = '', host = ''] = current.split(/@(?=[^@]*$)/)
  return `${literal(user)}@${literal(host)}`
}

/** Bytes as an SQL literal. */
export function hexLiteral(bytes: Uint8Array): string {
  return `X'${hex(bytes)}'`
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** UTF-8 has no bytes for half of a surrogate pair: it would be replaced without a word. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed()
}

/** A double as text that reads back as the same double. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) throw new DataError(`${value} is no number that MySQL can hold`)
  return Object.is(value, -0) ? '-0' : String(value)
}
