import type { Flow, FlowColumn, Relation } from '../flow.ts'
import type { ValueType } from '../value-type.ts'
import { quoteName } from './quote.ts'

/** A query's rows as another instance of DuckDB reads them from the very files. */
export interface RowsOfFiles {
  readonly columns: readonly FlowColumn[]
  /** As they stand in a FROM. */
  readonly rows: string
  readonly losesOrder: boolean
  /** @throws {DataError} where a file is not what it was when it was looked through */
  readonly refuseChanged: () => Promise<void>
}

/** The relation that a session with a warehouse makes of them; `execute` runs a statement there. */
export function relationOf({ columns, rows, losesOrder, refuseChanged }: RowsOfFiles, typed: (type: ValueType) => ValueType, execute: (sql: string) => Promise<number>): Flow<Relation> {
  const fill: Relation['fill'] = async (sql) => {
    const filled = await execute(sql)
    await refuseChanged()
    return filled
  }
  return {
    columns: columns.map(({ name, type }) => ({ name, type: typed(type) })),
    rows: { form: 'relation', scope: { rows, table: (name) => `main.${quoteName(name)}` }, fill, ...losesOrder && { losesOrder } },
  }
}
