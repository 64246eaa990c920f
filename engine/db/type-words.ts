import { is, tokenize } from '../sql/tokens.ts'

/** Type words, and how each is read: with what stands in its brackets, numbers or the values of an ENUM. */
export type TypeWords<W> = Readonly<Record<string, (args: readonly string[], unsigned: boolean) => W | undefined>>

/** A declared type by a database's words; undefined for what can't be read, and for what is none of them but by `other`. */
export function readTypeWord<W>(declared: string, words: TypeWords<W>, other: (name: string) => W | undefined = () => undefined): W | undefined {
  const parts = partsOf(declared)
  if (parts === undefined) return undefined
  const { name, args, unsigned } = parts
  return Object.hasOwn(words, name) ? words[name]?.(args, unsigned) : other(name)
}

/** Whether a declared type is one of these words, whatever stands in its brackets. */
export function hasTypeWord(declared: string, words: TypeWords<unknown>): boolean {
  const name = partsOf(declared)?.name
  return name !== undefined && Object.hasOwn(words, name)
}

interface Parts {
  readonly name: string
  readonly args: readonly string[]
  readonly unsigned: boolean
}

/** A type's words, and what stands in its brackets; undefined for what can't be read. */
function partsOf(declared: string): Parts | undefined {
  const { tokens, fault } = tokenize(declared, 'standard')
  if (fault !== undefined || tokens.length === 0) return undefined
  const open = tokens.findIndex((token) => is(token, '('))
  const close = tokens.findIndex((token) => is(token, ')'))
  const words = tokens.filter((_, at) => open < 0 || at < open || at > close)
  const unsigned = words.some((token) => is(token, 'UNSIGNED', 'ZEROFILL'))
  const name = words.filter((token) => !is(token, 'UNSIGNED', 'ZEROFILL', 'SIGNED') || words.length === 1).map((token) => token.text.toUpperCase()).join(' ')
  const args = open < 0 ? [] : tokens.slice(open + 1, close).filter((token) => !is(token, ',')).map((token) => token.value)
  return { name, args, unsigned }
}
