import { borrow } from '../db/connection.ts'
import type { Connection, Database } from '../db/connection.ts'
import { messageOf, StoppedError } from '../errors.ts'
import type { Log } from '../log.ts'

/** A piece of work that a worker does again and again beside its jobs. */
export interface Round {
  /** For the log: `clear up`. */
  readonly what: string
  /** From one beginning to the next. */
  readonly seconds: number
  readonly work: (session: Connection) => Promise<void>
}

/** What a worker does beside its jobs. */
export interface Rounds {
  /** Does one of them at once. */
  now(what: string): void
  stop(): Promise<void>
}

/**
 * Does each piece of work at once, one after the other, and then in its own time, on a session of its own each time. One
 * that takes longer leaves the next time out. Errors are lines of the log.
 */
export function startRounds(warehouse: Database, log: Log, rounds: readonly Round[]): Rounds {
  const going = rounds.map((round) => inRounds(warehouse, log, round))
  const timers = going.map(({ begin, seconds }) => setInterval(() => void begin(), seconds * 1000).unref())
  void going.reduce((before, { begin }) => before.then(begin), Promise.resolve())
  return {
    now: (what) => void going[rounds.findIndex((round) => round.what === what)]?.begin(),
    async stop() {
      for (const timer of timers) clearInterval(timer)
      await Promise.all(going.map(({ stop }) => stop()))
    },
  }
}

function inRounds(warehouse: Database, log: Log, { what, seconds, work }: Round): { readonly seconds: number; readonly begin: () => Promise<void>; readonly stop: () => Promise<void> } {
  let session: Connection | undefined
  let isOver = false
  let round: Promise<void> | undefined
  const go = async (): Promise<void> => {
    try {
      session = await borrow(warehouse)
      if (!isOver) await work(session)
    } catch (error) {
      if (!isOver) log.warn(`Could not ${what}: ${messageOf(error)}`, { event: 'round-failed' })
    } finally {
      await session?.close().catch(() => undefined)
      session = undefined
      round = undefined
    }
  }
  return {
    seconds,
    begin: () => round ??= isOver ? Promise.resolve() : go(),
    async stop() {
      isOver = true
      session?.abort(new StoppedError('the worker was told to stop'))
      await round
    },
  }
}
