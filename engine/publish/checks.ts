import type { Connection } from '../db/connection.ts'
import { DataError } from '../errors.ts'
import { plural } from '../plural.ts'
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
  throw new DataError(`staging holds ${plural(row?.n ?? 0, 'row')} where the load wrote ${expected}`, {
    where: `${etl}, table ${staging}`, wayOut: 'nothing was published; look for a trigger on the table, or report this',
  })
}

/** What a declaration says of how many rows a load must bring. */
interface Volume {
  readonly minRows?: number
  readonly maxDropPct?: number
}

/** From so many times the last load's rows on a load is told of. */
const growth = 10

/**
 * Step 7: the load brought as many rows as are asked for. Without a word from the declaration that is one, where the last
 * load brought any, and a tenth of those: a source that came back empty, or nearly so, empties no table.
 *
 * `noticed` is what else the load has seen that may be the reason.
 *
 * @returns the last load's rows where this one has grown so much that somebody should have a look
 * @throws {DataError} where it brought fewer
 */
export function checkVolume(etl: string, rows: number, lastRows: number | undefined, { minRows, maxDropPct = minRows === 0 ? 100 : 90 }: Volume, noticed: readonly string[] = []): number | undefined {
  const last = lastRows ?? 0
  refuseFew(etl, rows, lastRows, minRows ?? (last > 0 ? 1 : 0), noticed)
  if (100 * (last - rows) > maxDropPct * last) {
    throw new DataError(`the load brought ${plural(rows, 'row')}, where the last one brought ${last}`, {
      where: etl, why: [`that is ${percent(last - rows, last)} % fewer, and ${maxDropPct} % are the most that may be missing`, ...noticed].join('. '),
      wayOut: 'see whether the source is whole; where so many may go, declare a higher maxDropPct: 100 allows everything',
    })
  }
  return last > 0 && rows >= growth * last ? last : undefined
}

/** Cut, not rounded: 99.96 % fewer is not all. */
const percent = (part: number, whole: number): number => Math.floor((1000 * part) / whole) / 10

function refuseFew(etl: string, rows: number, lastRows: number | undefined, fewest: number, noticed: readonly string[]): void {
  if (rows >= fewest) return
  throw new DataError(`the load brought ${plural(rows, 'row')}, and ${fewest} ${fewest === 1 ? 'is' : 'are'} the fewest that may come`, {
    where: etl, why: [lastRows === undefined ? 'minRows says so' : `the last one brought ${lastRows}`, ...noticed].join('. '),
    wayOut: noticed.length > 0 ? 'see to that first, or whether the source is whole; where so few are right, declare a lower minRows' : rows === 0 ? 'see whether the source is whole; where an empty load is right, declare minRows: 0' : 'see whether the source is whole, or lower minRows',
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
  throw new DataError(`${plural(row?.n ?? 0, 'row')} ${Number(row?.n) === 1 ? 'has' : 'have'} no parent in ${foreignKey.table}`, {
    where: `${etl}, FOREIGN KEY (${foreignKey.columns.join(', ')})`,
    why: `one of them is ${Object.entries(sample ?? {}).map(([name, value]) => `${name} = ${String(value)}`).join(', ')}`,
    wayOut: `load ${foreignKey.table} first, or take the FOREIGN KEY clause out of the create`,
  })
}
