import type { Connection, Database } from '../db/connection.ts'
import { onAbort } from '../db/waiting.ts'

/** Does a piece of work on a session of its own, which ends with it, or at once where the signal asks for that. */
export function withSession<T>(database: Pick<Database, 'connect'>, signal: AbortSignal, work: (session: Connection) => Promise<T>): Promise<T> {
  return withOwnSession(database, async (session) => {
    const unwatch = onAbort(signal, (reason) => session.abort(reason))
    try {
      signal.throwIfAborted()
      return await work(session)
    } finally {
      unwatch()
    }
  })
}

/** The same on one that no signal ends: what became of a piece of work is asked, and entered, after a stop, too. */
export async function withOwnSession<T>(database: Pick<Database, 'connect'>, work: (session: Connection) => Promise<T>): Promise<T> {
  const session = await database.connect()
  try {
    return await work(session)
  } finally {
    await session.close()
  }
}

/** The warehouse's clock, as UTC text. */
export async function clockOf(session: Connection): Promise<string> {
  const [row] = await session.query<{ now: string }>(session.dialect.knex.select({ now: session.dialect.knex.raw(session.dialect.now) }))
  return row?.now ?? ''
}
