import type { Flow, FlowColumn, Relation } from '../flow.ts'
import type { ValueType } from '../value-type.ts'
import type { Ask } from './describe.ts'
import { quoteName, quoteText } from './quote.ts'

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

/** Why a query may mean something else in a warehouse: DuckDB takes a macro that somebody made there for its own function of that name, in this query and in what judges its texts. */
export async function whyOtherwise(source: Ask, warehouse: Ask): Promise<string | undefined> {
  const macros = await warehouse('SELECT DISTINCT function_name AS name FROM duckdb_functions() WHERE NOT internal')
  if (macros.length === 0) return undefined
  const names = macros.map(({ name }) => quoteText(String(name).toLowerCase())).join(', ')
  const [own] = await source(`SELECT function_name AS name FROM duckdb_functions() WHERE function_name IN (${names}) LIMIT 1`)
  return own === undefined ? undefined : `the warehouse has a macro ${String(own['name'])}, as a function of DuckDB is called`
}
