import { ConfigurationError } from '../errors.ts'
import type { Line, LineWish } from './backend/line.ts'
import { late } from './late.ts'

type Open = (url: string, wish: LineWish) => Promise<Line>

interface Backend {
  /** What must be installed for it. */
  readonly packages: readonly string[]
  readonly load: () => Promise<Open>
}

const redis: Backend = { packages: ['bullmq', 'ioredis'], load: async () => (await import('./backend/redis.ts')).openRedis }
const postgres: Backend = { packages: ['bullmq'], load: async () => (await import('./backend/postgres.ts')).openPostgres }
const embedded: Backend = { packages: ['bullmq', '@electric-sql/pglite'], load: async () => (await import('./backend/embedded.ts')).openEmbedded }
const backends: Readonly<Record<string, Backend>> = { embedded, 'redis:': redis, 'rediss:': redis, 'postgres:': postgres, 'postgresql:': postgres }

/**
 * Connects to the queue that a URL names, and proves that somebody answers.
 *
 * @throws {DatabaseError} where nobody answers in time, or lets us not in
 * @throws {ConfigurationError} where its packages are missing, or the URL can't be read
 */
export async function openLine(url: string, wish: LineWish): Promise<Line> {
  const open = await withPackages(url, backendOf(url).load)
  return open(url, wish)
}

/** Loads what needs the packages of the queue that a URL names. @throws {ConfigurationError} that says what to install */
export const withPackages = <T>(url: string, load: () => Promise<T>): Promise<T> => late(backendOf(url).packages, load)

function backendOf(url: string): Backend {
  const backend = backends[/^[a-z]+:?/.exec(url)?.[0] ?? '']
  if (backend !== undefined) return backend
  throw new ConfigurationError('nothing is known behind the queue\'s URL', { wayOut: `use one of ${Object.keys(backends).join(' ')}` })
}

/** Whether the queue behind a URL lives in the process that opens it. */
export const isEmbedded = (url: string): boolean => url === 'embedded'
