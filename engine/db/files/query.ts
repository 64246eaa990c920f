/** What a query over files reads, by DuckDB's own tree of it: whether another instance would read the very same. */

import { foldName } from '../../sql/identifiers.ts'

/** What is of interest. */
export interface QuerySeen {
  /** The tables that it names, without its own. */
  readonly tables: readonly string[]
  /** Those that it makes itself (WITH). */
  readonly own: readonly string[]
  /** It states an order. */
  readonly ordered: boolean
  /** It gives a row for each row of its one table. */
  readonly takesAll: boolean
}

/** Functions whose answer is about the instance, and not about the rows. */
const OF_THE_INSTANCE = /^(?:current_(?!date$|time$|timestamp$|localtime)|duckdb_|pg_|pragma_|nextval$|currval$|getvariable$|getenv$|in_search_path$|txid_current$|query$|query_table$|version$)/

/** Reads the tree that `json_serialize_sql` gives; a text says why the rows can't be read elsewhere. */
export function seenIn(tree: unknown): QuerySeen | string {
  const tables = new Set<string>()
  const own = new Set<string>()
  let fault: string | undefined
  let ordered = false
  const look = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(look)
    if (!isNode(node)) return
    if (node['type'] === 'TABLE_FUNCTION') fault = 'its query calls a function for rows'
    else if (node['type'] === 'BASE_TABLE') {
      if (node['schema_name'] !== '' || node['catalog_name'] !== '') fault = 'its query names a schema'
      tables.add(foldName(String(node['table_name'])))
    } else if (node['type'] === 'ORDER_MODIFIER' && Array.isArray(node['orders']) && node['orders'].length > 0) ordered = true
    if (typeof node['function_name'] === 'string' && OF_THE_INSTANCE.test(node['function_name'])) fault = `its query calls ${node['function_name']}`
    if (isNode(node['cte_map']) && Array.isArray(node['cte_map']['map'])) for (const each of node['cte_map']['map']) if (isNode(each)) own.add(foldName(String(each['key'])))
    for (const value of Object.values(node)) look(value)
  }
  if (!isNode(tree) || tree['error'] !== false || !Array.isArray(tree['statements']) || tree['statements'].length !== 1) return 'its query is no plain SELECT'
  look(tree)
  return fault ?? { tables: [...tables].filter((name) => !own.has(name)), own: [...own], ordered, takesAll: takesAll(tree['statements'][0]) }
}

/** Said of what surely does: columns of one table, and nothing else. */
function takesAll(statement: unknown): boolean {
  const node = isNode(statement) ? statement['node'] : undefined
  if (!isNode(node) || node['type'] !== 'SELECT_NODE') return false
  const { select_list: columns, from_table: from, modifiers } = node
  return ['where_clause', 'having', 'qualify', 'sample'].every((clause) => node[clause] === null) && ['group_expressions', 'group_sets'].every((clause) => isList(node[clause]) && node[clause].length === 0)
    && isNode(from) && from['type'] === 'BASE_TABLE' && from['sample'] === null
    && isList(columns) && columns.every((column) => isNode(column) && column['class'] === 'COLUMN_REF')
    && isList(modifiers) && modifiers.every((modifier) => isNode(modifier) && modifier['type'] === 'ORDER_MODIFIER')
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

const isNode = (node: unknown): node is Record<string, unknown> => typeof node === 'object' && node !== null && !Array.isArray(node)
