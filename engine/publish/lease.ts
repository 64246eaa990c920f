import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../db/connection.ts'
import { FencedError } from '../errors.ts'
import { refreshLock } from './ledger.ts'

/** Seconds without a heartbeat after which others may take over. */
export const silence = 60

/** How long the lock of a refresh is waited for whose session may be dead: a server frees it within some 130 ms. */
const deathPatience = 500

/**
 * What a refresh may still do, it does while it is running: its lease is long enough from here on for the statements that
 * follow. In a transaction, so that who stops it for its silence comes before, and is seen here, or after.
 *
 * @throws {FencedError} where it was stopped, or has ended
 */
export async function stayAlive(connection: Connection, refresh: string): Promise<void> {
  const { knex, after } = connection.dialect
  const lease = knex.raw(`CASE WHEN lease > ${after(silence)} THEN lease ELSE ${after(silence)} END`)
  if (await connection.execute(knex('etl_refresh').where({ id: refresh, status: 'running' }).update({ lease })) === 1) return
  const [row] = await connection.query<{ status: string }>(connection.dialect.knex('etl_refresh').where({ id: refresh }).select('status'))
  throw row?.status === 'stopped' ? overtaken(refresh) : over(refresh, row?.status)
}

/** Whether a refresh is at work, as far as the ledger says. */
export async function isRunning(connection: Connection, refresh: string): Promise<boolean> {
  const rows = await connection.query(connection.dialect.knex('etl_refresh').where({ id: refresh, status: 'running' }).select('id'))
  return rows.length > 0
}

/**
 * Stops a refresh that is not at work any more: one that a process drives where its lock is free, any one where its lease
 * is over. The session of one that stands still is ended as well. One that is alive is left alone.
 *
 * @param evenHeld also one that still holds its lock
 * @returns whether it was stopped here
 */
export async function stopIfDead(connection: Connection, refresh: string, evenHeld = true): Promise<boolean> {
  const { knex, now } = connection.dialect
  const [row] = await connection.query<{ status: string; held: boolean | number; leased: number }>(
    knex('etl_refresh').where({ id: refresh }).select('status', 'held', { leased: knex.raw(`CASE WHEN lease > ${now} THEN 1 ELSE 0 END`) }))
  if (row?.status !== 'running') return false
  const lock = refreshLock(refresh)
  const free = Boolean(row.held) && await becomesFree(connection, lock)
  if (!free && (row.leased === 1 || (Boolean(row.held) && !evenHeld))) return false
  const stop = knex('etl_refresh').where({ id: refresh, status: 'running' }).update({ status: 'stopped', finished_at: knex.raw(now) })
  // Where the heart has beaten meanwhile, it is alive: nothing is touched.
  const stopped = await connection.execute(free ? stop : stop.where('lease', '<=', knex.raw(now))) === 1
  if (stopped && !free) await endSession(connection, lock)
  return stopped
}

/** A refresh that was stopped finds that out by itself; its session only helps it to find out soon. */
async function endSession(connection: Connection, lock: string): Promise<void> {
  const session = await connection.holderOf(lock)
  if (session === undefined) return
  await connection.endHolder(lock, session).catch((error: unknown) => {
    if (!connection.isOpen) throw error
  })
}

/** Whether a lock is free, or is as soon as its server has noticed that the holder is dead. */
async function becomesFree(connection: Connection, lock: string): Promise<boolean> {
  const end = performance.now() + deathPatience
  while (await connection.holderOf(lock) !== undefined) {
    if (performance.now() >= end) return false
    await sleep(20 + Math.random() * 60)
  }
  return true
}

export const overtaken = (refresh: string): FencedError => new FencedError('this refresh was taken for dead and stopped', {
  where: `refresh ${refresh}`, why: 'it gave no sign of life for longer than its lease, and another one wanted its tables',
  wayOut: 'run it again; what another one loads meanwhile is published by that one',
})

/** Another worker that was at the same refresh has ended it, or somebody has emptied the ledger. */
const over = (refresh: string, status: string | undefined): FencedError => new FencedError(status === undefined ? 'the ledger does not know this refresh any more' : 'this refresh has ended meanwhile', {
  where: `refresh ${refresh}`, why: status === undefined ? 'its rows were deleted while it was at work' : `another worker was at it as well, and has entered its end: ${status}`, wayOut: 'ask for a new one',
})
