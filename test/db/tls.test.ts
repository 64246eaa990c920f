import assert from 'node:assert/strict'
import { chownSync, copyFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { Database } from '../../engine/db/connection.ts'
import { valuesOf } from '../../engine/db/flow.ts'
import { openMysql } from '../../engine/db/mysql.ts'
import { openPostgres } from '../../engine/db/postgres.ts'
import { ConfigurationError, DatabaseError } from '../../engine/errors.ts'
import { newAuthority } from '../helpers/certificates.ts'
import type { Authority, Signed } from '../helpers/certificates.ts'
import { startOwn } from '../helpers/servers/index.ts'
import { withConnection } from '../helpers/servers/mariadb.ts'
import { withPostgres } from '../helpers/servers/postgres.ts'
import { eventually, failureOf, into, madeRows, rowsOf } from './mysql/helpers.ts'

const PASSWORD = 'canary p@ss/w:rd'
const ROWS = 20_000

/** A server that encrypts, with a certificate for the address 127.0.0.1 and for no name. */
interface Encrypting {
  readonly port: number
  stop(): Promise<void>
}

interface Papers { readonly ca: string, readonly otherCa: string, readonly server: Signed, readonly client: Signed }

interface Kind {
  readonly scheme: string
  readonly open: (url: string) => Promise<Database>
  /** What a session says of its own encryption: a cipher or true, and something empty where there is none. */
  readonly encrypted: string
  readonly sleep: string
  /** How many sessions sleep. */
  readonly sleeping: string
  start(papers: Papers): Promise<Encrypting>
}

const kinds: Readonly<Record<string, Kind>> = {
  MariaDB: {
    scheme: 'mysql', open: openMysql, sleep: 'SELECT SLEEP(60)',
    sleeping: "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE info = 'SELECT SLEEP(60)'",
    encrypted: "SELECT variable_value AS it FROM information_schema.session_status WHERE variable_name = 'Ssl_cipher'",
    async start({ ca, server }) {
      const own = await startOwn('mariadb', { args: [`--ssl-ca=${ca}`, `--ssl-cert=${server.cert}`, `--ssl-key=${server.key}`] })
      await withConnection(own.url, async (connection) => {
        await connection.query('CREATE DATABASE there')
        for (const [user, must] of [['plain', 'NONE'], ['loader', 'SSL'], ['certified', "SUBJECT '/CN=certified'"]] as const) {
          await connection.query(`CREATE USER ${user} IDENTIFIED BY '${PASSWORD}' REQUIRE ${must}`)
          await connection.query(`GRANT ALL ON there.* TO ${user}`)
        }
      })
      return own
    },
  },
  PostgreSQL: {
    scheme: 'postgres', open: openPostgres, sleep: 'SELECT pg_sleep(60)',
    sleeping: "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'",
    encrypted: 'SELECT ssl AS it FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
    async start({ ca, server }) {
      const own = await startOwn('postgres')
      await withPostgres(own.url, async (client) => {
        await client.query("SET password_encryption = 'scram-sha-256'")
        for (const user of ['plain', 'loader', 'certified']) await client.query(`CREATE ROLE ${user} LOGIN PASSWORD '${PASSWORD}'`)
        await client.query('CREATE DATABASE there')
        const { rows: [row] } = await client.query<{ dir: string }>("SELECT current_setting('data_directory') AS dir")
        const dir = row?.dir ?? ''
        const { uid, gid } = statSync(dir)
        for (const [from, to] of [[server.cert, 'server.crt'], [server.key, 'server.key'], [ca, 'root.crt']] as const) {
          copyFileSync(from, join(dir, to))
          chownSync(join(dir, to), uid, gid)
        }
        writeFileSync(join(dir, 'pg_hba.conf'), ['host all postgres samehost trust', 'host all plain samehost scram-sha-256',
          'hostssl all loader samehost scram-sha-256', 'hostssl all certified samehost cert'].join('\n'))
        for (const [name, value] of [['ssl', 'on'], ['ssl_ca_file', 'root.crt']]) await client.query(`ALTER SYSTEM SET ${name} = '${value}'`)
        await client.query('SELECT pg_reload_conf()')
        await eventually('the server encrypts', async () => (await client.query("SHOW ssl")).rows[0]?.ssl === 'on')
      })
      await withPostgres(own.url.replace(/\/postgres$/, '/there'), (client) => client.query('GRANT CREATE ON SCHEMA public TO loader'))
      return own
    },
  },
}

const untrusted = /no trusted encrypted connection could be made.*Way out: name the authority's certificate/s
const denied = /the user is not let in/

// the URL's user | host | its parameters | what comes of it: whether it is encrypted, or the error
const cases: readonly (readonly [string, string, (papers: Papers) => string, boolean | RegExp])[] = [
  ['plain', '127.0.0.1', () => '', false],
  ['plain', '127.0.0.1', () => 'ssl=false', false],
  ['plain', '127.0.0.1', () => 'ssl=unverified', true],
  ['plain', '127.0.0.1', () => 'ssl=true', untrusted],
  ['plain', '127.0.0.1', () => 'ssl=authority', untrusted],
  ['plain', '127.0.0.1', ({ ca }) => `sslCa=${ca}`, true],
  ['plain', 'localhost', ({ ca }) => `sslCa=${ca}`, untrusted],
  ['plain', 'localhost', ({ ca }) => `ssl=authority&sslCa=${ca}`, true],
  ['plain', '127.0.0.1', ({ otherCa }) => `ssl=authority&sslCa=${otherCa}`, untrusted],
  ['plain', '127.0.0.1', ({ otherCa }) => `sslCa=${otherCa}`, untrusted],
  ['loader', '127.0.0.1', () => '', denied],
  ['loader', '127.0.0.1', ({ ca }) => `sslCa=${ca}`, true],
  ['certified', '127.0.0.1', ({ ca }) => `sslCa=${ca}`, denied],
  ['certified', '127.0.0.1', ({ ca, client }) => `sslCa=${ca}&sslCert=${client.cert}&sslKey=${client.key}`, true],
]

const inPostgresWords: typeof cases = [
  ['plain', '127.0.0.1', () => 'sslmode=disable', false],
  ['plain', '127.0.0.1', () => 'sslmode=require', true],
  ['plain', 'localhost', ({ ca }) => `sslmode=require&sslrootcert=${ca}`, true],
  ['plain', '127.0.0.1', ({ otherCa }) => `sslmode=require&sslrootcert=${otherCa}`, untrusted],
  ['plain', 'localhost', ({ ca }) => `sslmode=verify-ca&sslrootcert=${ca}`, true],
  ['plain', 'localhost', ({ ca }) => `sslmode=verify-full&sslrootcert=${ca}`, untrusted],
  ['plain', '127.0.0.1', ({ ca }) => `sslmode=verify-full&sslrootcert=${ca}`, true],
]

for (const [name, kind] of Object.entries(kinds)) {
  describe(`encryption on ${name}`, () => {
    let papers: Papers
    let server: Encrypting
    const authorities: Authority[] = []
    const urlOf = (user: string, host = '127.0.0.1', parameters = '', password = PASSWORD): string =>
      `${kind.scheme}://${user}:${encodeURIComponent(password)}@${host}:${server.port}/there${parameters === '' ? '' : `?${parameters}`}`

    before(async () => {
      const [one, another] = [await newAuthority(), await newAuthority()]
      authorities.push(one, another)
      papers = { ca: one.ca, otherCa: another.ca, server: await one.sign('server', 'IP:127.0.0.1'), client: await one.sign('certified') }
      server = await kind.start(papers)
    })
    after(async () => {
      await server.stop()
      for (const authority of authorities) authority.remove()
    })

    it('is as strict as the URL says, and as the server asks', async () => {
      for (const [user, host, parameters, outcome] of [...cases, ...name === 'PostgreSQL' ? inPostgresWords : []]) {
        const title = `${user} ${host} ${parameters(papers)}`
        const opening = kind.open(urlOf(user, host, parameters(papers)))
        if (outcome instanceof RegExp) {
          const error = await failureOf(opening.then((database) => database.close()))
          assert.ok(error instanceof DatabaseError && !error.transient, `${title}: ${error.stack}`)
          assert.match(error.message, outcome, title)
          assert.ok(!inspect(error, { depth: 9 }).includes('canary'), title)
          continue
        }
        const database = await opening.catch((error: unknown) => assert.fail(`${title}: ${String(error)}`))
        const [row] = await (await database.connect()).query<{ it: unknown }>(kind.encrypted)
        assert.equal(row?.it !== '' && row?.it !== false, outcome, title)
        await database.close()
      }
    })

    it('says without the password that it is wrong, or that the host is', async () => {
      const wrong = await failureOf(kind.open(urlOf('loader', '127.0.0.1', `sslCa=${papers.ca}`, 'canary of another')))
      assert.match(wrong.message, /not let in.*Way out: check the URL's user and password/s)
      const nowhere = await failureOf(kind.open(urlOf('loader', 'no-such-host.invalid', 'ssl=true')))
      assert.match(nowhere.message, /there is no such host|nobody answers there/)
      for (const error of [wrong, nowhere]) assert.ok(!inspect(error, { depth: 9 }).includes('canary'), inspect(error))
    })

    it('carries loads and streams, and statements are ended through it', async () => {
      const database = await kind.open(urlOf('loader', '127.0.0.1', `sslCa=${papers.ca}`))
      const session = await database.connect()
      await session.execute('CREATE TABLE many (i INT, x VARCHAR(200))')
      assert.equal(await session.load(into('many', 'i', 'x'), madeRows(ROWS, (i) => [i, `é${i}`.padEnd(150, '.')])), ROWS)
      const statement = { sql: 'SELECT i, x FROM many' }
      for (const flow of [() => session.stream(statement), () => session.streamBytes?.(statement) ?? assert.fail('it gives no bytes')]) {
        let sum = 0
        for await (const batch of valuesOf(await flow())) for (const [i] of batch) sum += Number(i)
        assert.equal(sum, ROWS * (ROWS - 1) / 2)
      }
      const stop = new AbortController()
      const failing = failureOf(session.stream({ sql: kind.sleep }, { signal: stop.signal }).then(rowsOf))
      const watch = await database.connect()
      await eventually('the server sleeps', async () => Number((await watch.query<{ n: unknown }>(kind.sleeping))[0]?.n) === 1)
      stop.abort(new Error('enough'))
      assert.match((await failing).message, /enough/)
      await eventually('the session is free', () => session.query('SELECT 1').then(() => true, () => false))
      await database.close()
    })
  })
}

describe('what a URL says of encryption', () => {
  it('is refused where it is unknown or contradicts itself, and never repeats the password', async () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      ['ssl=yes', /ssl=yes is not known.*ssl=false, ssl=unverified, ssl=authority, ssl=true/], ['ssl=toString', /not known/],
      ['sslCert=/x', /sslCert and sslKey go together/], ['sslKey=/x', /go together/], ['ssl=false&sslCa=/x', /ssl=false goes with no certificate/],
      ['ssl=unverified&sslCa=/x', /looks at no authority/], ['sslCert=/no/such&sslKey=/no/such', /\/no\/such can't be read.*sslCert=/],
    ]
    const postgres: typeof wrong = [['sslmode=prefer', /leaves open.*sslmode=disable, sslmode=require/], ['sslmode=require&ssl=true', /says ssl twice/], ['sslrootcert=/no/such', /can't be read/]]
    for (const { scheme, open } of Object.values(kinds)) {
      for (const [parameters, words] of [...wrong, ...scheme === 'postgres' ? postgres : []]) {
        const error = await failureOf(open(`${scheme}://u:canary-pw@127.0.0.1:1/there?${parameters}`))
        assert.ok(error instanceof ConfigurationError, `${parameters} ${error.stack}`)
        assert.match(error.message, words)
        assert.ok(!inspect(error, { depth: 9 }).includes('canary'), inspect(error))
      }
    }
  })
})
