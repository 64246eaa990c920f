/** Warehouses whose sessions do something else at times. */

import type { Connection, Database } from '../../engine/db/connection.ts'
import { DatabaseError } from '../../engine/errors.ts'

/** What is done in place of a method, which it may call. */
export type Instead = (method: () => Promise<unknown>, first: unknown, session: Connection) => Promise<unknown>

/** A warehouse whose sessions do something in place of one of their methods. */
export function hooked({ dialectName, place, ...database }: Database, method: 'swap' | 'lock' | 'query' | 'execute', instead: Instead): Database {
  const connect = async (): Promise<Connection> => new Proxy(await database.connect(), {
    get(session, name) {
      const member: unknown = Reflect.get(session, name, session)
      if (typeof member !== 'function') return member
      if (name !== method) return (...args: unknown[]): unknown => Reflect.apply(member, session, args)
      return async (...args: unknown[]): Promise<unknown> => instead(async () => Reflect.apply(member, session, args), args[0], session)
    },
  })
  return { dialectName, place, connect, close: () => database.close() }
}

/** A swap whose statement is ended the first time it was done, and before that was said; and how often it was done. */
export function endedAfter(): { readonly swap: Instead; readonly times: () => number } {
  let done = 0
  return {
    times: () => done,
    async swap(swap) {
      await swap()
      done += 1
      if (done === 1) throw new DatabaseError('the statement was ended', { transient: true })
    },
  }
}
