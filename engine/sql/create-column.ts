import { closingBracket } from './brackets.ts'
import type { Refuse } from './brackets.ts'
import { nameList } from './create-constraint.ts'
import { columnNameProblem, foldName } from './identifiers.ts'
import type { ColumnDefinition, Draft } from './table-definition.ts'
import { is, textOf } from './tokens.ts'
import type { Token } from './tokens.ts'

/** The words that end a column's type, or the expression of its DEFAULT. */
const ATTRIBUTES = ['NOT', 'NULL', 'DEFAULT', 'PRIMARY', 'UNIQUE', 'KEY', 'CHECK', 'COMMENT', 'COLLATE', 'CHARSET', 'CONSTRAINT',
  'REFERENCES', 'GENERATED', 'AS', 'AUTO_INCREMENT', 'AUTOINCREMENT', 'ON', 'INVISIBLE', 'VISIBLE', 'STORED', 'VIRTUAL', 'PERSISTENT',
  'COLUMN_FORMAT', 'STORAGE', 'SRID', 'COMPRESSED', 'COMPRESSION', 'IDENTITY', 'DEFERRABLE', 'USING']

/** What is left of a column's tokens to read, and what was read so far. */
interface Reading {
  readonly tokens: readonly Token[]
  at: number
  readonly column: { -readonly [K in keyof ColumnDefinition]: ColumnDefinition[K] }
  readonly rest: Token[][]
}

/** Reads `name type attributes` into the draft. */
export function addColumn(draft: Draft, item: readonly Token[], refuse: Refuse): void {
  const name = readName(draft, item, refuse)
  const type = item.slice(1, endOfExpression(item, 1, refuse, is(item[1], 'KEY', 'CHARACTER') ? 2 : 1))
  if (type.length === 0) throw refuse(name, `the column ${name.value} has no type`)
  if (type[0]?.kind !== 'word' && type[0]?.kind !== 'quoted') throw refuse(name, `the column ${name.value} has the type ${textOf(type)}, which can't be read`)
  const column = {
    name: name.value, type: textOf(type, upperCased), nullable: true, default: undefined, comment: undefined, generated: false, rest: '',
  }
  const reading: Reading = { tokens: item, at: 1 + type.length, column, rest: [] }
  if (is(type[0], 'KEY')) {
    if (type.length > 1) throw refuse(name, `the column ${name.value} is a KEY and ${textOf(type.slice(1))}`, 'KEY stands alone: it is INT NOT NULL PRIMARY KEY')
    addPrimaryKey(draft, name, refuse)
  }
  while (reading.at < item.length) readAttribute(draft, reading, refuse)
  draft.columns.push({ ...column, rest: reading.rest.map((words) => textOf(words)).join(' ') })
}

function readName(draft: Draft, item: readonly Token[], refuse: Refuse): Token {
  const name = item[0]
  if (!name || (name.kind !== 'word' && name.kind !== 'quoted')) throw refuse(name ?? 0, `a column can't begin with ${name?.text ?? 'nothing'}`)
  const problem = columnNameProblem(name.value)
  if (problem) throw refuse(name, `the column's name ${JSON.stringify(name.value)} can't be used: ${problem}`)
  if (draft.columns.some((column) => foldName(column.name) === foldName(name.value))) throw refuse(name, `there are two columns named ${name.value}`)
  return name
}

/** Where the type or expression ends that begins at `from`; `atLeast` tells how far it goes in any case. */
function endOfExpression(item: readonly Token[], from: number, refuse: Refuse, atLeast: number): number {
  let at = from
  while (at < item.length) {
    if (at >= atLeast && endsExpression(item, at)) break
    at = is(item[at], '(', '[', '{') ? closingBracket(item, at, refuse) + 1 : at + 1
  }
  return at
}

function endsExpression(item: readonly Token[], at: number): boolean {
  if (is(item[at], 'CHARACTER')) return is(item[at + 1], 'SET')
  return is(item[at], ...ATTRIBUTES)
}

function readAttribute(draft: Draft, reading: Reading, refuse: Refuse): void {
  const { tokens, column, at } = reading
  const word = tokens[at]
  const next = tokens[at + 1]
  if (!word) return
  if (is(word, 'NOT') && is(next, 'NULL')) take(reading, 2, () => { column.nullable = false })
  else if (is(word, 'NULL')) take(reading, 1, () => { column.nullable = true })
  else if (is(word, 'DEFAULT')) readDefault(reading, word, refuse)
  else if (is(word, 'COMMENT')) take(reading, 2, () => { column.comment = next?.value })
  else if (is(word, 'PRIMARY') && is(next, 'KEY')) take(reading, 2, () => addPrimaryKey(draft, tokens[0] ?? word, refuse))
  else if (is(word, 'KEY')) take(reading, 1, () => addPrimaryKey(draft, tokens[0] ?? word, refuse))
  else if (is(word, 'UNIQUE')) take(reading, is(next, 'KEY') ? 2 : 1, () => draft.uniques.push([column.name]))
  else if (is(word, 'AUTO_INCREMENT', 'AUTOINCREMENT')) take(reading, 1)
  // A constraint's name is dropped: another table of the same shape, the staging one, couldn't have it as well.
  else if (is(word, 'CONSTRAINT')) take(reading, is(next, 'CHECK', 'PRIMARY', 'UNIQUE', 'REFERENCES', 'NOT', 'NULL') ? 1 : 2)
  else if (is(word, 'REFERENCES')) readReference(draft, reading, refuse)
  else if (is(word, 'GENERATED', 'AS')) readGenerated(reading, refuse)
  else keep(reading, endOfExpression(tokens, at, refuse, at + 1))
}

function take(reading: Reading, count: number, then?: () => void): void {
  reading.at += count
  then?.()
}

function keep(reading: Reading, end: number): void {
  reading.rest.push(reading.tokens.slice(reading.at, end))
  reading.at = end
}

function readDefault(reading: Reading, word: Token, refuse: Refuse): void {
  const end = endOfExpression(reading.tokens, reading.at + 1, refuse, reading.at + 2)
  const expression = reading.tokens.slice(reading.at + 1, end)
  if (expression.length === 0) throw refuse(word, `the DEFAULT of ${reading.column.name} has no value`)
  reading.column.default = textOf(expression)
  reading.at = end
}

function addPrimaryKey(draft: Draft, name: Token, refuse: Refuse): void {
  if (draft.primaryKey.length > 0 && draft.primaryKey.join() !== name.value) throw refuse(name, 'there are two primary keys')
  draft.primaryKey = [name.value]
}

/** `REFERENCES other (id) ON DELETE CASCADE`: the relationship is kept, and what the database should do about it is not. */
function readReference(draft: Draft, reading: Reading, refuse: Refuse): void {
  const { tokens, at, column } = reading
  const table = tokens[at + 1]
  if (!table) throw refuse(tokens[at] ?? 0, `the REFERENCES of ${column.name} names no table`)
  const listed = is(tokens[at + 2], '(')
  const end = listed ? closingBracket(tokens, at + 2, refuse) + 1 : at + 2
  const references = listed ? nameList(tokens.slice(at + 3, end - 1), refuse) : []
  draft.foreignKeys.push({ columns: [column.name], table: table.value, references })
  reading.at = end
  while (is(tokens[reading.at], 'ON', 'MATCH')) reading.at = endOfAction(tokens, reading.at)
}

/** After `ON DELETE SET NULL`, `ON UPDATE NO ACTION` or `MATCH FULL`. */
function endOfAction(tokens: readonly Token[], at: number): number {
  if (is(tokens[at], 'MATCH')) return at + 2
  return is(tokens[at + 2], 'SET', 'NO') ? at + 4 : at + 3
}

/** `GENERATED … AS (expression) STORED` is computed; `GENERATED … AS IDENTITY` only counts, and the engine fills keys itself. */
function readGenerated(reading: Reading, refuse: Refuse): void {
  const { tokens } = reading
  let as = reading.at
  while (as < tokens.length && !is(tokens[as], 'AS')) as += 1
  const after = tokens[as + 1]
  if (is(after, 'IDENTITY')) {
    reading.at = is(tokens[as + 2], '(') ? closingBracket(tokens, as + 2, refuse) + 1 : as + 2
    return
  }
  if (!after || !is(after, '(', 'ROW')) throw refuse(tokens[reading.at] ?? 0, `the expression of ${reading.column.name} is missing`)
  reading.column.generated = true
  let end = is(after, 'ROW') ? as + 3 : closingBracket(tokens, as + 1, refuse) + 1
  while (is(tokens[end], 'STORED', 'VIRTUAL', 'PERSISTENT')) end += 1
  keep(reading, end)
}

function upperCased(token: Token): string {
  return token.kind === 'word' ? token.text.toUpperCase() : token.text
}
