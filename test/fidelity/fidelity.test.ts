import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { source, transaction } from 'starline'
import { openDuckdb } from '../../engine/db/duckdb.ts'
import type { Connection, Database } from '../../engine/db/connection.ts'
import { openMysql } from '../../engine/db/mysql.ts'
import { openPostgres } from '../../engine/db/postgres.ts'
import type { Flow } from '../../engine/db/flow.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { DataError } from '../../engine/errors.ts'
import type { Source } from '../../engine/source/source.ts'
import { create } from '../../engine/sql/define-create.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { houseOf } from '../helpers/target.ts'
import { textRows } from '../helpers/text-rows.ts'
import { byColumn, readBack } from './compared.ts'
import { expectedRows, parquetColumns, typesFor, writeFiles, written } from './files.ts'
import { carriedTable, kindTable, refusedTable, valueTable } from './page.ts'
import { emptyDatabase, sourceOf } from './stage.ts'
import { databases, typeIn, types } from './types.ts'
import type { DatabaseName, RefusedValue } from './types.ts'

const open: Readonly<Record<DatabaseName, (url: string) => Promise<Database>>> = { MariaDB: openMysql, PostgreSQL: openPostgres, DuckDB: openDuckdb }

describe('every type of every database', function () {
  this.timeout(120_000)
  const folder = mkdtempSync(join(tmpdir(), 'starline-types-'))
  const urls = new Map<DatabaseName, string>()
  const urlOf = (name: DatabaseName): string => urls.get(name) ?? assert.fail(name)

  before(async () => { for (const name of databases) urls.set(name, await sourceOf(name, folder)) })
  after(() => { rmSync(folder, { recursive: true, force: true }) })

  for (const from of databases) {
    it(`has another form on ${from} where nothing carries it, as the page says`, async () => {
      const database = await open[from](urlOf(from))
      const session = await database.connect()
      const forms = types[from].refused.flatMap(({ instead }, at) => instead.split(/ or | and /).filter((form) => form.includes('…')).map((form) => form.replace('…', `c${at}`)))
      const { columns, rows } = await session.stream({ sql: `SELECT ${forms.map((form, no) => `${form} AS f${no}`).join(', ')} FROM refusable WHERE row_no = 0` })
      columns.forEach(({ type }, no) => assert.notEqual(type.kind, 'other', `${forms[no]}: ${JSON.stringify(type.kind)}`))
      for await (const batch of rows.of) for (const row of batch) row.forEach((value, no) => assert.notEqual(value, null, forms[no]))
      await session.close()
      await database.close()
    })
  }

  for (const from of databases) {
    for (const to of databases) {
      describe(`from ${from} to ${to}`, () => {
        let warehouse: string
        before(async () => { warehouse = await emptyDatabase(to, `types_${from}_${to}`.toLowerCase(), folder) })

        it('arrives as it was, at every edge', async () => {
          const { carried } = types[from]
          resultsOf(await loadAll(configOf(urlOf(from), warehouse, 'everything', carried.map((one) => typeIn(to, one)))))
          const names = carried.map(({ type }, at) => `${type} into ${typeIn(to, carried[at]!)}`)
          const modes = carried.map(({ mode }) => mode)
          const ask = (database: DatabaseName, url: string, table: string) =>
            textRows(url, `SELECT ${modes.map((mode, at) => readBack(database, mode, `c${at}`)).join(', ')} FROM ${table} ORDER BY row_no`)
          assert.deepEqual(byColumn(names, modes, await ask(to, warehouse, 'everything_fact')), byColumn(names, modes, await ask(from, urlOf(from), 'everything')))
        })

        it('is refused by its name before the load where nothing carries it, all of them at once', async () => {
          const { refused } = types[from]
          const { etls } = await loadAll(configOf(urlOf(from), warehouse, 'refusable', refused.map(() => 'TEXT')))
          const error = etls[0]?.error
          assert.ok(error instanceof DataError, `the load was not refused: ${error?.message}`)
          const reasons = (error.why ?? '').split('; column ').map((reason) => reason.replace(/^column /, ''))
          refused.forEach(({ type, why }, at) => {
            const said = reasons.find((reason) => reason.startsWith(`c${at}: `)) ?? ''
            assert.match(said, why, type)
            assert.match(said, /no load carries/, type)
          })
        })

        it('is refused in its row and column where only a value is the problem', async () => {
          const [one, other] = [await open[from](urlOf(from)), await open[to](warehouse)]
          const [reader, writer] = [await one.connect(), await other.connect()]
          for (const value of types[from].values.filter(({ only = to }) => only === to)) await assertRefused(reader, writer, value)
          for (const each of [reader, writer, one, other]) await each.close()
        })
      })
    }
  }

  for (const to of databases) {
    describe(`from files to ${to}`, () => {
      let warehouse: string
      const files = mkdtempSync(join(tmpdir(), 'starline-type-files-'))
      before(async () => {
        warehouse = await emptyDatabase(to, `types_files_${to}`.toLowerCase(), folder)
        await writeFiles(files, urlOf('DuckDB'))
      })
      after(() => { rmSync(files, { recursive: true, force: true }) })

      for (const table of ['texts', 'records']) {
        it(`arrives as it is written in ${table === 'texts' ? 'CSV' : 'JSON'}`, async () => {
          resultsOf(await loadAll(configOf(`files:${files}`, warehouse, table, typesFor(to, written))))
          const [names, modes] = [typesFor(to, written), written.map(({ mode }) => mode)]
          const found = await textRows(warehouse, `SELECT ${modes.map((mode, at) => readBack(to, mode, `c${at}`)).join(', ')} FROM ${table}_fact ORDER BY row_no`)
          assert.deepEqual(byColumn(names, modes, found), byColumn(names, modes, expectedRows()))
        })
      }

      it('arrives as it was in Parquet', async () => {
        resultsOf(await loadAll(configOf(`files:${files}`, warehouse, 'columns', typesFor(to, parquetColumns))))
        const [names, modes] = [parquetColumns.map(({ type }) => type), parquetColumns.map(({ mode }) => mode)]
        const found = await textRows(warehouse, `SELECT ${modes.map((mode, at) => readBack(to, mode, `c${at}`)).join(', ')} FROM columns_fact ORDER BY row_no`)
        const there = await textRows(urlOf('DuckDB'), `SELECT ${parquetColumns.map(({ mode, at }) => readBack('DuckDB', mode, `c${at}`)).join(', ')} FROM everything ORDER BY row_no`)
        assert.deepEqual(byColumn(names, modes, found), byColumn(names, modes, there))
      })

      it('is refused before the load where texts would have to be bytes', async () => {
        const { etls } = await loadAll(configOf(`files:${files}`, warehouse, 'texts', [to === 'PostgreSQL' ? 'BYTEA' : 'BLOB']))
        assert.match(etls[0]?.error?.message ?? '', /column c0: untyped text does not go to .*decode it in the source/)
      })
    })
  }
})

describe('the page about types', () => {
  const page = readFileSync(new URL('../../docs/reference/types.md', import.meta.url), 'utf8')

  it('says which kind goes into which', () => { assert.ok(page.includes(kindTable()), `write into docs/reference/types.md:\n${kindTable()}`) })

  for (const database of databases) {
    for (const [what, made] of [['goes where', carriedTable(database)], ['does not go', refusedTable(database)], ['goes but for some values', valueTable(database)]] as const) {
      it(`says what of ${database} ${what}`, () => { assert.ok(page.includes(made), `write into docs/reference/types.md:\n${made}`) })
    }
  }
})

/** A fact of all columns of a table; whatever is in it is given to a table of these types. */
function configOf(from: string, to: string, table: string, columnTypes: readonly string[]) {
  const names = columnTypes.map((_, at) => `c${at}`)
  const fact = transaction({
    source: source<Record<string, unknown>>(`SELECT ${['row_no', ...names].join(', ')} FROM ${table}`),
    create: create<string>(`CREATE TABLE ${table}_fact (\n${['row_no INT', ...columnTypes.map((type, at) => `c${at} ${type}`)].join(',\n')}\n)`),
    keys: {},
  })
  return defineConfig({ source: from, warehouse: to, logs: false, dimensions: {}, facts: { [table]: fact } })
}

/** Asks for one value and loads it into one column, as a fact is loaded. */
async function assertRefused(reader: Connection, writer: Connection, { of: type, sql, into, why }: RefusedValue): Promise<void> {
  const { dialect } = writer
  let flow: Flow | undefined
  const read = async (): Promise<Flow> => flow = await reader.stream({ sql: `SELECT ${sql} AS v` })
  const fact = transaction({
    source: { from: undefined, text: sql, columns: undefined, read } satisfies Source,
    create: create<string>(`CREATE TABLE one_fact (\nv ${into}\n)`), keys: {},
  })
  const house = houseOf(writer)
  const found = await house.load(fact).then(() => house.rows(fact), (error: unknown) => error)
  await flow?.rows.of[Symbol.asyncIterator]().return?.()
  await writer.execute(dialect.dropTable('one_fact'))
  const what = `${type} ${sql} into ${into}`
  assert.ok(found instanceof DataError, `${what} was not refused: ${JSON.stringify(found, (_, value: unknown) => typeof value === 'bigint' ? String(value) : value)} ${String(found)}`)
  const words = [found.message, found.why, found.where].join(' | ')
  assert.match(words, why, what)
  assert.match(words, /\bv\b/, `${what} does not name its column`)
}
