import { ConfigurationError } from '../../errors.ts'
import { readCreate } from '../../sql/create.ts'
import { foldName } from '../../sql/identifiers.ts'
import type { TableDefinition } from '../../sql/table-definition.ts'
import { is, tokenize } from '../../sql/tokens.ts'

/**
 * Reads the tables that a `schema.sql` declares, by their folded names.
 *
 * @throws {ConfigurationError} for a statement that is no CREATE TABLE, or a table declared twice
 */
export function readSchema(sql: string, path: string): ReadonlyMap<string, TableDefinition> {
  const definitions = new Map<string, TableDefinition>()
  for (const statement of statementsOf(sql, path)) {
    const definition = readStatement(statement, path)
    const name = foldName(definition.table)
    if (definitions.has(name)) throw new ConfigurationError(`${definition.table} is declared twice`, { where: path })
    definitions.set(name, definition)
  }
  return definitions
}

function readStatement(sql: string, path: string): TableDefinition {
  try {
    return readCreate(sql)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    throw new ConfigurationError(error.message, { where: path, cause: error })
  }
}

/** Splits at the semicolons that are in no string and no comment. */
function statementsOf(sql: string, path: string): string[] {
  const { tokens, fault } = tokenize(sql, 'standard')
  if (fault !== undefined) throw new ConfigurationError(fault.what, { where: `${path}, line ${sql.slice(0, fault.at).split('\n').length}` })
  const statements: string[] = []
  let start: number | undefined
  let end = 0
  for (const token of tokens) {
    if (is(token, ';')) {
      if (start !== undefined) statements.push(sql.slice(start, end))
      start = undefined
    } else start ??= token.start
    end = token.end
  }
  return start === undefined ? statements : [...statements, sql.slice(start, end)]
}
