import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../db/connection.ts'
import { BusyError } from '../errors.ts'
import { endIfSilent, entered } from './holders.ts'

/** How many may read one source at once, whoever they are. */
export interface Limit {
  /** The source, as the configuration names it. */
  readonly source: string
  readonly most: number
}

/** A place among those that read a source. */
export interface Slot {
  /** Gives it back. A second time does nothing; it ends with its session in any case. */
  release(): Promise<void>
}

/** Milliseconds between two tries, and between two looks whether a holder stands still. */
const pause = { try: 150, look: 2_000 }

/** The lock that a session holds while it reads a source as its n-th reader. */
const slotLock = (source: string, n: number): string => `slot:${source}:${n}`

/**
 * Takes one of a source's slots for this session: a lock, so it ends with the session, however its process dies. A holder
 * that has been silent for longer than its lease is ended.
 *
 * @param milliseconds how long one is waited for
 * @throws {BusyError} where all of them stay taken
 */
export function takeSlot(connection: Connection, refresh: string, limit: Limit, milliseconds: number): Promise<Slot> {
  return entered(connection, refresh, async () => {
    const begun = performance.now()
    for (let looked = begun; ;) {
      const lock = await freeSlot(connection, limit)
      if (lock !== undefined) return slotOf(connection, lock)
      const now = performance.now()
      if (now - begun >= milliseconds) throw allTaken(limit)
      if (now - looked >= pause.look) {
        looked = now
        await endSilentReaders(connection, limit)
      }
      await sleep(pause.try * (0.5 + Math.random()))
    }
  })
}

/** Each begins at another place, so that they seldom ask for the same one. */
async function freeSlot(connection: Connection, { source, most }: Limit): Promise<string | undefined> {
  const first = Math.floor(Math.random() * most)
  for (let i = 0; i < most; i += 1) {
    const lock = slotLock(source, 1 + (first + i) % most)
    if (await connection.lock(lock)) return lock
  }
  return undefined
}

/** One that this user may not end keeps its slot: the others are left. */
async function endSilentReaders(connection: Connection, { source, most }: Limit): Promise<void> {
  for (let n = 1; n <= most; n += 1) {
    try {
      await endIfSilent(connection, { lock: slotLock(source, n), held: `a slot of source ${source}`, why: 'another session reads it' })
    } catch (error) {
      if (!(error instanceof BusyError)) throw error
    }
  }
}

function slotOf(connection: Connection, lock: string): Slot {
  let held = true
  return {
    async release() {
      if (!held) return
      held = false
      // Where the session is gone, so is its lock.
      await connection.unlock(lock).catch(() => undefined)
    },
  }
}

const allTaken = ({ source, most }: Limit): BusyError => new BusyError('the source is busy', {
  where: `source ${source}`, why: `${most} ${most === 1 ? 'extract is' : 'extracts are'} at work, and the configuration's limits allow no more`,
  wayOut: `wait until one has ended, or allow more: limits: { ${source}: ${most + 1} }`,
})
