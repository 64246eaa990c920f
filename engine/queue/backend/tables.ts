import { LATEST_SCHEMA_VERSION, runMigrations } from 'bullmq'
import type { PgQueryable } from 'bullmq'
import { ConfigurationError } from '../../errors.ts'

/** Whose the queue's tables are to be, and where: for messages. */
export interface TablesAt {
  readonly schema: string
  readonly user: string
  readonly place: string
}

/**
 * Sees that the queue's tables are in their schema and are those of this version, and makes or changes them where they aren't.
 * Several may do so at once: the first one does it, the others wait for it. Nothing is written where nothing is to do.
 *
 * @throws {ConfigurationError} where this user may not, with what to grant
 */
export async function provideTables(session: PgQueryable, at: TablesAt): Promise<void> {
  const { schema } = at
  const { rows: [found] } = await session.query<{ there: boolean; usable: boolean; tables: boolean }>(`SELECT count(*) > 0 AS there,
    coalesce(bool_or(has_schema_privilege(n.oid, 'USAGE')), false) AS usable,
    coalesce(bool_or(EXISTS (SELECT 1 FROM pg_class AS c WHERE c.relnamespace = n.oid AND c.relname = 'migration')), false) AS tables
    FROM pg_namespace AS n WHERE n.nspname = $1`, [schema])
  const { there = false, usable = false, tables = false } = found ?? {}
  if (there && !usable) throw refused(at, `its schema ${schema} is somebody else's`, `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${at.user}`)
  try {
    if (tables && await versionOf(session, schema) >= LATEST_SCHEMA_VERSION) return
    await runMigrations(there ? withoutCreateSchema(session) : session, schema)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === '42501')) throw error
    if (!there) throw refused(at, `there is no schema ${schema} yet, and this user may not make it`, `CREATE SCHEMA ${schema} AUTHORIZATION ${at.user}`, error)
    if (!tables) throw refused(at, `its tables are not there yet, and this user may not make them`, `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${at.user}`, error)
    throw refused(at, `its tables are those of another version, or another user's (${error.message})`, `let the user who owns the tables of schema ${schema} start a worker, or use that user`, error)
  }
}

async function versionOf(session: PgQueryable, schema: string): Promise<number> {
  const { rows: [row] } = await session.query<{ version: number | null }>(`SELECT max(version) AS version FROM "${schema}".migration`)
  return row?.version ?? 0
}

/** PostgreSQL asks for the right to make schemas also where there is nothing to make. */
const withoutCreateSchema = (session: PgQueryable): PgQueryable => ({
  query: (text, values) => (text.startsWith('CREATE SCHEMA IF NOT EXISTS') ? Promise.resolve({ rows: [] }) : session.query(text, values)),
})

const refused = ({ place }: TablesAt, why: string, wayOut: string, cause?: unknown): ConfigurationError =>
  new ConfigurationError('the queue can\'t be used', { where: place, why, wayOut, cause })
