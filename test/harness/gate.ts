/** A warehouse whose sessions do nothing while a gate is shut: a process that is stopped, without stopping this one. */

import { EventEmitter, once } from 'node:events'
import type { Connection, Database } from '../../engine/db/connection.ts'

export interface Gate {
  shut(): void
  open(): void
  /** Resolves when it was shut. */
  readonly reached: Promise<unknown>
  readonly passed: () => Promise<void>
}

export function newGate(): Gate {
  const events = new EventEmitter()
  let way: Promise<unknown> | undefined
  return {
    reached: once(events, 'shut'),
    shut() {
      way = once(events, 'open')
      events.emit('shut')
    },
    open: () => { events.emit('open') },
    passed: async () => { await way },
  }
}

export function gated({ dialectName, place, ...database }: Database, gate: Gate): Database {
  return { dialectName, place, connect: async () => waiting(await database.connect(), gate), close: () => database.close() }
}

const free = new Set<string | symbol>(['abort'])

function waiting(connection: Connection, gate: Gate): Connection {
  return new Proxy(connection, {
    get(session, name) {
      const member: unknown = Reflect.get(session, name, session)
      if (typeof member !== 'function') return member
      if (free.has(name)) return (...args: unknown[]): unknown => Reflect.apply(member, session, args)
      return async (...args: unknown[]): Promise<unknown> => {
        await gate.passed()
        return Reflect.apply(member, session, args)
      }
    },
  })
}

/** The same warehouse, and a promise that resolves when one of its sessions is refused a lock. */
export function refusals({ dialectName, place, ...database }: Database): { readonly database: Database; readonly refused: Promise<string> } {
  const events = new EventEmitter()
  const noticing = (connection: Connection): Connection => new Proxy(connection, {
    get(session, name) {
      const member: unknown = Reflect.get(session, name, session)
      if (typeof member !== 'function') return member
      if (name !== 'lock') return (...args: unknown[]): unknown => Reflect.apply(member, session, args)
      return async (lock: string): Promise<boolean> => {
        const got = await session.lock(lock)
        if (!got) events.emit('refused', lock)
        return got
      }
    },
  })
  return {
    database: { dialectName, place, connect: async () => noticing(await database.connect()), close: () => database.close() },
    refused: once(events, 'refused').then(([lock]) => String(lock)),
  }
}
