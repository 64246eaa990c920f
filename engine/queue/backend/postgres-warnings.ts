import type { PgQueryable } from 'bullmq'
import type { Address } from '../../db/postgres/address.ts'

/** Seconds that the clocks may differ by: a job's lock lasts half a minute. */
const mayDiffer = 5

/** What somebody should know of a PostgreSQL that is a queue. Nothing that was loaded depends on it: the ledger knows what was asked for. */
export async function warningsOf(session: PgQueryable, { host, password, ssl }: Address): Promise<string[]> {
  const before = Date.now()
  const { rows: [row] } = await session.query<{ now: string; fsync: string }>("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now, current_setting('fsync') AS fsync")
  const found: string[] = []
  if (row?.fsync === 'off') {
    found.push('The queue\'s PostgreSQL does not wait for its disk (fsync = off), so a crash can destroy it. Way out: set fsync to on')
  }
  // The answer was made at some time between the question and now.
  const ahead = Math.max(before - Number(row?.now), Number(row?.now) - Date.now()) / 1000
  if (ahead > mayDiffer) {
    found.push(`This machine's clock and the one of the queue's server differ by ${Math.round(ahead)} s, and a job's lock is measured by the clock of its worker: jobs may be taken from workers that are well. Way out: let both machines ask a time server`)
  }
  if (password === '' && ssl?.cert === undefined && !/^(localhost|127\..*|::1|\/.*)$/.test(host)) {
    found.push('The queue\'s PostgreSQL asks this user for no password, and whoever adds jobs can have all tables dropped. Way out: ask for one in pg_hba.conf, and write it into the URL')
  }
  return found
}
