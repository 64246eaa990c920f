import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import { ConfigurationError, DatabaseError, messageOf } from '../../errors.ts'
import { redact } from '../../redact.ts'
import { jobOptions, keptEvents, workerOptions } from '../job-options.ts'
import type { Line, LineWish } from './line.ts'
import { answerWithin } from './within.ts'

/** A hash tag, so that all keys of the queue live in one slot of a cluster. */
const prefix = '{starline}'

/**
 * The queue on a Redis. Queues and workers share one connection; each worker waits for jobs on one more.
 *
 * @throws {DatabaseError} where nobody answers within the deadline, or the password is refused
 */
export async function openRedis(url: string, wish: LineWish): Promise<Line> {
  const place = placeOf(url)
  const client = await connect(url, place, wish)
  return {
    place,
    get isUp() { return client.status === 'ready' },
    queue(name) {
      const queue = new Queue(name, { connection: client, prefix, defaultJobOptions: jobOptions, streams: { events: { maxLen: keptEvents } } })
      // The connection's own listener tells of errors; without one here they would end the process.
      queue.on('error', () => undefined)
      return queue
    },
    worker: (name, work, how) => new Worker(name, work, { connection: client, prefix, ...workerOptions(how) }),
    watch({ away, back }) {
      client.on('close', away).on('ready', back)
    },
    keepAlive(wanted) {
      if (wanted) client.stream?.ref()
      else client.stream?.unref()
    },
    close() {
      client.disconnect()
      return Promise.resolve()
    },
  }
}

/** Where a Redis is, without its password. */
function placeOf(url: string): string {
  try {
    const { protocol, username, host, pathname } = new URL(url)
    return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname === '/' ? '' : pathname}`
  } catch {
    throw new ConfigurationError('the queue\'s URL can\'t be read', { wayOut: 'write it like redis://user:password@host:6379/0' })
  }
}

async function connect(url: string, place: string, { seconds, comesBack }: LineWish): Promise<Redis> {
  const tuning: Pick<RedisOptions, 'commandTimeout' | 'maxRetriesPerRequest'> = comesBack ? { maxRetriesPerRequest: null } : { commandTimeout: seconds * 1000 }
  let stands = false
  let last: Error | undefined
  const client = new Redis(url, {
    lazyConnect: true, connectTimeout: seconds * 1000, ...tuning,
    // A program's broken connection doesn't come back by itself: its timers would keep a process alive that is at rest.
    retryStrategy: (times) => (stands && comesBack ? Math.min(times * 100, 2_000) : null),
  })
  client.on('error', (error: Error) => { last = error })
  try {
    await answerWithin(seconds, client.connect().then(() => client.ping()))
    stands = true
    return client
  } catch (error) {
    client.disconnect()
    throw new DatabaseError('the queue can\'t be reached', {
      where: place, why: redact(messageOf(last ?? error)), transient: true,
      wayOut: 'start Redis there, or say where it is with ETL_QUEUE or queue: in the configuration',
    })
  }
}
