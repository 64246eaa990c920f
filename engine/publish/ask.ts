import { isDeepStrictEqual } from 'node:util'
import type { Connection, Database } from '../db/connection.ts'
import { BusyError } from '../errors.ts'
import { letGo, lockBriefly } from './holders.ts'
import type { Held } from './holders.ts'
import { ensureLedger } from './ledger.ts'
import { readJson } from './read-json.ts'
import { enterRequests } from './requests.ts'
import type { RequestEntry } from './requests.ts'

/** What becomes of a refresh that is asked for while another one waits or is at work: it is that one, it is refused, or it runs beside it. */
export type IfRunning = 'join' | 'refuse' | 'start'

/** A refresh that somebody is to do. */
export interface Order {
  readonly id: string
  /** What is asked for, as JSON. */
  readonly asked: { readonly task: string }
  readonly wanted: readonly (RequestEntry & { readonly dependsOn: readonly string[] })[]
  /** Whether it may run beside another of the same task. */
  readonly ifRunning: IfRunning
  /** Seconds that it is kept for where nobody takes it up. */
  readonly leaseSeconds: number
  /** What is to be entered in the same transaction. Where it throws, nothing is asked for. */
  readonly enter?: (known: AskedRefresh) => Promise<void>
}

/** The refresh that does what was asked for: another one where that one was joined. */
export interface AskedRefresh {
  readonly refresh: string
  readonly joined: boolean
}

/** The lock under which refreshes are asked for, so that of many at once one is the first. */
const asking: Held = { lock: 'ask', held: 'the lock under which refreshes are asked for', why: 'another session is asking' }

/**
 * Enters into the ledger that a refresh is to be done: from then on it is known, whatever becomes of the queue.
 *
 * @returns the refresh that does it: another one where that one was joined
 * @throws {BusyError} where another one is at work, and this one may neither join it nor run beside it
 */
export async function askFor(database: Database, connection: Connection, order: Order): Promise<AskedRefresh> {
  await ensureLedger(connection, database)
  if (order.ifRunning === 'start') return enterOrder(connection, order)
  const joins = order.ifRunning === 'join' ? order.asked : undefined
  return underAskLock(connection, order.asked.task, (other) => (other === undefined ? enterOrder(connection, order) : joined(connection, order, other)), joins)
}

/**
 * Does a piece of work while nobody else asks for a refresh.
 *
 * @param task where it is told, no refresh of this task may wait or be at work, but one that was asked for the same
 * @throws {BusyError} where one is
 */
export async function underAskLock<T>(connection: Connection, task: string | undefined, work: (same: string | undefined) => Promise<T>, joins?: unknown): Promise<T> {
  if (!(await lockBriefly(connection, asking, 10_000))) throw new BusyError('another session is asking for a refresh', { where: connection.place, wayOut: 'ask again' })
  try {
    const other = task === undefined ? undefined : await openOne(connection, task)
    const isSame = other !== undefined && joins !== undefined && isDeepStrictEqual(other.asked, joins)
    if (other !== undefined && !isSame) throw atWork(other.id, joins !== undefined)
    return await work(other?.id)
  } finally {
    await letGo(connection, asking)
  }
}

const atWork = (id: string, wantsToJoin: boolean): BusyError => new BusyError('another refresh of this warehouse is at work', {
  where: `refresh ${id}`, why: wantsToJoin ? 'it was asked for something else, so this one can\'t join it' : 'this one was not to run beside it, nor to join it',
  wayOut: `ask again when it has ended (npx starline status ${id} follows it), or end it: npx starline cancel ${id}`,
})

async function joined(connection: Connection, { enter }: Order, refresh: string): Promise<AskedRefresh> {
  const known = { refresh, joined: true }
  if (enter !== undefined) await connection.transaction(() => enter(known))
  return known
}

async function enterOrder(connection: Connection, { id, asked, wanted, leaseSeconds, enter }: Order): Promise<AskedRefresh> {
  const { knex, now, after } = connection.dialect
  return connection.transaction(async () => {
    const entered = await connection.execute(knex('etl_refresh').insert({
      id, options: JSON.stringify(asked), status: 'waiting', held: false, cancel: false, started_at: knex.raw(now), lease: knex.raw(after(leaseSeconds)),
    }).onConflict('id').ignore())
    await enterRequests(connection, id, wanted)
    const known = { refresh: id, joined: entered !== 1 }
    await enter?.(known)
    return known
  })
}

/** The oldest refresh of a task that waits or is at work. One that is being cancelled is nobody's to join. */
async function openOne(connection: Connection, task: string): Promise<{ readonly id: string; readonly asked: unknown } | undefined> {
  const { knex } = connection.dialect
  const open = await connection.query<{ id: string; options: string }>(
    knex('etl_refresh').where({ held: false, cancel: false }).whereIn('status', ['waiting', 'running']).orderBy('started_at').select('id', 'options'))
  return open.map(({ id, options }) => ({ id, asked: readJson(options) as { readonly task?: string } | undefined })).find(({ asked }) => asked?.task === task)
}

/** Takes an order back that never reached anybody. */
export async function takeBack(connection: Connection, id: string): Promise<void> {
  const { knex } = connection.dialect
  if (await connection.execute(knex('etl_refresh').where({ id, status: 'waiting' }).delete()) === 1) await connection.execute(knex('etl_request').where({ refresh: id }).delete())
}
