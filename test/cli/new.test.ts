import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDuckdb } from '../../engine/db/duckdb.ts'
import { openMysql } from '../../engine/db/mysql.ts'
import { openPostgres } from '../../engine/db/postgres.ts'
import type { Database } from '../../engine/db/connection.ts'
import { freshDatabase, freshPostgres, inSchema, SCHEMA } from '../helpers/servers/index.ts'
import { duckdbTables, files, mariadbTables, postgresTables } from './new/tables.ts'
import { ROOT } from './project.ts'
import type { Ran } from './project.ts'

const SOURCES = ['maria', 'pg', 'duck'] as const

/** Runs several command lines of `starline` in one process, in a folder of its own. */
const DRIVE = `
  import { main } from ${JSON.stringify(new URL('../../engine/main.ts', import.meta.url).href)}
  import { capturedIo } from ${JSON.stringify(new URL('./captured.ts', import.meta.url).href)}
  const done = []
  for (const argv of JSON.parse(process.argv[1])) {
    const io = capturedIo()
    const code = await main(argv, (url) => import(url), io)
    done.push({ code, out: io.out.text(), err: io.err.text() })
  }
  process.stdout.write(JSON.stringify(done))
`

describe('starline new', function () {
  this.timeout(180_000)
  const folder = mkdtempSync(join(tmpdir(), 'starline-new-'))
  const warehouses = new Map<string, string>()
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8')
  const env = { ...process.env, NO_COLOR: '1' }

  const starline = (...lines: readonly (readonly string[])[]): readonly Ran[] => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', DRIVE, JSON.stringify(lines)], { cwd: folder, encoding: 'utf8', env })
    assert.notEqual(stdout, '', stderr)
    return JSON.parse(stdout) as readonly Ran[]
  }

  before(async () => {
    const [maria, pg] = [await freshDatabase('new_source'), await freshPostgres('new_source')]
    await fill(await openMysql(maria.adminUrl), mariadbTables)
    await fill(await openPostgres(inSchema(pg.adminUrl, SCHEMA)), postgresTables)
    await fill(await openDuckdb(`duckdb:${join(folder, 'source.duckdb')}`), duckdbTables)
    for (const [name, text] of Object.entries(files)) put(`data/${name}`, text)
    await fill(await openDuckdb(`duckdb:${join(folder, 'made.duckdb')}`), [`COPY (SELECT 1 AS id, '2024-01-01' AS text, DATE '2024-01-01' AS day) TO '${join(folder, 'data/parquet.parquet')}' (FORMAT parquet)`])
    warehouses.set('MariaDB', (await freshDatabase('new_warehouse')).url).set('PostgreSQL', (await freshPostgres('new_warehouse')).url).set('DuckDB', 'duckdb:warehouse.duckdb')

    put('package.json', '{ "type": "module" }\n')
    put('tsconfig.json', JSON.stringify({
      extends: join(ROOT, 'tsconfig.json'), compilerOptions: { paths: { starline: [join(ROOT, 'engine/index.ts')] } }, include: ['**/*.ts'], exclude: ['node_modules'],
    }))
    put('run.ts', readFileSync(join(ROOT, 'run.ts'), 'utf8'))
    put('config.ts', `import { defineConfig, env } from 'starline'

export default defineConfig({
  source: 'files:data',
  sources: ${JSON.stringify({ maria: maria.readerUrl, pg: pg.readerUrl, duck: 'duckdb:source.duckdb' })},
  warehouse: env('ETL_WAREHOUSE'),
  logs: false,
  dimensions: {},
  facts: {
    // none yet
  },
})
`)
    env['ETL_WAREHOUSE' as never] = 'duckdb:warehouse.duckdb' as never
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  function put(path: string, text: string): void {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }

  it('declares dimensions of live tables: files, MariaDB, PostgreSQL and DuckDB', () => {
    const lines = [
      ['zoo', '--lookup', 'id'], ['person', '--lookup', 'Id', '--kind', 'scd2'], ['declared'], ['parquet', '--lookup', 'id'],
      ...SOURCES.flatMap((source) => ['customer', 'country', 'zoo'].map((table) => [table, '--source', source, '--name', `${source}_${table}`, ...table === 'customer' ? ['--kind', 'scd2'] : []])),
      ['zoo_view', '--source', 'pg', '--lookup', 'id'],
    ].map((line) => ['new', 'dimension', ...line])
    const done = starline(...lines)
    for (const [at, { code, out, err }] of done.entries()) assert.deepEqual([code, err], [0, ''], `${lines[at]?.join(' ')}\n${out}`)
    assert.match(done[0]?.out ?? '', /^Wrote {2}sources\/zoo\.ts · creates\/zoo\.ts · dimensions\/zoo\.ts\nAdded zoo to {2}dimensions\/index\.ts · config\.ts\n\nNext: npx starline run --run_dimensions --select zoo\n$/)
  })

  it('declares facts whose foreign keys lead to the dimensions that there are', () => {
    const done = starline(...SOURCES.flatMap((source) => ['order', 'order_line'].map((table) => ['new', 'fact', table, '--source', source, '--name', `${source}_${table}`])))
    for (const { code, out, err } of done) assert.equal(code, 0, out + err)
    // The list held a comment alone, so that nobody can tell where a name belongs.
    assert.match(done[0]?.out ?? '', /\nBy hand, in config\.ts: {2}import \{ maria_order \} from '\.\/facts\/index\.ts'\nBy hand, in config\.ts: {2}facts: \{ …, maria_order \}\n[^]*\nNext: npx starline run --run_dimensions --run_facts --select maria_\w+,maria_\w+,maria_order\n$/)
    for (const source of SOURCES) {
      const fact = read(`facts/${source}_order.ts`)
      assert.match(fact, new RegExp(`buyer_key: \\{ of: ${source}_customer, by: 'buyer_id' \\},\n +seller_key: \\{ of: ${source}_customer, by: 'seller_id' \\}`))
      assert.match(fact, new RegExp(`country_key: \\{ of: ${source}_country, by: 'country_code' \\}`))
      assert.match(read(`creates/${source}_order.ts`), /buyer_key +INT +NOT NULL,\n.*\n.*\n +\w+_id +INT +NOT NULL,\n +total +DECIMAL\(10,2\) +NOT NULL,\n +UNIQUE \(\w+_id\)\n/)
      // There is no dimension of orders: the foreign key stays a column.
      assert.match(read(`facts/${source}_order_line.ts`), /keys: \{\}/)
      assert.match(read(`creates/${source}_order_line.ts`), /order_id +INT +NOT NULL,\n +line +INT +NOT NULL,\n +unit_price +DECIMAL\(8,2\),\n +\w+_key +INT,\n +UNIQUE \(order_id, line\)\n/)
    }
  })

  it('sees in a file\'s values what its columns are, and keeps what reads like a code a text', () => {
    assert.match(read('creates/zoo.ts'), new RegExp([
      'zoo_id +INT +NOT NULL', 'plain +INT', 'code +VARCHAR\\(255\\)', 'big +BIGINT', 'price +DECIMAL\\(18,3\\)', 'day +DATE|zoo_day +DATE', 'moment +TIMESTAMP', 'flag +BOOLEAN',
      'mixed +VARCHAR\\(255\\)', 'empty +VARCHAR\\(255\\)', 'long +TEXT|zoo_long +TEXT',
    ].map((line) => `(?:${line})`).join(',\\n +')))
    assert.match(read('creates/declared.ts'), /declared_id +INT +NOT NULL,\n +zip +VARCHAR\(10\),\n +total +DECIMAL\(10,2\),\n/)
    assert.match(read('creates/parquet.ts'), /parquet_id +INT +NOT NULL,\n/)
  })

  it('says what it left out, and why', () => {
    assert.match(read('sources/pg_zoo.ts'), /\/\/ Left out, for no load carries it: "u" \(.*\), "v" \(interval\), "Unit Price" \(money\)\. CAST it in the SELECT to take it in\.\n/)
    assert.match(read('sources/maria_zoo.ts'), /"jd" \(GEOMETRY\), "`tick" \(its name\)/)
  })

  it('compiles', () => {
    // By hand, as the command said.
    const names = SOURCES.flatMap((source) => [`${source}_order`, `${source}_order_line`]).join(', ')
    put('config.ts', read('config.ts').replace("from './dimensions/index.ts'\n", `from './dimensions/index.ts'\nimport { ${names} } from './facts/index.ts'\n`).replace('// none yet', names))
    const { stdout, status } = spawnSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.', '--pretty', 'false'], { cwd: folder, encoding: 'utf8' })
    assert.equal(status, 0, stdout)
  })

  for (const warehouse of ['MariaDB', 'PostgreSQL', 'DuckDB']) {
    it(`what it declares loads at once in ${warehouse}`, () => {
      const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', 'run.ts', '--run_dimensions', '--run_facts', '--json', '--quiet'], {
        cwd: folder, encoding: 'utf8', env: { ...env, ETL_WAREHOUSE: warehouses.get(warehouse) },
      })
      assert.equal(status, 0, stdout + stderr)
      const { results } = JSON.parse(stdout) as { results: readonly (readonly [string, string, number])[][] }
      const rows = new Map(results.flat().map(([, name, count]) => [name, count]))
      assert.equal(rows.size, 20, [...rows.keys()].join(', '))
      for (const source of SOURCES) {
        assert.deepEqual(['customer', 'country', 'zoo', 'order', 'order_line'].map((table) => rows.get(`${source}_${table}`)), [3, 2, 2, 3, 3], source)
      }
      assert.deepEqual(['zoo', 'person', 'declared', 'parquet', 'zoo_view'].map((name) => rows.get(name)), [3, 2, 2, 1, 2])
    })
  }

  it('writes nothing over, and nothing at all where it refuses', () => {
    const before = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts')).toSorted()
    // what is typed | what is said
    const refused: readonly (readonly [argv: readonly string[], says: RegExp])[] = [
      [['new', 'dimension', 'zoo', '--kind', 'scd3'], /did you mean scd[12]\? there are scd1, scd2/],
      [['new'], /new makes a dimension or a fact of a table/],
      [['new', 'cube', 'zoo'], /there is nothing called "cube" to make/],
      [['new', 'fact'], /the table is missing/],
      [['new', 'fact', 'order', 'line'], /a table is one name/],
      [['new', 'dimension', 'zoo', '--lookup', 'id'], /sources\/zoo\.ts, creates\/zoo\.ts, dimensions\/zoo\.ts are there already: nothing was written/],
      [['new', 'fact', 'zoo'], /sources\/zoo\.ts, creates\/zoo\.ts are there already/],
      [['new', 'dimension', 'zoo', '--name', 'beasts'], /the table zoo has no primary key[\s\S]*--lookup beasts_id; there are beasts_id, plain/],
      [['new', 'dimension', 'zoo', '--name', 'beasts', '--lookup', 'plian'], /has no column plian[\s\S]*did you mean plain\?/],
      [['new', 'dimension', 'zoo', '--name', 'beasts', '--kind', 'scd3'], /new makes no dimension of the kind "scd3"[\s\S]*did you mean scd1\?/],
      [['new', 'dimension', 'zo'], /the table zo can't be read[\s\S]*did you mean zoo\?/],
      [['new', 'dimension', 'customers', '--source', 'pgg'], /no source is called "pgg"[\s\S]*did you mean pg\?/],
      [['new', 'dimension', 'class'], /"class" can't be the name of what is made of "class"/],
      [['new', 'dimension', 'zoo', '--name', 'Beasts'], /"Beasts" can't be the name/],
      [['new', 'fact', 'zoo', '--lookup', 'id'], /--lookup is a dimension's/],
      ...['zoo; DROP TABLE zoo', '../zoo', 'zoo"', "zoo'--", 'zoo`', 'a b', 'public.zoo', 'zoo\u0000', '${zoo}', '\u3164'].map((table) => [['new', 'dimension', table, '--source', 'pg'], /can't be the name of a table/] as const),
    ]
    const done = starline(...refused.map(([argv]) => argv))
    for (const [at, { code, out, err }] of done.entries()) {
      assert.deepEqual([code, out], [2, ''], `${refused[at]?.[0].join(' ')}\n${err}`)
      assert.match(err, refused[at]?.[1] ?? /^$/)
    }
    assert.deepEqual(readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts')).toSorted(), before)
  })
})

async function fill(database: Database, statements: readonly string[]): Promise<void> {
  const session = await database.connect()
  try {
    for (const statement of statements) await session.execute(statement)
  } finally {
    await session.close()
    await database.close()
  }
}
