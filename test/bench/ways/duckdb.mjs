/**
 * DuckDB by itself, with as much memory as Starline gives it: prints how long it took from opening the file until it is
 * closed, and has in it what was written.
 *
 *     node duckdb.mjs <file> <statement> …
 */
import { DuckDBInstance } from '@duckdb/node-api'

const [, , file, ...statements] = process.argv
const begun = performance.now()
const instance = await DuckDBInstance.create(file, { memory_limit: '1GB' })
const connection = await instance.connect()
for (const sql of statements) await connection.run(sql)
connection.closeSync()
instance.closeSync()
process.stdout.write(JSON.stringify({ seconds: (performance.now() - begun) / 1000 }))
