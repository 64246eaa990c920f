import { borrow } from '../db/connection.ts'
import type { Connection, Database } from '../db/connection.ts'
import { onAbort } from '../db/waiting.ts'

/** Does a piece of work on a session of its own, which ends with it, or at once where the signal asks for that. */
export async function withSession<T>(database: Pick<Database, 'connect'>, signal: AbortSignal, work: (session: Connection) => Promise<T>): Promise<T> {
  const session = await database.connect()
  return finished(session, signal, work)
}

/**
 * Does a small piece of our own work on a session that others have had and left as it was, where there is one: see
 * `Database.borrow`. Without a signal none ends it: what became of a piece of work is asked, and entered, after a stop, too.
 */
export async function onBorrowed<T>(database: Pick<Database, 'connect' | 'borrow'>, work: (session: Connection) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const session = await borrow(database)
  return finished(session, signal, work)
}

async function finished<T>(session: Connection, signal: AbortSignal | undefined, work: (session: Connection) => Promise<T>): Promise<T> {
  const unwatch = onAbort(signal, (reason) => session.abort(reason))
  try {
    signal?.throwIfAborted()
    return await work(session)
  } finally {
    unwatch()
    await session.close()
  }
}

/** The warehouse's clock, as UTC text. */
export async function clockOf(session: Connection): Promise<string> {
  const [row] = await session.query<{ now: string }>(session.dialect.knex.select({ now: session.dialect.knex.raw(session.dialect.now) }))
  return row?.now ?? ''
}
