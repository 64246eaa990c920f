import type { Obstacle } from '../connection.ts'
import { bound } from './statement.ts'
import { accountOf, quote } from './text.ts'

type Ask = <R>(sql: string) => Promise<R[]>

/**
 * What RENAME TABLE would take away from a table's name: it renames a view as gladly as a table, and triggers follow the old
 * one, without a word. Foreign keys that point at the table would do so too: with those it is merged.
 */
export async function obstacleTo(query: Ask, table: string): Promise<Obstacle | undefined> {
  const ask = <R>(sql: string): Promise<R[]> => query<R>(bound({ sql, values: [table] }))
  const named = await ask<Named>("SELECT table_name AS name, table_type AS type, CURRENT_USER() AS user, DATABASE() AS place FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?")
  const view = named.find(({ type }) => type.includes('VIEW'))
  if (view !== undefined) {
    return { what: `${view.name} is a view, and no table can be published under its name`, wayOut: `DROP VIEW ${quote(view.name)}, or give the create another name` }
  }
  const found = named.find(({ type }) => type === 'BASE TABLE')
  if (found === undefined) return undefined
  const blind = await seesNoTriggers(query, found)
  if (blind !== undefined) return blind
  const [trigger] = await ask<{ name: string }>('SELECT trigger_name AS name FROM information_schema.triggers WHERE event_object_schema = DATABASE() AND event_object_table = ? ORDER BY trigger_name')
  if (trigger === undefined) return undefined
  return {
    what: `the table has the trigger ${trigger.name}`, why: 'it would stay with the rows that a publish replaces, and be gone with them',
    wayOut: `DROP TRIGGER ${quote(trigger.name)}`,
  }
}

/** A table or view, in whose database, and who asks. */
interface Named { readonly name: string, readonly type: string, readonly user: string, readonly place: string }

/**
 * A server shows triggers to nobody who lacks the privilege, and says nothing of that. Only where a table is to be replaced
 * does it matter; what came by a role that this server doesn't spell out is trusted.
 */
async function seesNoTriggers(query: Ask, found: Named): Promise<Obstacle | undefined> {
  const grants = (await query<Record<string, unknown>>('SHOW GRANTS')).map((row) => String(Object.values(row)[0]))
  const isRole = grants.some((grant) => !/ ON /.test(grant))
  if (isRole || grants.some((grant) => showsTriggers(grant, found.place, found.name))) return undefined
  return {
    what: 'the user may not see triggers', why: 'one on the table would stay with the rows that a publish replaces, and be gone with them',
    wayOut: `GRANT TRIGGER ON ${quote(found.place)}.* TO ${accountOf(found.user)}`,
  }
}

/** Whether a line of SHOW GRANTS lets triggers of a table be seen. In the name of a database, `_` and `%` stand for others. */
function showsTriggers(grant: string, database: string, table: string): boolean {
  const [, rights = '', schema = '', what = ''] = /^GRANT (.*?) ON (?:TABLE )?(\*|`(?:[^`]|``)+`)\.(\*|`(?:[^`]|``)+`) TO /.exec(grant) ?? []
  if (!/\bTRIGGER\b|\bALL PRIVILEGES\b/.test(rights)) return false
  const pattern = bare(schema).replaceAll(/\\?[\s\S]/g, (one) => one === '_' ? '.' : one === '%' ? '.*' : one.at(-1)?.replace(/[^\w\s]/, '\\$&') ?? '')
  const here = schema === '*' || (what === '*' ? new RegExp(`^${pattern}$`, 's').test(database) : bare(schema) === database)
  return here && (what === '*' || bare(what) === table)
}

const bare = (quoted: string): string => quoted.slice(1, -1).replaceAll('``', '`')
