import { entriesOf } from '../../engine/etl/registry.ts'
import type { Config } from '../../engine/etl/registry.ts'
import { reportOf } from '../../engine/etl/report-of.ts'
import { onWarehouse } from '../../engine/queue/job.ts'
import { resultOf } from '../../engine/queue/refresh-result.ts'
import type { RefreshResult } from '../../engine/queue/refresh-result.ts'
import { tupleLines } from './follow.ts'
import { environment } from './stage.ts'
import type { Places, Stage } from './stage.ts'

/** Its package is not installed. */
const configurationIsWrong = 2
/** The ledger knows what was loaded: no queue is asked for that. */
const unused = 'redis://127.0.0.1:6379'

/** Two workers side by side load the example through the queue; where there is no server, one process alone. */
export async function demoQueue(stage: Stage, wantsEmbedded: boolean): Promise<number> {
  const servers = wantsEmbedded ? 'as was asked for' : await stage.servers()
  const isEmbedded = typeof servers === 'string'
  const places = isEmbedded ? stage.embedded() : servers
  if (isEmbedded) stage.tell(`Without servers (${servers.split('\n')[0]}): an embedded warehouse and an embedded queue, in one process`)
  else await Promise.all([stage.worker('worker 1', places), stage.worker('worker 2', places)])
  const flags = ['--run_dimensions', '--run_facts']
  let code = await stage.run(places, [...flags, '--enqueue', '--wait'])
  if (code === configurationIsWrong && isEmbedded) {
    stage.tell('The embedded queue can\'t be had here, so the same without a queue:')
    code = await stage.run({ ...places, queue: unused }, flags)
  }
  if (code === 0) stage.tell(['', ...tupleLines(await latest(await configOf({ ...places, queue: unused })))].join('\n'))
  else if (isEmbedded && !wantsEmbedded) stage.tell(`What brings servers:\n${servers}`)
  return code ?? 1
}

/** What the newest refresh has loaded. */
const latest = (config: Config): Promise<RefreshResult> => onWarehouse(config, async (session) => {
  const [row] = await session.query<{ id: string }>(session.dialect.knex('etl_refresh').orderBy('started_at', 'desc').limit(1).select('id'))
  return resultOf(await reportOf(session, row?.id ?? '', entriesOf(config)))
})

/** The example on these places. */
export async function configOf(places: Places): Promise<Config> {
  Object.assign(process.env, environment(places))
  return (await import('./config.ts')).default
}
