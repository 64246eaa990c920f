import type { Connection, Database } from '../db/connection.ts'
import { messageOf, StoppedError } from '../errors.ts'
import type { Log } from '../log.ts'
import { clearUp } from '../publish/janitor.ts'

const minutes = 10

/**
 * Clears up at once and every ten minutes, beside the jobs, on a session of its own for each round. A round that takes
 * longer leaves the next one out. Errors are lines of the log.
 */
export function startRounds(warehouse: Database, log: Log): { stop(): Promise<void> } {
  let session: Connection | undefined
  let isOver = false
  let round: Promise<void> | undefined
  const go = async (): Promise<void> => {
    try {
      session = await warehouse.connect()
      if (!isOver) await clearUp(session, log)
    } catch (error) {
      if (!isOver) log.warn(`Could not clear up: ${messageOf(error)}`, { event: 'clear-up-failed' })
    } finally {
      await session?.close().catch(() => undefined)
      session = undefined
      round = undefined
    }
  }
  const begin = (): void => { round ??= go() }
  const timer = setInterval(begin, minutes * 60_000)
  timer.unref()
  begin()
  return {
    async stop() {
      isOver = true
      clearInterval(timer)
      session?.abort(new StoppedError('the worker was told to stop'))
      await round
    },
  }
}
