import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshDatabase, freshRedis, freshUser, mariadb, redis, startOwn } from './helpers/servers/index.ts'
import { climb } from './helpers/servers/ladder.ts'
import type { Surroundings } from './helpers/servers/ladder.ts'
import { findBinary, signal, until } from './helpers/servers/machine.ts'
import { mariadbKind, withConnection } from './helpers/servers/mariadb.ts'
import { redisKind, withRedis } from './helpers/servers/redis.ts'

const asked = (url: string, sql: string) =>
  withConnection(url, async (connection) => (await connection.query({ sql, rowsAsArray: true }))[0])

describe('shared servers', () => {
  it('are started once, also when asked for at the same time', async () => {
    const [one, two] = await Promise.all([mariadb(), mariadb()])
    assert.equal(one, two)
    assert.match(one.version, /^(MariaDB|MySQL) \d+\.\d+/)
    assert.match((await redis()).version, /^Redis \d+/)
  })

  it('give every caller an empty utf8mb4 database of his own', async () => {
    const [mine, yours] = await Promise.all([freshDatabase('star'), freshDatabase('star')])
    assert.notEqual(mine.name, yours.name)
    await asked(mine.url, "CREATE TABLE t (name VARCHAR(10)) AS SELECT '🎓' AS name")
    assert.deepEqual(await asked(mine.url, 'SELECT HEX(name) FROM t'), [['F09F8E93']])
    assert.deepEqual(await asked(yours.url, 'SHOW TABLES'), [])
    await mine.drop()
    await assert.rejects(asked(mine.adminUrl, 'SELECT 1'), /Unknown database/)
    await mine.drop()
  })

  it('have users with a password and no more rights than were given', async () => {
    const database = await freshDatabase('rights')
    const other = await freshDatabase('rights')
    const reader = await freshUser(database.url, { privileges: 'SELECT' })
    assert.deepEqual(await asked(reader.url, 'SELECT 1'), [[1]])
    await assert.rejects(asked(reader.url, 'CREATE TABLE t (a INT)'), /denied/)
    await assert.rejects(asked(reader.url, `SHOW TABLES FROM ${other.name}`), /denied/)
    await assert.rejects(asked(reader.url.replace(/:[^:@]*@/, ':wrong@'), 'SELECT 1'), /denied/)
  })

  it('give every caller a Redis database that others do not see, and take it back empty', async () => {
    const [mine, yours] = await Promise.all([freshRedis(), freshRedis()])
    await withRedis(mine.url, (client) => client.set('name', 'mine'))
    assert.equal(await withRedis(yours.url, (client) => client.get('name')), null)
    await mine.drop()
    assert.equal(await withRedis(mine.url, (client) => client.dbsize()), 0)
  })
})

describe('a server of one\'s own', () => {
  it('loses nothing that was committed when it is killed and started again', async () => {
    const server = await startOwn('mariadb')
    const database = await freshDatabase('own', server.url)
    await asked(database.url, 'CREATE TABLE t AS SELECT 7 AS n')
    const before = server.pid
    await server.kill('SIGKILL')
    await assert.rejects(asked(database.url, 'SELECT 1'), /ECONNREFUSED/)
    await server.restart()
    assert.notEqual(server.pid, before)
    assert.deepEqual(await asked(database.url, 'SELECT n FROM t'), [[7]])
    await server.stop()
    assert.equal(signal(server.pid, 0), false)
  })

  it('takes arguments, which win over its defaults', async () => {
    const server = await startOwn('redis', { args: ['--maxmemory-policy', 'allkeys-lru'] })
    const policy = await withRedis(server.url, (client) => client.config('GET', 'maxmemory-policy'))
    assert.deepEqual(policy, ['maxmemory-policy', 'allkeys-lru'])
    await server.stop()
  })

  it('can be stopped while it is frozen', async () => {
    const server = await startOwn('redis')
    await server.kill('SIGSTOP')
    await server.stop()
    assert.equal(signal(server.pid, 0), false)
  })

  it('that does not come up is an error with the end of its log', async () => {
    await assert.rejects(startOwn('mariadb', { args: ['--no-such-option'] }), /ended while it started[^]*unknown option '--no-such-option'/)
  })

  it('is gone with its folder when the tests are killed', async () => {
    const program = `import { startOwn } from './test/helpers/servers/index.ts'
      console.log((await startOwn('redis')).url)
      setInterval(() => {}, 1000)`
    const tests = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const url = await new Promise<string>((resolve, reject) => {
      tests.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()))
      tests.once('exit', (code) => reject(new Error(`the program ended with ${code}`)))
    })
    const { dir } = await redisKind.ask(url)
    assert.ok(existsSync(dir))
    tests.kill('SIGKILL')
    await until('the server is gone', () => redisKind.ask(url).then(() => undefined, () => true))
    await until('the folder is gone', () => existsSync(dir) ? undefined : true)
  })
})

describe('the ladder', () => {
  let folder: string
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'starline-ladder-')) })
  afterEach(() => { rmSync(folder, { recursive: true }) })

  /** Puts a little shell program in front of everything else on the PATH of the drawn machine. */
  const program = (name: string, script: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  const machine = (drawn: Partial<Surroundings> = {}): Surroundings =>
    ({ env: { PATH: `${folder}:/bin:/usr/bin` }, isRoot: false, find: () => undefined, ...drawn })
  const engine = (script: string) => program('docker', `echo "$*" >> ${folder}/asked\n${script}`)

  const engines = [
    { docker: 'a client whose engine does not answer', script: 'echo "Cannot connect to the Docker daemon" >&2; exit 1' },
    { docker: 'an old client that ends well without an engine', script: 'echo; echo "Cannot connect" >&2; exit 0' },
    { docker: 'a client that hangs', script: 'sleep 600' },
    { docker: 'an engine without the compose command', script: '[ "$1" = info ] && echo 27.1.0 || exit 1' },
    { docker: 'an engine that can pull no image', script: '[ "$1" = info ] && echo 27.1.0; [ "$2" = version ] || [ "$1" = info ]' },
  ]
  for (const { docker, script } of engines) {
    it(`passes over ${docker}`, async () => {
      engine(script)
      const rung = await climb(redisKind, machine({ find: findBinary }))
      assert.equal(rung.name, 'from binaries on this machine')
    })
  }

  it('takes a service of docker compose where the engine answers, and takes it down afterwards', async () => {
    const { url } = await redis()
    engine(`case "$*" in info*) echo 27.1.0;; *" config "*) echo redis:7;; image*) exit 1;; *" port "*) echo 127.0.0.1:${new URL(url).port};; esac`)
    const server = await (await climb(redisKind, machine())).start()
    assert.equal(server.rung, 'from docker compose (redis)')
    assert.equal(new URL(server.url).port, new URL(url).port)
    await server.stop()
    const lines = readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n')
    const verbs = lines.map((line) => line.replace(/^compose -p \S+ -f \S+ /, ''))
    assert.deepEqual(verbs, ['info --format {{.ServerVersion}}', 'compose version', 'config --images redis', 'image inspect redis:7',
      'pull --quiet redis', 'up -d --wait redis', 'port redis 6379', 'down -v --timeout 1'])
  })

  it('takes the address in the environment before everything else', async () => {
    const { url } = await mariadb()
    engine('echo 27.1.0')
    const server = await (await climb(mariadbKind, machine({ env: { STARLINE_TEST_MYSQL: url } }))).start()
    assert.equal(server.url, url)
    assert.equal(existsSync(join(folder, 'asked')), false)
    await server.stop()
    assert.deepEqual(await asked(url, 'SELECT 1'), [[1]], 'a server that was there before is not stopped')
  })

  it('never falls back from an address that was given, and does not print it', async () => {
    const rung = await climb(mariadbKind, machine({ env: { STARLINE_TEST_MYSQL: 'mysql://me:s3cret@127.0.0.1:1' } }))
    await assert.rejects(rung.start(), (error: Error) =>
      /no MariaDB answers at the address in STARLINE_TEST_MYSQL/.test(error.message) && !error.message.includes('s3cret'))
  })

  it('installs packages as root, and then uses their binaries', async () => {
    program('docker', 'exit 1')
    program('apt-get', `echo "$*" >> ${folder}/asked`)
    const find = (name: string) => existsSync(join(folder, 'asked')) ? findBinary(name) : undefined
    const rung = await climb(redisKind, machine({ isRoot: true, find }))
    assert.equal(rung.name, 'from binaries that apt-get installed')
    assert.equal(readFileSync(join(folder, 'asked'), 'utf8'), 'update\ninstall -y --no-install-recommends redis-server\n')
    await (await rung.start()).stop()
  })

  const dead = [
    { machine: 'somebody who may install nothing', isRoot: false, apt: 'exit 0', reason: /not root/ },
    { machine: 'root whose packages can not be reached', isRoot: true, apt: 'echo "E: no network"; exit 100', reason: /E: no network/ },
    { machine: 'root whose packages lack the programs', isRoot: true, apt: 'exit 0', reason: /but not: mariadbd, mariadb-install-db/ },
  ]
  for (const { machine: whose, isRoot, apt, reason } of dead) {
    it(`ends for ${whose} with the lines to type`, async () => {
      program('docker', 'exit 1')
      program('apt-get', apt)
      await assert.rejects(climb(mariadbKind, machine({ isRoot })), (error: Error) => {
        assert.match(error.message, reason)
        assert.match(error.message, /sudo apt-get update && sudo apt-get install -y --no-install-recommends mariadb-server-core/)
        assert.match(error.message, /STARLINE_TEST_MYSQL=mysql:\/\/\S+ npm test/)
        return true
      })
    })
  }
})
