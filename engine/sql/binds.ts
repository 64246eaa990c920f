import { ConfigurationError } from '../errors.ts'
import { didYouMean } from './did-you-mean.ts'
import { flavoursOf, is, tokenize } from './tokens.ts'
import type { Flavour, Token } from './tokens.ts'

/** A `:name` in a text, from its colon to the end of its name. */
export interface Bind { readonly name: string, readonly start: number, readonly end: number }

/**
 * The `:named` places for values in a SQL text, in order.
 *
 * What is in strings, quoted names and comments is none, nor are `::type`, `:=`, and the colons of `a[1:n]` and `{key: value}`.
 *
 * @throws {ConfigurationError} where a quote or comment isn't closed, or two databases would see different binds in it
 * @example
 * readBinds('SELECT id FROM sale WHERE sold_at >= :since')   // [{ name: 'since', start: 37, end: 43 }]
 */
export function readBinds(sql: string, flavour?: Flavour): readonly Bind[] {
  const readings = (flavour === undefined ? flavoursOf(sql) : [flavour]).map((each) => tokenize(sql, each))
  const [first, second] = readings.filter((reading) => reading.fault === undefined).map((reading) => bindsOf(reading.tokens))
  if (first === undefined) {
    const fault = readings[0]?.fault
    throw new ConfigurationError(`The query can't be read: ${fault?.what}`, { where: `line ${sql.slice(0, fault?.at).split('\n').length}` })
  }
  if (second !== undefined && JSON.stringify(first) !== JSON.stringify(second)) {
    throw new ConfigurationError('The query has other :names on MySQL than on other databases', {
      why: 'a # or -- comment, a backslash or a /*! comment in it can be read in two ways',
      wayOut: "open comments with '-- ' and double a quote instead of escaping it",
    })
  }
  return first
}

/**
 * Turns every `:name` into a `?`, and the values into a list in that order. Values never become part of the text.
 *
 * @throws {ConfigurationError} for a `:name` without a value, a value without a `:name`, or a `?` of the text's own
 * @example
 * bindPositions('SELECT id FROM sale WHERE shop = :shop', { shop: 7 })
 * // { sql: 'SELECT id FROM sale WHERE shop = ?', values: [7] }
 */
export function bindPositions(sql: string, values: Readonly<Record<string, unknown>>, flavour?: Flavour): { sql: string, values: unknown[] } {
  const binds = readBinds(sql, flavour)
  const names = new Set(binds.map((bind) => bind.name))
  for (const bind of binds) {
    if (!Object.hasOwn(values, bind.name)) throw nobody(`The query asks for :${bind.name}, and no value has this name`, bind.name, Object.keys(values))
  }
  for (const name of Object.keys(values)) {
    if (!names.has(name)) throw nobody(`There is a value for ${name}, and the query has no :${name}`, name, names)
  }
  if (binds.length > 0 && hasQuestionMark(sql, flavour)) {
    throw new ConfigurationError('The query has both :names and a ? of its own', { wayOut: 'give each value a :name' })
  }
  let text = ''
  let end = 0
  for (const bind of binds) {
    text += `${sql.slice(end, bind.start)}?`
    end = bind.end
  }
  return { sql: text + sql.slice(end), values: binds.map((bind) => values[bind.name]) }
}

function nobody(what: string, name: string, candidates: Iterable<string>): ConfigurationError {
  const meant = didYouMean(name, candidates)
  return new ConfigurationError(what, meant === undefined ? {} : { wayOut: `Did you mean '${meant}'?` })
}

function hasQuestionMark(sql: string, flavour: Flavour | undefined): boolean {
  return (flavour === undefined ? flavoursOf(sql) : [flavour]).map((each) => tokenize(sql, each))
    .some((reading) => reading.fault === undefined && reading.tokens.some((token) => is(token, '?')))
}

function bindsOf(tokens: readonly Token[]): Bind[] {
  const binds: Bind[] = []
  const brackets: boolean[] = []
  for (const [i, token] of tokens.entries()) {
    const name = tokens[i + 1]
    // Only a bracket right after a value takes a part of it, `a[:n]`; any other one is a list of values, `[:a, :b]`.
    if (is(token, '(', '[', '{')) brackets.push(is(token, '[') && isOperand(tokens[i - 1]) && tokens[i - 1]?.end === token.start)
    else if (is(token, ')', ']', '}')) brackets.pop()
    else if (is(token, ':') && name?.kind === 'word' && name.start === token.end && !isPartOfValue(tokens, i, brackets.at(-1) ?? false)) {
      binds.push({ name: name.text, start: token.start, end: name.end })
    }
  }
  return binds
}

/** Is this colon the middle of `1:n`, `{key:value}` or `a[:n]`, rather than the beginning of a bind? */
function isPartOfValue(tokens: readonly Token[], at: number, inSlice: boolean): boolean {
  const before = tokens[at - 1]
  if (inSlice) return isOperand(before) || is(before, '[', ':')
  return isOperand(before) && before?.end === tokens[at]?.start
}

function isOperand(token: Token | undefined): boolean {
  return token !== undefined && (token.kind !== 'punctuation' || is(token, ')', ']', '}'))
}
