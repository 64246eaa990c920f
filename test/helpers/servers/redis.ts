import { Redis } from 'ioredis'
import type { ServerKind } from './kind.ts'

export const redisKind: ServerKind = {
  name: 'Redis',
  envVariable: 'STARLINE_TEST_REDIS',
  urlExample: 'redis://127.0.0.1:6379',
  compose: { service: 'redis', port: 6379, url: (port) => `redis://127.0.0.1:${port}` },
  binaries: ['redis-server'],
  aptPackages: ['redis-server'],
  brewFormula: 'redis',
  start: (dir, port) => ({
    file: 'redis-server',
    args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir,
      '--maxmemory-policy', 'noeviction', '--databases', '1024'],
  }),
  url: (port) => `redis://127.0.0.1:${port}`,
  ask: (url) => withRedis(url, async (redis) => {
    const info = await redis.info('server')
    const version = /redis_version:(\S+)/.exec(info)?.[1]
    if (version === undefined) throw new Error('this server does not say which Redis it is')
    return { version: `Redis ${version}`, dir: await settingOf(redis, 'dir') ?? '' }
  }),
}

/** Runs commands over a connection of their own, which fails at once rather than trying again. */
export async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true, connectTimeout: 3_000, commandTimeout: 3_000, maxRetriesPerRequest: 0, retryStrategy: () => null,
  })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

/** One setting of the server; a hosted one may not allow the question. */
export async function settingOf(redis: Redis, name: string): Promise<string | undefined> {
  const answer = await redis.config('GET', name).catch(() => []) as string[]
  return answer[1]
}
