import type { Connection } from '../db/connection.ts'
import { readJson } from '../publish/read-json.ts'
import { refreshLease, singleLease } from './leases.ts'
import { readAsked } from './message.ts'

/**
 * Renews the leases of what is at work through the queue: its jobs may wait long for a free worker, or for the queue itself.
 * As long as there are workers, it has not been given up.
 */
export async function keepAlive(session: Connection): Promise<void> {
  const { knex, after } = session.dialect
  const ebbing = await session.query<{ id: string; options: string }>(knex('etl_refresh').where({ held: false, status: 'running' })
    .where('lease', '<', knex.raw(after(refreshLease / 2))).select('id', 'options'))
  const asked = ebbing.map(({ id, options }) => ({ id, task: readAsked(readJson(options))?.task }))
  for (const [task, lease] of [['refreshDataWarehouse', refreshLease], ['processEtl', singleLease]] as const) {
    const ids = asked.filter((one) => one.task === task).map(({ id }) => id)
    if (ids.length === 0) continue
    await session.execute(knex('etl_refresh').whereIn('id', ids).where({ status: 'running' })
      .where('lease', '<', knex.raw(after(lease / 2))).update({ lease: knex.raw(after(lease)) }))
  }
}
