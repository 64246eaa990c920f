/** Publishes one table over and over until it is killed: `node --import tsx test/db/duckdb/publisher.ts file.duckdb`. */
import { openDuckdb } from '../../../engine/db/duckdb.ts'
import { batches, made } from './helpers.ts'

const database = await openDuckdb(`duckdb:${process.argv[2] ?? ''}`)
const session = await database.connect()
for (let generation = 1; ; generation += 1) {
  const staging = `t__r${generation}`
  const old = generation === 1 ? undefined : `t__o${generation}`
  const { definition, target } = await made(session, `CREATE TABLE ${staging} (k KEY, g INT NOT NULL, name VARCHAR(20), KEY (g), KEY (name))`, `etl_run=${generation}`)
  await session.load(target, batches(Array.from({ length: 3000 }, (_, at) => [at, generation, `row ${at}`])))
  await session.transaction(() => session.swap([{ live: 't', staging, old, definition }]))
  if (old !== undefined) await session.execute(session.dialect.dropTable(old))
  process.stdout.write(`${generation}\n`)
}
