import { closingBracket, splitAtCommas } from './brackets.ts'
import type { Refuse } from './brackets.ts'
import type { Draft, IndexDefinition } from './table-definition.ts'
import { is, textOf } from './tokens.ts'
import type { Token } from './tokens.ts'

const OPENERS = ['PRIMARY', 'UNIQUE', 'KEY', 'INDEX', 'FOREIGN', 'CONSTRAINT', 'CHECK', 'FULLTEXT', 'SPATIAL', 'LIKE', 'EXCLUDE']

/** Is this item of a create a key, index, check or relationship, and no column? */
export function isConstraint(item: readonly Token[]): boolean {
  return is(item[0], ...OPENERS) || (is(item[0], 'PERIOD') && is(item[1], 'FOR'))
}

/** Reads a line that is no column into the draft. */
export function addConstraint(draft: Draft, item: readonly Token[], refuse: Refuse): void {
  const tokens = withoutName(item)
  const first = tokens[0]
  if (!first) throw refuse(item[0] ?? 0, 'this CONSTRAINT says nothing')
  if (is(first, 'CHECK')) addCheck(draft, tokens, refuse)
  else if (is(first, 'PRIMARY')) addPrimaryKey(draft, tokens, refuse)
  else if (is(first, 'UNIQUE')) draft.uniques.push([...columnsOfKey(tokens, refuse)])
  else if (is(first, 'FOREIGN')) addForeignKey(draft, tokens, refuse)
  else if (is(first, 'KEY', 'INDEX', 'FULLTEXT', 'SPATIAL')) draft.indexes.push(readIndex(tokens, refuse))
  else throw refuse(first, `${textOf(tokens.slice(0, 2))} can't be read`, 'a line is a column, a key, an index, a CHECK or a FOREIGN KEY')
}

/** The names between commas, as values: `a, "b"`. */
export function nameList(tokens: readonly Token[], refuse: Refuse): string[] {
  return splitAtCommas(tokens, refuse).map((part) => {
    const [name, more] = part
    if (!name || more || (name.kind !== 'word' && name.kind !== 'quoted')) throw refuse(name ?? tokens[0] ?? 0, `${textOf(part)} is no plain column`)
    return name.value
  })
}

/** Without `CONSTRAINT name`: another table of the same shape, the staging one, couldn't have it as well. */
function withoutName(item: readonly Token[]): readonly Token[] {
  if (!is(item[0], 'CONSTRAINT')) return item
  return item.slice(is(item[1], 'PRIMARY', 'UNIQUE', 'FOREIGN', 'CHECK') ? 1 : 2)
}

interface Bracket { readonly open: number, readonly close: number, readonly inside: readonly Token[] }

/** The first bracket from `from` on, which the words before it must lead to. */
function bracketIn(tokens: readonly Token[], from: number, refuse: Refuse): Bracket {
  const open = tokens.findIndex((token, i) => i >= from && is(token, '('))
  const first = tokens[0]
  if (open < 0 || !first) {
    throw refuse(first ?? 0, `${textOf(tokens)} has no column in brackets`, first && `if ${first.text} is a column's name, quote it: "${first.text}"`)
  }
  const close = closingBracket(tokens, open, refuse)
  if (close === open + 1) throw refuse(tokens[open] ?? 0, 'these brackets are empty')
  return { open, close, inside: tokens.slice(open + 1, close) }
}

function addCheck(draft: Draft, tokens: readonly Token[], refuse: Refuse): void {
  const { inside } = bracketIn(tokens, 1, refuse)
  draft.checks.push(textOf(inside))
}

function addPrimaryKey(draft: Draft, tokens: readonly Token[], refuse: Refuse): void {
  if (draft.primaryKey.length > 0) throw refuse(tokens[0] ?? 0, 'there are two primary keys')
  draft.primaryKey = [...columnsOfKey(tokens, refuse)]
}

/** The columns of `UNIQUE KEY name (a, b DESC)`; a prefix or an expression would not be a key of whole columns. */
function columnsOfKey(tokens: readonly Token[], refuse: Refuse): readonly string[] {
  const { columns, parts, name } = readKey(tokens, refuse)
  if (columns.length === parts.length && !parts.some((part) => is(part[1], '('))) return columns
  throw refuse(tokens[0] ?? 0, `the key ${name ?? ''}(${parts.map((part) => textOf(part)).join(', ')}) is not over whole columns`, 'name whole columns, or make it an index')
}

interface Key extends Bracket { readonly name: string | undefined, readonly columns: readonly string[], readonly parts: readonly Token[][] }

/** `[PRIMARY|UNIQUE|FULLTEXT|SPATIAL] [KEY|INDEX] [name] [USING method] (columns)`. */
function readKey(tokens: readonly Token[], refuse: Refuse): Key {
  let at = is(tokens[0], 'KEY', 'INDEX') ? 0 : 1
  if (is(tokens[at], 'KEY', 'INDEX')) at += 1
  const bracket = bracketIn(tokens, at, refuse)
  const named = at < bracket.open && !is(tokens[at], 'USING')
  if (named) at += 1
  if (is(tokens[at], 'USING')) at += 2
  if (at !== bracket.open) throw refuse(tokens[at] ?? 0, `${textOf(tokens.slice(0, bracket.open))} can't be read before the columns`)
  const parts = splitAtCommas(bracket.inside, refuse)
  return { ...bracket, name: named ? tokens[at - 1]?.value : undefined, parts, columns: parts.flatMap(plainColumn) }
}

/** `title`, `title(10)`, `title DESC`; an expression such as `(lower(title))` has no plain column. */
function plainColumn(part: readonly Token[]): string[] {
  const [name, next, prefix] = part
  if (!name || (name.kind !== 'word' && name.kind !== 'quoted')) return []
  const isPrefix = is(next, '(') && prefix?.kind === 'number'
  return next === undefined || isPrefix || is(next, 'ASC', 'DESC', 'NULLS') ? [name.value] : []
}

function readIndex(tokens: readonly Token[], refuse: Refuse): IndexDefinition {
  const key = readKey(tokens, refuse)
  for (const part of key.parts) {
    if (part[0]?.kind === 'number') throw refuse(part[0], `${textOf(tokens)} is an index over a number`, `if ${tokens[0]?.text} is a column's name, quote it`)
  }
  const kind = is(tokens[0], 'FULLTEXT') ? 'fulltext' : is(tokens[0], 'SPATIAL') ? 'spatial' : 'plain'
  return { kind, name: key.name, columns: key.columns, sql: textOf(key.inside), options: textOf(tokens.slice(key.close + 1)) }
}

function addForeignKey(draft: Draft, tokens: readonly Token[], refuse: Refuse): void {
  const { close, inside } = bracketIn(tokens, 1, refuse)
  const columns = nameList(inside, refuse)
  const [word, table, next] = tokens.slice(close + 1)
  if (!word || !is(word, 'REFERENCES') || !table) throw refuse(word ?? tokens[0] ?? 0, 'this FOREIGN KEY has no REFERENCES table (column)')
  if (is(next, '.')) throw refuse(table, `the FOREIGN KEY names another database: ${table.text}`, "write the table's name alone")
  const references = is(next, '(') ? nameList(bracketIn(tokens, close + 3, refuse).inside, refuse) : []
  if (references.length > 0 && references.length !== columns.length) {
    throw refuse(word, `the FOREIGN KEY has ${columns.length} columns and REFERENCES has ${references.length}`)
  }
  draft.foreignKeys.push({ columns, table: table.value, references })
}
