import { stat } from 'node:fs/promises'
import type { DuckDBConnection, DuckDBAppender } from '@duckdb/node-api'
import { VARCHAR } from '@duckdb/node-api'
import { ConfigurationError, DataError, StarlineError } from '../../errors.ts'
import { foldName } from '../../sql/identifiers.ts'
import { tokenize } from '../../sql/tokens.ts'
import type { TableDefinition } from '../../sql/table-definition.ts'
import type { TableColumn } from '../connection.ts'
import type { KnownTable } from '../duckdb/connection.ts'
import type { RowsOfFiles } from '../duckdb/relation.ts'
import { wordsOf } from '../duckdb/errors.ts'
import { quoteName, quoteText } from '../duckdb/quote.ts'
import { valueTypeOf } from '../duckdb/result-type.ts'
import { typeWord } from '../duckdb/type-words.ts'
import { CHUNK_ROWS } from '../duckdb/vector-memory.ts'
import { chunkWriter } from '../duckdb/write-vectors.ts'
import type { Row } from '../flow.ts'
import { castColumns } from './casts.ts'
import { CsvTable } from './csv-table.ts'
import type { TableFile } from './folder.ts'
import { seenIn } from './query.ts'
import { explained } from './explained.ts'
import { FieldNames, jsonRecords } from './json-file.ts'

/** A table as it was last made ready: again where its file has changed since. */
interface Ready {
  readonly stamp: string
  /** The SELECT that is the table; nothing where it is no view. */
  readonly made: Promise<string | undefined> | CsvTable
  /** As the view was made last. */
  view?: { readonly select: string; readonly made: Promise<void> }
}

/**
 * The tables of a folder: each is made when a statement first names it, so that opening reads no file.
 * A CSV or Parquet file becomes a view, and its rows are read when they are asked for; a JSON file becomes a table.
 */
export class FileTables {
  readonly #connection: DuckDBConnection
  /** What DuckDB counts keeps nobody else waiting. */
  readonly #counter: DuckDBConnection
  readonly #files: ReadonlyMap<string, TableFile>
  readonly #nulls: readonly string[]
  readonly #ready = new Map<string, Ready>()
  readonly #working = new Set<Promise<unknown>>()
  #last: Promise<unknown> = Promise.resolve()
  #ended = false

  constructor(connection: DuckDBConnection, counter: DuckDBConnection, files: readonly TableFile[], nulls: readonly string[]) {
    this.#connection = connection
    this.#counter = counter
    this.#files = new Map(files.map((file) => [foldName(file.table), file]))
    this.#nulls = nulls
  }

  /** Gives up what is being made ready: the connections may be closed then, for DuckDB works for nobody. */
  async end(): Promise<void> {
    this.#ended = true
    for (const { made } of this.#ready.values()) if (made instanceof CsvTable) made.giveUp()
    for (const connection of [this.#connection, this.#counter]) connection.interrupt()
    await Promise.allSettled(this.#working)
  }

  /**
   * Makes ready what a statement names; what it gives is asked behind its last row, and errors where a file has changed since.
   * With `glance` a file may be looked through later than that.
   */
  async before(sql: string, glance = false): Promise<() => Promise<void>> {
    const stamps = new Map<TableFile, string>()
    for (const file of this.#namedIn(sql)) {
      const ready = await this.#readyOf(file)
      if (await (glance ? this.#early(file, ready) : this.#sure(file, ready)) !== undefined) stamps.set(file, ready.stamp)
    }
    return () => refuseChanged(stamps)
  }

  /** What is known of a file's table: by `schema.sql`, or by the file itself where that has types. */
  async known(table: string): Promise<KnownTable | undefined> {
    const file = this.#files.get(foldName(table))
    if (file === undefined) return undefined
    await this.#sure(file, await this.#readyOf(file))
    const columns = file.kind === 'parquet' ? await this.#parquetColumns(file) : declaredColumns(file.definition)
    const { primaryKey = [], foreignKeys = [] } = file.definition ?? {}
    return { description: { table: file.table, columns, comment: '' }, keys: { primaryKey, foreignKeys: foreignKeys.filter(({ references }) => references.length > 0) } }
  }

  async #parquetColumns(file: TableFile): Promise<TableColumn[]> {
    const rows = await (await this.#connection.run(`DESCRIBE ${quoteName(file.table)}`)).getRows()
    return rows.map(([name, type]) => columnOf(String(name), String(type), true))
  }

  #namedIn(sql: string): TableFile[] {
    const { tokens, fault } = tokenize(sql, 'standard')
    if (fault !== undefined) return []
    // Placeholders would keep DuckDB from telling the names.
    const plain = tokens.map((token) => token.text === '?' || token.text === '$' ? 'NULL' : token.text).join(' ').replaceAll(/NULL \d+/g, 'NULL')
    const told = this.#connection.getTableNames(plain, false)
    const names = told.length > 0 ? told : tokens.filter((token) => token.kind === 'word' || token.kind === 'quoted').map((token) => token.value)
    return [...new Set(names.map(foldName))].flatMap((name) => this.#files.get(name) ?? [])
  }

  /** What a query reads, for an instance that reads the same files by itself: the views are part of it. */
  async related(sql: string): Promise<RowsOfFiles | string> {
    const [row] = await (await this.#connection.run(`SELECT json_serialize_sql(${quoteText(sql)})`)).getRows()
    const seen = seenIn(JSON.parse(String(row?.[0])))
    if (typeof seen === 'string') return seen
    const hidden = seen.own.find((name) => this.#files.has(name))
    if (hidden !== undefined) return `its query calls a table of its own ${hidden}, as a file is called`
    if (seen.tables.length === 0) return 'its query reads no file'
    const named = new Map<TableFile, Ready>()
    const views: string[] = []
    for (const name of seen.tables) {
      const file = this.#files.get(name)
      if (file === undefined) return `its query names ${name}, which is no file`
      const ready = await this.#readyOf(file)
      const view = await this.#early(file, ready)
      if (view === undefined) return `${file.shown} is read bit by bit`
      if (!seen.takesAll && ready.made instanceof CsvTable) await ready.made.countBeside()
      named.set(file, ready)
      views.push(view)
    }
    // What is no query here is none there, whatever tables it has.
    const query = `(\n${sql.replace(/[\s;]+$/, '')}\n)`
    const result = await this.#connection.run(`SELECT * FROM ${query} AS s LIMIT 0`).catch(() => undefined)
    if (result === undefined) return 'its query is refused'
    const types = result.columnTypes()
    const rowsOf = (selects: readonly string[]): string => `(WITH ${[...named.keys()].map(({ table }, at) => `${quoteName(table)} AS (${selects[at]})`).join(',\n')}\nSELECT * FROM ${query})`
    return {
      columns: result.columnNames().map((name, at) => ({ name, type: valueTypeOf(types[at]!) })),
      rows: rowsOf(views), losesOrder: seen.ordered,
      sure: async () => rowsOf(await Promise.all([...named].map(async ([, { made }], at) => (made instanceof CsvTable ? made.sure() : views[at]!)))),
      prove: async (filled) => {
        for (const { made } of named.values()) if (made instanceof CsvTable) await made.prove(seen.takesAll ? filled : undefined)
        await refuseChanged(new Map([...named].map(([file, { stamp }]) => [file, stamp])))
      },
    }
  }

  /** Makes an error of a statement one that its reader understands. */
  explained(error: unknown, sql: string): unknown {
    const files = this.#namedIn(sql).map((file) => [file.shown, this.#ready.get(file.table)?.made] as const)
    const headers = files.flatMap(([shown, made]) => (made instanceof CsvTable && made.columns !== undefined ? [[shown, made.columns] as const] : []))
    // Where another of its files has no header, the query may mean that one.
    return explained(error, new Map(headers.length === files.length ? headers : []))
  }

  async #readyOf(file: TableFile): Promise<Ready> {
    const stamp = await stampOf(file)
    const known = this.#ready.get(file.table)
    if (known?.stamp === stamp) return known
    if (known?.made instanceof CsvTable) known.made.giveUp()
    refusePattern(file)
    const isCsv = file.kind === 'csv' || file.kind === 'tsv'
    const ready: Ready = { stamp, made: isCsv ? new CsvTable(file, this.#nulls, (sql) => this.#number(sql)) : this.#inTurn(() => this.#make(file)) }
    if (!(ready.made instanceof CsvTable)) ready.made.catch(() => {})
    this.#ready.set(file.table, ready)
    return ready
  }

  /** The SELECT that is the table, where it is a view of a file, by what is seen of the file until now. */
  async #early(file: TableFile, ready: Ready): Promise<string | undefined> {
    return this.#madeOf(file, ready, (table) => table.early())
  }

  /** The same for a file that is looked through and counted. */
  async #sure(file: TableFile, ready: Ready): Promise<string | undefined> {
    return this.#madeOf(file, ready, async (table) => {
      await table.countBeside()
      const select = await table.sure()
      await table.prove()
      return select
    })
  }

  async #madeOf(file: TableFile, ready: Ready, selectOf: (table: CsvTable) => Promise<string>): Promise<string | undefined> {
    try {
      if (!(ready.made instanceof CsvTable)) return await ready.made
      const select = await selectOf(ready.made)
      if (ready.view?.select !== select) ready.view = { select, made: this.#inTurn(() => this.#view(file, select)) }
      await ready.view.made
      return select
    } catch (error) {
      // Whoever comes next looks anew.
      if (this.#ready.get(file.table) === ready) this.#ready.delete(file.table)
      if (this.#ended) throw new DataError('the file is given up', { where: file.shown })
      if (error instanceof StarlineError) throw error
      throw new DataError('DuckDB can\'t read the file', { where: file.shown, why: wordsOf(error), cause: error })
    }
  }

  async #make(file: TableFile): Promise<string | undefined> {
    if (file.kind === 'json' || file.kind === 'lines') return this.#json(file, file.kind)
    const select = `SELECT * FROM read_parquet(${quoteText(file.path)})`
    await this.#view(file, select)
    return select
  }

  async #json(file: TableFile, kind: 'json' | 'lines'): Promise<undefined> {
    const found = new FieldNames(file.shown)
    for await (const fields of jsonRecords(file.path, file.shown, kind)) found.add(fields)
    const names = found.names.length > 0 ? found.names : file.definition?.columns.map((column) => column.name) ?? []
    if (names.length === 0) throw new DataError('the file has no record, so that its columns are unknown', { where: file.shown, wayOut: 'declare it in schema.sql' })
    const raw = `raw.${quoteName(file.table)}`
    await this.#connection.run(`CREATE SCHEMA IF NOT EXISTS raw`)
    await this.#connection.run(`DROP VIEW IF EXISTS ${quoteName(file.table)}`)
    await this.#connection.run(`CREATE OR REPLACE TABLE ${raw} (${names.map((name) => `${quoteName(name)} VARCHAR`).join(', ')})`)
    const appender = await this.#connection.createAppender(file.table, 'raw')
    await appendRecords(appender, names, jsonRecords(file.path, file.shown, kind))
    await this.#view(file, `SELECT ${castColumns(file.shown, names, file.definition)} FROM ${raw}`)
  }

  async #view(file: TableFile, select: string): Promise<void> {
    await this.#connection.run(`CREATE OR REPLACE VIEW ${quoteName(file.table)} AS ${select}`)
  }

  async #number(sql: string): Promise<number> {
    return this.#known(async () => {
      const [row] = await (await this.#counter.run(sql)).getRows()
      return Number(row?.[0])
    })
  }

  /** One after the other, for all of it goes over one connection. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const made = this.#known(() => this.#last.catch(() => {}).then(work))
    this.#last = made
    return made
  }

  /** Work that is waited for before the connections are closed. */
  #known<T>(work: () => Promise<T>): Promise<T> {
    const working = this.#ended ? Promise.reject(new Error('the file is given up')) : work()
    this.#working.add(working)
    working.catch(() => {}).finally(() => this.#working.delete(working)).catch(() => {})
    return working
  }
}

async function appendRecords(appender: DuckDBAppender, names: readonly string[], records: AsyncIterable<ReadonlyMap<string, string | null>>): Promise<void> {
  const write = chunkWriter(names.map((name, at) => ({ name, type: VARCHAR, at })))
  let rows: Row[] = []
  const flush = (): void => {
    for (const chunk of write(rows)) appender.appendDataChunk(chunk)
    rows = []
  }
  for await (const fields of records) {
    rows.push(names.map((name) => fields.get(name) ?? null))
    if (rows.length === CHUNK_ROWS) flush()
  }
  flush()
  appender.closeSync()
}

const declaredColumns = (definition: TableDefinition | undefined): TableColumn[] =>
  (definition?.columns ?? []).map(({ name, type, nullable }) => columnOf(name, type === 'KEY' ? 'INTEGER' : type, nullable))

const columnOf = (name: string, sqlType: string, nullable: boolean): TableColumn =>
  ({ name, sqlType, nullable, hasDefault: false, type: typeWord(sqlType)?.type ?? { kind: 'other', name: sqlType } })

/** DuckDB would read every file that such a path stands for. JSON is read by nobody but us. @throws {ConfigurationError} */
function refusePattern({ kind, path, shown }: TableFile): void {
  if (kind === 'json' || kind === 'lines' || !/[*?[]/.test(path)) return
  throw new ConfigurationError('the path has a *, ? or [ in it, which would stand for other files too', { where: shown, why: `It is ${path}`, wayOut: 'rename the file or its folder' })
}

/** @throws {DataError} where a file is not the one that was looked through */
async function refuseChanged(stamps: ReadonlyMap<TableFile, string>): Promise<void> {
  for (const [file, stamp] of stamps) {
    if (await stampOf(file) !== stamp) throw new DataError('the file has changed while it was read', { where: file.shown, wayOut: 'run again when it is whole; who writes it should write another one and rename it' })
  }
}

/** Its age can be set, and a file that is copied over it or takes its place may have its size and age: the last two can't be set. */
async function stampOf(file: TableFile): Promise<string> {
  try {
    const { size, mtimeNs, ctimeNs, ino } = await stat(file.path, { bigint: true })
    return [size, mtimeNs, ctimeNs, ino].join('-')
  } catch (error) {
    throw new DataError('the file is gone, or can\'t be read', { where: file.shown, why: error instanceof Error ? error.message : String(error), cause: error })
  }
}
