import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { hostname } from 'node:os'
import type { Connection } from '../db/connection.ts'
import { BusyError, DatabaseError, messageOf } from '../errors.ts'
import { publishLock, targetLock } from './ledger.ts'
import { silence, stopIfDead } from './lease.ts'
import { mayWait, persistently } from './patience.ts'

/** In a container a process may bear the host and the number of the one that died before it. */
const chance = randomBytes(3).toString('hex')

/** Who does the work, for the ledger: host, process, and enough chance that no two are the same. */
export const workerName = (): string => `${hostname()}:${process.pid}:${chance}`

/** The sessions that this process has entered, by their refresh, until they leave or are closed. */
const enteredHere = new Map<string, Set<Connection>>()

/** A session that holds a lock, as the ledger knows it. */
interface Holder {
  readonly session: string
  /** NULL: the janitor's, or one that nobody has entered. */
  readonly refresh: string | null
  readonly worker: string | null
  /** Its lease is over, by the warehouse's clock. */
  readonly silent: boolean
}

/** A lock, and what whoever finds it held is told. */
export interface Held {
  readonly lock: string
  /** What its holder has: `the table`. */
  readonly held: string
  readonly why: string
}

/** The same of a table. */
export interface Wanted extends Held {
  readonly table: string
}

/** How long a lock is waited for: that of a dead session, of one that was just ended, and of a janitor, which is soon done. */
const patience = { dead: 2_000, ended: 15_000, janitor: 15_000 }

/** What the holder of a table's lock has. */
export const heldTable = (table: string): string => `table ${table}`

/** Takes the lock under which a table is loaded, for a session of this refresh. @throws {BusyError} as `takeLock` does */
export async function lockTarget(connection: Connection, table: string, refresh: string): Promise<void> {
  await entered(connection, refresh, () => takeLock(connection, { lock: targetLock(table), table, held: heldTable(table), why: 'another session is loading it' }, patience.dead))
}

/**
 * Takes a lock for this session. A session that holds it and has been silent for longer than its lease is ended: its
 * process stands still, or has lost its connection without the server's knowing. A live one never is.
 *
 * @throws {BusyError} where a live session holds it, or one that this user may not end
 */
export async function takeLock(connection: Connection, wanted: Wanted, milliseconds: number): Promise<void> {
  const begun = performance.now()
  let wait = milliseconds
  while (!(await connection.lock(wanted.lock))) {
    const { holder, ended } = await endIfSilent(connection, wanted)
    if (ended) wait = Math.max(wait, patience.ended)
    else if (holder?.refresh === null) wait = Math.max(wait, patience.janitor)
    if (performance.now() - begun >= wait) throw heldBy(wanted, holder)
    await sleep(20 + Math.random() * 60)
  }
}

/**
 * Takes a lock that belongs to no refresh, for a moment. Who holds it and stands still, or is gone without a word, is ended
 * after a minute of silence: else nobody could do any more what the lock is for.
 *
 * @returns whether it was had within so many milliseconds; who had it gives it back with `letGo`
 */
export async function lockBriefly(connection: Connection, held: Held, milliseconds: number): Promise<boolean> {
  const begun = performance.now()
  const taken = await entered(connection, null, async () => {
    for (;;) {
      if (await connection.lock(held.lock)) return true
      await endIfSilent(connection, held)
      if (performance.now() - begun >= milliseconds) return false
      await sleep(20 + Math.random() * 60)
    }
  })
  if (!taken) await leaveSession(connection)
  return taken
}

/** Says that who holds such a lock is alive, where the work under it takes long. */
export const enterAgain = (connection: Connection): Promise<void> => enterSession(connection, null)

/** Gives a lock back that was taken for a moment. */
export async function letGo(connection: Connection, { lock }: Held): Promise<void> {
  await connection.unlock(lock).catch(() => undefined)
  await leaveSession(connection)
}

/**
 * Ends the session that holds a lock, if it has been silent for longer than its lease.
 *
 * @throws {BusyError} where this user may not end it
 */
export async function endIfSilent(connection: Connection, wanted: Held): Promise<{ readonly holder: Holder | undefined; readonly ended: boolean }> {
  const holder = await holderOf(connection, wanted.lock)
  const ended = holder?.silent === true && await endSilent(connection, wanted, holder.session)
  // Its process goes on with nothing else either, when it goes on.
  if (ended && holder.refresh !== null) await stopIfDead(connection, holder.refresh)
  return { holder, ended }
}

/**
 * Enters this session, then takes its locks: a number that another session bore once never stands for that one's silence.
 * Where that took long, it is entered once more: a janitor takes the entries of sessions away that are silent and hold nothing.
 *
 * @param refresh for which; null for the janitor
 */
export async function entered<T>(connection: Connection, refresh: string | null, take: () => Promise<T>): Promise<T> {
  // Not a clock that stands still with its machine.
  const begun = Date.now()
  await enterSession(connection, refresh)
  const taken = await take()
  if (Math.abs(Date.now() - begun) > silence * 1000 / 2) await enterSession(connection, refresh)
  return taken
}

async function enterSession(connection: Connection, refresh: string | null): Promise<void> {
  const { knex, after } = connection.dialect
  const entry = { refresh, worker: workerName(), lease: knex.raw(after(silence)) }
  forget(connection)
  if (refresh !== null) enteredHere.set(refresh, (enteredHere.get(refresh) ?? new Set()).add(connection))
  // Its heart may enter it at the same moment, after a silence: of two such statements DuckDB refuses one as a duplicate.
  const lost = (error: unknown): boolean => mayWait(connection)(error) || (connection.isOpen && error instanceof DatabaseError && error.refusesRows)
  await persistently(() => connection.execute(knex('etl_session').insert({ session: connection.session, ...entry }).onConflict('session').merge(entry)), 10_000, lost)
}

/** Takes the entry of a session away that holds no lock any more. Never throws: what stays is the janitor's. */
export async function leaveSession(connection: Connection): Promise<void> {
  forget(connection)
  if (!connection.isOpen) return
  const { knex } = connection.dialect
  await persistently(() => connection.execute(knex('etl_session').where({ session: connection.session }).delete()), 2_000, mayWait(connection)).catch(() => undefined)
}

function forget(connection: Connection): void {
  for (const [refresh, sessions] of enteredHere) if (sessions.delete(connection) && sessions.size === 0) enteredHere.delete(refresh)
}

/**
 * The heartbeat of all sessions that this process has entered for a refresh. It enters them anew: a machine that slept finds
 * their entries taken away, or made by somebody who met one of their locks.
 */
export async function renewSessions(connection: Connection, refresh: string, seconds: number): Promise<void> {
  const { knex, after } = connection.dialect
  for (const session of enteredHere.get(refresh) ?? []) if (!session.isOpen) forget(session)
  const entry = { refresh, worker: workerName(), lease: knex.raw(after(seconds)) }
  const entries = [...enteredHere.get(refresh) ?? []].map(({ session }) => ({ session, ...entry }))
  if (entries.length > 0) await connection.execute(knex('etl_session').insert(entries).onConflict('session').merge(entry))
}

/** Takes the entries of sessions away that are silent and hold no lock of these tables: nobody needs to end them. */
export async function forgetSilent(connection: Connection, tables: readonly string[]): Promise<void> {
  const { knex, now } = connection.dialect
  const silent = await connection.query<{ session: string }>(knex('etl_session').where('lease', '<=', knex.raw(now)).select('session'))
  if (silent.length === 0) return
  const holding: (string | undefined)[] = []
  for (const lock of tables.flatMap((table) => [targetLock(table), publishLock(table)])) holding.push(await connection.holderOf(lock))
  for (const { session } of silent) {
    if (holding.includes(session)) continue
    await persistently(() => connection.execute(knex('etl_session').where({ session }).where('lease', '<=', knex.raw(now)).delete()), 2_000, mayWait(connection))
  }
}

async function holderOf(connection: Connection, lock: string): Promise<Holder | undefined> {
  const { knex, now, after } = connection.dialect
  const session = await connection.holderOf(lock)
  if (session === undefined) return undefined
  const [known] = await connection.query<{ refresh: string | null; worker: string | null; leased: number }>(
    knex('etl_session').where({ session }).select('refresh', 'worker', { leased: knex.raw(`CASE WHEN lease > ${now} THEN 1 ELSE 0 END`) }))
  if (known !== undefined) return { session, refresh: known.refresh, worker: known.worker, silent: known.leased === 0 }
  // It stood still between two statements. From now on it has a lease as well: whoever is alive renews it.
  await connection.execute(knex('etl_session').insert({ session, refresh: null, worker: null, lease: knex.raw(after(silence)) }).onConflict('session').ignore())
  return { session, refresh: null, worker: null, silent: false }
}

/**
 * Ends a session if it is silent: both in one transaction, so that its heartbeat comes before or after, and whoever dies
 * in the middle has done nothing.
 *
 * @throws {BusyError} where this user may not end it
 */
async function endSilent(connection: Connection, { lock, held }: Held, session: string): Promise<boolean> {
  const { knex, now } = connection.dialect
  try {
    return await connection.transaction(async () => {
      const silent = await connection.execute(knex('etl_session').where({ session }).where('lease', '<=', knex.raw(now)).update({ lease: knex.raw(now) }))
      return silent === 1 && connection.endHolder(lock, session)
    })
  } catch (error) {
    // Its heartbeat came at the same time.
    if (mayWait(connection)(error)) return false
    if (!connection.isOpen) throw error
    throw new BusyError('a session that stands still holds it, and this user may not end that', {
      where: `${connection.place}, ${held}`, why: messageOf(error), cause: error,
      wayOut: `end session ${session} of the database yourself, or let one and the same user do all loads: a user's own sessions may always be ended`,
    })
  }
}

function heldBy({ table, why }: Wanted, holder: Holder | undefined): BusyError {
  return busy(table, holder === undefined || holder.worker === null ? why : `${why}: session ${holder.session} of ${holder.worker}`)
}

export function busy(table: string, why: string): BusyError {
  return new BusyError('the table is busy', { where: `table ${table}`, why, wayOut: 'wait until it has ended, then run again' })
}
