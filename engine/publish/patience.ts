import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../db/connection.ts'
import { DatabaseError } from '../errors.ts'

/** Asks again, with a little jitter, until the answer is true; after so many milliseconds it throws. */
export async function patiently(ask: () => Promise<boolean>, milliseconds: number, giveUp: () => Error | Promise<Error>): Promise<void> {
  const end = performance.now() + milliseconds
  while (!(await ask())) {
    if (performance.now() >= end) throw await giveUp()
    await sleep(20 + Math.random() * 60)
  }
}

/** Does it again after an error that says trying again can help, for so many milliseconds, with pauses of 20 ms up to so many. */
export async function persistently<T>(work: () => Promise<T>, milliseconds: number, mayRetry: (error: unknown) => boolean, pause = 200): Promise<T> {
  const end = performance.now() + milliseconds
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!mayRetry(error) || performance.now() >= end) throw error
      await sleep(pause * (0.1 + 0.9 * Math.random()))
    }
  }
}

/**
 * Whether the same session may do it again after an error: where a lock was not had, or an update collided with another
 * session's, nothing was done. A session that has ended will never succeed.
 */
export function mayWait(connection: Connection): (error: unknown) => boolean {
  return (error) => connection.isOpen && error instanceof DatabaseError && error.transient
}
