import assert from 'node:assert/strict'
import { ConfigurationError } from '../../engine/errors.ts'
import { openLine } from '../../engine/queue/backend.ts'
import type { Line } from '../../engine/queue/backend/line.ts'
import { freshPostgres, inSchema } from '../helpers/servers/index.ts'
import type { FreshDatabase } from '../helpers/servers/fresh-database.ts'
import { withPostgres } from '../helpers/servers/postgres.ts'

const wish = { seconds: 10, comesBack: false }

const refusal = (words: RegExp) => (error: unknown): boolean => error instanceof ConfigurationError && words.test(error.message)

/** Whether a job can be added and found again. */
async function serves(url: string): Promise<boolean> {
  const line = await openLine(url, wish)
  try {
    const queue = line.queue('etl')
    await queue.add('processEtl', {}, { jobId: 'one' })
    return await queue.getJobState('one') === 'waiting'
  } finally {
    await line.close()
  }
}

describe('a queue in a PostgreSQL', () => {
  let database: FreshDatabase
  const asAdmin = (...statements: readonly string[]) => withPostgres(database.adminUrl, async (client) => { for (const sql of statements) await client.query(sql) })
  const user = (): string => new URL(database.url).username
  /** As the warehouse's loader, who may make no schema. */
  const inQueue = (schema: string): string => inSchema(database.url, schema)

  before(async () => { database = await freshPostgres('queue') })

  it('is made by the first who comes, in a schema of its own beside the others, and by one of two who come at once', async () => {
    const url = new URL(database.adminUrl)
    url.searchParams.delete('schema')
    const lines = await Promise.all([openLine(url.href, wish), openLine(url.href, wish)])
    await Promise.all(lines.map((line: Line) => line.close()))
    assert.equal(await serves(url.href), true)
    await withPostgres(database.adminUrl, async (client) => {
      const { rows } = await client.query("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename IN ('job', 'migration')")
      assert.deepEqual(rows, [{ schemaname: 'starline_queue' }])
    })
  })

  it('says what to do where this user may not make its schema, and works once that is done', async () => {
    const url = inQueue('queue_a')
    await assert.rejects(openLine(url, wish), refusal(new RegExp(`there is no schema queue_a yet, and this user may not make it. Way out: CREATE SCHEMA queue_a AUTHORIZATION ${user()}$`)))
    await asAdmin(`CREATE SCHEMA queue_a AUTHORIZATION ${user()}`)
    assert.equal(await serves(url), true)
  })

  it('says what to grant where its schema is there and this user may not use it, or make tables in it', async () => {
    const url = inQueue('queue_b')
    await asAdmin('CREATE SCHEMA queue_b')
    const wayOut = `GRANT USAGE, CREATE ON SCHEMA queue_b TO ${user()}`
    await assert.rejects(openLine(url, wish), refusal(new RegExp(`its schema queue_b is somebody else's. Way out: ${wayOut}$`)))
    await asAdmin(`GRANT USAGE ON SCHEMA queue_b TO ${user()}`)
    await assert.rejects(openLine(url, wish), refusal(new RegExp(`its tables are not there yet, and this user may not make them. Way out: ${wayOut}$`)))
    await asAdmin(wayOut)
    assert.equal(await serves(url), true)
  })

  it('says so where its tables are another user\'s', async () => {
    const url = inQueue('queue_c')
    await (await openLine(inSchema(database.adminUrl, 'queue_c'), wish)).close()
    await asAdmin(`GRANT USAGE, CREATE ON SCHEMA queue_c TO ${user()}`)
    await assert.rejects(openLine(url, wish), refusal(/its tables are .* another user's \(permission denied for table migration\)/))
  })

  it('takes a plain name for its schema', async () => {
    await assert.rejects(openLine(inQueue('my queue'), wish), refusal(/schema=my queue can't be the queue's. Way out: use small letters/))
  })
})
