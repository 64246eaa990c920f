import type { Connection } from '../db/connection.ts'
import type { ErrorDocument } from '../error-document.ts'
import { readJson } from './read-json.ts'

/** What the ledger keeps of a refresh's end beside what became of each ETL. */
export interface RefreshOutcome {
  readonly heldBack?: string
  readonly dropped?: readonly string[]
  readonly error?: ErrorDocument
}

/** What the ledger keeps of a refresh beside its ETLs. */
export async function outcomeOf(session: Connection, id: string): Promise<RefreshOutcome> {
  const [row] = await session.query<{ outcome: string | null }>(session.dialect.knex('etl_refresh').where({ id }).select('outcome'))
  return (readJson(row?.outcome) as RefreshOutcome | undefined) ?? {}
}

/** Enters that a refresh has dropped a table, so that whoever ends it knows. */
export async function enterDropped(session: Connection, id: string, table: string): Promise<void> {
  const { dropped = [], ...outcome } = await outcomeOf(session, id)
  await session.execute(session.dialect.knex('etl_refresh').where({ id }).update({ outcome: JSON.stringify({ ...outcome, dropped: [...dropped.filter((one) => one !== table), table] }) }))
}
