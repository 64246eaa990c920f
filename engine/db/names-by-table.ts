/** Columns, each with the table that owns it, by the names that were asked for. */
export function namesByTable(
  tables: readonly string[], rows: readonly { readonly owner?: unknown; readonly name?: unknown }[], isOf: (owner: string, table: string) => boolean,
): ReadonlyMap<string, readonly string[]> {
  return new Map(tables.flatMap((table): [string, readonly string[]][] => {
    const names = rows.filter(({ owner }) => isOf(String(owner), table)).map(({ name }) => String(name))
    return names.length === 0 ? [] : [[table, names]]
  }))
}
