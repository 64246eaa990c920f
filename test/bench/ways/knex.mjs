/**
 * The naive way, as it is often written: row objects, and batchInsert of a thousand.
 *
 *     node knex.mjs <url of the source> <its table> <url of the target> <its table>
 */
import knex from 'knex'

const [, , from, table, to, target] = process.argv
const [source, warehouse] = [from, to].map((connection) => knex({ client: connection.startsWith('mysql:') ? 'mysql2' : 'pg', connection }))
const begun = performance.now()
let rows = []
const insert = async () => {
  await warehouse.batchInsert(target, rows, 1_000)
  rows = []
}
for await (const row of source(table).stream()) {
  rows.push(row)
  if (rows.length === 10_000) await insert()
}
await insert()
const seconds = (performance.now() - begun) / 1000
await source.destroy()
await warehouse.destroy()
process.stdout.write(JSON.stringify({ seconds }))
