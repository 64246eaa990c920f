/**
 * The naive way, as it is often written: row objects, and batchInsert of a thousand.
 *
 *     node knex.mjs <url of the source> <its table> <url of the target> <its table>
 */
import knex from 'knex'

const open = (url) => {
  const searchPath = new URL(url).searchParams.get('schema') ?? undefined
  return knex({ client: url.startsWith('mysql:') ? 'mysql2' : 'pg', connection: url.split('?')[0], searchPath })
}
const [, , from, table, to, target] = process.argv
const [source, warehouse] = [open(from), open(to)]
const begun = performance.now()
let rows = []
const insert = async () => {
  await warehouse.batchInsert(target, rows, 1_000)
  rows = []
}
if (from.startsWith('mysql:')) {
  for await (const row of source(table).stream()) {
    rows.push(row)
    if (rows.length === 10_000) await insert()
  }
  await insert()
} else {
  // On PostgreSQL a stream of knex's wants one more package.
  for (let last = 0; ;) {
    rows = await source(table).where('sale_id', '>', last).orderBy('sale_id').limit(10_000)
    if (rows.length === 0) break
    last = rows.at(-1).sale_id
    await insert()
  }
}
const seconds = (performance.now() - begun) / 1000
await source.destroy()
await warehouse.destroy()
process.stdout.write(JSON.stringify({ seconds }))
