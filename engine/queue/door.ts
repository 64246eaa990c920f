import { databasesOf } from '../etl/context.ts'
import type { QueueDoor } from '../etl/queue-door.ts'
import { labelOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import type { Connection } from '../db/connection.ts'
import { ConfigurationError } from '../errors.ts'
import { readJson } from '../publish/read-json.ts'
import { askThrough } from './ask.ts'
import { clearJobs } from './clear.ts'
import { endHere, isAlone } from './here.ts'
import { logsOf } from './job-log.ts'
import { withJobs } from './jobs.ts'
import { refuseLoneFacts } from './lone-facts.ts'
import { readAsked } from './message.ts'
import type { Asked, RefreshAsked } from './message.ts'
import { Producer } from './producer.ts'
import { retryThrough } from './retry.ts'

/** What the command line asks of the queue. */
export const queueDoor: QueueDoor = {
  isAlone,
  async ask(config, { only, ...wish }, wanted) {
    const asked: RefreshAsked = { task: 'refreshDataWarehouse', ...wish, ...only && { only: only.map(labelOf) } }
    refuseLoneFacts(config, asked)
    const producer = new Producer(config)
    try {
      return await askThrough(config, producer, { asked, wanted, ifRunning: 'join' })
    } finally {
      await producer.close()
    }
  },
  retry: async (config, session, refresh) => withJobs(config, async (jobs) => retryThrough(config, session, jobs, refresh, await askedOf(session, refresh))),
  clear: (config, session, unwanted) => withJobs(config, async (jobs) => {
    const databases = databasesOf(config)
    try {
      await clearJobs(config, await databases.warehouse(), session, jobs, unwanted, await askedOf(session, unwanted.refresh))
    } finally {
      await databases.close()
    }
  }),
  logs: (config: Config, session, refresh) => withJobs(config, (jobs) => logsOf(session, jobs, refresh)),
  board: async (config, port) => (await import('./board/board.ts')).openBoard(config, port),
  endHere,
}

/** What a refresh was asked for through the queue. @throws {ConfigurationError} for one that was not */
async function askedOf(session: Connection, refresh: string): Promise<Asked> {
  const [row] = await session.query<{ options: string }>(session.dialect.knex('etl_refresh').where({ id: refresh, held: false }).select('options'))
  const asked = readAsked(readJson(row?.options))
  if (asked === undefined) throw new ConfigurationError('this refresh was not asked for through the queue', { where: `refresh ${refresh}`, wayOut: 'run it again with run.ts' })
  return asked
}
