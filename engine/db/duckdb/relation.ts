import { DataError } from '../../errors.ts'
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
  /** The same as `rows` when the files are looked through to their end. @throws {DataError} naming a file and its line */
  readonly sure: () => Promise<string>
  /** Told how many rows went in. @throws {DataError} where those are not all, or a file has changed since it was looked at first */
  readonly prove: (filled: number) => Promise<void>
}

/** What is needed of the session that fills. */
interface Filling {
  readonly isOpen: boolean
  /** Why the query may mean something else there. */
  otherwise(): Promise<string | undefined>
  execute(sql: string): Promise<number>
  query(sql: string): Promise<readonly unknown[]>
  transaction<T>(work: () => Promise<T>): Promise<T>
  /** Waits for something outside of the session, but not beyond its end. */
  unlessEnded<T>(waiting: Promise<T>): Promise<T>
}

/** The relation that a session with a warehouse makes of them. */
export function relationOf({ columns, rows, losesOrder, sure, prove }: RowsOfFiles, typed: (type: ValueType) => ValueType, warehouse: Filling): Flow<Relation> {
  // The files are looked through while the statement reads them; what it did is kept only where both are right.
  const filledFrom = (sql: string, from: string): Promise<number> => warehouse.transaction(async () => {
    const looking = sure()
    looking.catch(() => {})
    const filled = await warehouse.execute(sql.replace(rows, () => from))
    if (await warehouse.unlessEnded(looking) !== from) throw new DataError('a file is to be read otherwise than it seemed at first')
    await warehouse.unlessEnded(prove(filled))
    return filled
  })
  const fill: Relation['fill'] = async (sql) => {
    try {
      return await filledFrom(sql, rows)
    } catch (error) {
      const from = warehouse.isOpen ? await warehouse.unlessEnded(sure()) : rows
      if (from === rows) throw error
      return filledFrom(sql, from)
    }
  }
  return {
    columns: columns.map(({ name, type }) => ({ name, type: typed(type) })),
    rows: { form: 'relation', scope: { rows, table: (name) => `main.${quoteName(name)}` }, fill, otherwise: () => warehouse.otherwise(), gives: async (sql) => (await warehouse.query(sql)).length > 0, ...losesOrder && { losesOrder } },
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
