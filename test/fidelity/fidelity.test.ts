import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scd2, source, transaction } from 'starline'
import type { Create } from 'starline'
import { openDuckdb } from '../../engine/db/duckdb.ts'
import type { Connection, Database } from '../../engine/db/connection.ts'
import { openMysql } from '../../engine/db/mysql.ts'
import { openPostgres } from '../../engine/db/postgres.ts'
import type { Flow } from '../../engine/db/flow.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { DataError } from '../../engine/errors.ts'
import { silent } from '../../engine/log.ts'
import type { Log } from '../../engine/log.ts'
import type { Source } from '../../engine/source/source.ts'
import { create } from '../../engine/sql/define-create.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { mariadb } from '../helpers/servers/index.ts'
import { houseOf } from '../helpers/target.ts'
import { textRows } from '../helpers/text-rows.ts'
import { byColumn, readBack } from './compared.ts'
import { expectedRows, parquetColumns, parquetTable, typesFor, writeFiles, written } from './files.ts'
import { carriedTable, kindTable, refusedTable, valueTable } from './page.ts'
import { emptyDatabase, runAll, sourceOf, tableOf, ZONE } from './stage.ts'
import { databases, typeIn, types } from './types.ts'
import type { Carried, DatabaseName, RefusedValue } from './types.ts'
import { skip } from '../helpers/skip.ts'

const open: Readonly<Record<DatabaseName, (url: string) => Promise<Database>>> = { MariaDB: openMysql, PostgreSQL: openPostgres, DuckDB: openDuckdb }

describe('every type of every database', function () {
  this.timeout(120_000)
  const folder = mkdtempSync(join(tmpdir(), 'starline-types-'))
  const urls = new Map<DatabaseName, string>()
  const urlOf = (name: DatabaseName): string => urls.get(name) ?? assert.fail(name)

  before(async function () {
    // MySQL has not all of these types, and others instead.
    const { version } = await mariadb()
    if (!version.startsWith('MariaDB')) skip(this, `the types of MariaDB: the server is ${version}`)
    for (const name of databases) urls.set(name, await sourceOf(name, folder))
  })
  after(() => { rmSync(folder, { recursive: true, force: true }) })

  for (const from of databases) {
    it(`has another form on ${from} where nothing carries it, as the page says`, async () => {
      const database = await open[from](urlOf(from))
      const session = await database.connect()
      const forms = types[from].refused.flatMap(({ instead }, at) => instead.split(/ or | and /).filter((form) => form.includes('…')).map((form) => form.replace('…', `c${at}`)))
      const { columns, rows } = await session.stream({ sql: `SELECT ${forms.map((form, no) => `${form} AS f${no}`).join(', ')} FROM refusable WHERE line_no = 0` })
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
          assert.deepEqual(await heldBy(to, warehouse, 'everything_fact', carried), await heldBy(from, urlOf(from), 'everything', carried))
        })

        it('is known again in a dimension: a second load finds no change at any edge', async () => {
          const { carried } = types[from]
          const config = configOf(urlOf(from), warehouse, 'everything', carried.map((one) => typeIn(to, one)), dimensionOf)
          const [, , rows] = resultsOf(await loadAll(config))[0] ?? assert.fail('no result')
          assert.deepEqual(await heldBy(to, warehouse, 'everything_dim WHERE line_no IS NOT NULL', carried), await heldBy(from, urlOf(from), 'everything', carried))
          const { etls } = await loadAll(config)
          const { unchanged, newVersions, overwritten, newMembers } = etls[0]?.counts ?? assert.fail(etls[0]?.error?.message)
          assert.deepEqual({ unchanged, newVersions, overwritten, newMembers }, { unchanged: rows, newVersions: 0, overwritten: 0, newMembers: 0 })
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

  for (const server of ['MariaDB', 'PostgreSQL'] as const) {
    it(`arrives as it was where ${server} itself copies it, each by itself, or is read`, async () => {
      const { carried } = types[server]
      const url = urlOf(server)
      // A table of its own for each: one that has a column in UTF-16 is read as a whole.
      await runAll(server, url, [ZONE[server], ...carried.flatMap((one, at) => tableOf(`only_${at}`, [one]))])
      const facts = Object.fromEntries(carried.map((one, at) => [`c${at}`, transaction({
        source: source<Record<string, unknown>>(`SELECT line_no, c0 FROM only_${at}`), keys: {},
        create: create<string>(`CREATE TABLE alone_${at} (\nline_no INT,\nc0 ${typeIn(server, one)}\n)`),
      })]))
      const [copied, after]: [string[], string[]] = [[], []]
      const log: Log = { ...silent, info(message, fields) {
        if (fields?.['event'] === 'load' && fields['form'] === 'relation') copied.push(message)
        if (fields?.['event'] === 'rows-needed') after.push(message)
      } }
      resultsOf(await loadAll(defineConfig({ source: url, warehouse: url, logs: false, dimensions: {}, facts }), undefined, { log, concurrency: 4 }))
      for (const [at, one] of carried.entries()) {
        const [held, was] = [`alone_${at}`, `only_${at}`].map(async (table) => byColumn([one.type], [one.mode], await textRows(url, `SELECT ${readBack(server, one.mode, 'c0')} FROM ${table} ORDER BY line_no`)))
        assert.deepEqual(await held, await was, one.type)
      }
      assert.ok(copied.length >= 15, `${copied.length} of ${carried.length} were copied`)
      assert.deepEqual(after, [])
    })
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
          const expected = byColumn(written.map(({ type }) => type), written.map(({ mode }) => mode), expectedRows())
          assert.deepEqual(await heldBy(to, warehouse, `${table}_fact`, written), expected)
        })
      }

      it('arrives as it was in Parquet', async () => {
        resultsOf(await loadAll(configOf(`files:${files}`, warehouse, 'columns', typesFor(to, parquetColumns))))
        assert.deepEqual(await heldBy(to, warehouse, 'columns_fact', parquetColumns), await heldBy('DuckDB', urlOf('DuckDB'), parquetTable, parquetColumns))
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

/** What a database itself says of a table's columns, each under the type that it came from. */
async function heldBy(database: DatabaseName, url: string, table: string, columns: readonly Carried[]): Promise<Record<string, string>> {
  const rows = await textRows(url, `SELECT ${columns.map(({ mode }, at) => readBack(database, mode, `c${at}`)).join(', ')} FROM ${table} ORDER BY line_no`)
  return byColumn(columns.map(({ type }) => type), columns.map(({ mode }) => mode), rows)
}

interface Made { readonly source: Source<string, Record<string, unknown>>, readonly create: (table: string, more?: readonly string[]) => Create, readonly names: readonly string[] }

/** A fact of all columns of a table; whatever is in it is given to a table of these types. */
const factOf = ({ source: rows, create: columns }: Made, table: string) => ({
  dimensions: {}, facts: { [table]: transaction({ source: rows, create: columns(`${table}_fact`), keys: {} }) },
})

/** The same as a dimension whose every column opens a version. */
const dimensionOf = ({ source: rows, create: columns, names }: Made, table: string) => ({
  dimensions: { [table]: scd2({
    source: rows, create: columns(`${table}_dim`, ['key_no KEY', 'valid_from TIMESTAMP NOT NULL', 'valid_to TIMESTAMP', 'is_current BOOLEAN NOT NULL']),
    key: 'key_no', lookup: ['line_no'], history: names,
  }) },
  facts: {},
})

function configOf(from: string, to: string, table: string, columnTypes: readonly string[], made: typeof factOf | typeof dimensionOf = factOf) {
  const names = columnTypes.map((_, at) => `c${at}`)
  const declared: Made = {
    names, source: source<Record<string, unknown>>(`SELECT ${['line_no', ...names].join(', ')} FROM ${table}`),
    create: (name, more = []) => create<string>(`CREATE TABLE ${name} (\n${[...more, 'line_no INT', ...columnTypes.map((type, at) => `c${at} ${type}`)].join(',\n')}\n)`),
  }
  return defineConfig({ source: from, warehouse: to, logs: false, ...made(declared, table) })
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
