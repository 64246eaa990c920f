import type { Connection } from '../db/connection.ts'
import { BusyError } from '../errors.ts'
import { underAskLock } from './ask.ts'
import { endedBadly } from './requests.ts'

/** What of an ended refresh is not live: what was staged then is gone. */
const comeToNothing = [...endedBadly, 'waiting', 'running', 'loaded']

/**
 * Asks once more for what came to nothing of a refresh that has ended: its requests wait again, and so does the refresh.
 * What is live stays so, and is not done again.
 *
 * @param besides whether it may run beside another refresh of its task
 * @returns the ETLs that wait again: `dimension product`
 * @throws {BusyError} where another refresh is at work, or somebody else has just asked for the same
 */
export async function askAgain(connection: Connection, id: string, task: string, besides: boolean, leaseSeconds: number): Promise<readonly string[]> {
  const { knex, after } = connection.dialect
  return underAskLock(connection, besides ? undefined : task, () => connection.transaction(async () => {
    const again = await connection.execute(knex('etl_refresh').where({ id }).whereIn('status', ['failed', 'cancelled', 'stopped'])
      .update({ status: 'waiting', cancel: false, lease: knex.raw(after(leaseSeconds)), deadline: null, finished_at: null, outcome: null }))
    if (again !== 1) throw new BusyError('somebody else has just taken it up again', { where: `refresh ${id}`, wayOut: `look how far it is: starline status ${id}` })
    const unfinished = knex('etl_request').where({ refresh: id }).whereIn('status', comeToNothing)
    const etls = (await connection.query<{ etl: string }>(unfinished.clone().select('etl'))).map(({ etl }) => etl)
    await connection.execute(unfinished.clone().update({ status: 'waiting', error: null }))
    return etls
  }))
}
