import assert from 'node:assert/strict'
import { ConfigurationError } from '../engine/errors.ts'
import { source } from '../engine/source/sql.ts'
import type { Source, SourceContext } from '../engine/source/source.ts'

/** What a source would ask of a database with this dialect, and of which configured source. */
async function asked(rows: Source, dialect: string): Promise<unknown> {
  let seen: unknown
  const context = {
    connect: async (name: string | undefined) => ({ dialect: { name: dialect }, stream: async (statement: unknown) => { seen = { name, statement } } }),
    onClose() {}, binds: { refreshed_at: 'now' }, idleSeconds: 1, signal: new AbortController().signal,
  }
  await rows.read(context as unknown as SourceContext)
  return seen
}

describe('a source with a text for each database', () => {
  const texts = { mysql: "SELECT '\\'' AS a, :refreshed_at AS b, 1 AS c FROM t", postgres: "SELECT '\\' AS a, :refreshed_at AS b FROM t" }

  it('sends a database its own text, read by its own rules', async () => {
    const rows = source(texts)
    assert.deepEqual(await asked(rows, 'mysql'), { name: undefined, statement: { sql: "SELECT '\\'' AS a, ? AS b, 1 AS c FROM t", values: ['now'] } })
    assert.deepEqual(await asked(rows, 'postgres'), { name: undefined, statement: { sql: "SELECT '\\' AS a, ? AS b FROM t", values: ['now'] } })
  })

  it('brings the columns that every text brings; where none can be read, they are open', () => {
    assert.deepEqual(source(texts).columns, ['a', 'b'])
    assert.deepEqual(source({ ...texts, duckdb: 'SELECT * FROM t' }).columns, ['a', 'b'])
    assert.equal(source({ mysql: 'SELECT *', postgres: 'SELECT * FROM t' }).columns, undefined)
  })

  it('shows every text under its database', () => {
    assert.equal(source({ mysql: 'SELECT 1 AS a', postgres: ' SELECT 2 AS a ' }).text, '-- mysql\nSELECT 1 AS a\n\n-- postgres\nSELECT 2 AS a')
  })

  it('reads a named source and takes binds, as one text does', async () => {
    const rows = source('crm', { mysql: 'SELECT :x AS a', duckdb: 'SELECT :x + 1 AS a' }, { binds: { x: 7 } })
    assert.deepEqual(await asked(rows, 'duckdb'), { name: 'crm', statement: { sql: 'SELECT ? + 1 AS a', values: [7] } })
    assert.deepEqual(await asked(source({ mysql: 'SELECT :x AS a' }, { binds: { x: 7 } }), 'mysql'), { name: undefined, statement: { sql: 'SELECT ? AS a', values: [7] } })
    assert.deepEqual(await asked(source('SELECT :x AS a', { binds: { x: 7 } }), 'mysql'), { name: undefined, statement: { sql: 'SELECT ? AS a', values: [7] } })
  })

  it('refuses a database that it has no text for, by its name', async () => {
    await assert.rejects(asked(source({ mysql: 'SELECT 1 AS a' }), 'constructor'), new ConfigurationError('the source has no text for constructor', {
      why: 'it is written for mysql', wayOut: 'add one, or write one text for all',
    }))
  })
})
