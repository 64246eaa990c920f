import { ConfigurationError } from '../errors.ts'
import { closingBracket, splitAtCommas } from './brackets.ts'
import type { Refuse } from './brackets.ts'
import { addColumn } from './create-column.ts'
import { addConstraint, isConstraint } from './create-constraint.ts'
import { foldName, tableNameProblem } from './identifiers.ts'
import { didYouMean } from './did-you-mean.ts'
import { flavoursOf, is, textOf, tokenize } from './tokens.ts'
import type { Draft, TableDefinition } from './table-definition.ts'
import type { Flavour, Token } from './tokens.ts'

export type { ColumnDefinition, ForeignKeyDefinition, IndexDefinition, TableDefinition } from './table-definition.ts'

/**
 * Reads a CREATE TABLE: its columns, keys, checks, indexes, relationships and options.
 *
 * Names of indexes and constraints, AUTO_INCREMENT and IDENTITY are read and dropped: the engine makes its own.
 * A text that means one thing on MySQL and another elsewhere (a backslash, a `#`) is refused, unless `flavour` says whose it is.
 *
 * @throws {ConfigurationError} naming the line: not one CREATE TABLE, a name that isn't plain, a doubled or unknown column, …
 * @example
 * readCreate('CREATE TABLE product_dim (product_key KEY, title VARCHAR(120))').columns.map((column) => column.name)
 * // ['product_key', 'title']
 */
export function readCreate(sql: string, flavour?: Flavour): TableDefinition {
  const readings = (flavour === undefined ? flavoursOf(sql) : [flavour]).map((each) => attempt(sql, each))
  const [first, second] = readings.flatMap((reading) => reading.definition ?? [])
  if (first === undefined) throw readings[0]?.error
  if (second !== undefined && JSON.stringify(first) !== JSON.stringify(second)) {
    throw new ConfigurationError('This CREATE TABLE means one thing on MySQL and another on other databases', {
      why: 'A # or -- comment, a backslash or a /*! comment in it can be read in two ways',
      wayOut: "open comments with '-- ', double a quote instead of escaping it, or write create({ mysql: '…' })",
    })
  }
  return first
}

function attempt(sql: string, flavour: Flavour): { definition?: TableDefinition, error?: ConfigurationError } {
  try {
    return { definition: read(sql, flavour) }
  } catch (error) {
    if (error instanceof ConfigurationError) return { error }
    throw error
  }
}

function read(sql: string, flavour: Flavour): TableDefinition {
  const refuse: Refuse = (at, what, wayOut) => new ConfigurationError(what, {
    where: placeOf(sql, typeof at === 'number' ? at : at.start),
    ...wayOut !== undefined && { wayOut },
  })
  const { tokens, fault } = tokenize(sql, flavour)
  if (fault) throw refuse(fault.at, fault.what)
  const strange = tokens.find((token) => token.kind === 'odd' && !/^[\d.]/.test(token.text))
  if (strange) throw refuse(strange, `the character ${JSON.stringify(strange.text)} has no place in SQL`)
  const { table, open } = readHead(tokens, refuse)
  const close = closingBracket(tokens, open, refuse)
  const draft: Draft = { table, columns: [], primaryKey: [], uniques: [], checks: [], indexes: [], foreignKeys: [], options: '', comment: undefined }
  for (const item of splitAtCommas(tokens.slice(open + 1, close), refuse)) {
    if (isConstraint(item)) addConstraint(draft, item, refuse)
    else addColumn(draft, item, refuse)
  }
  readOptions(draft, tokens.slice(close + 1), refuse)
  finish(draft, tokens[open], refuse)
  return draft
}

/** `line 3 of the CREATE TABLE ("brand VARCHAR(60),")`, so that it is found in any editor. */
function placeOf(sql: string, at: number): string {
  const line = sql.slice(0, at).split('\n').length
  const text = sql.split('\n')[line - 1]?.trim() ?? ''
  return `line ${line} of the CREATE TABLE (${JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)})`
}

function readHead(tokens: readonly Token[], refuse: Refuse): { table: string, open: number } {
  const first = tokens[0]
  if (!first || !is(first, 'CREATE')) throw refuse(first ?? 0, 'this is not a CREATE TABLE', 'a create is CREATE TABLE name ( … )')
  const word = tokens[1] ?? first
  if (!is(word, 'TABLE')) throw refuse(word, `CREATE ${word.text} is not CREATE TABLE`, 'a create is CREATE TABLE name ( … )')
  const at = is(tokens[2], 'IF') && is(tokens[3], 'NOT') && is(tokens[4], 'EXISTS') ? 5 : 2
  const name = tokens[at]
  if (!name || (name.kind !== 'word' && name.kind !== 'quoted')) throw refuse(name ?? word, 'the table has no plain name')
  const next = tokens[at + 1]
  if (is(next, '.')) {
    throw refuse(name, `${textOf(tokens.slice(at, at + 3))} names a database too`, "write the table's name alone: it is made where the warehouse's URL points")
  }
  const problem = tableNameProblem(name.value)
  if (problem) throw refuse(name, `the table's name ${JSON.stringify(name.value)} can't be used: ${problem}`)
  if (!is(next, '(')) throw refuse(next ?? name, `after ${name.text} the columns are missing`, 'a create is CREATE TABLE name ( … )')
  return { table: name.value, open: at + 1 }
}

function readOptions(draft: Draft, tail: readonly Token[], refuse: Refuse): void {
  const semicolon = tail.findIndex((token) => is(token, ';'))
  const extra = semicolon < 0 ? undefined : tail.slice(semicolon).find((token) => !is(token, ';'))
  if (extra) throw refuse(extra, 'there is a second statement', 'one create is one CREATE TABLE')
  const tokens = [...semicolon < 0 ? tail : tail.slice(0, semicolon)]
  const query = tokens.find((token) => is(token, 'AS', 'SELECT', 'LIKE'))
  if (query) throw refuse(query, `CREATE TABLE … ${query.text.toUpperCase()} can't be loaded`, 'name the columns and their types; the rows come from the source')
  const stray = tokens.find((token) => is(token, ')', ']', '}'))
  if (stray && !tokens.some((token) => is(token, '(', '[', '{'))) throw refuse(stray, `a ${stray.text} closes what was not opened`)
  draft.comment = takeOption(tokens, 'COMMENT')?.value
  takeOption(tokens, 'AUTO_INCREMENT')
  draft.options = textOf(tokens)
}

/** Takes `WORD = value` out of the options, with the comma that parted it. */
function takeOption(tokens: Token[], word: string): Token | undefined {
  const at = tokens.findIndex((token) => is(token, word))
  if (at < 0) return undefined
  const valueAt = is(tokens[at + 1], '=') ? at + 2 : at + 1
  const value = tokens[valueAt]
  tokens.splice(at, valueAt - at + 1)
  if (is(tokens[at - 1], ',')) tokens.splice(at - 1, 1)
  else if (at === 0 && is(tokens[0], ',')) tokens.splice(0, 1)
  return value
}

/** Ends the draft: every key names columns of the table, in the way in which the table writes them. */
function finish(draft: Draft, open: Token | undefined, refuse: Refuse): void {
  const { columns, table } = draft
  if (columns.length === 0) throw refuse(open ?? 0, `the table ${table} has no columns`)
  const own = (names: readonly string[]): string[] => names.map((name) => {
    const found = columns.find((column) => foldName(column.name) === foldName(name))
    if (found) return found.name
    const meant = didYouMean(name, columns.map((column) => column.name))
    throw refuse(open ?? 0, `a key or index of ${table} names ${JSON.stringify(name)}, which is no column of it`, meant && `Did you mean '${meant}'?`)
  })
  draft.primaryKey = own(draft.primaryKey)
  draft.uniques = draft.uniques.map(own)
  draft.indexes = draft.indexes.map((index) => ({ ...index, columns: own(index.columns) }))
  draft.foreignKeys = draft.foreignKeys.map((key) => ({ ...key, columns: own(key.columns) }))
  draft.columns = columns.map((column) => draft.primaryKey.includes(column.name) ? { ...column, nullable: false } : column)
}
