/** A warehouse whose named locks are never taken, to see that the fence holds without them. */

import type { Connection, Database } from '../../engine/db/connection.ts'

const always = () => Promise.resolve(true)
const nobody = () => Promise.resolve()
const locks = new Map<string | symbol, unknown>([['lock', always], ['holderOf', nobody], ['unlock', nobody]])

export function withoutLocks(database: Database): Database {
  const { dialectName, place } = database
  return { dialectName, place, connect: async () => unlocked(await database.connect()), close: () => database.close() }
}

function unlocked(connection: Connection): Connection {
  return new Proxy(connection, {
    get(session, name) {
      const member: unknown = locks.get(name) ?? Reflect.get(session, name, session)
      // Bound to the session itself: a proxy can't reach its private parts.
      return typeof member === 'function' ? (...args: unknown[]): unknown => Reflect.apply(member, session, args) : member
    },
  })
}
