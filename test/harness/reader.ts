/** A reader who polls the star all the time, on a session of its own. */

import { setTimeout as pause } from 'node:timers/promises'
import type { Connection } from '../../engine/db/connection.ts'
import { judge, judgeError } from './judge.ts'
import type { Sight, Violation } from './judge.ts'
import { readingSql } from './model.ts'
import type { Reading } from './model.ts'

/** What is known of the star while it is watched. */
export interface Watched {
  /** The states that it may be in. */
  may: readonly Sight[]
  /** The path of the latest state that a reader saw. */
  seen: readonly number[]
}

const ENOUGH = 20

export interface Reader {
  readonly polls: () => number
  /** Waits for the reading under way, and closes the session. */
  stop(): Promise<void>
}

/** Reads the star once. Sums come as numbers, digits or bigints: here they are numbers. */
export async function read(connection: Connection): Promise<Reading> {
  const [row = {}] = await connection.query(readingSql)
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value ?? 0)])) as unknown as Reading
}

/** One reading and its judgement. What is seen is remembered in `watched`. */
export async function look(connection: Connection, watched: Watched): Promise<Violation | undefined> {
  // Whatever held when the reading began may have changed before its answer is here.
  const { may, seen } = watched
  try {
    const verdict = judge(await read(connection), [...new Set([...may, ...watched.may])], seen)
    if ('violation' in verdict) return verdict.violation
    if (verdict.sight.path.length > watched.seen.length) watched.seen = verdict.sight.path
    return undefined
  } catch (error) {
    return judgeError(error)
  }
}

/**
 * Polls until it is stopped, every few milliseconds. A fault that goes on and on is told a few times only, and hides no other.
 *
 * With `again` a session that has ended is no fault: the server went away, and the reader comes again until it is back.
 */
export function watch(first: Connection, watched: Watched, tell: (violation: Violation) => void, milliseconds = 5, again?: () => Promise<Connection>): Reader {
  let polls = 0
  let connection = first
  const told = new Map<string, number>()
  const life = new AbortController()
  const end = poll()
  async function poll(): Promise<void> {
    while (!life.signal.aborted) {
      const violation = await look(connection, watched)
      if (again !== undefined && !connection.isOpen) {
        await pause(20)
        connection = await again().catch(() => connection)
        continue
      }
      polls += 1
      if (violation !== undefined) {
        const times = (told.get(violation.fault) ?? 0) + 1
        told.set(violation.fault, times)
        if (times <= ENOUGH) tell(violation)
      }
      // A timer even where no time is asked for: the others in this process must have their turn.
      await pause(milliseconds)
    }
  }
  return {
    polls: () => polls,
    async stop() {
      if (life.signal.aborted) return
      life.abort()
      await end
      await connection.close()
    },
  }
}
