import type { Connection, Database } from '../db/connection.ts'
import { messageOf } from '../errors.ts'
import type { Etl } from '../etl/etl.ts'
import { entriesOf, labelOf } from '../etl/registry.ts'
import type { Config } from '../etl/registry.ts'
import { requestsFor } from '../etl/run-all.ts'
import type { Log } from '../log.ts'
import type { Order } from '../publish/ask.ts'
import { plural } from '../plural.ts'
import { takeTicks } from '../schedule/due.ts'
import type { Came } from '../schedule/due.ts'
import type { Schedule } from '../schedule/ledger.ts'
import { refreshLease } from './leases.ts'
import type { RefreshAsked } from './message.ts'
import type { Queues } from './queues.ts'

/** What a round needs that looks whether a schedule's time has come. */
export interface Clockwork {
  readonly config: Config
  readonly warehouse: Database
  readonly queues: Queues
  readonly log: Log
  /** What was told already of ticks that stay due, so that it is told once. */
  readonly told: Set<string>
}

/**
 * Asks for the refreshes whose time has come. First all are entered into the ledger, then their jobs are added: where the
 * queue is away, or loses them, they are added again like any other.
 */
export async function askInTime(session: Connection, { config, warehouse, queues, log, told }: Clockwork): Promise<void> {
  const came = await takeTicks(session, { warehouse, orderOf: (schedule) => orderOf(session, config, schedule) })
  for (const one of came) tell(one, log, told)
  for (const { what, refresh } of came) {
    if (what === 'asked' && refresh !== undefined) await queues.main.add('refreshDataWarehouse', { refresh }, { jobId: refresh })
  }
}

/** What a schedule asks for now. An ETL that is not active any more is asked for as well: it fails by its name. */
function orderOf(session: Connection, config: Config, { steps }: Schedule): Pick<Order, 'asked' | 'wanted' | 'leaseSeconds'> {
  const whole = { task: 'refreshDataWarehouse', runDimensions: true, runFacts: true, dropTables: false } as const
  const tableOf = (etl: Etl): string => etl.create.definition(session.dialect.name).table
  const active = entriesOf(config).filter((entry) => steps === undefined || steps.includes(labelOf(entry)))
  const gone = (steps ?? []).filter((label) => !active.some((entry) => labelOf(entry) === label)).map((label) => {
    const [type = '', name = ''] = label.split(' ')
    return { type, name, dependsOn: [] }
  })
  const asked: RefreshAsked = steps === undefined ? whole : { ...whole, only: [...active, ...gone].map(labelOf) }
  return { asked, wanted: [...requestsFor(active, tableOf), ...gone], leaseSeconds: refreshLease }
}

function tell({ name, tick, what, refresh, error, leftOut }: Came, log: Log, told: Set<string>): void {
  const about = { schedule: name, tick: tick.toISOString(), ...refresh !== undefined && { refresh } }
  const at = tick.toISOString().slice(0, 16).replace('T', ' ')
  const missed = leftOut === 0 ? '' : `; ${plural(leftOut, 'earlier tick')}${leftOut === 100 ? ' or more' : ''} left out`
  if (what === 'asked') log.info(`Schedule ${name} of ${at} (UTC) asks for refresh ${refresh}${missed}`, { event: 'schedule-asked', ...about })
  else if (what === 'joined') log.info(`Schedule ${name} of ${at} (UTC) is refresh ${refresh}, which was asked for already${missed}`, { event: 'schedule-joined', ...about })
  else if (what === 'left out') log.warn(`Schedule ${name} of ${at} (UTC) was missed, and nothing makes up for it${missed}`, { event: 'schedule-left-out', ...about })
  else {
    const key = `${name} ${what} ${messageOf(error)}`
    if (told.has(key)) return
    told.add(key)
    log.warn(`Schedule ${name} ${what === 'waits' ? 'waits' : 'could not be looked at'}: ${messageOf(error)}`, { event: what === 'waits' ? 'schedule-waits' : 'schedule-failed', ...about })
  }
  // What waited, or failed, and came later, may do so again.
  if (what === 'asked' || what === 'joined') for (const key of told) if (key.startsWith(`${name} `)) told.delete(key)
}
