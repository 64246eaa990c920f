import type { Duplex } from 'node:stream'
import type { Watched } from './watch.ts'

/** One connection of a driver, which may wait for its next use. */
export interface Keepable extends Watched {
  readonly socket: Duplex
  close(): Promise<void>
}

/** Milliseconds for which a session waits for its next use. */
const KEPT_MS = 5_000

/** Sessions that nobody uses. They keep no process alive. */
export interface IdleSessions<T> {
  /** Takes one in; false where the database was closed. */
  keep(session: T): boolean
  /** The one that was used last, if it answers; undefined where there is none. */
  take(): Promise<T | undefined>
  /** Takes no more in. */
  end(): void
}

/** @param answers whether a session still has its server: one whose network was lost says nothing of it by itself */
export function idleSessions<T extends { readonly wire: Keepable }>(answers: (session: T) => Promise<boolean>): IdleSessions<T> {
  const idle: { readonly session: T, readonly timer: NodeJS.Timeout }[] = []
  let isOver = false
  const remove = (session: T): void => {
    const at = idle.findIndex((one) => one.session === session)
    const [found] = at < 0 ? [] : idle.splice(at, 1)
    clearTimeout(found?.timer)
  }
  return {
    keep(session) {
      if (isOver) return false
      const leave = (): void => {
        remove(session)
        void session.wire.close()
      }
      holdProcess(session.wire.socket, false)
      idle.push({ session, timer: setTimeout(leave, KEPT_MS).unref() })
      return true
    },
    async take() {
      for (;;) {
        const session = idle.at(-1)?.session
        if (session === undefined) return undefined
        remove(session)
        if (session.wire.ended !== undefined) continue
        holdProcess(session.wire.socket, true)
        if (await answers(session)) return session
        await session.wire.close()
      }
    },
    end() {
      isOver = true
      for (const { timer } of idle.splice(0)) clearTimeout(timer)
    },
  }
}

/** A socket that is waited at keeps its process alive, unless it is told not to. */
function holdProcess(socket: Duplex, hold: boolean): void {
  const method: unknown = Reflect.get(socket, hold ? 'ref' : 'unref')
  if (typeof method === 'function') Reflect.apply(method, socket, [])
}
