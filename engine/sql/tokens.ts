/**
 * A small SQL tokenizer: just enough to find names without being fooled by strings and comments.
 *
 * Databases disagree on six things, and a text doesn't say whose it is: so it is read in a flavour.
 *
 * | | mysql | standard (PostgreSQL, DuckDB) |
 * |---|---|---|
 * | a backslash in a string | escapes | is itself, but in `E'…'` |
 * | `#` | opens a comment | is an operator |
 * | `--x` | is minus minus x | opens a comment |
 * | a comment in a comment | doesn't nest | nests |
 * | a comment that opens with an exclamation mark | is code | is a comment |
 * | `$$ … $$` | is a word | is a string |
 */
export type Flavour = 'mysql' | 'standard'

const flavours: ReadonlyMap<string, Flavour> = new Map([['mysql', 'mysql']])

/** How the text of one database is read where quoting differs; the others follow the standard. */
export const flavourOf = (database: string): Flavour => flavours.get(database) ?? 'standard'

/** `odd`: what no plain SQL has, such as `1FROM` or a character from outside of the grammar. */
type TokenKind = 'word' | 'quoted' | 'string' | 'number' | 'punctuation' | 'odd'

export interface Token {
  readonly kind: TokenKind
  /** As written. */
  readonly text: string
  /** A quoted name or a string without its quotes and escapes; any other token as written. */
  readonly value: string
  readonly start: number
  readonly end: number
}

interface Fault { readonly at: number, readonly what: string }
export interface Reading { readonly tokens: readonly Token[], readonly fault: Fault | undefined }

type Step = Token | Fault | { readonly skipTo: number }

/** What a text may mean, as flags: how databases differ where a name could be lost. */
interface Rules {
  /** A backslash takes the next character of a string out of its meaning. */
  readonly escapes: boolean
  readonly hashComments: boolean
  /** `--` opens a comment only before a blank. */
  readonly dashesNeedBlank: boolean
  readonly commentsNest: boolean
  /** A comment that opens with an exclamation mark is code. */
  readonly commentsRun: boolean
  readonly dollarQuotes: boolean
  readonly word: RegExp
}

const RULES: Readonly<Record<Flavour, Rules>> = {
  mysql: {
    escapes: true, hashComments: true, dashesNeedBlank: true, commentsNest: false, commentsRun: true, dollarQuotes: false,
    word: /[\p{L}\p{Nl}_$][\p{L}\p{M}\p{N}_$]*/uy,
  },
  standard: {
    escapes: false, hashComments: false, dashesNeedBlank: false, commentsNest: true, commentsRun: false, dollarQuotes: true,
    word: /[\p{L}\p{Nl}_][\p{L}\p{M}\p{N}_$]*/uy,
  },
}

const BLANK = /[ \t\n\r\f\v]+/y
const NUMBER = /(?:0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/iy
const GLUED = /[\p{L}\p{M}\p{N}_$]+/uy
const DOLLAR = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy
const PUNCTUATION = /::|:=|[-+*/%|&^~<>=!@?:.,;()[\]{}#$\\]/y
const MAY_DIFFER = /[\\#$]|--(?![ \t\n\r\f\v]|$)|\/\*(?:[^*]|\*(?!\/))*?\/\*|\/\*M?!/

/** The flavours that could read this text in different ways; one of them if they agree. */
export function flavoursOf(sql: string): readonly Flavour[] {
  return MAY_DIFFER.test(sql) ? ['mysql', 'standard'] : ['standard']
}

/** Splits a text into tokens, without its comments. Never throws: what can't be read is a fault, and reading ends there. */
export function tokenize(sql: string, flavour: Flavour): Reading {
  const rules = RULES[flavour]
  const tokens: Token[] = []
  const inCode = { open: false }
  for (let at = 0; at < sql.length;) {
    const step = skip(sql, at, rules, inCode) ?? quoted(sql, at, rules, tokens.at(-1)) ?? plain(sql, at, rules)
    if ('skipTo' in step) at = step.skipTo
    else if ('what' in step) return { tokens, fault: step }
    else {
      tokens.push(step)
      at = step.end
    }
  }
  if (inCode.open) return { tokens, fault: { at: sql.lastIndexOf('!'), what: 'a /*! comment is not closed' } }
  return { tokens, fault: undefined }
}

/** The tokens as text again: no comments, one blank for any gap, so that it may stand on one line. */
export function textOf(tokens: readonly Token[], show: (token: Token) => string = (token) => token.text): string {
  let text = ''
  let end = tokens[0]?.start ?? 0
  for (const token of tokens) {
    text += (token.start > end ? ' ' : '') + show(token)
    end = token.end
  }
  return text
}

/** Is it this word, or this punctuation? Quoted names and strings never are. */
export function is(token: Token | undefined, ...words: readonly string[]): boolean {
  return token !== undefined && token.kind !== 'quoted' && token.kind !== 'string' && words.includes(token.text.toUpperCase())
}

function match(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(sql)?.[0]
}

function skip(sql: string, at: number, rules: Rules, inCode: { open: boolean }): Step | undefined {
  const blank = match(BLANK, sql, at)
  if (blank !== undefined) return { skipTo: at + blank.length }
  if (startsLineComment(sql, at, rules)) {
    const end = sql.indexOf('\n', at)
    return { skipTo: end < 0 ? sql.length : end }
  }
  if (inCode.open && sql.startsWith('*/', at)) {
    inCode.open = false
    return { skipTo: at + 2 }
  }
  if (!sql.startsWith('/*', at)) return undefined
  const code = rules.commentsRun ? match(/\/\*M?!\d*/y, sql, at) : undefined
  if (code !== undefined && !inCode.open) {
    inCode.open = true
    return { skipTo: at + code.length }
  }
  const end = endOfComment(sql, at, rules.commentsNest)
  return end < 0 ? { at, what: 'a /* comment is not closed' } : { skipTo: end }
}

function startsLineComment(sql: string, at: number, rules: Rules): boolean {
  if (sql[at] === '#') return rules.hashComments
  return sql.startsWith('--', at) && (!rules.dashesNeedBlank || /^(?:[ \t\n\r\f\v]|$)/.test(sql.slice(at + 2, at + 3)))
}

function endOfComment(sql: string, start: number, nests: boolean): number {
  const mark = /\/\*|\*\//g
  mark.lastIndex = start + 2
  let depth = 1
  for (let found = mark.exec(sql); found; found = mark.exec(sql)) {
    if (found[0] === '*/') depth -= 1
    else if (nests) depth += 1
    if (depth === 0) return mark.lastIndex
  }
  return -1
}

function quoted(sql: string, at: number, rules: Rules, before: Token | undefined): Step | undefined {
  const quote = sql[at]
  if (quote === '$' && rules.dollarQuotes) return dollarQuoted(sql, at)
  if (quote !== "'" && quote !== '"' && quote !== '`') return undefined
  const escapes = quote !== '`' && (rules.escapes || (quote === "'" && before?.end === at && is(before, 'E')))
  let value = ''
  for (let i = at + 1; i < sql.length; i += 1) {
    if (escapes && sql[i] === '\\') value += unescaped(sql[i += 1])
    else if (sql[i] !== quote) value += sql[i]
    else if (sql[i + 1] === quote) value += sql[i += 1]
    else return { kind: quote === "'" ? 'string' : 'quoted', text: sql.slice(at, i + 1), value, start: at, end: i + 1 }
  }
  return { at, what: `a ${quote} is not closed` }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', 0: '\0', Z: '\u001A' }

function unescaped(character: string | undefined): string {
  return character === undefined ? '' : ESCAPES[character] ?? character
}

function dollarQuoted(sql: string, at: number): Step | undefined {
  const tag = match(DOLLAR, sql, at)
  if (tag === undefined) return undefined
  const close = sql.indexOf(tag, at + tag.length)
  if (close < 0) return { at, what: `a ${tag} is not closed` }
  const end = close + tag.length
  return { kind: 'string', text: sql.slice(at, end), value: sql.slice(at + tag.length, close), start: at, end }
}

function plain(sql: string, at: number, rules: Rules): Token {
  const number = match(NUMBER, sql, at)
  const glued = number === undefined ? undefined : match(GLUED, sql, at + number.length)
  const word = match(rules.word, sql, at)
  const punctuation = match(PUNCTUATION, sql, at)
  if (number !== undefined) return tokenAt(glued === undefined ? 'number' : 'odd', number + (glued ?? ''), at)
  if (word !== undefined) return tokenAt('word', word, at)
  if (punctuation !== undefined) return tokenAt('punctuation', punctuation, at)
  return tokenAt('odd', String.fromCodePoint(sql.codePointAt(at) ?? 0), at)
}

function tokenAt(kind: TokenKind, text: string, start: number): Token {
  return { kind, text, value: text, start, end: start + text.length }
}
