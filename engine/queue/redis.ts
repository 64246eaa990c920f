import { Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'
import { ConfigurationError, DatabaseError, messageOf } from '../errors.ts'
import { redact } from '../redact.ts'

/** Where a Redis is, without its password: for messages and logs. */
export function placeOf(url: string): string {
  try {
    const { protocol, username, host, pathname } = new URL(url)
    return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname === '/' ? '' : pathname}`
  } catch {
    throw new ConfigurationError('the queue\'s URL can\'t be read', { wayOut: 'write it like redis://user:password@host:6379/0' })
  }
}

type Tuning = Pick<RedisOptions, 'commandTimeout' | 'maxRetriesPerRequest'>

export interface RedisWish {
  /** Seconds until an answer must be there. */
  readonly seconds: number
  /** Once it stands, the connection comes back by itself after Redis was away. */
  readonly comesBack: boolean
}

/**
 * Connects, and proves that somebody answers.
 *
 * @throws {DatabaseError} where nobody answers within the deadline, or the password is refused
 */
export async function openRedis(url: string, { seconds, comesBack }: RedisWish, options: Tuning = {}): Promise<Redis> {
  const place = placeOf(url)
  let stands = false
  let last: Error | undefined
  const client = new Redis(url, {
    lazyConnect: true, connectTimeout: seconds * 1000, ...options,
    retryStrategy: (times) => (stands && comesBack ? Math.min(times * 100, 2_000) : null),
  })
  client.on('error', (error: Error) => { last = error })
  try {
    await within(seconds, client.connect().then(() => client.ping()))
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

async function within<T>(seconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${seconds} s`)), seconds * 1000)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
