import type { Connection } from '../db/connection.ts'
import { ledgerTables } from './ledger.ts'
import { liveRun } from './live-run.ts'

/** The tables whose live rows took keys from a dimension, or were held against it, as the ledger says. */
export async function readersOf(connection: Connection, dimension: string): Promise<readonly string[]> {
  if (!await hasLedger(connection)) return []
  const { knex } = connection.dialect
  const rows = await connection.query<{ run: string; target: string }>(knex('etl_input as i').join('etl_run as r', 'r.run_id', 'i.run')
    .where('i.dimension', dimension).select({ run: 'i.run', target: 'r.target' }))
  const readers: string[] = []
  for (const target of new Set(rows.map((row) => row.target))) {
    const live = await liveRun(connection, target)
    if (rows.some((row) => row.target === target && row.run === live)) readers.push(target)
  }
  return readers
}

/** Whether a live table took its keys from the very table that its dimension has now. */
export async function readsLive(connection: Connection, table: string, dimension: string): Promise<boolean> {
  if (!await hasLedger(connection)) return false
  const [run, parent] = [await liveRun(connection, table), await liveRun(connection, dimension)]
  if (run === undefined || parent === undefined) return false
  const { knex } = connection.dialect
  return (await connection.query(knex('etl_input').where({ run, dimension, dimension_run: parent }).select('run'))).length > 0
}

/** Nothing was opened yet: a part of the ledger may be lost, and is made anew by the next refresh. */
async function hasLedger(connection: Connection): Promise<boolean> {
  const present = await connection.tablesLike('etl_')
  return ledgerTables.every((name) => present.includes(name))
}
