import assert from 'node:assert/strict'
import { ConfigurationError } from '../../engine/errors.ts'
import { openLine } from '../../engine/queue/backend.ts'
import type { Line } from '../../engine/queue/backend/line.ts'
import { readRedisAddress } from '../../engine/queue/backend/redis-address.ts'
import { newAuthority } from '../helpers/certificates.ts'
import { startOwn } from '../helpers/servers/index.ts'
import { freePort, until } from '../helpers/servers/machine.ts'
import { withRedis } from '../helpers/servers/redis.ts'

const onLine = async <T>(url: string, work: (line: Line) => Promise<T>, seconds = 5): Promise<T> => {
  const line = await openLine(url, { seconds, comesBack: true })
  try {
    return await work(line)
  } finally {
    await line.close()
  }
}

/** Adds a job and works on it. */
const serves = (url: string): Promise<boolean> => onLine(url, async (line) => {
  let done = false
  const queue = line.queue('etl')
  const worker = line.worker('etl', () => Promise.resolve(1), { name: 'here', concurrency: 1, lockSeconds: 5, stalledSeconds: 5 })
  worker.on('error', () => undefined).on('completed', () => { done = true })
  try {
    await queue.add('processEtl', {})
    await until('the job is done', () => done || undefined, 10_000)
    return done
  } finally {
    await worker.close()
  }
})

const warningsAt = (url: string, seconds?: number): Promise<readonly string[]> => onLine(url, (line) => line.warnings(), seconds)

describe('a redis: URL', () => {
  const right: [string, object][] = [
    ['redis://cache', { host: 'cache', port: 6379, db: 0 }],
    ['redis://me:p%40ss@cache:1234/7', { host: 'cache', port: 1234, db: 7, username: 'me', password: 'p@ss' }],
    ['redis://:secret@[::1]/', { host: '::1', port: 6379, db: 0, password: 'secret' }],
    ['redis://cache?socketPath=/run/redis.sock', { path: '/run/redis.sock', db: 0 }],
    ['rediss://cache', { host: 'cache', port: 6379, db: 0, tls: { rejectUnauthorized: true } }],
    ['rediss://cache?ssl=unverified', { host: 'cache', port: 6379, db: 0, tls: { rejectUnauthorized: false } }],
  ]
  for (const [url, options] of right) it(`is read: ${url}`, () => assert.deepEqual(readRedisAddress(url).options, options))

  const wrong: [string, RegExp][] = [
    ['redis://me:canary@cache?ssl=true', /^redis:\/\/me@cache:6379: a redis: URL is not encrypted. Way out: write rediss:/],
    ['rediss://me:canary@cache?ssl=false', /ssl=false says that it is not/],
    ['redis://me:canary@cache/mine', /mine is no number of a Redis database/],
    ['redis://me:canary@cache?tls=yes', /unknown parameter tls. Way out: use ssl, sslCa/],
    ['redis://me:canary%@cache', /a % that encodes nothing/],
  ]
  for (const [url, words] of wrong) {
    it(`is refused: ${url}`, () => assert.throws(() => readRedisAddress(url), (error) => error instanceof ConfigurationError && words.test(error.message) && !error.message.includes('canary')))
  }
})

describe('a Redis that encrypts', () => {
  it('is used where its certificate is trusted and its wish for one is granted, and else says what to do', async () => {
    const authority = await newAuthority()
    const [signed, client] = [await authority.sign('redis', 'IP:127.0.0.1'), await authority.sign('client')]
    const server = await startOwn('redis')
    const port = await freePort()
    await withRedis(server.url, async (redis) => {
      await redis.config('SET', 'tls-cert-file', signed.cert, 'tls-key-file', signed.key, 'tls-ca-cert-file', authority.ca, 'tls-auth-clients', 'no')
      await redis.config('SET', 'tls-port', port)
    })
    const url = (parameters = ''): string => `rediss://127.0.0.1:${port}${parameters}`
    const trusted = `?sslCa=${encodeURIComponent(authority.ca)}`
    const certified = `${trusted}&sslCert=${encodeURIComponent(client.cert)}&sslKey=${encodeURIComponent(client.key)}`
    await assert.rejects(warningsAt(url().replace('rediss:', 'redis:')), /Way out: start Redis there.*; write rediss: where it encrypts/)
    await assert.rejects(warningsAt(url()), /the queue can't be reached. self.signed certificate.*Way out: name the authority's certificate by sslCa=/)
    assert.equal(await serves(url(trusted)), true)
    await withRedis(server.url, (redis) => redis.config('SET', 'tls-auth-clients', 'yes'))
    await assert.rejects(warningsAt(url(trusted)), /the queue can't be reached/)
    assert.equal(await serves(url(certified)), true)
    await server.stop()
    authority.remove()
  })
})

describe('what a worker is told of its Redis', () => {
  it('is nothing where it keeps what it is told, and lets nobody in unasked, but that the clocks differ', async () => {
    const server = await startOwn('redis', { args: ['--appendonly', 'yes'] })
    assert.deepEqual(await warningsAt(server.url), [])
    const { now } = Date
    Date.now = () => now() + 3_600_000
    try {
      assert.match((await warningsAt(server.url)).join('\n'), /^This machine's clock and the one of the queue's Redis differ by 360\d s: [^\n]*ask a time server$/)
    } finally {
      Date.now = now
    }
    await server.stop()
  })

  it('is that it throws jobs away, loses them in a crash, and is open to all', async () => {
    const server = await startOwn('redis', { args: ['--maxmemory-policy', 'allkeys-lru', '--bind', '0.0.0.0', '--protected-mode', 'no'] })
    const told = await warningsAt(server.url)
    assert.equal(told.length, 3, told.join('\n'))
    assert.match(told[0] ?? '', /maxmemory-policy allkeys-lru.*noeviction/)
    assert.match(told[1] ?? '', /no append-only file.*appendonly/)
    assert.match(told[2] ?? '', /lets everybody in.*password/)
    assert.equal(await serves(server.url), true)
    await server.stop()
  })

  it('is nothing where its user may not ask, and it works all the same', async () => {
    const server = await startOwn('redis')
    const rules = ['on', '>secret', '~{starline}*', '&*', '+@all', '-@dangerous']
    await withRedis(server.url, async (client) => {
      await client.call('ACL', 'SETUSER', 'etl', ...rules)
      // The one of docs/guide/queue.md.
      await client.call('ACL', 'SETUSER', 'asker', ...rules, '+info')
    })
    const [url, asker] = ['etl', 'asker'].map((user) => server.url.replace('redis://', `redis://${user}:secret@`)) as [string, string]
    await withRedis(url, (client) => assert.rejects(client.info(), /NOPERM/))
    assert.deepEqual(await warningsAt(url), [])
    assert.equal(await serves(url), true)
    assert.match((await warningsAt(asker)).join('\n'), /^Redis keeps no append-only file.*$/)
    assert.equal(await serves(asker), true)
    await withRedis(server.url, (client) => client.call('ACL', 'SETUSER', 'idle', 'on', '>secret', '-@all'))
    // The URL | why not, and what to do
    const refused: [string, RegExp][] = [
      [url.replace('secret', 'canary'), /WRONGPASS.*Way out: write its user and password into the URL: redis:\/\/user:password@host/],
      [url.replace('etl:', 'idle:'), /NOPERM.*Way out: let this user do what the queue needs: ACL SETUSER/],
      [url.replace('redis://', 'rediss://'), /Way out: start Redis there.*; write redis: where it doesn't encrypt/],
    ]
    for (const [there, words] of refused) await assert.rejects(warningsAt(there, 1), (error) => error instanceof Error && words.test(error.message) && !error.message.includes('canary'), there)
    await withRedis(server.url, (client) => client.config('SET', 'requirepass', 'nobody-knows'))
    await assert.rejects(warningsAt(server.url), /NOAUTH.*Way out: write its user and password into the URL/)
    await server.stop()
  })
})
