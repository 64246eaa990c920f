/** Servers that end a session which takes its time: a load may, for its sessions ask them to wait. */

import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { createConnection } from 'mysql2'
import { openDatabase } from '../engine/db/open.ts'
import type { Connection, Database } from '../engine/db/connection.ts'
import type { Row } from '../engine/db/flow.ts'
import { freshDatabase, freshPostgres, startOwn } from './helpers/servers/index.ts'
import type { OwnServer } from './helpers/servers/own.ts'

/** More than sockets hold between a server and its client. */
const ROWS = 60_000
const WIDTH = 400
/** Longer than the servers wait by themselves. */
const LONG_MS = 1_700

const servers = {
  mariadb: { args: ['--net-write-timeout=1', '--net-read-timeout=1', '--wait-timeout=1', '--interactive-timeout=1'], fresh: freshDatabase },
  postgres: { args: ['-c', 'statement_timeout=1s', '-c', 'idle_in_transaction_session_timeout=1s', '-c', 'idle_session_timeout=1s', '-c', 'lock_timeout=1s'], fresh: freshPostgres },
} as const

for (const name of ['mariadb', 'postgres'] as const) {
  describe(`a ${name} that waits for a second only`, () => {
    let server: OwnServer
    let database: Database
    let session: Connection
    let url: string
    before(async function () {
      this.timeout(60_000)
      server = await startOwn(name, { args: [...servers[name].args] })
      url = (await servers[name].fresh('patience', server.url)).url
      database = await openDatabase(url)
      session = await database.connect()
      await session.execute(`CREATE TABLE big (id INT NOT NULL, filler VARCHAR(${WIDTH}) NOT NULL)`)
      await session.load(target('big'), made(ROWS))
    })
    after(async () => {
      await session.close()
      await database.close()
      await server.stop()
    })

    it('lets a reader take longer between two batches', async () => {
      const source = await openDatabase(url, { readOnly: true })
      const reader = await source.connect()
      try {
        let rows = 0
        const flow = await reader.stream({ sql: 'SELECT id, filler FROM big' })
        for await (const batch of flow.rows.of) {
          if (rows === 0) await pause(LONG_MS)
          rows += batch.length
        }
        assert.equal(rows, ROWS)
      } finally {
        await reader.close()
        await source.close()
      }
    })

    it('lets a load take longer between two rows', async () => {
      await session.execute('CREATE TABLE slow (id INT NOT NULL, filler VARCHAR(400) NOT NULL)')
      assert.equal(await session.load(target('slow'), made(2, LONG_MS)), 2)
    })

    it('lets a transaction, and a session, take longer between two statements', async () => {
      await session.transaction(async () => {
        await session.execute("INSERT INTO slow VALUES (3, 'in a transaction')")
        await pause(LONG_MS)
        await session.execute("INSERT INTO slow VALUES (4, 'later in it')")
      })
      await pause(LONG_MS)
      assert.deepEqual(await session.query('SELECT COUNT(*) AS n FROM slow'), [{ n: 4 }])
    })

    if (name === 'mariadb') {
      it('ends others who do so, so that this is no idle promise', async () => {
        const other = createConnection({ uri: url })
        const failed = new Promise<Error>((resolve) => {
          const query = other.query('SELECT id, filler FROM big')
          query.on('error', resolve)
          query.on('end', () => resolve(new Error('it came to its end')))
          query.once('result', () => {
            other.pause()
            setTimeout(() => { other.resume() }, LONG_MS)
          })
          other.on('error', resolve)
        })
        assert.match(String(await failed), /closed|lost|interrupted|ECONNRESET/i)
        other.destroy()
      })
    }
  })
}

const target = (table: string) => ({
  table, columns: [{ name: 'id', type: { kind: 'integer', min: 0n, max: 1_000_000n } as const }, { name: 'filler', type: { kind: 'text', length: WIDTH } as const }],
})

async function* made(count: number, milliseconds = 0): AsyncGenerator<readonly Row[]> {
  const size = milliseconds > 0 ? 1 : 1_000
  for (let at = 0; at < count; at += size) {
    yield Array.from({ length: size }, (_, i) => [at + i, 'x'.repeat(WIDTH)])
    await pause(milliseconds)
  }
}
