import type { Connection } from '../db/connection.ts'
import { liveHas } from '../dimension/scene.ts'
import type { Stage } from '../dimension/scene.ts'
import { DataError } from '../errors.ts'
import { readsLive } from '../publish/readers.ts'
import type { DeclaredKey } from './fact.ts'

/**
 * The live keys of a fact that name no member any more: its dimension was dropped and loaded again, or members were deleted
 * by hand. A dimension that is the one which the fact was loaded with is not looked at.
 */
export async function lostKeys(keys: Readonly<Record<string, DeclaredKey>>, stage: Stage, connection: Connection): Promise<readonly Error[]> {
  const errors: Error[] = []
  for (const [name, { of }] of Object.entries(keys)) {
    const { table } = of.create.definition(connection.dialect.name)
    if (stage.live === undefined || !liveHas(stage, name)) continue
    if (await connection.describe(table) === undefined || await readsLive(connection, stage.live.table, table)) continue
    const [row] = await connection.query<{ lost: unknown }>(lostSql(stage, name, table, of.key))
    if (row === undefined) continue
    errors.push(new DataError('the live table points at members that are gone', {
      where: `${stage.etl}, table ${stage.live.table}, column ${name}`, why: `${table} has no member with the ${of.key} ${String(row.lost)}`,
      wayOut: 'load the fact again: every load finds all of its keys anew',
    }))
  }
  return errors
}

function lostSql({ dialect, definition }: Stage, name: string, parent: string, key: string): string {
  const quote = (identifier: string): string => dialect.quote(identifier)
  return `SELECT f.${quote(name)} AS lost FROM ${quote(definition.table)} AS f
WHERE f.${quote(name)} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ${quote(parent)} AS p WHERE p.${quote(key)} = f.${quote(name)})
LIMIT 1`
}
