import type { Connection } from '../db/connection.ts'

/**
 * Runs the statements that make a table, in one transaction where DDL is part of one: who dies between a CREATE and its
 * COMMENT would leave a table that nobody may drop, and one without its indexes would never get them.
 */
export async function executeTogether(connection: Connection, statements: readonly string[]): Promise<void> {
  const all = async (): Promise<void> => { for (const statement of statements) await connection.execute(statement) }
  await (connection.dialect.transactionalDdl ? connection.transaction(all) : all())
}
