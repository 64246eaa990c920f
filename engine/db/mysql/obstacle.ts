import type { Obstacle } from '../connection.ts'
import { bound } from './statement.ts'
import { quote } from './text.ts'

type Ask = <R>(sql: string) => Promise<R[]>

/**
 * What RENAME TABLE would take away from a table's name: it renames a view as gladly as a table, and triggers follow the old
 * one, without a word. Foreign keys that point at the table would do so too: with those it is merged.
 */
export async function obstacleTo(query: Ask, table: string): Promise<Obstacle | undefined> {
  const ask = (sql: string): Promise<{ name: string }[]> => query(bound({ sql, values: [table] }))
  const [view] = await ask("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ? AND table_type LIKE '%VIEW%'")
  if (view !== undefined) {
    return { what: `${view.name} is a view, and no table can be published under its name`, wayOut: `DROP VIEW ${quote(view.name)}, or give the create another name` }
  }
  const [trigger] = await ask('SELECT trigger_name AS name FROM information_schema.triggers WHERE event_object_schema = DATABASE() AND event_object_table = ? ORDER BY trigger_name')
  if (trigger === undefined) return undefined
  return {
    what: `the table has the trigger ${trigger.name}`, why: 'it would stay with the rows that a publish replaces, and be gone with them',
    wayOut: `DROP TRIGGER ${quote(trigger.name)}`,
  }
}
