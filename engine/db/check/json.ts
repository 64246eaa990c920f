import type { ValueType } from '../value-type.ts'

type Of<K extends ValueType['kind']> = Extract<ValueType, { kind: K }>

/** Of JSON: a string, with the colon after a name; a bracket. All else needs no look. */
const PARTS = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[[\]{}]/gs

/**
 * Why a text that is JSON can't be kept as it is, or undefined where it can: half a character behind `\u`, too many
 * brackets within each other, and, where a database keeps the meaning and not the text, what it would drop.
 */
export function jsonFault(text: string, { depth = Infinity, parsed }: Of<'json'>): string | undefined {
  if (parsed !== true && !text.includes('\\u') && text.length <= 2 * depth) return undefined
  const open: Set<string>[] = []
  for (const [part, colon] of text.matchAll(PARTS)) {
    if (part === '{' || part === '[') open.push(new Set())
    else if (part === '}' || part === ']') open.pop()
    else {
      const fault = stringFault(colon === undefined ? part : part.slice(0, -colon.length), parsed === true, colon === undefined ? undefined : open.at(-1))
      if (fault !== undefined) return fault
    }
    if (open.length > depth) return `it is nested more than ${depth} deep, which this database does not take`
  }
  return undefined
}

/** `names` are those of the object so far, where the string is a name. */
function stringFault(written: string, parsed: boolean, names: Set<string> | undefined): string | undefined {
  if (!written.includes('\\u') && !(parsed && names !== undefined)) return undefined
  const text = String(JSON.parse(written))
  if (!text.isWellFormed()) return 'it holds half a character (a lone surrogate)'
  if (!parsed) return undefined
  if (text.includes('\0')) return 'it holds the character U+0000, which not every database keeps'
  if (names?.has(text) === true) return `it has two fields ${JSON.stringify(text)}, and this database keeps one`
  names?.add(text)
  return undefined
}
