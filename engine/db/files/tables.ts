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
import { CAST_MARK, castColumns } from './casts.ts'
import { scanCsv } from './csv-scan.ts'
import type { CsvShape } from './csv-scan.ts'
import type { TableFile } from './folder.ts'
import { seenIn } from './query.ts'
import { FieldNames, jsonRecords } from './json-file.ts'

const LONGEST_ROW = 2_000_000

/** A table as it was last made ready: again where its file has changed since. */
interface Ready { readonly stamp: string; readonly made: Promise<string | undefined> }

/**
 * The tables of a folder: each is made when a statement first names it, so that opening reads no file.
 * A CSV or Parquet file becomes a view, and its rows are read when they are asked for; a JSON file becomes a table.
 */
export class FileTables {
  readonly #connection: DuckDBConnection
  readonly #files: ReadonlyMap<string, TableFile>
  readonly #nulls: readonly string[]
  readonly #ready = new Map<string, Ready>()
  #last: Promise<unknown> = Promise.resolve()
  #counting: Promise<unknown> = Promise.resolve()
  #ended = false

  constructor(connection: DuckDBConnection, files: readonly TableFile[], nulls: readonly string[]) {
    this.#connection = connection
    this.#files = new Map(files.map((file) => [foldName(file.table), file]))
    this.#nulls = nulls
  }

  /** Gives up what is being made ready: the connection may be closed then, for DuckDB works for nobody. */
  async end(): Promise<void> {
    this.#ended = true
    this.#connection.interrupt()
    await this.#counting
  }

  /** Makes ready what a statement names; what it gives is asked behind its last row, and errors where a file has changed since. */
  async before(sql: string): Promise<() => Promise<void>> {
    const stamps = new Map<TableFile, string>()
    for (const file of this.#namedIn(sql)) if (await this.#makeReady(file) !== undefined) stamps.set(file, this.#stampOf(file))
    return () => refuseChanged(stamps)
  }

  /** As it was when it was made ready. */
  #stampOf = ({ table }: TableFile): string => this.#ready.get(table)?.stamp ?? ''

  /** What is known of a file's table: by `schema.sql`, or by the file itself where that has types. */
  async known(table: string): Promise<KnownTable | undefined> {
    const file = this.#files.get(foldName(table))
    if (file === undefined) return undefined
    await this.#makeReady(file)
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
    const views: string[] = []
    const stamps = new Map<TableFile, string>()
    for (const name of seen.tables) {
      const file = this.#files.get(name)
      if (file === undefined) return `its query names ${name}, which is no file`
      const view = await this.#makeReady(file)
      if (view === undefined) return `${file.shown} is read bit by bit`
      stamps.set(file, this.#stampOf(file))
      views.push(`${quoteName(file.table)} AS (${view})`)
    }
    // What is no query here is none there, whatever tables it has.
    const query = `(\n${sql.replace(/[\s;]+$/, '')}\n)`
    const result = await this.#connection.run(`SELECT * FROM ${query} AS s LIMIT 0`).catch(() => undefined)
    if (result === undefined) return 'its query is refused'
    const types = result.columnTypes()
    return {
      columns: result.columnNames().map((name, at) => ({ name, type: valueTypeOf(types[at]!) })),
      rows: `(WITH ${views.join(',\n')}\nSELECT * FROM ${query})`, losesOrder: seen.ordered,
      refuseChanged: () => refuseChanged(stamps),
    }
  }

  /** The SELECT that is the table, where it is a view of a file. */
  async #makeReady(file: TableFile): Promise<string | undefined> {
    const stamp = await stampOf(file)
    const known = this.#ready.get(file.table)
    if (known?.stamp === stamp) return known.made
    const made = this.#last.catch(() => {}).then(() => this.#make(file))
    this.#last = made
    this.#ready.set(file.table, { stamp, made })
    made.catch(() => this.#ready.delete(file.table))
    return made
  }

  async #make(file: TableFile): Promise<string | undefined> {
    refusePattern(file)
    try {
      if (file.kind === 'parquet') return await this.#view(file, '*', `read_parquet(${quoteText(file.path)})`)
      if (file.kind === 'csv' || file.kind === 'tsv') return await this.#csv(file, file.kind === 'csv' ? ',' : '\t')
      await this.#json(file, file.kind)
      return undefined
    } catch (error) {
      if (error instanceof StarlineError) throw error
      throw new DataError('DuckDB can\'t read the file', { where: file.shown, why: wordsOf(error), cause: error })
    }
  }

  /**
   * The rows are counted by both, for a reader that loses some says nothing: DuckDB's reads none where it is told that lines end in CR LF.
   * It counts while we look, as if the file were one of the usual kind; and again where it is not.
   */
  async #csv(file: TableFile, delimiter: ',' | '\t'): Promise<string> {
    const early: { reader?: string; count?: Promise<number | undefined> } = {}
    const looking = scanCsv(file.path, file.shown, delimiter, (columns) => {
      early.reader = csvReader(file.path, delimiter, { columns, rows: 0, longest: 0, wraps: false }, this.#nulls)
      early.count = this.#count(early.reader).catch(() => undefined)
      this.#counting = early.count
    })
    await looking.catch(() => {})
    // Whatever was found: nobody may close what is still counted.
    const counted = await early.count
    const shape = await looking
    if (this.#ended) throw new DataError('the file is given up', { where: file.shown })
    const reader = csvReader(file.path, delimiter, shape, this.#nulls)
    const made = this.#counted(file, shape, reader, early.reader === reader ? counted : undefined)
    this.#counting = made.catch(() => {})
    return made
  }

  async #counted(file: TableFile, shape: CsvShape, reader: string, known: number | undefined): Promise<string> {
    const view = await this.#view(file, castColumns(file.shown, shape.columns, file.definition), reader)
    const count = known ?? await this.#count(reader)
    if (count === shape.rows) return view
    throw new DataError(`the file has ${shape.rows} rows, and DuckDB reads ${count}`, { where: file.shown })
  }

  async #count(reader: string): Promise<number> {
    const [row] = await (await this.#connection.run(`SELECT count(*) FROM ${reader}`)).getRows()
    return Number(row?.[0])
  }

  async #json(file: TableFile, kind: 'json' | 'lines'): Promise<void> {
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
    await this.#view(file, castColumns(file.shown, names, file.definition), raw)
  }

  async #view(file: TableFile, columns: string, from: string): Promise<string> {
    const select = `SELECT ${columns} FROM ${from}`
    await this.#connection.run(`CREATE OR REPLACE VIEW ${quoteName(file.table)} AS ${select}`)
    return select
  }
}

/** Nothing is guessed: no dialect, no types, no rows skipped or filled up. */
function csvReader(path: string, delimiter: string, { columns, longest, wraps }: CsvShape, nulls: readonly string[]): string {
  const options = [
    'auto_detect = false', 'header = true', `delim = ${quoteText(delimiter)}`, `quote = '"'`, `escape = '"'`, `comment = ''`,
    `nullstr = [${nulls.map(quoteText).join(', ')}]`, 'allow_quoted_nulls = false',
    'strict_mode = true', 'null_padding = false', 'ignore_errors = false', `encoding = 'utf-8'`,
    `compression = ${path.toLowerCase().endsWith('.gz') ? `'gzip'` : `'none'`}`,
    // Where rows go over lines' ends, a reader that starts in the middle can only guess where one begins.
    `parallel = ${wraps ? 'false' : 'true'}`,
    ...longest > LONGEST_ROW / 2 ? [`max_line_size = ${longest * 2}`, `buffer_size = ${longest * 32}`] : [],
    `columns = {${columns.map((name) => `${quoteText(name)}: 'VARCHAR'`).join(', ')}}`,
  ]
  return `read_csv(${quoteText(path)}, ${options.join(', ')})`
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

/** What of DuckDB's words a reader of files understands: a value that isn't as declared. */
export function explained(error: unknown): unknown {
  if (!(error instanceof StarlineError)) return error
  const at = (error.why ?? '').indexOf(CAST_MARK)
  if (at < 0) return error
  return new DataError('a value is not of the type that schema.sql declares', {
    why: (error.why ?? '').slice(at + CAST_MARK.length), cause: error, wayOut: 'correct the file, or declare the column as VARCHAR',
  })
}
