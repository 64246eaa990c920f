import type { Dialect } from '../db/dialect.ts'
import type { TableDefinition } from '../sql/create.ts'
import type { Entry } from './registry.ts'

/** The statements that make a staging table. */
export interface StagingTable {
  readonly create: readonly string[]
  /** Made when its rows are there. */
  readonly keys: readonly string[]
}

/** A dimension carries its live members over: its table has its keys from the beginning, so that those that it does not take are told of as such. */
export function stagingTable({ type }: Pick<Entry, 'type'>, dialect: Dialect, definition: TableDefinition, name: string, comment: string): StagingTable {
  if (type === 'dimension') return { create: dialect.createTable(definition, name, comment), keys: [] }
  return { create: dialect.createKeyless(definition, name, comment), keys: dialect.createKeys(definition, name) }
}
