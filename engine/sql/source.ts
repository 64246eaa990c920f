import { flavoursOf, is, tokenize } from './tokens.ts'
import type { Flavour, Token } from './tokens.ts'

const SET_WORDS = ['UNION', 'INTERSECT', 'EXCEPT', 'MINUS']
const END_OF_LIST = ['FROM', ...SET_WORDS, 'WHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT', 'WINDOW', 'QUALIFY']
/** Between WITH and its SELECT these would make it another statement, or another list of columns. */
const NO_SELECT = ['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'REPLACE', 'VALUES', 'TABLE', 'FROM', ...SET_WORDS]
/** Values by themselves, whose column has another name on each database. */
const NO_NAME = /^(?:NULL|TRUE|FALSE|DEFAULT|UNKNOWN|CASE|NOT|USER|SYSDATE|SYSTIMESTAMP|LOCALTIME|LOCALTIMESTAMP|(?:CURRENT|SESSION|SYSTEM|UTC)_.*)$/i

/**
 * The columns that a SELECT gives, in order, or undefined where they can't be read with certainty: every name, or none.
 *
 * An item of the list is named by `AS name`, or by being a plain column. `SELECT *`, an expression without AS, a second
 * statement or a text that databases would read in different ways leave all names open. Never throws. The type
 * `AliasesOf` is the same rule at compile time.
 *
 * @example
 * readSelectNames('SELECT p.id AS product_id, p.title FROM product AS p')   // ['product_id', 'title']
 */
export function readSelectNames(sql: string, flavour?: Flavour): readonly string[] | undefined {
  const readings = (flavour === undefined ? flavoursOf(sql) : [flavour]).map((each) => tokenize(sql, each)).filter((reading) => reading.fault === undefined)
  const [names, other] = readings.map((reading) => namesOf(reading.tokens))
  return readings.length < 2 || JSON.stringify(names) === JSON.stringify(other) ? names : undefined
}

function namesOf(tokens: readonly Token[]): readonly string[] | undefined {
  const top = outsideOfBrackets(tokens)
  const from = top === undefined ? -1 : startOfList(top)
  if (top === undefined || from < 0) return undefined
  const end = endOfList(top, from)
  if (!endsAsOneSelect(top.slice(end))) return undefined
  const items = itemsOf(top.slice(from, end))
  const names = items.map(nameOf)
  // A clause without FROM may only follow a name that AS has given: `SELECT a LIMIT …` could be an alias elsewhere.
  if (is(top[end], ...END_OF_LIST) && !is(top[end], 'FROM') && !is(items.at(-1)?.at(-2), 'AS')) return undefined
  return names.every((name) => name !== undefined) ? names : undefined
}

/** The tokens with every bracket as one `(`; undefined where brackets don't match, or hold a list of unknown columns. */
function outsideOfBrackets(tokens: readonly Token[]): Token[] | undefined {
  const top: Token[] = []
  let depth = 0
  for (const token of tokens) {
    if (is(token, 'COLUMNS')) return undefined
    if (depth === 0) top.push(token)
    if (is(token, '(', '[', '{')) depth += 1
    if (is(token, ')', ']', '}')) depth -= 1
    if (depth < 0) return undefined
  }
  return depth === 0 ? top : undefined
}

function startOfList(top: readonly Token[]): number {
  if (is(top[0], 'SELECT')) return 1
  const select = top.findIndex((token) => is(token, 'SELECT'))
  return is(top[0], 'WITH') && select > 0 && !top.slice(0, select).some((token) => is(token, ...NO_SELECT)) ? select + 1 : -1
}

function endOfList(top: readonly Token[], from: number): number {
  const end = top.findIndex((token, i) => i >= from && is(token, ';', ...END_OF_LIST) && !is(top[i - 1], 'AS', '.') && !isDistinctFrom(top, i))
  return end < 0 ? top.length : end
}

/** The FROM of `a IS NOT DISTINCT FROM b` begins no clause. */
function isDistinctFrom(top: readonly Token[], at: number): boolean {
  return is(top[at], 'FROM') && is(top[at - 1], 'DISTINCT') && is(top[at - 2], 'IS', 'NOT')
}

/** Nothing follows a semicolon, and no UNION BY NAME adds columns. */
function endsAsOneSelect(tail: readonly Token[]): boolean {
  const semicolon = tail.findIndex((token) => is(token, ';'))
  if (semicolon >= 0 && tail.slice(semicolon).some((token) => !is(token, ';'))) return false
  return !tail.some((token, i) => is(token, 'BY') && is(tail[i - 1], 'UNION', 'ALL', 'DISTINCT'))
}

function itemsOf(list: readonly Token[]): Token[][] {
  const items: Token[][] = [[]]
  for (const token of list) {
    if (is(token, ',')) items.push([])
    else items.at(-1)?.push(token)
  }
  return items
}

function nameOf(written: readonly Token[]): string | undefined {
  const item = written.slice(Math.max(0, written.findIndex((token) => !is(token, 'DISTINCT', 'ALL'))))
  const as = item.findIndex((token, i) => is(token, 'AS') && !is(item[i - 1], '.'))
  if (item.some((token, i) => token.kind === 'odd' || isManyColumns(item, token, i))) return undefined
  if (as > 0) return as === item.length - 2 ? identifier(item.at(-1), true) : undefined
  if (as === 0 || item.length % 2 === 0) return undefined
  const isPath = item.every((token, i) => i % 2 === 1 ? is(token, '.') : identifier(token, false) !== undefined)
  const isValue = item.length === 1 && item[0]?.kind === 'word' && NO_NAME.test(item[0].text)
  return isPath && !isValue ? identifier(item.at(-1), false) : undefined
}

/** `*`, `t.*`, `unnest(…)`; and a SELECT here belongs to another list. */
function isManyColumns(item: readonly Token[], token: Token, i: number): boolean {
  if (is(item[i - 1], 'AS', '.')) return is(token, '*')
  return is(token, 'SELECT', 'UNNEST') || (i === 0 && is(token, '*'))
}

/** MySQL and DuckDB take a string for a name after AS. Blanks at its ends are cut by some. */
function identifier(token: Token | undefined, afterAs: boolean): string | undefined {
  if (token === undefined) return undefined
  const isName = token.kind === 'word' || token.kind === 'quoted' || (afterAs && token.kind === 'string')
  return isName && token.value !== '' && token.value.trim() === token.value ? token.value : undefined
}
