import { PostgresConnection, PostgresQueueBackend, withBackend } from 'bullmq'
import type { BackendFactory, PgPool, Queue, Worker } from 'bullmq'
import { jobOptions, keptEvents, workerOptions } from '../job-options.ts'
import type { Line } from './line.ts'

/** BullMQ's own connection takes a pool only together with the schema `bullmq`: this one takes any. */
class PooledConnection extends PostgresConnection {
  override readonly schema: string

  constructor(pool: PgPool, schema: string) {
    super(pool)
    this.schema = schema
  }

  /** Else a worker whose notification was lost would sleep for an hour, and not for ten seconds. */
  override get hasListenClientKeepAlive(): boolean { return false }
}

/** A queue in the tables that BullMQ makes in a schema of a PostgreSQL, over a pool of sessions that look for names there. */
export function queueOver(pool: PgPool, schema: string): Pick<Line, 'queue' | 'worker'> {
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
