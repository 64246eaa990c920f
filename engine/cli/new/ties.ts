import type { Dimension } from '../../dimension/dimension.ts'
import type { ForeignKeyDefinition } from '../../sql/create.ts'
import { foldName } from '../../sql/identifiers.ts'
import { is, tokenize } from '../../sql/tokens.ts'
import type { Token } from '../../sql/tokens.ts'

/** A dimension that the team has, with the name that it is exported under. */
export interface NamedDimension {
  readonly name: string
  readonly dimension: Dimension
}

/** A foreign key that is found again in a dimension: the source's columns, in the order of the dimension's lookup. */
export interface Tie {
  readonly columns: readonly string[]
  readonly name: string
}

/** The dimension that a foreign key leads to: one that reads the same table of the same source, and knows its members by what the key points at. */
export function tieOf({ columns, table, references }: ForeignKeyDefinition, from: string | undefined, dimensions: readonly NamedDimension[]): Tie | undefined {
  for (const { name, dimension } of dimensions) {
    const { source, lookup } = dimension
    if (source.from !== from || lookup.length !== columns.length) continue
    const origins = originsIn(source.text, table)
    const found = lookup.map((each) => columns[references.findIndex((reference) => origins.get(each) === foldName(reference))])
    if (found.every((column) => column !== undefined)) return { name, columns: found }
  }
  return undefined
}

/** Which column of a table each named column of a SELECT is, where the table is the first that it reads. */
function originsIn(sql: string, table: string): ReadonlyMap<string, string> {
  const { tokens } = tokenize(sql, 'standard')
  const from = tokens.findIndex((token) => is(token, 'FROM'))
  const named = pathAt(tokens, from + 1)
  if (from < 0 || named.value === undefined || foldName(named.value) !== foldName(table)) return new Map()
  const alias = is(tokens[named.end], 'AS') ? tokens[named.end + 1]?.value : tokens[named.end]?.value
  return new Map(itemsOf(tokens.slice(1, from)).flatMap((item) => originOf(item, [alias ?? '', table])))
}

/** The last name of `schema.table`. */
function pathAt(tokens: readonly Token[], at: number): { readonly value: string | undefined; readonly end: number } {
  return is(tokens[at + 1], '.') ? pathAt(tokens, at + 2) : { value: tokens[at]?.value, end: at + 1 }
}

function itemsOf(tokens: readonly Token[]): Token[][] {
  const items: Token[][] = [[]]
  for (const token of tokens) {
    if (is(token, ',')) items.push([])
    else items.at(-1)?.push(token)
  }
  return items
}

/** `c.id AS customer_id`, `id AS customer_id`, `c.customer_id`: a plain column of the table, and what it is called. */
function originOf(item: readonly Token[], tables: readonly string[]): [string, string][] {
  const as = item.findIndex((token) => is(token, 'AS'))
  const plain = as < 0 ? item : item.slice(0, as)
  const isOf = plain.length === 1 || (plain.length === 3 && is(plain[1], '.') && tables.some((table) => foldName(table) === foldName(plain[0]?.value ?? '')))
  const column = plain.at(-1)?.value
  const called = as < 0 ? column : item[as + 1]?.value
  return isOf && column !== undefined && called !== undefined ? [[called, foldName(column)]] : []
}
