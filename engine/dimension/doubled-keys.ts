/** One key for several members: none of ours is made so, and one that was taken over may be. */

import type { Connection } from '../db/connection.ts'
import { DataError } from '../errors.ts'
import { UNKNOWN_KEY } from './dimension.ts'
import type { Scene, Step } from './scene.ts'

/** The create itself lets no key come twice: then staging refuses what would mix members up. */
export function refusesDoubledKeys({ stage: { definition }, key }: Pick<Scene, 'stage' | 'key'>): boolean {
  const { columns, primaryKey, uniques } = definition
  return [primaryKey, ...uniques].some((names) => names.length === 1 && names[0] === key) || columns.some(({ name, type }) => name === key && type === 'KEY')
}

/** Up to three keys that several rows of the live table have. */
export function findDoubledKeys({ stage, key }: Scene): Step {
  const column = stage.dialect.quote(key)
  return {
    title: 'find keys that several live members share',
    sql: `SELECT ${column} AS shared, COUNT(*) AS row_count
FROM ${stage.dialect.quote(stage.live?.table ?? '')}
WHERE ${column} <> ${UNKNOWN_KEY}
GROUP BY ${column}
HAVING COUNT(*) > 1
ORDER BY ${column}
LIMIT 3`,
  }
}

/** @throws {DataError} with the keys that several rows have: the source's values would go to one of them, in the place of the other */
export async function refuseDoubledKeys(scene: Scene, connection: Connection): Promise<void> {
  const { stage, key } = scene
  const rows = await connection.query(findDoubledKeys(scene))
  if (rows.length === 0) return
  throw new DataError('several members of the live table have one key', {
    where: `${stage.etl}, table ${stage.definition.table}`,
    why: rows.map((row) => `${key} ${Number(row['shared'])} is in ${Number(row['row_count'])} rows`).join('; '),
    wayOut: 'give each of them a key of its own in the live table, and the facts that point at it',
  })
}
