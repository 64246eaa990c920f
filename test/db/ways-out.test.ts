import assert from 'node:assert/strict'
import { DatabaseError } from '../../engine/errors.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

const wayOut = async (work: Promise<unknown>): Promise<string | undefined> => {
  const error: unknown = await work.then(() => assert.fail('it was taken'), (thrown: unknown) => thrown)
  assert.ok(error instanceof DatabaseError, String(error))
  return error.wayOut
}

onEveryWarehouse('a statement that is refused', ({ connection }) => {
  const read = (sql: string) => connection().stream({ sql }).then(async (flow) => { for await (const batch of flow.rows.of) assert.ok(batch) })

  it('has a way out where it is several, or none', async () => {
    const said: Readonly<Record<string, RegExp>> = { duckdb: /write one statement: a source is one SELECT/, mysql: /correct it where the message says/, postgres: /correct it where the message says/ }
    assert.match(await wayOut(read('SELECT 1 AS a; SELECT 2 AS b')) ?? '', said[connection().dialect.name] ?? assert.fail('which?'))
    if (connection().dialect.name === 'mysql') assert.equal(await wayOut(connection().query('')), 'write one statement: a source is one SELECT')
  })

  it('has one where its table is there already', async () => {
    await connection().execute('CREATE TABLE taken (id INT)')
    assert.equal(await wayOut(connection().execute('CREATE TABLE taken (id INT)')), 'rename it or drop it, then run again')
  })
})
