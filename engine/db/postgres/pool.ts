import { Pool } from 'pg'
import type { PoolClient } from 'pg'
import { within } from '../waiting.ts'
import type { Address } from './address.ts'
import { endsSession } from './errors.ts'
import { settingsOf, socketOf } from './wire.ts'

/** What a pool of sessions is for. */
export interface PoolWish {
  /** Where names without a schema are looked for. */
  readonly schema: string
  /** Seconds until a connection must stand, and until a statement must have its answer. */
  readonly connectSeconds: number
  readonly answerSeconds: number
  /** Hears of a session that ended without being told to. */
  readonly onBreak: () => void
}

export interface SessionPool {
  readonly pool: Pool
  /** Ends all sessions, whether the server answers or not. */
  readonly close: () => Promise<void>
}

const isBreak = (error: Error): boolean => endsSession(error) || error.message === 'Query read timeout'

/** Far more than are in use at a time: a session is opened when it is needed, and closed when it was idle for a while. */
const MOST = 20
const GOODBYE_MS = 1_000

/**
 * Sessions for small statements of a queue, where none of them minds which one it has. A warehouse's work never runs here:
 * its locks and settings want a session of its own.
 *
 * Sessions that are idle don't keep the process alive.
 */
export function openPool(address: Address, { schema, connectSeconds, answerSeconds, onBreak }: PoolWish): SessionPool {
  const pool = new Pool({
    ...settingsOf(address, connectSeconds),
    options: `-c search_path="${schema}"`, query_timeout: answerSeconds * 1000, max: MOST, allowExitOnIdle: true,
  })
  const sessions = new Set<PoolClient>()
  // Every session has a listener of its own, so what the pool tells of an idle one is known.
  pool.on('error', () => undefined)
  // What breaks in the middle of a statement is told to the statement alone.
  pool.on('release', (error: unknown) => { if (error instanceof Error && isBreak(error)) onBreak() })
  pool.on('connect', (session) => {
    sessions.add(session)
    session.on('error', onBreak)
    session.on('end', () => { sessions.delete(session) })
  })
  return {
    pool,
    async close() {
      await within(pool.end().catch(() => undefined), GOODBYE_MS)
      for (const session of sessions) socketOf(session).destroy()
    },
  }
}
