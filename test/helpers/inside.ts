import type { Connection } from '../../engine/db/connection.ts'
import { openDatabase } from '../../engine/db/open.ts'

/** A session for one piece of work. */
export async function inside<T>(url: string, work: (session: Connection) => Promise<T>): Promise<T> {
  const database = await openDatabase(url)
  try {
    const session = await database.connect()
    try {
      return await work(session)
    } finally {
      await session.close()
    }
  } finally {
    await database.close()
  }
}
