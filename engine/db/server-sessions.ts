import { DatabaseError } from '../errors.ts'
import type { Connection, Database, OpenOptions } from './connection.ts'
import { idleSessions } from './idle-sessions.ts'
import type { Keepable } from './idle-sessions.ts'
import { watchStatements } from './watch.ts'
import type { Doing } from './watch.ts'

const CONNECT_SECONDS = 10
const LOOK_SECONDS = 30

/** What only tests turn. */
export interface Tuning {
  /** Seconds between looks at a statement from which nothing comes. */
  readonly lookSeconds?: number
}

/** How sessions with one server are had and ended. */
export interface Serving<W extends Keepable, S> {
  readonly place: string
  readonly dialectName: string
  /** Connects and logs in; `onEnd` hears whether something was under way when it ended. */
  openWire(seconds: number, onEnd: (busy: boolean) => void): Promise<W>
  /** Sets a session up, and says what is known of it. */
  setUp(wire: W): Promise<S>
  /** Asks for as little as can be asked for. */
  ping(wire: W): Promise<unknown>
  /** What the server does for it now, asked over another session. */
  doing(server: S): Promise<Doing | undefined>
  /** Ends it on the server, from another session. */
  kill(server: S): Promise<void>
  /** `keep` is asked at its end, where the session is as it was at its beginning: whether somebody takes it over. */
  connection(wire: W, server: S, keep?: () => boolean): Connection
}

/** A session that stands. */
interface Standing<W, S> { readonly wire: W, readonly server: S }

/** A database on a server: each session is a connection of its own, which the server is made to notice the end of. */
export async function openSessions<W extends Keepable, S>(serving: Serving<W, S>, options: OpenOptions, tuning: Tuning): Promise<Database> {
  const { place, dialectName } = serving
  const { connectSeconds = CONNECT_SECONDS, idleSeconds = Infinity } = options
  // Three looks without an answer are the end.
  const { lookSeconds = Math.min(LOOK_SECONDS, idleSeconds / 3) } = tuning
  const sessions = new Set<W>()
  const reaping = new Set<Promise<void>>()

  const open = async (): Promise<Standing<W, S>> => {
    const made: { wire?: W, server?: S, watch?: { readonly end: () => void } } = {}
    const wire = made.wire = await serving.openWire(connectSeconds, (busy) => {
      if (made.wire !== undefined) sessions.delete(made.wire)
      made.watch?.end()
      if (!busy || made.server === undefined) return
      // A server goes on with a statement whose client is gone, and would even commit it.
      const reaped = serving.kill(made.server).catch(() => {}).finally(() => reaping.delete(reaped))
      reaping.add(reaped)
    })
    sessions.add(wire)
    const late = setTimeout(() => wire.end(tooLate(place, connectSeconds)), connectSeconds * 1000)
    try {
      const server = made.server = await serving.setUp(wire)
      made.watch = watchStatements(wire, () => serving.doing(server), lookSeconds)
      return { wire, server }
    } catch (error) {
      await wire.close()
      // One that ended before it was entered here has said so to nobody.
      sessions.delete(wire)
      throw error
    } finally {
      clearTimeout(late)
    }
  }

  const answers = async ({ wire }: Standing<W, S>): Promise<boolean> => {
    const late = setTimeout(() => wire.end(tooLate(place, connectSeconds)), connectSeconds * 1000)
    return serving.ping(wire).then(() => wire.ended === undefined, () => false).finally(() => clearTimeout(late))
  }
  // The one that proves that the server can be had, until it is asked for; and those that were borrowed and came back.
  const [first, back] = [idleSessions<Standing<W, S>>(answers), idleSessions<Standing<W, S>>(answers)]
  first.keep(await open())
  return {
    place,
    dialectName,
    async connect() {
      const { wire, server } = await first.take() ?? await open()
      return serving.connection(wire, server)
    },
    async borrow() {
      const standing = await back.take() ?? await first.take() ?? await open()
      return serving.connection(standing.wire, standing.server, () => back.keep(standing))
    },
    async close() {
      first.end()
      back.end()
      await Promise.all([...sessions].map((wire) => wire.close()))
      await Promise.all(reaping)
    },
  }
}

export function tooLate(place: string, seconds: number): DatabaseError {
  return new DatabaseError(`the server did not answer within ${seconds} s`, { where: place, code: 'ETIMEDOUT', transient: true })
}
