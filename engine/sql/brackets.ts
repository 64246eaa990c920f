import type { ConfigurationError } from '../errors.ts'
import { is } from './tokens.ts'
import type { Token } from './tokens.ts'

/** Tells the reader of a create what is wrong with it, at one of its tokens. */
export type Refuse = (at: Token | number, what: string, wayOut?: string) => ConfigurationError

const CLOSES: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** Where the bracket at `open` closes; every bracket within must close too. */
export function closingBracket(tokens: readonly Token[], open: number, refuse: Refuse): number {
  const expected: string[] = []
  for (let i = open; i < tokens.length; i += 1) {
    const token = tokens[i]
    if (token?.kind !== 'punctuation') continue
    const closes = CLOSES[token.text]
    if (closes !== undefined) expected.push(closes)
    else if (')]}'.includes(token.text) && expected.pop() !== token.text) throw refuse(token, `a ${token.text} closes what was not opened`)
    if (expected.length === 0) return i
  }
  throw refuse(tokens[open] ?? 0, `the bracket ${tokens[open]?.text ?? '('} is not closed`)
}

/** The parts between the commas that are in no brackets; none of them may be empty. */
export function splitAtCommas(tokens: readonly Token[], refuse: Refuse): Token[][] {
  const parts: Token[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (is(token, '(', '[', '{')) depth += 1
    if (is(token, ')', ']', '}')) depth -= 1
    if (depth === 0 && is(token, ',')) parts.push([])
    else parts.at(-1)?.push(token)
    if (is(token, ',') && parts.at(-2)?.length === 0) throw refuse(token, 'there is nothing before this comma')
  }
  const last = tokens.at(-1)
  if (last && parts.at(-1)?.length === 0) throw refuse(last, 'there is nothing after the last comma')
  return last ? parts : []
}
