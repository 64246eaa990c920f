import type { Connection } from '../db/connection.ts'
import { isRead } from '../db/flow.ts'
import type { AnyFlow } from '../db/flow.ts'
import type { TableDefinition } from '../sql/create.ts'
import { checkColumns, declaredColumns } from './extract.ts'
import type { Entry } from './registry.ts'

/** The flow as the load gets it, its columns held against the table's. */
export function changed<F extends AnyFlow>(flow: F, entry: Entry, definition: TableDefinition, { dialect }: Connection): F {
  const made = isRead(flow) ? entry.etl.transform(flow) as F : flow
  checkColumns(made, entry, definition, declaredColumns(definition, dialect))
  return made
}
