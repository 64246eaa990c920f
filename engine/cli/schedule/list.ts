import type { Connection } from '../../db/connection.ts'
import { openDatabase } from '../../db/open.ts'
import type { Config } from '../../etl/registry.ts'
import { withSession } from '../../etl/sessions.ts'
import { schedulesIn, warehouseClock } from '../../schedule/ledger.ts'
import type { Schedule } from '../../schedule/ledger.ts'
import { readPattern } from '../../schedule/pattern.ts'
import { clean } from '../document.ts'
import { plainTable } from '../plain-table.ts'
import { listenForStop } from '../stop.ts'
import { paint } from '../terminal.ts'
import type { Io, Screen } from '../terminal.ts'

/** A schedule, as it is listed. */
interface Listed extends Schedule {
  /** When it comes next; none while it is paused. One that is over is due: no worker has taken it yet, or it waits. */
  readonly next: Date | undefined
  readonly isDue: boolean
  /** What the ledger says of the last tick's refresh. */
  readonly status: string | undefined
}

/** `starline schedule ls`: every schedule of the ledger, when it comes next, and what became of it last. The exit code. */
export async function listSchedules(config: Config, io: Io, json: boolean): Promise<number> {
  const listed = await inWarehouse(config, listedIn)
  if (json) io.out.write(`${JSON.stringify(clean({ schedules: listed.map(documentOf) }), undefined, 2)}\n`)
  else if (listed.length === 0) io.err.write('There is no schedule. npx starline schedule sync enters those that tasks/index.ts exports.\n')
  else io.out.write(`${plainTable(io.out, ['name', 'schedule', 'zone', 'next', 'next (UTC)', 'last (UTC)', ''], listed.map((one) => rowOf(io.out, one)), () => false)}\n`)
  return 0
}

async function inWarehouse<T>(config: Config, work: (session: Connection) => Promise<T>): Promise<T> {
  const stop = listenForStop(() => undefined)
  try {
    const warehouse = await openDatabase(config.warehouse, { readOnly: true, orEmpty: true, connectSeconds: config.deadlines.connectSeconds })
    try {
      return await withSession(warehouse, stop.signal, work)
    } finally {
      await warehouse.close()
    }
  } finally {
    stop.release()
  }
}

async function listedIn(session: Connection): Promise<readonly Listed[]> {
  const schedules = await schedulesIn(session)
  if (schedules.length === 0) return []
  const now = await warehouseClock(session)
  const refreshes = schedules.flatMap(({ last }) => last?.refresh ?? [])
  const ended = await session.query<{ id: string; status: string }>(session.dialect.knex('etl_refresh').whereIn('id', refreshes).select('id', 'status'))
  return schedules.map((one): Listed => {
    const next = one.paused ? undefined : readPattern(one.schedule, one.tz).next(one.dueAfter.date)
    return { ...one, next, isDue: next !== undefined && next <= now, status: ended.find(({ id }) => id === one.last?.refresh)?.status }
  })
}

/** A moment as the clocks of a zone show it: `2024-03-10 00:00`. */
const localText = (at: Date, tz: string): string => new Intl.DateTimeFormat('sv-SE', { timeZone: tz, dateStyle: 'short', timeStyle: 'short' }).format(at)

function rowOf(screen: Screen, one: Listed): string[] {
  const { name, schedule, tz, next, last } = one
  return [
    name, schedule, tz, next === undefined ? '–' : localText(next, tz), next === undefined ? '–' : localText(next, 'UTC'),
    last === undefined ? '–' : localText(last.tick, 'UTC'), [stateOf(screen, one), becameOf(screen, one)].filter((text) => text !== '').join(', '),
  ]
}

function stateOf(screen: Screen, { paused, isDue }: Listed): string {
  if (paused) return paint(screen, 'yellow', 'paused')
  return isDue ? paint(screen, 'yellow', 'due, and not taken yet') : ''
}

function becameOf(screen: Screen, { last, status }: Listed): string {
  if (last === undefined) return ''
  if (last.refresh === undefined) return paint(screen, 'yellow', 'last left out')
  const how = status ?? 'unknown'
  const text = `last ${last.joined ? 'joined a refresh: ' : ''}${how}`
  return how === 'succeeded' || how === 'running' || how === 'waiting' ? text : paint(screen, 'red', text)
}

const documentOf = ({ name, schedule, tz, catchUp, steps, paused, next, isDue, last, status }: Listed) => ({
  name, schedule, tz, catchUp, steps: steps ?? null, paused,
  next: next === undefined ? null : { utc: next.toISOString(), local: localText(next, tz), due: isDue },
  last: last === undefined ? null : { utc: last.tick.toISOString(), refresh: last.refresh ?? null, joined: last.joined, status: status ?? null },
})
