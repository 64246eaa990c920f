import { atTheEnd, redis } from './shared.ts'
import { settingOf, withRedis } from './redis.ts'

/** An empty numbered database of the shared Redis. `drop` empties it and gives it back. */
export interface FreshRedis { url: string, database: number, drop: () => Promise<void> }

/** Long enough for any test run, so that a claim of a killed one does not stay for ever. */
const CLAIM_SECONDS = 3600

/** Claims a numbered database that is empty and that no other test uses, also not one of another process. */
export async function freshRedis(): Promise<FreshRedis> {
  const { url } = await redis()
  const database = await withRedis(numbered(url, 0), async (zero) => {
    const databases = Number(await settingOf(zero, 'databases') ?? 16)
    for (let candidate = 1; candidate < databases; candidate++) {
      if (await zero.set(claimOf(candidate), process.pid, 'EX', CLAIM_SECONDS, 'NX') !== 'OK') continue
      if (await withRedis(numbered(url, candidate), (found) => found.dbsize()) === 0) return candidate
    }
    throw new Error(`none of the ${databases} databases of this Redis is both empty and free`)
  })
  const drop = async () => {
    await withRedis(numbered(url, database), (mine) => mine.flushdb())
    await withRedis(numbered(url, 0), (zero) => zero.del(claimOf(database)))
  }
  const once = dropOnce(drop)
  atTheEnd(once)
  return { url: numbered(url, database), database, drop: once }
}

/** Given back, a database may be somebody else's: emptying it a second time would take theirs. */
function dropOnce(drop: () => Promise<void>): () => Promise<void> {
  let dropped: Promise<void> | undefined
  return () => dropped ??= drop()
}

const claimOf = (database: number) => `starline-test:claim:${database}`

function numbered(url: string, database: number): string {
  const address = new URL(url)
  address.pathname = `/${database}`
  return address.href
}
