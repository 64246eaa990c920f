import type { Connection } from '../db/connection.ts'
import { DataError } from '../errors.ts'
import type { ForeignKeyDefinition } from '../sql/create.ts'

/** A foreign key of a create, with the table that holds its parents now. */
export interface Relationship {
  readonly foreignKey: ForeignKeyDefinition
  readonly parent: string
  readonly references: readonly string[]
}

/** Step 7: staging holds as many rows as the load says it wrote. @throws {DataError} where it doesn't */
export async function checkCount(connection: Connection, etl: string, staging: string, expected: number): Promise<void> {
  const [row] = await connection.query<{ n: number }>(`SELECT COUNT(*) AS n FROM ${connection.dialect.quote(staging)}`)
  if (Number(row?.n) === expected) return
  throw new DataError(`staging holds ${row?.n} rows where the load wrote ${expected}`, {
    where: `${etl}, table ${staging}`, wayOut: 'nothing was published; look for a trigger on the table, or report this',
  })
}

/**
 * Step 7: the load brought as many rows as are asked for. Without a word from the declaration that is one, where the last
 * load brought any: a source that came back empty empties no table.
 *
 * @throws {DataError} where it brought fewer
 */
export function checkVolume(etl: string, rows: number, lastRows: number | undefined, minRows: number | undefined): void {
  const fewest = minRows ?? ((lastRows ?? 0) > 0 ? 1 : 0)
  if (rows >= fewest) return
  throw new DataError(`the load brought ${rows} rows, and ${fewest} are the fewest that may come`, {
    where: etl, why: lastRows === undefined ? 'minRows says so' : `the last one brought ${lastRows}`,
    wayOut: rows === 0 ? 'see whether the source is whole; where an empty load is right, declare minRows: 0' : 'see whether the source is whole, or lower minRows',
  })
}

/** Step 7: every row finds its parent, as the create's FOREIGN KEY asks. @throws {DataError} with a sample where one doesn't */
export async function checkRelationship(connection: Connection, etl: string, staging: string, { foreignKey, parent, references }: Relationship): Promise<void> {
  const { quote } = connection.dialect
  const filled = foreignKey.columns.map((column) => `c.${quote(column)} IS NOT NULL`)
  const same = foreignKey.columns.map((column, i) => `p.${quote(references[i] ?? column)} = c.${quote(column)}`)
  const orphans = `FROM ${quote(staging)} AS c WHERE ${filled.join(' AND ')}
    AND NOT EXISTS (SELECT 1 FROM ${quote(parent)} AS p WHERE ${same.join(' AND ')})`
  const [row] = await connection.query<{ n: number }>(`SELECT COUNT(*) AS n ${orphans}`)
  if (Number(row?.n) === 0) return
  const columns = foreignKey.columns.map((column) => `c.${quote(column)}`).join(', ')
  const [sample] = await connection.query(`SELECT ${columns} ${orphans} LIMIT 1`)
  throw new DataError(`${row?.n} rows have no parent in ${foreignKey.table}`, {
    where: `${etl}, FOREIGN KEY (${foreignKey.columns.join(', ')})`,
    why: `one of them is ${Object.entries(sample ?? {}).map(([name, value]) => `${name} = ${String(value)}`).join(', ')}`,
    wayOut: `load ${foreignKey.table} first, or take the FOREIGN KEY clause out of the create`,
  })
}
