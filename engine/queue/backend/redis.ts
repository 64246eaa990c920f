import { setTimeout as sleep } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import { UNTRUSTED } from '../../db/ssl.ts'
import { DatabaseError, messageOf } from '../../errors.ts'
import { redact } from '../../redact.ts'
import { jobOptions, keptEvents, workerOptions } from '../job-options.ts'
import type { Line, LineWish } from './line.ts'
import { readRedisAddress } from './redis-address.ts'
import type { RedisAddress } from './redis-address.ts'
import { askAbout, warningsOf } from './redis-warnings.ts'
import { answerWithin } from './within.ts'

/** Milliseconds. */
const pause = 250

/** A Redis that refuses (a copy of another one, a full one, a user who may not) is asked again at once by BullMQ's worker, which would do nothing else. */
class CalmWorker extends Worker {
  protected override async moveToActive(...how: Parameters<Worker['moveToActive']>): ReturnType<Worker['moveToActive']> {
    try {
      return await super.moveToActive(...how)
    } catch (error) {
      await sleep(pause)
      throw error
    }
  }
}

/** A hash tag, so that all keys of the queue live in one slot of a cluster. */
const prefix = '{starline}'

/**
 * The queue on a Redis. Queues and workers share one connection; each worker waits for jobs on one more.
 *
 * @throws {DatabaseError} where nobody answers within the deadline, or the password is refused
 */
export async function openRedis(url: string, wish: LineWish): Promise<Line> {
  const address = readRedisAddress(url)
  const { place } = address
  const client = await connect(address, wish)
  const about = await askAbout(client)
  // BullMQ can't go on where INFO is refused, and prints its own line where keys are evicted.
  const common = { connection: client, prefix, skipVersionCheck: about.info === undefined || about.evicts }
  return {
    place,
    get isUp() { return client.status === 'ready' },
    queue(name) {
      const queue = new Queue(name, { ...common, defaultJobOptions: jobOptions, streams: { events: { maxLen: keptEvents } } })
      // The connection's own listener tells of errors; without one here they would end the process.
      queue.on('error', () => undefined)
      return queue
    },
    worker: (name, work, how) => new CalmWorker(name, work, { ...common, ...workerOptions(how) }),
    warnings: () => warningsOf(client, about, address),
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

/** What a server that is there may have against who comes, and what to do then: starting it would not help. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [/certificate|self.signed|Hostname\/IP/i, UNTRUSTED],
  [/NOAUTH|WRONGPASS/, 'write its user and password into the URL: redis://user:password@host:6379/0, or redis://:password@host:6379/0 where it has no users'],
  [/NOPERM/, 'let this user do what the queue needs: ACL SETUSER … ~{starline}* &* +@all -@dangerous +info'],
]

/** Somebody is there who speaks another language. */
const silence = /no answer|ECONNRESET|closed|wrong version number|packet length/i

async function connect({ options, place }: RedisAddress, { seconds, comesBack }: LineWish): Promise<Redis> {
  const tuning: Pick<RedisOptions, 'commandTimeout' | 'maxRetriesPerRequest'> = comesBack ? { maxRetriesPerRequest: null } : { commandTimeout: seconds * 1000 }
  let stands = false
  let last: Error | undefined
  const client = new Redis({
    ...options, lazyConnect: true, connectTimeout: seconds * 1000, ...tuning,
    // A program's broken connection doesn't come back by itself: its timers would keep a process alive that is at rest.
    retryStrategy: (times) => (stands && comesBack ? Math.min(times * 100, 2_000) : null),
  })
  client.on('error', (error: Error) => { last = error })
  try {
    await answerWithin(seconds, () => client.connect().then(() => client.ping()))
    stands = true
    return client
  } catch (error) {
    client.disconnect()
    const why = redact(messageOf(last ?? error))
    const [, wayOut] = refusals.find(([words]) => words.test(why)) ?? []
    const other = options.tls === undefined ? 'write rediss: where it encrypts' : 'write redis: where it doesn\'t encrypt'
    throw new DatabaseError('the queue can\'t be reached', {
      where: place, why, transient: wayOut === undefined,
      wayOut: wayOut ?? `start Redis there, or say where it is with ETL_QUEUE or queue: in the configuration${silence.test(why) ? `; ${other}` : ''}`,
    })
  }
}
