import { asError, DatabaseError } from '../errors.ts'

/** What a watch sees of a connection. */
export interface Watched {
  readonly place: string
  readonly ended: Error | undefined
  /** Statements under way. */
  readonly pending: number
  /** Bytes that came so far. */
  readonly received: number
  /** A statement under way is made of rows that are still to be sent. */
  readonly isSending: boolean
  end(reason: Error): void
}

/**
 * What a server does for a session; `waits` where it is in a statement and wants more of it from the client; `killed` where it was told to end it and has
 * not said so yet.
 */
export type Doing = 'works' | 'waits' | 'idle' | 'killed'

/** Looks without an answer, or that found the server idle, after which a session is given up. */
const PATIENCE = 3

/**
 * Sees that no statement waits for an answer that can't come: a connection can be dead without an end, behind a firewall
 * that forgot it or a proxy that stopped. While a statement is under way and nothing comes, another session asks the
 * server every so often whether it still works for this one. A long statement may take its time.
 */
export function watchStatements(wire: Watched, doing: () => Promise<Doing | undefined>, seconds: number): { end(): void } {
  let received = -1
  let doubts = 0
  let looking = false
  const timer = setInterval(() => {
    const silent = wire.pending > 0 && wire.received === received
    received = wire.received
    if (!silent) doubts = 0
    if (!silent || looking) return
    looking = true
    void look().finally(() => { looking = false })
  }, seconds * 1000)
  timer.unref()

  async function look(): Promise<void> {
    const before = wire.received
    const found = await doing().catch((error: unknown) => asError(error))
    if (wire.ended !== undefined || wire.pending === 0 || wire.received !== before) return
    if (found === 'works' || (found === 'waits' && wire.isSending)) { doubts = 0; return }
    doubts += 1
    // A session that the server doesn't know will not answer, however long one waits.
    if (found === undefined) doubts = PATIENCE
    if (doubts < PATIENCE) return
    const why = found === undefined ? 'the server knows this session no more'
      : found instanceof Error ? `the server can't be asked: ${found.message}`
      : found === 'killed' ? 'somebody has killed this session'
      : found === 'waits' ? 'the server waits for what was sent to it, and it never came'
      : 'the server has answered, and the answer never came'
    wire.end(new DatabaseError('the connection was lost', { where: wire.place, why, code: 'STARLINE_SILENT', transient: true, wayOut: 'try again' }))
  }

  return { end: () => clearInterval(timer) }
}
