/** Every queue that several processes meet in, and that must behave alike. */

import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Redis } from 'ioredis'
import { atTheEnd, freshRedis, inSchema, postgres, startOwn } from './servers/index.ts'
import type { OwnServer } from './servers/own.ts'
import { withPostgres } from './servers/postgres.ts'
import { settingOf, withRedis } from './servers/redis.ts'

/** What a test asks of a queue. */
export interface QueuePlace {
  /** The URL of an empty one, on the server that all share. */
  readonly fresh: () => Promise<string>
  /** A server of one's own, which loses nothing when it is killed. */
  readonly own: () => Promise<OwnServer>
  /** Loses all that is in it. */
  readonly empty: (url: string) => Promise<void>
  /** Every text in it, and all that it keeps on its disk, where it is one's own. */
  readonly everything: (url: string) => Promise<string>
  /** The same with a password, which the server asks for from now on. */
  readonly protect: (url: string, password: string) => Promise<string>
}

const redis: QueuePlace = {
  fresh: async () => (await freshRedis()).url,
  own: () => startOwn('redis', { args: ['--appendonly', 'yes', '--appendfsync', 'always'] }),
  empty: (url) => withRedis(url, async (client) => { await client.flushdb() }),
  everything: (url) => withRedis(url, async (client) => [await everyKey(client), ...await filesOf(client)].join('\n')),
  protect: (url, password) => withRedis(url, async (client) => {
    await client.config('SET', 'requirepass', password)
    return url.replace('redis://', `redis://:${password}@`)
  }),
}

const postgresql: QueuePlace = {
  async fresh() {
    const { url } = await postgres()
    const schema = `queue_${randomBytes(6).toString('hex')}`
    atTheEnd(() => withPostgres(url, async (client) => { await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`) }))
    return inSchema(url, schema)
  },
  own: () => startOwn('postgres', { args: ['-c', 'fsync=on'] }),
  empty: (url) => withPostgres(url, async (client) => { await client.query('TRUNCATE job, event CASCADE') }),
  everything: (url) => withPostgres(inSchema(url, new URL(url).searchParams.get('schema') ?? 'starline_queue'), async (client) => {
    const { rows } = await client.query<{ name: string }>("SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')")
    const texts: string[] = []
    for (const { name } of rows) texts.push(JSON.stringify((await client.query(`SELECT * FROM ${client.escapeIdentifier(name)}`)).rows))
    return texts.join('\n')
  }),
  protect: (url, password) => withPostgres(url, async (client) => {
    await client.query(`CREATE ROLE guarded LOGIN SUPERUSER PASSWORD ${client.escapeLiteral(password)}`)
    const { rows: [row] } = await client.query<{ file: string }>("SELECT current_setting('hba_file') AS file")
    await client.query(`COPY (VALUES ('host all guarded all scram-sha-256'), ('host all postgres all trust')) TO ${client.escapeLiteral(row?.file ?? '')}`)
    await client.query('SELECT pg_reload_conf()')
    const guarded = new URL(url)
    guarded.username = 'guarded'
    guarded.password = password
    return guarded.href
  }),
}

const places = { Redis: redis, PostgreSQL: postgresql } as const

/** Describes a behaviour once for every queue. */
export function onEveryQueue(title: string, tests: (queue: QueuePlace) => void): void {
  for (const [name, place] of Object.entries(places)) describe(`${title} on ${name}`, () => tests(place))
}

/** Its dump and its append-only file, which has everything that was ever written, also what is gone by now. */
async function filesOf(client: Redis): Promise<string[]> {
  await client.config('SET', 'rdbcompression', 'no')
  await client.save()
  const folder = await settingOf(client, 'dir') ?? ''
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((found) => found.isFile()).map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
}

async function everyKey(client: Redis): Promise<string> {
  const readers: Record<string, (key: string) => Promise<unknown>> = {
    string: (key) => client.get(key), hash: (key) => client.hgetall(key), list: (key) => client.lrange(key, 0, -1),
    set: (key) => client.smembers(key), zset: (key) => client.zrange(key, 0, '-1'), stream: (key) => client.xrange(key, '-', '+'),
  }
  const texts = (await client.keys('*')).map(async (key) => `${key} ${JSON.stringify(await readers[await client.type(key)]?.(key))}`)
  return (await Promise.all(texts)).join('\n')
}
