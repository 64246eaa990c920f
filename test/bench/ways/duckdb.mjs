/**
 * DuckDB by itself, with as much memory as Starline gives it: prints how long the last of the statements took.
 *
 *     node duckdb.mjs <file> <statement> …
 */
import { DuckDBInstance } from '@duckdb/node-api'

const [, , file, ...statements] = process.argv
const instance = await DuckDBInstance.create(file, { memory_limit: '1GB' })
const connection = await instance.connect()
for (const sql of statements.slice(0, -1)) await connection.run(sql)
const begun = performance.now()
await connection.run(statements.at(-1))
const seconds = (performance.now() - begun) / 1000
connection.closeSync()
instance.closeSync()
process.stdout.write(JSON.stringify({ seconds }))
