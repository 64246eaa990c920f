import type { Swap } from '../connection.ts'
import { indexesSql, renameTable } from './ddl.ts'
import type { Ask } from './describe.ts'
import { indexesOf, refuseView } from './describe.ts'
import { quoteName } from './quote.ts'

/** What a swap needs of a session. */
interface Session {
  readonly place: string
  readonly ask: Ask
  readonly execute: (sql: string) => Promise<unknown>
}

/**
 * Makes staging tables live inside the caller's transaction: readers see the old tables until its COMMIT, and the new
 * ones after it.
 *
 * A table with an index of its own can't be renamed (its PRIMARY KEY and UNIQUE are no hindrance), so such indexes are
 * dropped first and the definition's are made on the table that has become live. The old table is left without.
 */
export async function swapTables(session: Session, swaps: readonly Swap[]): Promise<void> {
  for (const { live, staging, old, definition } of swaps) {
    await refuseView(session.ask, live, session.place)
    if (old !== undefined) await rename(session, live, old)
    if (staging === undefined) continue
    await rename(session, staging, live)
    if (definition === undefined) continue
    for (const sql of indexesSql(definition, live, staging)) await session.execute(sql)
  }
}

async function rename(session: Session, from: string, to: string): Promise<void> {
  for (const index of await indexesOf(session.ask, from)) await session.execute(`DROP INDEX ${quoteName(index)}`)
  await session.execute(renameTable(from, to))
}
