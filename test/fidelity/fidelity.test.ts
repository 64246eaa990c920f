import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scd1, scd2, source, transaction } from 'starline'
import type { Create } from 'starline'
import { openDuckdb } from '../../engine/db/duckdb.ts'
import type { Connection, Database } from '../../engine/db/connection.ts'
import { openMysql } from '../../engine/db/mysql.ts'
import { openPostgres } from '../../engine/db/postgres.ts'
import type { Flow } from '../../engine/db/flow.ts'
import { defineConfig } from '../../engine/define-config.ts'
import type { Stage } from '../../engine/etl/etl.ts'
import { declaredColumns } from '../../engine/etl/extract.ts'
import { DataError } from '../../engine/errors.ts'
import { silent } from '../../engine/log.ts'
import type { Log } from '../../engine/log.ts'
import type { Source } from '../../engine/source/source.ts'
import { create } from '../../engine/sql/define-create.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { freshDatabase, mariadb, startOwn } from '../helpers/servers/index.ts'
import { houseOf } from '../helpers/target.ts'
import { textRows } from '../helpers/text-rows.ts'
import { byColumn, readBack } from './compared.ts'
import { expectedRows, parquetColumns, parquetTable, typesFor, writeFiles, written } from './files.ts'
import { carriedTable, kindTable, refusedTable, valueTable } from './page.ts'
import { emptyDatabase, runAll, sourceOf, tableOf, ZONE } from './stage.ts'
import { databases, typeIn, types } from './types.ts'
import type { Carried, DatabaseName, Mode, RefusedValue } from './types.ts'
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

        for (const path of to === 'DuckDB' ? ['landed'] as const : ['ranged', 'landed'] as const) {
          it(`arrives as it was ${path === 'ranged' ? 'in ranges' : 'where its rows land first, in ranges if they may'}, at every edge`, async () => {
            const carried = path === 'ranged' ? types[from].carried : await thatLand(to, warehouse, types[from].carried)
            assert.ok(carried.length >= 15, `${carried.length} types`)
            let landings = 0
            const log: Log = { ...silent, info: (_, fields) => { landings += Number(fields?.['event'] === 'landing') } }
            const at = carried.map((one) => types[from].carried.indexOf(one))
            const table = `(SELECT line_no, ${at.map((column, no) => `c${column} AS c${no}`).join(', ')} FROM everything) AS those`
            const { etls } = await loadAll(configOf(urlOf(from), warehouse, table, carried.map((one) => typeIn(to, one)), path === 'ranged' ? rangedOf : landedOf), undefined, { log })
            for (const { error } of etls) assert.equal(error, undefined)
            assert.deepEqual([etls.at(-1)?.flow?.ranges, landings], [to === 'DuckDB' ? undefined : 3, path === 'landed' ? 1 : 0])
            assert.deepEqual(await heldBy(to, warehouse, `${path}_fact`, carried), await heldBy(from, urlOf(from), table, carried))
          })
        }

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

  describe('to a MariaDB that takes no files', () => {
    let server: Awaited<ReturnType<typeof startOwn>>
    before(async () => { server = await startOwn('mariadb', { args: ['--local-infile=0'] }) })
    after(() => server.stop())

    for (const from of databases) {
      it(`arrives as it was from ${from} by INSERT, at every edge, in ranges too`, async () => {
        const { url } = await freshDatabase('types_inserted', server.url)
        const { carried } = types[from]
        for (const [table, made] of [['everything_fact', factOf], ['ranged_fact', rangedOf]] as const) {
          resultsOf(await loadAll(configOf(urlOf(from), url, 'everything', carried.map((one) => typeIn('MariaDB', one)), made)))
          assert.deepEqual(await heldBy('MariaDB', url, table, carried), await heldBy(from, urlOf(from), 'everything', carried))
        }
      })
    }
  })

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

describe('the comparison of what two databases hold', () => {
  const unlike: readonly (readonly [mode: Mode, one: string | null, other: string | null])[] = [
    ['integer', '9007199254740993', '9007199254740992'], ['integer', '0', null], ['decimal', '0.10', '0.11'], ['decimal', '-0.01', '0.01'], ['decimal', '9'.repeat(65), `${'9'.repeat(64)}8`],
    ['double', '0.1', '0.10000000000000002'], ['single', '0.1', '0.2'], ['boolean', 'true', '0'], ['text', '', null], ['text', '4E554C4C', null], ['text', '656E6420', '656E64'], ['text', '41', '61'],
    ['bytes', '00', ''], ['bits', '1', '129'], ['moment', '2024-01-01 00:00:00.000001', '2024-01-01 00:00:00'], ['zoned', '2024-03-31 00:30:00', '2024-03-31 02:30:00'],
    ['text', 'AB'.repeat(150), `${'AB'.repeat(149)}AC`],
  ]
  it('tells values apart that a path could take for one another', () => {
    for (const [mode, one, other] of unlike) assert.notDeepEqual(byColumn(['v'], [mode], [[one]]), byColumn(['v'], [mode], [[other]]), `${mode}: ${one} and ${other}`)
  })
  it('takes for one what is written otherwise', () => {
    for (const [mode, one, other] of [['decimal', '.50', '0.5'], ['moment', '2024-01-01', '2024-01-01 00:00:00.000'], ['boolean', 't', '1']] as const) assert.deepEqual(byColumn(['v'], [mode], [[one]]), byColumn(['v'], [mode], [[other]]))
  })
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

interface Made { readonly source: Source<string, Record<string, unknown>>, readonly ranged: Source<string, Record<string, unknown>>, readonly create: (table: string, more?: readonly string[]) => Create, readonly names: readonly string[] }

/** Types of which a warehouse copies each value from one of its tables into another, which is what becomes of rows that land. */
async function thatLand(to: DatabaseName, warehouse: string, carried: readonly Carried[]): Promise<readonly Carried[]> {
  const database = await open[to](warehouse)
  const session = await database.connect()
  const { dialect } = session
  const found = carried.filter((one) => {
    const { facts: { only } } = configOf(warehouse, warehouse, 'nothing', [typeIn(to, one)], ({ source: rows, create: columns }) => ({ dimensions: {}, facts: { only: transaction({ source: rows, create: columns('only_fact'), keys: {} }) } }))
    const definition = only!.create.definition(dialect.name)
    const columns = declaredColumns(definition, dialect)
    return only!.whyRead?.({ columns, rows: { form: 'relation', scope: { rows: '', table: String }, fill: async () => 0, gives: async () => false } }, { columns, definition, dialect } as unknown as Stage) === undefined
  })
  await session.close()
  await database.close()
  return found
}

/** A fact of all columns of a table; whatever is in it is given to a table of these types. */
const factOf = ({ source: rows, create: columns }: Made, table: string) => ({
  dimensions: {}, facts: { [table]: transaction({ source: rows, create: columns(`${table}_fact`), keys: {} }) },
})

/** The same in three ranges. */
const rangedOf = ({ ranged, create: columns }: Made) => ({ dimensions: {}, facts: { ranged: transaction({ source: ranged, create: columns('ranged_fact'), keys: {} }) } })

/** The same, whose rows land because not one member may be held in memory. */
const landedOf = ({ ranged, create: columns }: Made) => {
  const line = scd1({
    source: source<{ line_no: number }>('SELECT line_no FROM everything'), key: 'line_key', lookup: ['line_no'],
    create: create('CREATE TABLE line_dim (\nline_key KEY,\nline_no INT,\nKEY line_lookup (line_no)\n)'),
  })
  const fact = transaction({ source: ranged, create: columns('landed_fact', ['line_key INT NOT NULL']), keys: { line_key: { of: line, by: 'line_no' } } })
  const landed: typeof fact = { ...fact, load: (flow, target) => fact.load(flow, { ...target, mostMembers: 0 }) }
  return { dimensions: { line }, facts: { landed } }
}

/** The same as a dimension whose every column opens a version. */
const dimensionOf = ({ source: rows, create: columns, names }: Made, table: string) => ({
  dimensions: { [table]: scd2({
    source: rows, create: columns(`${table}_dim`, ['key_no KEY', 'valid_from TIMESTAMP NOT NULL', 'valid_to TIMESTAMP', 'is_current BOOLEAN NOT NULL']),
    key: 'key_no', lookup: ['line_no'], history: names,
  }) },
  facts: {},
})

function configOf(from: string, to: string, table: string, columnTypes: readonly string[], made: (made: Made, table: string) => Pick<Parameters<typeof defineConfig>[0], 'dimensions' | 'facts'> = factOf) {
  const names = columnTypes.map((_, at) => `c${at}`)
  const sql = `SELECT ${['line_no', ...names].join(', ')} FROM ${table}`
  const declared: Made = {
    names, source: source<Record<string, unknown>>(sql), ranged: source<Record<string, unknown>>(sql, { ranges: { by: 'line_no', count: 3, frozen: true } }),
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
