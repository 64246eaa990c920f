import { setTimeout as sleep } from 'node:timers/promises'
import { PostgresConnection, PostgresQueueBackend, withBackend } from 'bullmq'
import type { BackendFactory, PgPool, Queue, Worker } from 'bullmq'
import { endsSession } from '../../db/postgres/errors.ts'
import { jobOptions, keptEvents, workerOptions } from '../job-options.ts'
import type { Line } from './line.ts'

/** BullMQ's own connection takes a pool only together with the schema `bullmq`: this one takes any. */
class PooledConnection extends PostgresConnection {
  override readonly schema: string

  constructor(pool: PgPool, schema: string) {
    super(pool)
    this.schema = schema
  }

  /**
   * The tables were looked at when the line was opened. BullMQ would look once more, and keep the answer for ever: where the
   * server went away just then, its worker would ask again and again without a pause, and stop all else in the process.
   */
  override waitUntilReady(): Promise<void> { return Promise.resolve() }

  /** Else a worker whose notification was lost would sleep for an hour, and not for ten seconds. */
  override get hasListenClientKeepAlive(): boolean { return false }
}

/** A queue in the tables that BullMQ makes in a schema of a PostgreSQL, over a pool of sessions that look for names there. */
export function queueOver(sessions: PgPool, schema: string): Pick<Line, 'queue' | 'worker'> {
  const pool = unhurried(sessions)
  const factory: BackendFactory<PostgresQueueBackend, PgPool> = (name, opts) => {
    // What a worker's session is called on the server, where BullMQ looks for the workers of a queue.
    const called = 'name' in opts ? `${name}:w:${String(opts.name)}` : undefined
    return new PostgresQueueBackend(new PooledConnection(opts.connection, schema), name, opts, true, called)
  }
  const bullmq = withBackend(factory)
  return {
    queue(name) {
      const queue = new bullmq.Queue(name, { connection: pool, defaultJobOptions: jobOptions, streams: { events: { maxLen: keptEvents } } })
      // Whoever asks hears of an error; without a listener it would end the process as well.
      queue.on('error', () => undefined)
      // The types of the two kinds of queues differ in what is asked of neither: the backend itself.
      return queue as unknown as Queue
    },
    worker(name, work, wish) {
      const worker = new bullmq.Worker(name, work, { connection: pool, ...workerOptions(wish) })
      return worker as unknown as Worker
    },
  }
}

/** Milliseconds. */
const pause = 250

async function wait(error: unknown): Promise<never> {
  // What the server says of a statement has a code; the rest is about the session, or the library.
  if (endsSession(error) || !(error instanceof Error && 'code' in error)) await sleep(pause)
  throw error
}

/** The same pool, whose errors take their time where nobody answers: BullMQ's worker asks again at once, and would do nothing else. */
function unhurried(pool: PgPool): PgPool {
  const calm: PgPool = {
    query: <R>(text: string, values?: readonly unknown[]) => pool.query<R>(text, values).catch(wait),
    connect: () => pool.connect().catch(wait),
    end: () => pool.end(),
    on: () => calm,
    removeAllListeners: () => calm,
  }
  return calm
}
