import type { Dialect } from '../db/dialect.ts'
import type { TableDefinition } from '../sql/create.ts'

/** The statements that make a staging table. */
export interface StagingTable {
  readonly create: readonly string[]
  /** Made when its rows are there; a dimension makes them when most of them are. */
  readonly keys: readonly string[]
}

export function stagingTable(dialect: Dialect, definition: TableDefinition, name: string, comment: string): StagingTable {
  return { create: dialect.createKeyless(definition, name, comment), keys: dialect.createKeys(definition, name) }
}
