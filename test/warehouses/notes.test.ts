import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import config from '../../config.ts'
import { defineConfig } from '../../engine/define-config.ts'
import type { RefreshReport } from '../../engine/etl/run-all.ts'
import { openViews, tables } from '../../examples/schema.ts'
import { openDuckdb } from '../../engine/db/duckdb.ts'
import { openPostgres } from '../../engine/db/postgres.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { freshDatabase, freshPostgres, inSchema, SCHEMA } from '../helpers/servers/index.ts'
import { textRows } from '../helpers/text-rows.ts'

type Figures = Readonly<Record<string, number | string>>
const expected = JSON.parse(readFileSync(new URL('../../examples/expected.json', import.meta.url), 'utf8')) as Readonly<Record<string, { figures: Figures }>>
const figures = (name: string): Figures => expected[name]?.figures ?? {}

/** Where the example's rows can come from and go to: every mix must give the same star. */
const sources = ['files', 'MariaDB', 'PostgreSQL', 'DuckDB'] as const
const warehouses = ['MariaDB', 'PostgreSQL', 'DuckDB'] as const

describe('the example', function () {
  this.timeout(180_000)
  const folder = mkdtempSync(join(tmpdir(), 'starline-notes-'))
  const tidy: (() => Promise<void>)[] = []
  const stars = new Map<string, readonly string[]>()
  let urls: Record<typeof sources[number], string>

  before(async () => {
    const seeded = await freshDatabase('notes_source')
    tidy.push(() => seeded.drop())
    const seed = spawnSync(process.execPath, ['--import', 'tsx', 'examples/seed.ts', seeded.adminUrl], { encoding: 'utf8' })
    assert.equal(seed.status, 0, seed.stderr)
    const copy = await copyToDuckdb(join(folder, 'source.duckdb'))
    const postgres = await freshPostgres('notes_source')
    tidy.push(() => postgres.drop())
    await copyToPostgres(copy, inSchema(postgres.adminUrl, SCHEMA))
    urls = { files: config.source, MariaDB: seeded.readerUrl, PostgreSQL: postgres.readerUrl, DuckDB: `duckdb:${copy}` }
  })

  after(async () => {
    for (const work of tidy) await work()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const warehouse of warehouses) {
    for (const source of sources) {
      it(`comes to its figures from ${source} in ${warehouse}`, async () => {
        const url = await emptyWarehouse(`${source}_${warehouse}`.toLowerCase(), warehouse)
        const report = await loadAll(defineConfig({ source: urls[source], warehouse: url, logs: false, dimensions: config.dimensions as never, facts: config.facts as never }))
        assert.deepEqual(Object.fromEntries(resultsOf(report).map(([, name, rows]) => [name, rows])), rowcounts)
        assertNobody(report)
        assert.deepEqual(await saleFigures(url), saleWanted)
        stars.set(`${source} → ${warehouse}`, await valuesOf(url))
      })
    }
  }

  it('is the same star on every way, to the last value', () => {
    const [first, ...others] = stars.values()
    assert.equal(stars.size, sources.length * warehouses.length)
    for (const other of others) {
      queries.forEach((sql, i) => assert.equal(other[i], first?.[i], sql))
    }
  })

  async function emptyWarehouse(name: string, kind: typeof warehouses[number]): Promise<string> {
    if (kind === 'DuckDB') return `duckdb:${join(folder, `${name}.duckdb`)}`
    const fresh = await (kind === 'PostgreSQL' ? freshPostgres : freshDatabase)(`notes_${name}`)
    tidy.push(() => fresh.drop())
    return fresh.url
  }
})

const rowcounts = {
  product: 850, user: 279, course: 30418, date: 2191, school: 1687, payment_source: 3, disability_program: 1, affiliate: 4, site: 1,
  product_sale: 50000, product_upload: figures('product_upload')['rows'],
}

/** The report counts, for each key, whom nobody was found for: those without a name and those whose name nobody has. */
function assertNobody({ etls }: RefreshReport): void {
  const sale = etls.find(({ name }) => name === 'product_sale')
  const wanted = figures('product_sale')
  for (const [key, count] of Object.entries(sale?.counts?.notFound ?? {})) {
    assert.equal(count, Number(wanted[`${key}_null`]) + Number(wanted[`${key}_absent`]), key)
  }
  assert.deepEqual(sale?.counts?.total, { column: 'amount', value: wanted['amount_sum'] })
}

const saleWanted = ['rows', 'amount_sum', 'quantity_sum', 'date_fk_sum', 'local_date_fk_sum'].map((name) => String(figures('product_sale')[name]))

async function saleFigures(url: string): Promise<unknown> {
  const [row] = await textRows(url, 'SELECT COUNT(*), SUM(amount), SUM(quantity), SUM(date_fk), SUM(local_date_fk) FROM product_sale_fact')
  return row
}

/**
 * Every value of the star but the surrogate keys: those are given in the order in which the source brings its members,
 * and a source without ORDER BY promises none.
 */
const queries = [
  ...Object.values(config.dimensions).map((dimension) => {
    const { table, columns, primaryKey } = dimension.create.definition()
    const names = columns.map(({ name }) => `"${name}"`).filter((name) => name !== `"${primaryKey[0]}"`).join(', ')
    return `SELECT ${names} FROM ${table} ORDER BY ${names}`
  }),
  `SELECT p.product_id, COUNT(*), SUM(s.user_id), SUM(b.user_id), SUM(c.course_id), SUM(h.school_id), SUM(f.date_fk), SUM(f.local_date_fk),
     SUM(f.amount), MIN(f.order_number), MAX(f.order_number)
   FROM product_sale_fact f JOIN product_dim p ON p.product_key = f.product_fk JOIN user_dim s ON s.user_key = f.seller_fk
   JOIN user_dim b ON b.user_key = f.buyer_fk JOIN course_dim c ON c.course_key = f.course_fk JOIN school_dim h ON h.school_key = f.school_fk
   GROUP BY p.product_id ORDER BY p.product_id`,
  `SELECT p.product_id, COUNT(*), SUM(u.user_id), SUM(f.date_fk), SUM(f.local_date_fk)
   FROM product_upload_fact f JOIN product_dim p ON p.product_key = f.product_fk JOIN user_dim u ON u.user_key = f.uploader_fk
   GROUP BY p.product_id ORDER BY p.product_id`,
]

async function valuesOf(url: string): Promise<readonly string[]> {
  const answers: string[] = []
  for (const sql of queries) answers.push((await textRows(url, sql)).map((row) => row.join('|')).toSorted().join('\n'))
  return answers
}

async function copyToDuckdb(path: string): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await openViews(connection)
  await connection.run(`ATTACH '${path}' AS copy`)
  for (const { name } of tables()) await connection.run(`CREATE TABLE copy."${name}" AS SELECT * FROM "${name}"`)
  await connection.run('DETACH copy')
  connection.closeSync()
  instance.closeSync()
  return path
}

/** The same tables once more, by way of a stream and a load: every type as PostgreSQL has it. */
async function copyToPostgres(path: string, url: string): Promise<void> {
  const [from, to] = [await openDuckdb(`duckdb:${path}`, { readOnly: true }), await openPostgres(url)]
  const [source, target] = [await from.connect(), await to.connect()]
  for (const { name } of tables()) {
    const { columns, rows } = await source.stream({ sql: `SELECT * FROM "${name}"` })
    const { quote, writeType } = target.dialect
    await target.execute(`CREATE TABLE ${quote(name)} (${columns.map((column) => `${quote(column.name)} ${writeType(column.type)}`).join(', ')})`)
    await target.load({ table: name, columns }, rows.of)
  }
  for (const each of [source, target, from, to]) await each.close()
}
