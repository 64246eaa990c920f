import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection } from '../../engine/db/connection.ts'
import { valuesOf } from '../../engine/db/flow.ts'
import { openDatabase } from '../../engine/db/open.ts'
import { ConfigurationError, StarlineError } from '../../engine/errors.ts'
import { create, defineConfig, source, transaction } from '../../engine/index.ts'
import type { Fact } from '../../engine/index.ts'
import { readCreate } from '../../engine/sql/create.ts'
import { columnNameProblem, foldName, tableNameProblem } from '../../engine/sql/identifiers.ts'
import { loadAll } from '../helpers/refresh.ts'
import { IDENTIFIERS } from './corpus/identifiers.ts'
import { inside } from '../helpers/inside.ts'
import { freshWarehouse, kinds } from './star.ts'
import type { Kind } from './star.ts'

const quotes = ['"', '`'] as const
const quoted = (name: string, quote: string): string => quote + name.replaceAll(quote, quote + quote) + quote
/** Names that differ in more than their letters' case or how an accent is written. */
const apart = (names: readonly string[]): string[] => names.filter((name, i) => names.findIndex((other) => foldName(other) === foldName(name)) === i)
const tables = apart(IDENTIFIERS.filter((name) => tableNameProblem(name) === undefined))
/** A row as an object can hold them: a table's name may be more. */
const columns = apart(IDENTIFIERS.filter((name) => columnNameProblem(name) === undefined))

/** What a database itself keeps the name of a column for: it says so by name. */
const KEPT: Readonly<Record<Kind, readonly string[]>> = { MariaDB: [], PostgreSQL: ['ctid', 'xmin', 'tableoid'], DuckDB: [] }
const simple = (table: string, column: string): string => `CREATE TABLE ${quoted(table, '"')} (${quoted(column, '"')} VARCHAR(20))`

/** A fact of one table and one column, both of this name, from a file of this name with a column of this name. */
function factOf(name: string): Fact {
  const at = quoted(name, '"')
  return transaction({ source: source<Record<string, string>>(`SELECT f.${at} AS ${at} FROM ${at} AS f`), create: create<string>(simple(name, name)), keys: {} })
}

/** A column of the same name where there can be one. */
const columnOf = (name: string): string => columns.includes(name) && name !== 'row_no' ? name : 'v'

/** In the quotes of a CSV field, which are those of standard SQL too. */
const csvField = (text: string): string => quoted(text, '"')

async function bystanding(warehouse: string): Promise<void> {
  await inside(warehouse, async (session) => {
    await session.execute('CREATE TABLE bystander_own (id INT, note VARCHAR(20))')
    await session.execute("INSERT INTO bystander_own VALUES (1, 'untouched')")
  })
}

const bystander = (warehouse: string): Promise<unknown> => inside(warehouse, (session) => session.query('SELECT id, note FROM bystander_own'))
const UNTOUCHED = [{ id: 1, note: 'untouched' }]

/** Makes a table of this name as a publish does: staging, one row, swap; and tells what is there then. */
async function roundTrip(session: Connection, name: string): Promise<unknown> {
  const definition = readCreate(simple(name, columnOf(name)))
  const column = definition.columns[0]!.name
  const { dialect } = session
  const names = [name, `${name}__r1`, `${name}__i1`, `${name}__o1`]
  const made = async (): Promise<unknown> => {
    for (const sql of dialect.createTable(definition, `${name}__r1`, 'made by a test')) await session.execute(sql)
    const flow = [{ name: column, type: dialect.readType('VARCHAR(20)') }]
    for (const sql of dialect.createLanding(`${name}__i1`, flow, 'made by a test')) await session.execute(sql)
    async function* batches() { yield [[name.slice(0, 20)]] }
    await session.transaction(() => session.load({ table: `${name}__r1`, columns: flow }, batches()))
    const swap = () => session.swap([{ live: name, staging: `${name}__r1`, old: undefined, definition }])
    await (dialect.transactionalDdl ? session.transaction(swap) : swap())
    const described = await session.describe(name)
    const rows = await session.query(`SELECT ${dialect.quote(column)} AS v FROM ${dialect.quote(name)}`)
    return { table: described?.table, columns: described?.columns.map((each) => each.name), rows, comment: described?.comment }
  }
  try {
    return await made()
  } catch (error) {
    return error
  } finally {
    for (const each of names) await session.execute(dialect.dropTable(each))
  }
}

describe('two hundred names', () => {
  it('are two hundred', () => assert.ok(IDENTIFIERS.length >= 200, `${IDENTIFIERS.length}`))

  for (const quote of quotes) {
    it(`are a table's and a column's behind ${quote}, or are refused by name`, () => {
      for (const name of IDENTIFIERS) {
        for (const [role, sql, problem] of [
          ['table', `CREATE TABLE ${quoted(name, quote)} (id INT)`, tableNameProblem(name)],
          ['column', `CREATE TABLE t (id INT, ${quoted(name, quote)} INT)`, columnNameProblem(name)],
        ] as const) {
          if (problem === undefined && foldName(name) !== 'id') {
            const { table, columns: [, second] } = readCreate(sql)
            assert.equal(role === 'table' ? table : second?.name, name)
          } else {
            // A backslash is not read at all where MySQL and others would read it in two ways.
            const said = name.includes('\\') ? 'CREATE TABLE' : JSON.stringify(name)
            assert.throws(() => readCreate(sql), (error) => error instanceof ConfigurationError && error.message.includes(said), `${role} ${JSON.stringify(name)}`)
          }
        }
      }
    })
  }

  it('are an ETL\'s where they are snake_case, and are refused by name elsewhere', () => {
    const fact = factOf('sale_fact')
    for (const name of IDENTIFIERS) {
      const config = () => defineConfig({ source: 'files:.', warehouse: 'duckdb:x.duckdb', dimensions: {}, facts: Object.fromEntries([[name, fact]]) })
      if (/^[a-z][a-z0-9_]{0,47}$/.test(name)) assert.deepEqual(Object.keys(config().facts), [name])
      else assert.throws(config, (error) => error instanceof ConfigurationError && error.message.includes(`facts.${name}: a name is snake_case`), JSON.stringify(name))
    }
  })

  for (const on of kinds) {
    describe(`on ${on}`, () => {
      let folder: string
      let warehouse: string
      before(async () => {
        folder = mkdtempSync(join(tmpdir(), 'starline-names-'))
        mkdirSync(join(folder, 'data'))
        warehouse = await freshWarehouse(on, folder)
        await bystanding(warehouse)
      })
      after(() => rmSync(folder, { recursive: true, force: true }))

      it('are a table\'s from its staging to its publish, or are refused by the database', async () => {
        await inside(warehouse, async (session) => {
          const before = await session.tablesLike('')
          // Words alone differ in nothing but themselves; MariaDB takes its time for each table.
          for (const name of tables.filter((each, i) => on !== 'MariaDB' || !/^[a-z_]+$/i.test(each) || i % 4 === 0)) {
            const made = await roundTrip(session, name)
            if (KEPT[on].includes(name)) assert.ok(made instanceof StarlineError && made.message.includes(name), `${name}: ${String(made)}`)
            else assert.deepEqual(made, { table: name, columns: [columnOf(name)], rows: [{ v: name.slice(0, 20) }], comment: 'made by a test' }, name)
          }
          assert.deepEqual((await session.tablesLike('')).toSorted(), before.toSorted())
        })
        assert.deepEqual(await bystander(warehouse), UNTOUCHED)
      })

      it('are columns of one table, from the header of a file to the warehouse', async () => {
        // ß and ſ are one name to MySQL.
        const names = columns.filter((name) => !KEPT[on].includes(name) && name !== 'ſ')
        writeFileSync(join(folder, 'data', 'wide.csv'), `${[names.map(csvField), names.map((name, i) => csvField(`${i} ${name}`))].map((row) => row.join(',')).join('\n')}\n`)
        const wide = transaction({
          source: source<Record<string, string>>(`SELECT ${names.map((name) => `w.${csvField(name)} AS ${csvField(name)}`).join(', ')} FROM wide AS w`),
          create: create<string>(`CREATE TABLE wide_fact (${names.map((name) => `${csvField(name)} TEXT`).join(', ')})`), keys: {},
        })
        const report = await loadAll(defineConfig({ source: `files:${join(folder, 'data')}`, warehouse, logs: false, dimensions: {}, facts: { wide } }))
        assert.equal(report.etls[0]?.error ?? report.error, undefined, report.etls[0]?.error?.message)
        await inside(warehouse, async (session) => {
          assert.deepEqual((await session.describe('wide_fact'))?.columns.map(({ name }) => name), names)
          const flow = await session.stream({ sql: 'SELECT * FROM wide_fact' })
          assert.deepEqual(flow.columns.map(({ name }) => name), names)
          for await (const [row] of valuesOf(flow)) assert.deepEqual(row, names.map((name, i) => `${i} ${name}`))
        })
        assert.deepEqual(await bystander(warehouse), UNTOUCHED)
      })

      it('are the name of an ETL, a file, a table and a column in a whole load', async () => {
        const names = ['select', 'constructor', '$1', 'bystander', 'ѕchool', 'שלום', '123', '字'.repeat(16), 'b'.repeat(48)]
        assert.deepEqual(names.filter((name) => !tables.includes(name) || !columns.includes(name)), [])
        for (const name of names) writeFileSync(join(folder, 'data', `${name}.csv`), `${csvField(name)}\n${csvField(name.slice(0, 20))}\n`)
        const facts = Object.fromEntries(names.map((name, i) => [/^[a-z][a-z0-9_]*$/.test(name) ? name : `etl_${i}`, factOf(name)]))
        const before = await inside(warehouse, (session) => session.tablesLike(''))
        for (let i = 0; i < 2; i += 1) {
          const report = await loadAll(defineConfig({ source: `files:${join(folder, 'data')}`, warehouse, logs: false, dimensions: {}, facts }))
          assert.deepEqual([...report.etls.map(({ error }) => error?.message), report.error], [...names.map(() => undefined), undefined])
        }
        await inside(warehouse, async (session) => {
          for (const name of names) {
            const at = session.dialect.quote(name)
            assert.deepEqual(await session.query(`SELECT ${at} AS v FROM ${at}`), [{ v: name.slice(0, 20) }], name)
          }
          const now = (await session.tablesLike('')).filter((name) => !/__o\d+$|^etl_/.test(name))
          assert.deepEqual(now.toSorted(), [...before.filter((name) => !name.startsWith('etl_')), ...names].toSorted())
        })
        assert.deepEqual(await bystander(warehouse), UNTOUCHED)
      })

      it('are what a query calls its columns, and nothing in them is taken for a bind or a statement', async () => {
        const database = await openDatabase(warehouse, { readOnly: true })
        const session = await database.connect()
        try {
          const context = { connect: () => Promise.resolve(session), onClose() {}, binds: { a: 'bound' }, idleSeconds: 20, signal: new AbortController().signal }
          const flow = await source<Record<string, unknown>>(`SELECT ${columns.map((name, i) => `${i} AS ${session.dialect.quote(name)}`).join(', ')}`).read(context)
          assert.deepEqual(flow.columns.map(({ name }) => name), columns)
          for await (const [row] of valuesOf(flow)) assert.deepEqual(row?.map(Number), columns.map((_, i) => i))
          for (const name of IDENTIFIERS.filter((each) => !columns.includes(each))) {
            try {
              const one = await source<Record<string, unknown>>(`SELECT 7 AS ${session.dialect.quote(name)}`).read(context)
              for await (const [row] of valuesOf(one)) assert.deepEqual(row, [7], name)
            } catch (error) {
              assert.ok(error instanceof StarlineError, `${JSON.stringify(name)}: ${String(error)}`)
            }
          }
        } finally {
          await session.close()
          await database.close()
        }
        assert.deepEqual(await bystander(warehouse), UNTOUCHED)
      })
    })
  }

  it('that MySQL takes for one another never get a row of the other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'starline-names-'))
    // Only in a table of more than 32 columns does the server look names up by their collation.
    const names = [...Array.from({ length: 32 }, (_, i) => `c${i}`), 'ß', 'ſ']
    writeFileSync(join(folder, 'sharp.csv'), `${names.join()}\n${names.map((name) => `of ${name}`).join()}\n`)
    const sharp = transaction({
      source: source<Record<string, string>>(`SELECT ${names.map((name) => `s.${name} AS ${name}`).join(', ')} FROM sharp AS s`),
      create: create<string>(`CREATE TABLE sharp_fact (${names.map((name) => `${name} VARCHAR(9)`).join(', ')})`), keys: {},
    })
    for (const on of kinds) {
      const warehouse = await freshWarehouse(on, folder, 'sharp')
      const { etls } = await loadAll(defineConfig({ source: `files:${folder}`, warehouse, logs: false, dimensions: {}, facts: { sharp } }))
      if (on === 'MariaDB') assert.match(String(etls[0]?.error?.message), /takes the column ß for ſ/)
      else assert.deepEqual(await inside(warehouse, (session) => session.query('SELECT ß, ſ FROM sharp_fact')), [{ ß: 'of ß', ſ: 'of ſ' }])
    }
    rmSync(folder, { recursive: true, force: true })
  })

  it('are what a file is called, and so its table', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'starline-names-'))
    const names = apart(IDENTIFIERS.filter((name) => name !== '' && !/[/\0]|^\./.test(name) && name.isWellFormed() && Buffer.byteLength(name) < 250))
    assert.ok(names.length > 200, `${names.length}`)
    for (const [i, name] of names.entries()) writeFileSync(join(folder, `${name}.csv`), `n\n${i}\n`)
    const database = await openDatabase(`files:${folder}`)
    const session = await database.connect()
    try {
      for (const [i, name] of names.entries()) {
        const read = session.query(`SELECT n FROM ${session.dialect.quote(name)}`)
        // DuckDB takes such a path for a pattern, and would read other files too.
        if (/[*?[]/.test(name)) await assert.rejects(read, (error) => error instanceof ConfigurationError && error.message.includes(`${name}.csv`), JSON.stringify(name))
        else assert.deepEqual(await read, [{ n: String(i) }], JSON.stringify(name))
      }
    } finally {
      await session.close()
      await database.close()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
