import type { ColumnsOf, TableOf } from './columns.ts'
import { readCreate } from './create.ts'
import type { TableDefinition } from './create.ts'
import { ConfigurationError } from '../errors.ts'
import { frozen } from '../frozen.ts'
import { flavourOf } from './tokens.ts'

/**
 * The CREATE TABLE of one warehouse table, as text; read when it is first needed, so importing it can't fail.
 *
 * `Column` lives in the types alone: the names that were read out of the text.
 */
export interface Create<Column extends string = string, Table extends string = string> {
  /** What the text says, for one database where the texts differ. @throws {ConfigurationError} naming the text's line */
  definition(dialect?: string): TableDefinition
  readonly '~columns'?: Column
  readonly '~table'?: Table
}

/**
 * Declares a warehouse table by its CREATE TABLE, one column a line, its name first.
 *
 * `KEY` (a surrogate key), `TIMESTAMP` (UTC with microseconds), `BOOLEAN` and `TEXT` become the database's own words;
 * all else passes untouched. A `KEY name (column)` line is an index; a FOREIGN KEY becomes a check, never a constraint.
 *
 * @example
 * const school = create(`
 *   CREATE TABLE school_dim (
 *     school_key  KEY,
 *     school_id   INT NOT NULL,
 *     name        VARCHAR(120) NOT NULL
 *   )
 * `)
 * school.definition().table   // 'school_dim'
 */
export function create<const S extends string>(sql: S): Create<ColumnsOf<S>, TableOf<S>>
/** The same where a statement truly differs between databases: one text for each. All must name the same columns. */
export function create<const T extends Readonly<Record<string, string>>>(texts: T): Create<ColumnsOf<T[keyof T]>, TableOf<T[keyof T]>>
export function create(texts: string | Readonly<Record<string, string>>): Create {
  const read = new Map<string, TableDefinition>()
  return Object.freeze({
    definition(dialect = '') {
      const known = read.get(dialect)
      if (known !== undefined) return known
      const definition = frozen(typeof texts === 'string' ? readCreate(texts) : readOne(texts, dialect))
      read.set(dialect, definition)
      return definition
    },
  })
}

/** The text for one database; all of them must name the same table and columns, in whatever order. */
function readOne(texts: Readonly<Record<string, string>>, dialect: string): TableDefinition {
  const definitions = new Map(Object.entries(texts).map(([name, text]) => [name, readCreate(text, flavourOf(name))]))
  const [first] = definitions.values()
  const where = first && { where: `the create of table ${first.table}` }
  for (const [name, definition] of definitions) {
    if (first === undefined || namesOf(definition) === namesOf(first)) continue
    throw new ConfigurationError(`the create's texts differ: ${name} has ${namesOf(definition)}`, {
      ...where, why: `another has ${namesOf(first)}`, wayOut: 'let all of them name the same table and the same columns',
    })
  }
  const definition = definitions.get(dialect) ?? (dialect === '' ? first : undefined)
  if (definition !== undefined) return definition
  throw new ConfigurationError(`the create has no text for ${dialect || 'any database'}`, {
    ...where, why: `it is written for ${[...definitions.keys()].join(', ') || 'none'}`, wayOut: 'add one, or write one text for all',
  })
}

const namesOf = ({ table, columns }: TableDefinition): string => `${table} (${columns.map(({ name }) => name).toSorted().join(', ')})`
