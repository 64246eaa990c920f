/** A refresh, from being asked for to its tuples, with what the ledger says meanwhile. */

import { setTimeout as pause } from 'node:timers/promises'
import type { Connection } from '../../engine/db/connection.ts'
import type { Config } from '../../engine/etl/registry.ts'
import type { RefreshResult } from '../../engine/queue/refresh-result.ts'
import { onWarehouse } from '../../engine/queue/job.ts'
import { refreshDataWarehouseTask } from '../../engine/queue/task.ts'
import { requestsOf } from '../../engine/publish/requests.ts'

/** Asks for everything, says how far it is whenever that has changed, and gives the tuples. */
export async function refresh(config: Config, tell: (line: string) => void, begun: (refresh: string) => void = () => undefined): Promise<RefreshResult> {
  const job = await refreshDataWarehouseTask(config).add()
  tell(`Asked for refresh ${job.refresh}`)
  begun(job.refresh)
  const watch = new AbortController()
  const telling = follow(config, job.refresh, tell, watch.signal)
  try {
    return await job.result({ timeoutSeconds: 180 })
  } finally {
    watch.abort()
    await telling
  }
}

async function follow(config: Config, id: string, tell: (line: string) => void, signal: AbortSignal): Promise<void> {
  let last = ''
  while (!signal.aborted) {
    const line = await onWarehouse(config, (session) => howFar(session, id)).catch(() => last)
    if (line !== last && !signal.aborted) tell(line)
    last = line
    await pause(200, undefined, { signal }).catch(() => undefined)
  }
}

async function howFar(session: Connection, id: string): Promise<string> {
  const requests = await requestsOf(session, id)
  const runs = await session.query<{ etl_name: string; rows_read: number | null }>(
    session.dialect.knex('etl_run').where({ refresh: id, status: 'running' }).select('etl_name', 'rows_read'))
  const done = requests.filter(({ status }) => status === 'loaded' || status === 'succeeded').length
  const now = runs.map(({ etl_name: name, rows_read: rows }) => `${name}${(rows ?? 0) > 0 ? ` (${(rows ?? 0).toLocaleString('en')} rows so far)` : ''}`)
  return `   ${done} of ${requests.length} loaded${now.length === 0 ? '' : `; at work: ${now.join(', ')}`}`
}

export const tupleLines = (result: RefreshResult): string[] => result.flat().map(([type, name, rows]) => `  ('${type}', '${name}', ${rows})`)
