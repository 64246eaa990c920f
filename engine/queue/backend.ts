import { ConfigurationError } from '../errors.ts'
import type { Line, LineWish } from './backend/line.ts'
import { late } from './late.ts'

type Open = (url: string, wish: LineWish) => Promise<Line>

const redis = (): Promise<Open> => late(async () => (await import('./backend/redis.ts')).openRedis)
const backends: Readonly<Record<string, () => Promise<Open>>> = { 'redis:': redis, 'rediss:': redis }

/**
 * Connects to the queue that a URL names, and proves that somebody answers.
 *
 * @throws {DatabaseError} where nobody answers in time, or lets us not in
 * @throws {ConfigurationError} where its packages are missing, or the URL can't be read
 */
export async function openLine(url: string, wish: LineWish): Promise<Line> {
  const backend = backends[/^[a-z]+:?/.exec(url)?.[0] ?? '']
  if (backend === undefined) throw new ConfigurationError('nothing is known behind the queue\'s URL', { wayOut: `use one of ${Object.keys(backends).join(' ')}` })
  return (await backend())(url, wish)
}

/** Whether the queue behind a URL lives in the process that opens it. */
export const isEmbedded = (url: string): boolean => url === 'embedded'
