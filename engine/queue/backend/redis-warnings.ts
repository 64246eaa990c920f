import type { Redis } from 'ioredis'
import type { RedisAddress } from './redis-address.ts'

/** What a server says of itself, as far as it may be asked. A managed Redis, or one with an ACL, may refuse to. */
export interface About {
  /** INFO; undefined where it is refused. */
  readonly info: ReadonlyMap<string, string> | undefined
  /** Whether it throws keys away where memory runs short. */
  readonly evicts: boolean
}

export async function askAbout(client: Redis): Promise<About> {
  const text = await client.info().catch(() => undefined)
  if (text === undefined) return { info: undefined, evicts: false }
  const info = new Map(text.split(/\r?\n/).map((line) => line.split(/:(.*)/s, 2) as [string, string]))
  return { info, evicts: ![undefined, 'noeviction'].includes(info.get('maxmemory_policy')) }
}

/** What somebody should know of a Redis that is a queue. Nothing that was loaded depends on it: the ledger knows what was asked for. */
export async function warningsOf(client: Redis, { info, evicts }: About, address: RedisAddress): Promise<string[]> {
  const settings = await settingsOf(client)
  const found: string[] = []
  if (evicts) {
    found.push(`Redis throws jobs away when its memory runs short (maxmemory-policy ${info?.get('maxmemory_policy')}). Way out: set maxmemory-policy to noeviction`)
  }
  if (info?.get('aof_enabled') === '0') {
    found.push('Redis keeps no append-only file, so a crash loses what waits in it until a worker finds it in the ledger again. Way out: set appendonly to yes')
  }
  if (isOpen(address, settings)) {
    found.push('Redis lets everybody in who reaches it, and whoever adds jobs can have all tables dropped. Way out: give it a password (requirepass, or an ACL), and write it into the URL')
  }
  const ahead = await secondsAhead(client)
  if (Math.abs(ahead) > mayDiffer) {
    found.push(`This machine's clock and the one of the queue's Redis differ by ${Math.abs(ahead)} s: jobs that are put off wait as much too long, or come too early. Way out: let all machines ask a time server`)
  }
  return found
}

/** Seconds that the clocks may differ by: a job is put off for a quarter of a minute at most. */
const mayDiffer = 5

/** How much this machine's clock is ahead of the server's; 0 where the server may not be asked. */
async function secondsAhead(client: Redis): Promise<number> {
  const [seconds] = await client.time().catch(() => [])
  return seconds === undefined ? 0 : Math.trunc(Date.now() / 1000 - seconds)
}

type Settings = ReadonlyMap<string, string> | undefined

async function settingsOf(client: Redis): Promise<Settings> {
  try {
    const pairs: string[] = []
    for (const name of ['bind', 'protected-mode']) pairs.push(...await client.config('GET', name))
    return new Map(pairs.flatMap((name, at) => (at % 2 === 0 ? [[name, pairs[at + 1] ?? '']] : [])))
  } catch {
    return undefined
  }
}

/** Nobody proves who he is, and it is, or may be, reached from other machines. */
function isOpen({ proves, isLocal }: RedisAddress, settings: Settings): boolean {
  if (proves) return false
  const bind = settings?.get('bind')
  if (bind === undefined) return !isLocal
  return settings?.get('protected-mode') === 'no' && bind.split(' ').some((address) => !/^-?(127\..*|::1|localhost)$/.test(address))
}
